"""A camera whose frames a test publishes itself, without a camera process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from llpyspin.camera.source import CameraSource
from llpyspin.errors import CameraHungError, CameraProcessError
from llpyspin.frames import FrameWriter, Layout
from llpyspin.reading.methods import FrameMethods
from llpyspin.reading.stream import FrameStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.errors import LlpyspinError

LAYOUT = Layout("Mono8", 40, 30, 40, 1200)


class NoProcess:
    """What a camera asks of its process; it lives in this one."""

    name = "fake"

    def __init__(self) -> None:
        self.alive = True
        self.closing = False
        self.lost = False
        self.overdue_s = 0.0  # of GetNextImage

    def request(self, operation: str, *arguments: Any, **more: Any) -> Any:
        if not self.alive:
            raise self.died()
        return {"health": self.overdue_s}.get(operation)

    def died(self) -> LlpyspinError:
        self.alive = False
        return CameraProcessError("its process was killed by SIGKILL", camera=self.name, exitcode=-9)

    def ended(self) -> LlpyspinError:
        return self.died()

    def hung(self, what: str) -> LlpyspinError:
        self.alive = False
        return CameraHungError(what, camera=self.name)

    def close(self) -> None:
        self.closing = True
        self.alive = False


class Frames(FrameMethods):
    """As a camera has them."""

    def __init__(self, source: CameraSource) -> None:
        self.source = source
        self.nickname = source.name
        self._frames = FrameStream(source)
        self._frames.attach()

    def isOpened(self) -> bool:
        return self.source.is_open

    def release(self) -> None:
        self._frames.end(self.source.end)


class Published:
    """The camera, and the writer of its frames; every byte of a frame is its index."""

    def __init__(self, buffers: int = 16) -> None:
        self.writer = FrameWriter(name="fake")
        self.writer.begin(LAYOUT, buffers, lent=False)
        self.process = NoProcess()
        source = CameraSource("fake", "fake")
        source.begin(self.process, self.writer.address)  # type: ignore[arg-type]
        source.expect_frames()
        self.camera = Frames(source)

    def publish(self, count: int = 1, **more: Any) -> None:
        for _ in range(count):
            index = self.writer.published
            offset, buffer = self.writer.claim()
            buffer[:] = bytes([index % 256]) * len(buffer)
            account = {"frame_id": 100 + index, "camera_timestamp_ns": 10_000_000 * index}
            self.writer.publish(offset, **(account | {"host_timestamp_ns": 0} | more))

    def vanish(self) -> None:
        """Be gone without a word, as a process is that is killed."""
        self.process.alive = False
        self.writer._server.stop()  # a killed process has no thread left that could trip over what is closed
        self.writer.abandon()


@contextlib.contextmanager
def published(buffers: int = 16) -> Iterator[Published]:
    source = Published(buffers)
    try:
        yield source
    finally:
        source.camera.release()
        source.writer.close()
