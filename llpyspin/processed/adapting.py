"""Runs a callback written for ProcessedPiRecorder on the frames of a camera, in the callback process.

Such a callback gets a deque of frames of the size that was asked for, with four channels (B, G, R and 255),
which it may draw into. It returns a frame to be written.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.callbacks.child.calling import Callback, is_image
from llpyspin.extras import opencv
from llpyspin.processes.callables import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["Adapter", "Shape", "check_opencv"]


@dataclass(frozen=True)
class Shape:
    """What frames are on their way through a callback.

    Parameters
    ----------
    height, width : int
        In pixels, after scaling.
    color : bool
        Whether what is written is (height, width, 3), else (height, width).
    bgra : bool
        Whether callbacks get (height, width, 4), else what the camera gives.
    """

    height: int
    width: int
    color: bool
    bgra: bool


class Adapter:
    """What is called with each frame in the place of the user's function.

    Parameters
    ----------
    callback : callable, class or None
        The user's; None: frames are only scaled.
    shape : Shape
    buffer_length : int
        Of the deque.
    """

    def __init__(self, callback: Any, shape: Shape, buffer_length: int = 1) -> None:
        self._function = callback
        self._shape = shape
        self._frames: deque[npt.NDArray[np.uint8]] = deque(maxlen=buffer_length)
        self._callback: Callback | None = None
        if callback is not None:
            self.__qualname__ = name_of(callback)  # in messages it is the user's

    def setup(self) -> None:
        """Called once, in the process of the callback."""
        if self._function is not None:
            self._callback = Callback(self._function)
            self._callback.setup()

    def close(self) -> None:
        """Called at the end."""
        if self._callback is not None:
            self._callback.close()

    def __call__(self, buffer: Sequence[npt.NDArray[np.uint8]], queue: Any, logger: Any) -> Any:
        frame = self.prepared(buffer[-1])
        if self._callback is None:
            return frame
        self._frames.append(frame)
        returned = self._callback(self._frames, queue, logger)
        if is_image(returned):
            return self.written(returned)
        if isinstance(returned, tuple) and len(returned) == 2 and is_image(returned[0]):
            return self.written(returned[0]), returned[1]
        return self.written(frame), returned

    def unchanged(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """What is written of a damaged frame, and of those that come after the callback has failed."""
        return self.written(self.prepared(image))

    def prepared(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """A camera's frame as the callback gets it; its own, and not the camera's memory."""
        shape = self._shape
        scaled = image.shape[:2] != (shape.height, shape.width)
        widened = shape.bgra and self._callback is not None
        if scaled:
            cv2 = check_opencv()
            smaller = shape.height * shape.width < image.shape[0] * image.shape[1]
            how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            image = cv2.resize(image, (shape.width, shape.height), interpolation=how)
        if widened:
            cv2 = check_opencv()
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGRA if image.ndim == 2 else cv2.COLOR_BGR2BGRA)
        return image if scaled or widened else image.copy()

    def written(self, image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """What a callback returned, as it is written.

        Raises
        ------
        ValueError
            It cannot be: another size, or kind of numbers.
        """
        shape = self._shape
        channels = image.shape[2] if image.ndim == 3 else 1
        kind = "colour" if shape.color else "gray"
        if channels not in (1, 3, 4) or (channels > 1 and not shape.color):
            raise ValueError(f"the callback returned an array of shape {image.shape}. The file is {kind}")
        if image.shape[:2] != (shape.height, shape.width):
            raise ValueError(
                f"the callback returned a frame of {image.shape[1]} x {image.shape[0]} pixels; those of the "
                f"file are {shape.width} x {shape.height}"
            )
        if image.dtype == np.bool_:
            image = image.astype(np.uint8) * 255
        if image.dtype != np.uint8:
            raise ValueError(f"the callback returned a frame of {image.dtype}. Those of the file are uint8")
        if not shape.color:
            return image.reshape(shape.height, shape.width)
        if channels == 1:
            return np.repeat(image.reshape(shape.height, shape.width, 1), 3, axis=2)
        return image[:, :, :3]


def check_opencv() -> Any:
    """OpenCV.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    return opencv("frames are scaled, and made BGRA for callbacks, with")
