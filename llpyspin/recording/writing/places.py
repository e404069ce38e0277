"""Where the files of a recording lie, and which of these places are refused beforehand."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.recording.ahead import AHEAD
from llpyspin.recording.foreign import exists
from llpyspin.recording.names import beside, segment_name, segment_of, split
from llpyspin.recording.sidecar import being_written
from llpyspin.recording.sinks.kinds import share_of
from llpyspin.system.openfiles import room_at

if TYPE_CHECKING:
    from llpyspin.recording.sinks import Picture

__all__ = ["Places", "disk_free"]

AHEAD_S = 2.0
"""A recording begins only where this many seconds of it fit on the disk."""
LEAST_FREE = 8 << 20
"""Bytes of the disk that stay free: files must be ended in order, and rows of lost frames be written."""


def disk_free(path: str | os.PathLike[str]) -> int:
    """Bytes that this user may still write to the disk that ``path`` lies on."""
    return room_at(path).free


class Places:
    """The paths of one recording.

    Parameters
    ----------
    path : str
        As the user gave it, with or without a suffix.
    spill_folder : str, optional

    Attributes
    ----------
    suffix : str or None
        Of the videos, in small letters; None as long as it is not known.
    """

    def __init__(self, path: str, spill_folder: str | None = None) -> None:
        whole = Path(path)
        self.folder = whole.parent
        self.name, given = split(whole.name)
        self.suffix = given or None
        self._spill_folder = self.folder if spill_folder is None else Path(spill_folder)

    def video(self, part: int) -> Path:
        return self._with(part, self.suffix or "")

    def sidecar(self, part: int) -> Path:
        return self._with(part, ".csv")

    def spill(self, part: int) -> Path:
        """For the recording that begins with this part."""
        return self._spill_folder / self._with(part, ".spill").name

    def ahead(self, part: int) -> Path:
        return self._with(part, AHEAD)

    def _with(self, part: int, suffix: str) -> Path:
        return self.folder / f"{segment_name(self.name, part)}{suffix}"

    def check_folders(self) -> None:
        """Refuse folders that are not there, or where nothing can be written.

        Raises
        ------
        RecordingError
        """
        for folder in (self.folder, self._spill_folder):
            if not os.path.isdir(folder):
                raise RecordingError(f"there is no folder {folder}")
            if not os.access(folder, os.W_OK | os.X_OK):
                raise RecordingError(f"the folder {folder} cannot be written to")

    def check_free(self, part: int, *, segments: bool, overwrite: bool) -> None:
        """Refuse names that are taken; with ``overwrite`` remove later parts of the recording that was there.

        Raises
        ------
        RecordingExistsError
            There are such files; with ``overwrite``, somebody is writing one of them.
        """
        wanted = [self.video(part), self.sidecar(part), self.spill(part), self.ahead(part)]
        later = self._later(part) if segments or overwrite else []
        if overwrite:
            for path in (self.sidecar(part), *later):
                if path.suffix == ".csv" and being_written(path):
                    raise RecordingExistsError(f"another recording is writing {path}. Choose another name")
            for path in later:
                path.unlink(missing_ok=True)
            return
        for path in (*wanted, *later):
            if os.path.lexists(path):
                raise RecordingExistsError(
                    f"{path} already exists. Choose another name, or set overwrite=True"
                )

    def _later(self, part: int) -> list[Path]:
        """Files of parts after this one."""
        ours = {self.suffix, ".csv", ".spill", AHEAD}
        found = []
        for path in self.folder.iterdir():
            later = segment_of(path.stem)
            if later is None or later[0] != self.name or exists(beside(path, ".json")):  # another recording
                continue
            if later[1] > part and path.suffix in ours:
                found.append(path)
        return sorted(found)

    def check_room(self, codec: str, picture: Picture) -> None:
        """Refuse disks that would be full within seconds.

        Raises
        ------
        RecordingError
        """
        share = share_of(codec)
        needed = int(AHEAD_S * picture.rate * picture.nbytes * share) + LEAST_FREE
        free = disk_free(self.folder)
        if free < needed:
            raise RecordingError(
                f"the disk of {self.folder} has {free / 2**20:.0f} MiB left; {AHEAD_S:.0f} s of {picture} at "
                f"{picture.rate:.4g} frames a second by {codec} can take {needed / 2**20:.0f} MiB"
            )

    def free_part(self, part: int) -> int:
        """The first part, from this one on, whose names are free."""
        while any(os.path.lexists(path(part)) for path in (self.video, self.sidecar, self.ahead)):
            part += 1
        return part

    def remove(self, part: int) -> None:
        """Remove the files of a part in which there is nothing."""
        for path in (self.video(part), self.sidecar(part), self.ahead(part)):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
