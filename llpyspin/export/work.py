"""One export while it is being written: what a target gets, and what it calls to write videos and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.export.csvfiles import write_frames
from llpyspin.export.videojobs import VideoJob, make_video

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.export.material import Material, View
    from llpyspin.export.outcome import ExportedVideo
    from llpyspin.export.videojobs import Progress
    from llpyspin.export.wanted import Wants

__all__ = ["Work", "plain"]


@dataclass
class Work:
    """One export.

    Attributes
    ----------
    material : Material
        The recording.
    folder : Path
        The new folder, under its name for the time being.
    link : bool
        Whether files of the recording are linked where the target reads them as they are.
    quality : int or None
        The quantiser of H.264 where pictures are encoded again.
    calibration : Path or None
        The calibration that was given.
    board : Board or None
        The calibration board that was recorded.
    progress : callable or None
    videos : list of ExportedVideo
    notes : list of str
    """

    material: Material
    folder: Path
    link: bool = False
    quality: int | None = None
    calibration: Path | None = None
    board: Board | None = None
    progress: Progress | None = None
    videos: list[ExportedVideo] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cameras(self) -> list[tuple[str, View]]:
        """All cameras, each with a name that other programs read as one word."""
        names: list[str] = []
        for view in self.material.views:
            name = plain(view.name)
            names.append(f"{name}-{len(names)}" if name in names else name)
        return list(zip(names, self.material.views, strict=True))

    def video(self, view: View, file: str, wants: Wants) -> ExportedVideo:
        """Make the video of a camera; ``file`` is its path in the folder, without a suffix."""
        made = make_video(
            VideoJob(view, self.material, self.folder, file, wants, self.link, self.quality, self.progress)
        )
        if self.link and made.how != "linked":
            self.notes.append(
                f"{view.name}: its files cannot be linked for this target: the video was {made.how}"
            )
        self.videos.append(made)
        return made

    def table(self, view: View, file: str) -> None:
        """Write the table of a camera's frames: frame n of the video is row n."""
        write_frames(self.folder / file, view, self.material)


def plain(name: str) -> str:
    """A name without characters that other programs read as something else."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "camera"
