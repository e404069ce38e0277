"""The folder of one session: where everything of a recording goes."""

from __future__ import annotations

import contextlib
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.recording.aside import Aside
from llpyspin.recording.collecting.sums import sums_file
from llpyspin.recording.health.healthfile import health_files
from llpyspin.recording.names import check_name, full_path, segment_of
from llpyspin.recording.overwriting import cameras_of, older_files
from llpyspin.recording.reportnames import report_files
from llpyspin.recording.session import SESSION_FILE
from llpyspin.recording.sidecar import being_written
from llpyspin.recording.sinks.choosing import SUFFIXES
from llpyspin.system.locks import FolderLock

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SessionFolder", "next_part", "sidecars"]


class SessionFolder:
    """A folder with the videos, sidecars and settings of one session, and ``session.json``.

    ======================  ============================================================
    ``NAME.mkv``            video of the camera NAME, further segments ``NAME_001.mkv`` …
    ``NAME.csv``            its sidecar, one row a trigger; one beside each segment
    ``NAME.yaml``           all settings of the camera when it was armed
    ``session.json``        cameras, wiring, versions, events and the account
    ``session.health.csv``  frames that wait, free disk space and load over time
    ======================  ============================================================

    Parameters
    ----------
    path : path
        Made if it is not there, with its parents.
    overwrite : bool
        Whether a folder that already has a session in it may be used.

    Raises
    ------
    RecordingExistsError
        There is a session in it, or something that is not one; or somebody is recording to it just now.
    RecordingError
        It cannot be made or written to.

    Notes
    -----
    It is locked until :meth:`release`, or the end of the program.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        if not isinstance(path, (str, os.PathLike)) or not str(path):
            raise RecordingError(f"a session's folder is a path, not {path!r}")
        self.path = full_path(path)
        self._aside = Aside(self._older)
        check_name(self.path / SESSION_FILE)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(self.path)
        except (FileExistsError, NotADirectoryError) as error:
            raise RecordingExistsError(f"{path} is a file, and a session needs a folder") from error
        except OSError as error:
            raise RecordingError(f"cannot make the session's folder {path}: {error.strerror}") from error
        try:
            self._claim(overwrite)
        except BaseException:
            self.release()
            raise

    def _claim(self, overwrite: bool) -> None:
        """Have it for this session alone."""
        free = self._lock.take()
        taken = sorted(self._lock.names())
        if not free or any(being_written(self.path / name) for name in taken if name.endswith(".csv")):
            raise RecordingExistsError(f"{self.path} is in use by another recording. Choose another folder")
        self._ours = not taken
        if taken and not overwrite:
            shown = ", ".join(taken[:3]) + (" …" if len(taken) > 3 else "")
            raise RecordingExistsError(
                f"{self.path} is not empty ({shown}); choose a new folder, or set overwrite=True "
                "(--overwrite)"
            )
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise RecordingError(f"the session's folder {self.path} cannot be written to")

    def release(self) -> None:
        """Let others record to it.  Releasing twice is fine."""
        self._lock.release()

    def set_aside(self, cameras: Iterable[str], spills: str | os.PathLike[str] | None = None) -> None:
        """Move the session that is there, and what else is called like a file of these cameras, aside.

        :meth:`remove_older` removes it once the new recording is ready, and :meth:`discard` moves it back.
        Where a program is killed in between, it stays in the folder ``.older``.  ``spills`` is another folder
        in which spill files may be.
        """
        elsewhere = self.path if spills is None else full_path(spills)
        if elsewhere != self.path:
            self._aside = Aside(self._older, elsewhere / f".{self.path.name}.older")
        if os.path.isfile(self.session):
            self._aside.remove()  # a program was killed after its recording had begun
        else:
            self._aside.restore()  # it was killed before that
        beside = [*report_files(self.session), *health_files(self.session)]
        older = [self.session, sums_file(self.session), *beside]
        for camera in sorted({*cameras, *cameras_of(self.session)}):
            files = older_files(self.video(camera), named=SUFFIXES, spills=elsewhere)
            older += [*files, self.settings(camera)]
        self._ours = True
        self._aside.put(older)

    def remove_older(self) -> None:
        """Remove what was set aside: the new recording has begun."""
        self._aside.remove()

    @property
    def _older(self) -> Path:
        return self.path / ".older"

    @staticmethod
    def free_name(parent: str | os.PathLike[str] = ".") -> Path:
        """A folder that is not there, named after the present local time, as ``2026-03-01_14-05-59``."""
        name = datetime.datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        for again in range(1000):
            path = Path(parent) / (f"{name}_{again}" if again else name)
            if not os.path.lexists(path):
                return path
        raise RecordingError(f"{parent} has a thousand sessions of this second")

    def video(self, camera: str) -> Path:
        """The video of a camera, without a suffix: that is the encoder's."""
        return self.path / camera

    def settings(self, camera: str) -> Path:
        return self.path / f"{camera}.yaml"

    @property
    def session(self) -> Path:
        return self.path / SESSION_FILE

    def discard(self, cameras: Iterable[str]) -> None:
        """Remove what a session that did not begin has put here, and the folder if nothing else is in it."""
        if not self._ours:  # what an older session left is still here
            self.release()
            return
        self.session.unlink(missing_ok=True)
        for camera in cameras:
            self.settings(camera).unlink(missing_ok=True)
        self._aside.restore()
        with contextlib.suppress(OSError):
            self.path.rmdir()
        self.release()

    def __str__(self) -> str:
        return str(self.path)


def sidecars(folder: Path, camera: str) -> dict[int, Path]:
    """The sidecars of a camera that are on disk, by the number of their segment, in order.

    Raises
    ------
    RecordingError
        The folder cannot be read; perhaps somebody has removed it.
    """
    found = {}
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise RecordingError(f"the folder {folder} cannot be read: {error}") from error
    for entry in entries:
        name, part = segment_of(entry.stem) or (entry.stem, 0)
        if entry.suffix == ".csv" and camera in (name, entry.stem):
            found[part if name == camera else 0] = entry
    return dict(sorted(found.items()))


def next_part(folder: Path, camera: str) -> int:
    """Number of the next segment of a camera: 0 where there is none."""
    return max(sidecars(folder, camera), default=-1) + 1
