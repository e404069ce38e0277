"""The cameras of a rig as sources of images by trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import CameraClosedError, FrameTimeoutError, LlpyspinError
from llpyspin.frames import FrameFlags, FrameGone, decode

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames import FrameInfo
    from llpyspin.rig.member import Stint

__all__ = ["CameraSource", "Taken"]


class Taken(NamedTuple):
    """An image and the account of its frame."""

    image: npt.NDArray[Any]
    info: FrameInfo


class CameraSource:
    """One armed camera."""

    def __init__(self, stint: Stint, *, convert: bool) -> None:
        self._follower = stint.follower
        self._reader = stint.reader
        self._convert = convert

    def catch_up(self) -> int:
        return self._follower.catch_up()

    def wait(self, timeout_s: float) -> None:
        try:
            self._reader.next(timeout_s).release()
        except FrameTimeoutError:
            raise
        except LlpyspinError as error:  # it is gone; the rig's watch deals with that
            raise FrameTimeoutError(str(error)) from error

    def get(self, trigger: int) -> Taken | None:
        info = self._follower.frame(trigger)
        if info is None or info.flags & FrameFlags.INCOMPLETE:
            return None
        try:
            with self._reader.at(info.index) as frame:
                return Taken(decode(frame.data, frame.layout, color=self._convert).copy(), info)
        except (FrameGone, CameraClosedError):
            return None
