"""The newest picture of each camera, made only while somebody looks.

A picture is made once, however many pages show it.  Nothing is kept but the newest one.  The reader of the
frames stands aside: no camera and no replay ever waits for it, and none has to wake it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.errors import FrameTimeoutError, LlpyspinError
from llpyspin.frames import FrameReader
from llpyspin.web.jpeg import jpeg_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llpyspin.frames.frame import Frame

__all__ = ["CameraPictures", "Picture", "Pictures"]

ARRIVALS = 30  # pictures from which the rate is known
UNWANTED_S = 5.0  # after the last page has asked
QUIET_S = 1.0  # without a new frame, after which the camera may be gone
RETRY_S = 1.0
CONNECT_S = 2.0
CLOSE_S = 2.0


class Picture(NamedTuple):
    """One picture.

    Attributes
    ----------
    number : int
        Counts up from 1 with each picture of the camera.
    frame : int
        Number that the camera gave the frame.
    jpeg : bytes
    """

    number: int
    frame: int
    jpeg: bytes


class CameraPictures:
    """The newest picture of one camera.

    Parameters
    ----------
    name : str
    rate : float
        Pictures per second at most.
    edge : int
        Longest edge, pixels.
    encode : callable
        Makes the JPEG of a frame, and may release the frame.
    """

    def __init__(
        self, name: str, rate: float, edge: int, encode: Callable[[Frame, int], bytes] = jpeg_of
    ) -> None:
        self.name = name
        self._period_s = 1 / rate
        self._edge = edge
        self._encode = encode
        self._address = ""
        self._newest: Picture | None = None
        self._reader: FrameReader | None = None
        self._index = -1  # of the frame that was shown last
        self._arrivals: deque[tuple[int, int]] = deque(maxlen=ARRIVALS)
        self._fresh_at = 0.0
        self._asked_at = float("-inf")
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def point_at(self, address: str) -> None:
        """Have frames taken from this address from now on: a camera that was opened again has another one."""
        self._address = address

    def newest(self) -> Picture | None:
        """The newest picture, None before the first.  To ask is to want more of them.  Any thread."""
        self._asked_at = time.monotonic()
        self._wanted.set()
        return self._newest

    def rate(self) -> float:
        """Frames per second of the camera, shown or not; 0 while that is not known.  Any thread."""
        arrivals = tuple(self._arrivals)
        if len(arrivals) < 2:
            return 0.0
        (first, began), (last, ended) = arrivals[0], arrivals[-1]
        return (last - first) * 1e9 / (ended - began) if ended > began else 0.0

    def start(self) -> None:
        """Make pictures in a thread of their own."""
        self._thread = threading.Thread(target=self._run, name=f"pictures of {self.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wanted.wait()
            began = time.monotonic()
            pause_s = self.step(began)
            self._closing.wait(max(0.0, pause_s - (time.monotonic() - began)))
        self._leave()

    def step(self, now: float) -> float:
        """Make one picture if there is a new frame; gives the seconds until the next look."""
        if now - self._asked_at > UNWANTED_S:
            self._wanted.clear()
            self._leave()
            return 0.0
        try:
            self._look(now)
        except LlpyspinError:  # the camera is gone, or takes no more readers just now
            self._leave()
            return RETRY_S
        except Exception as error:  # noqa: BLE001 - one broken frame must not end the pictures
            sys.stderr.write(f"llpyspin: no picture of {self.name}: {type(error).__name__}: {error}\n")
            return RETRY_S
        return self._period_s

    def _look(self, now: float) -> None:
        reader = self._attached(now)
        if reader is None:
            return
        if reader.newest == self._index:
            if now - self._fresh_at > QUIET_S:
                self._fresh_at = now
                _check(reader)
            return
        self._index, self._fresh_at = reader.newest, now
        frames = reader.recent(1, incomplete=False)
        if frames:
            with frames[0] as frame:
                self._arrivals.append((frame.info.index, frame.info.host_timestamp_ns))
                number, jpeg = frame.info.frame_id, self._encode(frame, self._edge)
            self._newest = Picture(1 if self._newest is None else self._newest.number + 1, number, jpeg)

    def _attached(self, now: float) -> FrameReader | None:
        """The reader of the present address; None where there is none yet."""
        if self._reader is not None and self._reader.address != self._address:
            self._leave()
        if self._reader is None and self._address:
            self._reader = FrameReader(self._address, timeout_s=CONNECT_S, aside=True)
            self._index, self._fresh_at = -1, now
        return self._reader

    def _leave(self) -> None:
        self._arrivals.clear()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def _check(reader: FrameReader) -> None:
    """Raise what became of a camera that gives no more frames."""
    reader.skip_to(reader.newest + 1)
    try:
        reader.peek(0.0)
    except FrameTimeoutError:
        pass  # it is there, and waits for a trigger
    finally:
        reader.stand_aside()


class Pictures:
    """Those of all cameras, by name; cameras come with the first status that has them.

    Parameters
    ----------
    rate, edge
        As for :class:`CameraPictures`.
    """

    def __init__(self, rate: float, edge: int) -> None:
        self._rate = rate
        self._edge = edge
        self._cameras: dict[str, CameraPictures] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._cameras)

    def point_at(self, addresses: Mapping[str, str]) -> None:
        """Where the frames of each camera are now."""
        for name, address in addresses.items():
            camera = self._cameras.get(name)
            if camera is None:
                camera = CameraPictures(name, self._rate, self._edge)
                camera.start()
                self._cameras = {**self._cameras, name: camera}  # other threads see one or the other
            camera.point_at(address)

    def newest(self, name: str) -> Picture | None:
        """The newest picture of a camera; None where there is none (yet)."""
        camera = self._cameras.get(name)
        return None if camera is None else camera.newest()

    def rate(self, name: str) -> float:
        """As of :class:`CameraPictures`."""
        camera = self._cameras.get(name)
        return 0.0 if camera is None else camera.rate()

    def fresh(self, shown: Mapping[str, int], names: Iterable[str]) -> list[tuple[str, Picture]]:
        """New pictures of those cameras; ``shown`` has the numbers of those that were shown last."""
        found = ((name, self.newest(name)) for name in names)
        return [(name, each) for name, each in found if each is not None and each.number != shown.get(name)]

    def close(self) -> None:
        """End all threads."""
        for camera in self._cameras.values():
            camera.close()
