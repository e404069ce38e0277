"""Names of the segments that a camera has in a session's folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["next_part", "sidecars"]


def sidecars(folder: Path, camera: str) -> dict[int, Path]:
    """The sidecars of a camera that are on disk, by the number of their segment, in order."""
    name = re.compile(rf"{re.escape(camera)}(?:_(\d{{3,}}))?\.csv")
    found = {}
    for entry in folder.iterdir():
        match = name.fullmatch(entry.name)
        if match is not None:
            found[int(match[1] or 0)] = entry
    return dict(sorted(found.items()))


def next_part(folder: Path, camera: str) -> int:
    """Number of the next segment of a camera: 0 where there is none."""
    return max(sidecars(folder, camera), default=-1) + 1
