"""What an export has written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 -- needed to read it from JSON
from typing import Any

from llpyspin.naming.known import named

__all__ = ["COPIED", "ENCODED", "LINKED", "ExportReport", "ExportedVideo"]

LINKED, COPIED, ENCODED = "linked", "copied", "encoded"


@named
@dataclass(frozen=True)
class ExportedVideo:
    """One video of an export.

    Attributes
    ----------
    camera : str
        Name of the camera.
    file : str
        The video, by its path in the exported folder.
    frames : int
        Pictures in it, which were counted in the written file.
    blanks : int
        How many of them are blank, because the recording has no picture of their triggers.
    unreadable : int
        How many of the blank ones the recording should have, but its video is damaged there.
    how : str
        "linked" (the recording's own file), "copied" (the same compressed pictures in a new file) or
        "encoded" (compressed again).
    compared : int
        Pictures of virtual cameras whose numbers in the pixels were compared with the triggers.
    """

    camera: str
    file: str
    frames: int
    blanks: int
    how: str
    unreadable: int = 0
    compared: int = 0

    def __str__(self) -> str:
        text = f"{self.file}: {self.frames} frames, {self.how}"
        text += f", {self.blanks} of them blank" if self.blanks else ""
        return text + (f" ({self.unreadable} could not be read)" if self.unreadable else "")


@named
@dataclass(frozen=True, repr=False)
class ExportReport:
    """What :func:`llpyspin.export.export` has written; ``str()`` of it is for people.

    Attributes
    ----------
    target : str
        What it was exported to, as "mp4".
    path : Path
        The new folder.
    videos : tuple of ExportedVideo
    files : tuple of str
        All files, by their paths in the folder.
    first_trigger, triggers : int
        The first trigger that was exported, and how many.
    virtual : bool
        Whether any of the cameras is virtual: its pictures are made up, or those of an older recording.
    notes : tuple of str
        What else there is to know: what is missing, what was changed.
    new : bool
        False: this export was there already, and nothing was written.
    """

    target: str
    path: Path
    videos: tuple[ExportedVideo, ...] = ()
    files: tuple[str, ...] = ()
    first_trigger: int = 0
    triggers: int = 0
    virtual: bool = False
    notes: tuple[str, ...] = ()
    new: bool = True

    def __str__(self) -> str:
        kind = "virtual cameras, " if self.virtual else ""
        lines = [f"{self.path}: {kind}{self.triggers} triggers from {self.first_trigger} on"]
        lines += [f"  {video}" for video in self.videos]
        made = {video.file for video in self.videos}
        lines += [f"  {file}" for file in self.files if file not in made]
        compared = sum(video.compared for video in self.videos)
        if compared:
            lines.append(f"The frame numbers in {compared} pictures were compared with the triggers.")
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])

    def __repr__(self) -> str:
        return f"<ExportReport: {self.target} in {self.path}, {len(self.videos)} videos>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("ExportReport(...)" if cycle else str(self))
