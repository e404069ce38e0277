"""Frames of several cameras before the user's eyes, side by side in a window or in the terminal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from llpyspin.camera.which import list_cameras
from llpyspin.deadlines import MOST_S, Deadline
from llpyspin.display.caption import Figures
from llpyspin.display.tiling import Grid
from llpyspin.errors import CameraNotFoundError, FrameTimeoutError
from llpyspin.processes.child import OPEN_S
from llpyspin.reading.limits import READ_S
from llpyspin.rig.together import together_or_undone
from llpyspin.streaming import VideoStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llpyspin.cli.live import View

__all__ = ["connected", "opened", "view_all"]

PATIENCE_S = 0.05  # without a frame of any camera
CLOSE_S = 20.0


def connected(sdk: str | None) -> list[str]:
    """Serial numbers of all cameras.

    Raises
    ------
    CameraNotFoundError
        There is none.
    """
    found = [camera.serial for camera in list_cameras(sdk)]
    if not found:
        raise CameraNotFoundError(
            "no camera is connected. To find the cause: llpyspin doctor. To use virtual cameras: --virtual"
        )
    return found


@contextlib.contextmanager
def opened(devices: Sequence[int | str], **options: Any) -> Iterator[dict[str, VideoStream]]:
    """All of these cameras, opened at once, by their serial numbers.

    Raises
    ------
    RigError
        Some cannot be opened; ``failures`` lists all of them, and no camera is open.
    """
    wanted = {str(device): device for device in devices}
    outcome = together_or_undone(
        lambda device: VideoStream(device, buffersize=1, **options),
        VideoStream.release,
        wanted,
        OPEN_S,
        CLOSE_S,
    )
    with contextlib.ExitStack() as stack:
        for cap in outcome.results.values():
            stack.enter_context(cap)
        caps = outcome.or_raise("some cameras cannot be opened:")
        yield {cap.info.serial: cap for cap in caps.values()}


def view_all(
    caps: Mapping[str, VideoStream], shown: View, *, seconds: float | None, frames: int | None
) -> dict[str, Figures]:
    """Show all until the time is over, each camera has given so many frames, the user ends it, or Ctrl-C.

    Raises
    ------
    FrameTimeoutError
        No camera gives a frame.
    """
    grid = Grid(list(caps))
    figures = {name: Figures() for name in caps}
    end, patience = Deadline(MOST_S if seconds is None else seconds), Deadline(READ_S)
    try:
        while not end.passed:
            fresh = [_take(cap, figures[name], grid, at, 0.0) for at, (name, cap) in enumerate(caps.items())]
            if not any(fresh):
                name, first = next(iter(caps.items()))
                if not _take(first, figures[name], grid, 0, PATIENCE_S):
                    if patience.passed:
                        raise FrameTimeoutError(f"no camera gave a frame within {READ_S:g} s")
                    continue
            patience = Deadline(READ_S)
            if not shown.show(grid.picture(), grid):
                break
            if frames is not None and min(each.frames for each in figures.values()) >= frames:
                break
    except KeyboardInterrupt:
        pass  # the usual way to end it
    finally:
        shown.close()
    return figures


def _take(cap: VideoStream, figures: Figures, grid: Grid, number: int, patience_s: float) -> bool:
    """Put the newest frame of a camera into its cell; whether there was a new one."""
    ok, image = cap.read(timeout=patience_s)
    info = cap.frame_info
    if not ok or image is None or info is None:
        return False
    figures.count(info.host_timestamp_ns, info.missed)
    grid.put(number, image, info)
    return True
