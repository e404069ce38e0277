"""Whether this machine can drive so many cameras: asked before the first one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.camera.defaults import DEFAULT_FRAMERATE
from llpyspin.doctor.memory import PROCESSES, sized
from llpyspin.doctor.models import frame_bytes
from llpyspin.errors import RigConfigError
from llpyspin.frames.buffers import recording_buffers
from llpyspin.system.resources import processors, spare_memory

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["check_fit"]

CAMERAS_OF_A_PROCESSOR = 2
"""So many virtual cameras of 1.6 megapixels a processor draws and encodes at 30 fps, or a few more."""
_FRAME = frame_bytes(1440, 1080)


def check_fit(count: int, output: Output, *, full_frames: bool = False) -> None:
    """Say before anything starts that there are too many cameras for this machine.

    Parameters
    ----------
    count : int
    output : Output
    full_frames : bool
        Whether it is certain that the frames have 1.6 megapixels.  Elsewhere that is an estimate: smaller
        frames take less memory, so there is a warning and no refusal.

    Raises
    ------
    RigConfigError
        They certainly do not fit into the memory that is free.
    """
    each = PROCESSES + _FRAME * recording_buffers(_FRAME, DEFAULT_FRAMERATE)
    spare = spare_memory()
    if spare is not None and count * each > spare:
        text = _too_little(count, count * each, spare, spare // each)
        if full_frames:
            raise RigConfigError(text)
        output.warn(text)
    most = CAMERAS_OF_A_PROCESSOR * processors()
    if count > most:
        output.warn(
            f"{count} cameras share {processors()} processors: expect lost frames. Lower the frame rate, or "
            f"use at most {most} cameras"
        )


def _too_little(count: int, needed: int, spare: int, most: int) -> str:
    cameras = "1 camera with full frames takes" if count == 1 else f"{count} cameras with full frames take"
    advice = "Close other programs" if not most else f"Use at most {most} camera{'' if most == 1 else 's'}"
    return f"{cameras} about {sized(needed)} of memory, and this machine can spare {sized(spare)}. {advice}"
