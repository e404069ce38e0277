"""Time, frame rate and queue depths, written into a copy of a frame."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import ArgumentTypeError, SettingRangeError
from llpyspin.extras import opencv
from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["Overlay", "OverlayPainter", "overlay_or_none"]

_PART = 1 / 30  # of the height of an ordinary image of this width: what a line of text takes …
_MOST = 1 / 6  # … and of this image's own height at most
_FONT_PIXELS = 22  # the height of OpenCV's simplex font, at scale 1
_LEAST_SCALE = 0.35  # smaller is not legible


@checked_arguments
@named
@dataclass(frozen=True)
class Overlay:
    """What is to be written into frames.

    Parameters
    ----------
    timestamp : bool
        Seconds since the first frame, by the camera's clock: ``t: 1.234s``.
    report_hz : bool
        Frames a second that the camera gives, the mean over the last ``hz_buffer`` frames that are written
        into: ``FR: 226.000``.
    monitor_queues : bool
        How much waits: frames for whoever writes the text, and, in a callback's frames, items in its queue.
    hz_buffer : int
        2 or more.

    Raises
    ------
    SettingRangeError
        ``hz_buffer`` is no such number.
    """

    timestamp: bool = False
    report_hz: bool = False
    monitor_queues: bool = False
    hz_buffer: int = 10

    def __post_init__(self) -> None:
        if type(self.hz_buffer) is not int or self.hz_buffer < 2:
            raise SettingRangeError(
                f"hz_buffer must be a whole number of frames from 2, not {self.hz_buffer!r}",
                setting="hz_buffer",
                value=self.hz_buffer,
            )

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return self.timestamp or self.report_hz or self.monitor_queues


class OverlayPainter:
    """Writes what an :class:`Overlay` asks for, frame after frame.

    Raises
    ------
    MissingExtraError
        OpenCV is not installed.
    """

    def __init__(self, overlay: Overlay) -> None:
        self._cv2 = opencv("text can be written into frames only with")
        self._overlay = overlay
        self._first_ns: int | None = None
        self._seen: deque[tuple[int, int]] = deque(maxlen=overlay.hz_buffer)

    def text(self, camera_timestamp_ns: int, depths: Sequence[int] = (), *, number: int | None = None) -> str:
        """The text for the next frame.

        Parameters
        ----------
        camera_timestamp_ns : int
            When it was taken, on the camera's clock.
        depths : sequence of int
            How much waits in each queue.
        number : int, optional
            The frame's number among all, by which the rate counts those in between that are not written into.
        """
        seen = self._seen
        if self._first_ns is None or (seen and camera_timestamp_ns < seen[-1][1]):
            self._first_ns = camera_timestamp_ns  # also where the camera's clock has begun anew
            seen.clear()
        if number is None:
            number = seen[-1][0] + 1 if seen else 0
        seen.append((number, camera_timestamp_ns))
        overlay = self._overlay
        parts = []
        if overlay.timestamp:
            parts.append(f"t: {(camera_timestamp_ns - self._first_ns) / 1e9:.3f}s")
        if overlay.report_hz:
            (first, since), (last, until) = seen[0], seen[-1]
            rate = (last - first) * 1e9 / (until - since) if until > since else 0.0
            parts.append(f"FR: {rate:.3f}")
        if overlay.monitor_queues:
            parts.append(",".join(map(str, depths)))
        return ", ".join(parts)

    def paint(
        self,
        image: npt.NDArray[Any],
        camera_timestamp_ns: int,
        depths: Sequence[int] = (),
        *,
        number: int | None = None,
        out: npt.NDArray[Any] | None = None,
        bits: int | None = None,
    ) -> npt.NDArray[Any]:
        """A copy of the frame with the text in its upper left corner; the frame itself stays as it is.

        Takes one copy and some 50 us.

        Parameters
        ----------
        image : ndarray
            (height, width) or (height, width, 3), uint8 or uint16.
        camera_timestamp_ns, depths, number
            As in :meth:`text`.
        out : ndarray, optional
            Array of the same shape and dtype for the copy; by default a new one is made.
        bits : int, optional
            Bits of a pixel where they are fewer than those of the dtype, as of 12-bit frames in uint16.
        """
        painted = np.empty_like(image, order="C") if out is None else out
        np.copyto(painted, image)
        text = self.text(camera_timestamp_ns, depths, number=number)
        if text:
            self._write(painted, text, (1 << bits) - 1 if bits else int(np.iinfo(image.dtype).max))
        return painted

    def _write(self, image: npt.NDArray[Any], text: str, white: int) -> None:
        """White letters on a black bar, as large as the image lets them be."""
        cv2 = self._cv2
        height, width = image.shape[:2]
        pixels = min(max(height, width * 3 / 4) * _PART, height * _MOST)
        scale = max(_LEAST_SCALE, pixels / _FONT_PIXELS)
        font, thick = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(scale * 1.5))
        (long, high), below = cv2.getTextSize(text, font, scale, thick)
        if long > width:  # a narrow region of interest
            scale = max(_LEAST_SCALE, scale * width / (long + 1))
            thick = max(1, round(scale * 1.5))
            (long, high), below = cv2.getTextSize(text, font, scale, thick)
        bar = np.zeros((min(height, high + 2 * below), min(width, long + 2 * below)), np.uint8)
        cv2.putText(bar, text, (below, high + below), font, scale, (255,), thick, cv2.LINE_AA)
        written = (bar.astype(np.uint32) * white // 255).astype(image.dtype)  # OpenCV writes into 8 bit only
        image[: bar.shape[0], : bar.shape[1]] = written if image.ndim == 2 else written[:, :, None]


def overlay_or_none(value: object) -> Overlay | None:
    """What was given as an overlay, if it is one.

    Raises
    ------
    TypeError
    """
    if value is None or isinstance(value, Overlay):
        return value
    raise ArgumentTypeError(f"overlay must be an Overlay(timestamp=True, ...) or None, not {value!r}")
