"""The recorded pictures of one camera, decoded a little ahead by a thread of its own.

The thread belongs to one acquisition and ends with it.  It keeps a bounded number of pictures, however long
the recording is.  A picture that cannot be read is an incomplete frame.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import LlpyspinError
from llpyspin.virtual.exceptions import IO_ERROR, SpinnakerException
from llpyspin.virtual.footage import DAMAGED, SENT
from llpyspin.virtual.formats import pack
from llpyspin.virtual.painter import Painter
from llpyspin.virtual.replayshutter import ReplayShutter
from llpyspin.virtual.script import Script

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llpyspin.virtual.footage import CameraFootage, Reel
    from llpyspin.virtual.formats import PixelFormat
    from llpyspin.virtual.readings import Tag
    from llpyspin.virtual.scene import View
    from llpyspin.virtual.script import Shot
    from llpyspin.virtual.sending import Scene
    from llpyspin.virtual.shutter import Exposure, Programme, Shutter
    from llpyspin.virtual.specs import CameraSpec, Replay

__all__ = ["Projector", "pixel_bytes", "scene_of"]

logger = logging.getLogger("llpyspin")

Array = np.ndarray[Any, Any]

_AHEAD_BYTES = 64_000_000
_FEWEST_AHEAD, _MOST_AHEAD = 2, 32
_MOST_WAITING = 10_000
"""Frames that wait for a program that does not read, where the recording repeats: memory has an end.

They have no pixels yet.  At 100 Hz it is a pause of 100 s, more than that of a program that goes on.
"""
_FIRST_S = 10.0
"""How long the beginning of an acquisition waits for its first picture."""
_LAST_S = 10.0
"""How long the end of an acquisition waits for the picture that is being decoded."""


class Projector:
    """Implements :class:`llpyspin.virtual.sending.Scene` with what was recorded.

    Parameters
    ----------
    footage : CameraFootage
    paced : bool
        Whether frames come at the recorded times; False: as fast as they are read.
    repeat : bool
        Whether the recording begins again when it is over.
    """

    def __init__(self, footage: CameraFootage, *, paced: bool, repeat: bool) -> None:
        self.paced = paced
        self.keeps: int | None = _MOST_WAITING if repeat else sys.maxsize  # else the recording is the limit
        self.rate: float | None = footage.geometry.rate
        self._footage, self._repeat = footage, repeat
        self._reel: Reel | None = None
        self._script: Script | None = None
        self._changed = threading.Condition()
        self._ready: deque[tuple[int, Array | None]] = deque()
        self._most = _FEWEST_AHEAD
        self._running = False
        self._thread: threading.Thread | None = None

    # -- life

    def open(self) -> None:
        """Read the recorded triggers.

        Raises
        ------
        SpinnakerException
            -1010: they cannot be read.
        """
        if self._reel is not None:
            return
        try:
            self._reel = self._footage.open()
        except (LlpyspinError, OSError) as error:
            raise SpinnakerException(
                f"Camera {self._footage.serial} cannot replay its recording: {error}", IO_ERROR
            ) from error
        self._script = Script(self._reel.shots, self._footage.geometry.rate, repeat=self._repeat)

    def close(self) -> None:
        """Close the files, unless a picture is still being read."""
        self.end()
        reel, self._reel, self._script = self._reel, None, None
        if reel is not None and self._thread is None:
            reel.pictures.close()

    def paint(self, view: View) -> None:
        """Begin to decode, from the first trigger on.

        Raises
        ------
        SpinnakerException
            -1010: a picture of the acquisition before is still being read, as from a disk that hangs.
        """
        self.end()
        if self._thread is not None:
            raise SpinnakerException(self._busy(), IO_ERROR)
        self._most = max(_FEWEST_AHEAD, min(_MOST_AHEAD, _AHEAD_BYTES // max(1, view.payload)))
        self._ready.clear()
        self._running = True
        self._thread = threading.Thread(
            target=self._decode, args=(view.format,), name=f"projector {view.serial}", daemon=True
        )
        self._thread.start()
        with self._changed:  # a file may take a while to open: frames shall come in time from the first on
            self._changed.wait_for(lambda: bool(self._ready) or not self._running, _FIRST_S)

    def repaint(self, view: View) -> None:
        """Settings do not change what was recorded."""

    def prepare(self, views: Iterable[View]) -> None:
        """Settings do not change what was recorded."""

    def end(self) -> None:
        """Decode no more; who waits for a picture gets none."""
        with self._changed:
            self._running = False
            self._changed.notify_all()
        if self._thread is None:
            return
        self._thread.join(_LAST_S)
        if self._thread.is_alive():
            logger.warning("%s", self._busy())
        else:
            self._thread = None

    def _busy(self) -> str:
        return f"Camera {self._footage.serial} still reads a picture of the acquisition before."

    # -- what the camera asks

    def shutter(self, programme: Programme, at: int) -> Shutter:
        """A shutter that exposes as recorded, from the first trigger on."""
        assert self._script is not None, "the camera is not open"
        return ReplayShutter(programme, at, self._script, paced=self.paced)

    def shot(self, exposure: Exposure) -> Shot | None:
        """What was recorded of an exposure."""
        assert self._script is not None, "the camera is not open"
        assert exposure.position is not None
        return self._script.shot(exposure.position)

    def fill(self, out: Array, exposure: Exposure, tag: Tag, host_ns: int) -> bool:
        """Write the picture of an exposure; False if there is none: then all is black."""
        del tag, host_ns
        picture = self._taken(exposure.position or 0)
        if picture is None or len(picture) != len(out):
            out[:] = 0
            return False
        np.copyto(out, picture)
        return True

    def _taken(self, position: int) -> Array | None:
        with self._changed:
            while True:
                while self._ready and self._ready[0][0] < position:
                    self._ready.popleft()
                self._changed.notify_all()
                if self._ready:
                    found, picture = self._ready[0]
                    if found > position:
                        return None
                    self._ready.popleft()
                    return picture
                if not self._running:
                    return None
                self._changed.wait()

    # -- the thread

    def _decode(self, target: PixelFormat) -> None:
        try:
            self._work(target)
        except Exception:
            logger.exception("camera %s cannot replay any further", self._footage.serial)
        finally:
            with self._changed:
                self._running = False
                self._changed.notify_all()

    def _work(self, target: PixelFormat) -> None:
        script, position = self._script, 0
        assert script is not None
        while self._running and script.sends:
            following = script.next_exposed(position)
            if following is None:
                return
            position = following + 1
            shot = script.shot(following)
            if shot.fate in (SENT, DAMAGED):
                self._put(following, shot.picture, target)

    def _put(self, position: int, number: int, target: PixelFormat) -> None:
        """Decode one picture when there is room for it, unless the acquisition is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._ready) < self._most or not self._running)
            if not self._running:
                return
        picture = self._read(number, target)
        with self._changed:
            self._ready.append((position, picture))
            self._changed.notify_all()

    def _read(self, number: int, target: PixelFormat) -> Array | None:
        """The bytes of a picture; None, with a warning, if it cannot be sent."""
        reel = self._reel
        if reel is None:
            return None
        try:
            image = reel.pictures[number]
            wrong = self._wrong(image, target)
            if wrong is None:
                return pixel_bytes(image, target)
            wrong = f"picture {number} is {wrong}"
        except Exception as error:  # noqa: BLE001 - one picture that no library can read does not end the rest
            wrong = str(error) or type(error).__name__
        logger.warning("camera %s replays an incomplete frame: %s", self._footage.serial, wrong)
        return None

    def _wrong(self, image: Array, target: PixelFormat) -> str | None:
        """What a picture is that the camera does not send in this format; None: it is as it should be."""
        geometry = self._footage.geometry
        height, width = image.shape[:2]
        if (height, width) != (geometry.height, geometry.width):
            return f"{width} x {height}, the camera sends {geometry.width} x {geometry.height}"
        color = image.ndim == 3
        deep = np.uint8 if target.depth == 8 else np.uint16
        if image.dtype.newbyteorder("=") != deep or color != self._footage.color:
            return f"{image.dtype} in {'colour' if color else 'gray'}, the camera sends {target.name}"
        return None


