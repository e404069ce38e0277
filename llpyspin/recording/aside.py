"""Moves files of an older recording aside until the new recording has begun.

If a program is killed in between, they stay in a hidden folder beside their place. The next recording of that
name finds them there.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.foreign import exists
from llpyspin.recording.names import beside, full_path, split
from llpyspin.recording.overwriting import older_files, remove
from llpyspin.recording.sinks.choosing import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

__all__ = ["Aside", "overwritten"]


class Aside:
    """Files that are set aside.

    Parameters
    ----------
    places : Path
        Hidden folders, each for files of the folder that it is in.
    """

    def __init__(self, *places: Path) -> None:
        self._places = {place.parent: place for place in places}

    def put(self, files: Iterable[Path]) -> None:
        """Set files aside.

        Raises
        ------
        RecordingError
            It cannot be done; all are where they were.
        """
        try:
            for path in files:
                place = self._places[path.parent]
                with contextlib.suppress(FileNotFoundError):
                    path.stat()
                    place.mkdir(exist_ok=True)
                    path.rename(place / path.name)
        except OSError as error:
            self.restore()
            raise RecordingError(
                f"the older recording cannot be overwritten: {error.filename}: {error.strerror}"
            ) from error

    def remove(self, keep: Collection[Path] = ()) -> None:
        """Remove what was set aside, for the new recording has begun; files to ``keep`` are moved back."""
        self._move_back(set(keep))
        for place in self._places.values():
            if os.path.isdir(place):
                remove(sorted(place.iterdir()))
                place.rmdir()

    def restore(self) -> None:
        """Move what was set aside back, but not over a newer file."""
        self._move_back(None)
        for place in self._places.values():
            with contextlib.suppress(OSError):  # a newer file is there, so the older one stays
                place.rmdir()

    def _move_back(self, only: Collection[Path] | None) -> None:
        for folder, place in self._places.items():
            if not os.path.isdir(place):
                continue
            for path in sorted(place.iterdir()):
                back = folder / path.name
                if (only is None or back in only) and not exists(back):
                    path.rename(back)


@contextlib.contextmanager
def overwritten(video: Path, spill_folder: str | None) -> Iterator[None]:
    """Have the older recording of the name of ``video`` out of the way while a new one begins.

    If that succeeds the older one is removed, else it is back.

    Raises
    ------
    RecordingExistsError
        It is being written just now.
    RecordingError
        It cannot be set aside.
    """
    name = split(video.name)[0]
    spills = video.parent if spill_folder is None else full_path(spill_folder)
    aside = Aside(*{folder / f".{name}.older" for folder in (video.parent, spills)})
    if os.path.isfile(beside(video, ".json")):
        aside.remove()  # a program was killed after its recording had begun
    else:
        aside.restore()  # it was killed before that
    older = older_files(video, spills=spills)
    # A file that is no recording's is written over if it has the very name, which the encoder decides.
    alike = {video, *(video.with_name(name + suffix) for suffix in SUFFIXES)} - set(older)
    strangers = [path for path in alike if os.path.isfile(path)]
    aside.put([*older, *strangers])
    try:
        yield
    except BaseException:
        aside.restore()
        raise
    aside.remove(keep=strangers)
