"""Pictures of single frames in files, with a line that says what they show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llpyspin.frames import FrameFlags
from llpyspin.frames.imagefile import check_target, write_image

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo

__all__ = ["save_frame", "save_next"]


def save_next(
    fresh: Callable[[], tuple[npt.NDArray[Any], FrameInfo]],
    name: str,
    path: str | os.PathLike[str],
    *,
    overwrite: bool,
) -> Path:
    """Save what ``fresh`` gives, a frame that comes from now on; refuses a bad path before it waits."""
    target = check_target(path, overwrite=overwrite)
    image, info = fresh()
    write_image(target, image, _notes(info, name), overwrite=overwrite)
    return target


def save_frame(
    image: npt.NDArray[Any], info: FrameInfo, path: str | os.PathLike[str], *, overwrite: bool
) -> Path:
    """Save a frame that is there already."""
    target = check_target(path, overwrite=overwrite)
    write_image(target, image, _notes(info), overwrite=overwrite)
    return target


def _notes(info: FrameInfo, name: str = "") -> dict[str, str]:
    """What a picture shows."""
    parts = [name, f"frame {info.frame_id}"]
    if info.flags & FrameFlags.VIRTUAL:
        parts.append("of a virtual camera")
    if math.isfinite(info.exposure_us):
        parts.append(f"exposure {info.exposure_us:g} us")
    if math.isfinite(info.gain_db):
        parts.append(f"gain {info.gain_db:g} dB")
    return {"Description": ", ".join(part for part in parts if part)}
