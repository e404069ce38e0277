"""Publishes the frames that the function returns, with the index, times and flags of the camera's frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.callbacks.child.calling import image_of
from llpyspin.callbacks.child.figures import Figures
from llpyspin.errors import SettingRangeError
from llpyspin.frames import FrameFlags, FrameInfo, FrameWriter, Layout, NoFreeBuffer

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames import FrameReader

    Image = npt.NDArray[Any]

__all__ = ["Output", "image_kind", "layout_of"]

UNRECORDED = 12  # buffers where results are only looked at


class Output:
    """Publishes what came of each frame of a camera.  For one thread.

    Parameters
    ----------
    name : str
        Serial number of the camera.
    reader : FrameReader
        Of the camera's frames; its journal tells of those that were not read.
    figures : Figures
    layout : Layout or None
        Of all frames, because they are recorded; None: of whatever comes, and only while somebody looks.
    buffers : int
        0: a few.
    first : int
        Index of the first frame.

    Attributes
    ----------
    address : str
    """

    def __init__(
        self,
        name: str,
        reader: FrameReader,
        figures: Figures,
        *,
        layout: Layout | None,
        buffers: int,
        first: int,
    ) -> None:
        self._reader = reader
        self._figures = figures
        self._fixed = layout
        self._buffers = buffers
        self._layout: Layout | None = None
        self._writer = FrameWriter(name=name, first=first)
        self.address = self._writer.address
        figures[Figures.NEXT] = first
        if layout is not None:
            self._begin(layout)

    @property
    def wanted(self) -> bool:
        """Whether anybody is there who wants the pixels."""
        return self._fixed is not None or self._writer.readers > 0

    @property
    def layout(self) -> Layout | None:
        """That of recorded frames."""
        return self._fixed

    def fits(self, image: Image) -> bool:
        """Whether an image can be among the recorded frames."""
        return self._fixed is None or _shape(self._fixed) == (image.shape, image.dtype)

    def skip_to(self, index: int) -> None:
        """Count the frames before this one that were not read as skipped, with what the journal says."""
        writer = self._writer
        for passed in range(writer.published, index):
            info = self._reader.journal(passed)
            if info is None:  # forgotten: so many were not read that the journal begins later
                writer.jump(passed + 1)
            else:
                self._skip(info)
        self._done(index)

    def skip(self, info: FrameInfo) -> None:
        """Count a frame that nothing is published for."""
        self.skip_to(info.index)
        self._skip(self._reader.journal(info.index) or info)
        self._done(info.index + 1)

    def fix(self, layout: Layout | None, buffers: int) -> None:
        """Publish nothing but frames of this layout, from the next one on, because they are recorded.

        Any thread may call this.

        Parameters
        ----------
        layout : Layout or None
            None: whatever comes, as long as somebody looks.
        buffers : int
            Frames of memory.
        """
        self._buffers, self._fixed = buffers, layout

    def publish(self, image: Image, info: FrameInfo, layout: Layout) -> bool:
        """Publish what came of a frame; whether there was memory for it.

        Raises
        ------
        ValueError
            Frames are recorded, and this one is of another kind.
        """
        if not self.fits(image):
            assert self._fixed is not None
            raise ValueError(
                f"the callback returned an image of shape {image.shape} and dtype {image.dtype}, and what is "
                f"recorded has {_said(self._fixed)}. Declare it beforehand with returns="
            )
        self.skip_to(info.index)
        wanted = self._fixed or layout_of(image, layout)
        if wanted != self._layout:
            self._begin(wanted)
        known = self._reader.journal(info.index)
        try:
            offset, memory = self._writer.claim()
        except NoFreeBuffer:
            self._skip(known or info)
            self._done(info.index + 1)
            return False
        np.frombuffer(memory, image.dtype, image.size).reshape(image.shape)[...] = image
        self._writer.publish(offset, **_fields(known or info))
        self._figures.add(Figures.PUBLISHED)
        self._done(info.index + 1)
        return True

    def end(self) -> None:
        """Wake those that wait for frames that were skipped."""
        self._writer.wake()

    def fail(self, error: Any) -> None:
        self._writer.fail(error)

    def close(self) -> None:
        self._writer.close()

    def _begin(self, layout: Layout) -> None:
        self._writer.begin(layout, self._buffers or UNRECORDED, lent=False)
        self._layout = layout

    def _skip(self, info: FrameInfo) -> None:
        self._writer.skip(**_fields(info))

    def _done(self, following: int) -> None:
        self._figures[Figures.NEXT] = following


def layout_of(image: Image, camera: Layout) -> Layout:
    """The layout that an image is published with; ``camera`` is that of the frame it came of."""
    height, width = image.shape[:2]
    if image.ndim == 3:
        name = "BGR8"
    elif image.dtype == np.uint8:
        name = "Mono8"
    else:
        bits = next((bits for bits in (10, 12, 14) if str(bits) in camera.pixel_format), 16)
        name = f"Mono{bits}"
    stride = image.nbytes // height
    return Layout(name, width, height, stride, image.nbytes)


def image_kind(returns: Any) -> Layout | None:
    """The layout of images like these: a shape (then of uint8), an array, or None.

    Raises
    ------
    SettingRangeError
        There are no such images.
    """
    if returns is None:
        return None
    try:
        array = returns if isinstance(returns, np.ndarray) else np.empty(tuple(returns), np.uint8)
        return layout_of(image_of(array), Layout("Mono16", 1, 1, 2, 2))
    except (TypeError, ValueError) as error:
        raise SettingRangeError(
            f"returns must be the shape of an image or an array like those that are returned: {error}",
            setting="returns",
            value=returns,
        ) from None


def _shape(layout: Layout) -> tuple[tuple[int, ...], np.dtype[Any]]:
    color = layout.pixel_format == "BGR8"
    shape = (layout.height, layout.width, 3) if color else (layout.height, layout.width)
    return shape, np.dtype(np.uint8 if color or layout.pixel_format == "Mono8" else np.uint16)


def _said(layout: Layout) -> str:
    shape, dtype = _shape(layout)
    return f"{shape} and {dtype}"


def _fields(info: FrameInfo) -> dict[str, Any]:
    return {
        "frame_id": info.frame_id,
        "camera_timestamp_ns": info.camera_timestamp_ns,
        "host_timestamp_ns": info.host_timestamp_ns,
        "flags": int(info.flags & ~FrameFlags.SKIPPED),
        "exposure_us": info.exposure_us,
        "gain_db": info.gain_db,
        "line_status": info.line_status,
        "lost_before": info.missed,
    }
