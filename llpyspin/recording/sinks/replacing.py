"""Replaces a file by a copy of it, if the copy has the same pictures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.sinks.picture import Mended

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llpyspin.recording.sinks.picture import VideoReader

__all__ = ["copy_of", "replaced", "whole_file"]


def copy_of(path: Path, pid: int) -> Path:
    """Where the process ``pid`` copies a file to."""
    return path.with_name(f".{path.stem}.mended-{pid}{path.suffix}")


def replaced(
    open_copy: Callable[[Path], VideoReader],
    path: Path,
    copy: Callable[[Path], None],
    numbers: Sequence[int],
) -> None:
    """Let ``copy`` write a new file, and put it in the place of the old one if it has the same pictures."""
    new = copy_of(path, os.getpid())
    try:
        copy(new)
        with open_copy(new) as video:
            if list(video.numbers) != list(numbers):
                copied = f"{len(video.numbers)} of {len(numbers)} pictures were copied"
                raise RecordingError(f"{path} cannot be mended: {copied}")
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def whole_file(numbers: Sequence[int]) -> Mended:
    """A file that needs no mending."""
    return Mended(numbers, False, f"it was whole, with {len(numbers)} pictures")