def scene_of(spec: CameraSpec | None, replay: Replay) -> Scene:
    """What a camera sees: what it replays, or a painted scene."""
    if spec is None or spec.footage is None:
        return Painter()
    return Projector(spec.footage, paced=replay.paced, repeat=replay.repeat)


def pixel_bytes(image: Array, target: PixelFormat) -> Array:
    """The bytes that a camera sends of a picture: (h, w), or (h, w, 3) in the order B, G, R.

    Gray pictures go into formats of one sample a pixel, others into formats of colour.
    A colour picture in a Bayer format keeps of each pixel the colour that the filter lets through.
    """
    if image.ndim == 2:
        values = image
    elif target.is_bayer:
        values = _mosaic(image, target.channels)
    else:
        values = np.stack([_channel(image, name) for name in target.channels], axis=-1)
    rows = np.ascontiguousarray(values).reshape(image.shape[0], -1)
    return pack(rows, target.layout).reshape(-1)


def _mosaic(image: Array, channels: str) -> Array:
    mosaic = np.empty(image.shape[:2], image.dtype)
    for index, name in enumerate(channels):
        row, column = divmod(index, 2)
        mosaic[row::2, column::2] = _channel(image, name)[row::2, column::2]
    return mosaic


def _channel(image: Array, name: str) -> Array:
    """One channel of a BGR picture; "a" is opaque."""
    if name == "a":
        return np.full(image.shape[:2], np.iinfo(image.dtype).max, image.dtype)
    return image[:, :, "BGR".index(name)]
