"""A source of frames in memory, and sinks that do as they are told, for tests of the writer."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.frames import FrameFlags, FrameWriter, Layout
from llpyspin.recording.options import RecordingOptions, WriterSpec
from llpyspin.recording.sinks import Choice, Picture

if TYPE_CHECKING:
    from pathlib import Path

HEIGHT, WIDTH = 32, 48
LAYOUT = Layout("Mono8", WIDTH, HEIGHT, WIDTH, WIDTH * HEIGHT)
PERIOD_NS = 5_000_000
PICTURE = Picture(HEIGHT, WIDTH, False, 8, 200.0)


class Source:
    """A camera process's half of the frames, without a camera: each frame is as gray as its number."""

    def __init__(self, buffers: int = 16) -> None:
        self.frames = FrameWriter(name="source")
        self.frames.begin(LAYOUT, buffers, lent=False)
        self.trigger = 0

    @property
    def address(self) -> str:
        return self.frames.address

    def expose(self, count: int = 1, *, incomplete: bool = False) -> None:
        """Frames that are delivered."""
        for _ in range(count):
            offset, memory = self.frames.claim()
            np.frombuffer(memory, np.uint8)[:] = gray(self.trigger)
            self.frames.publish(
                offset,
                frame_id=self.trigger,
                camera_timestamp_ns=1_000_000_000 + self.trigger * PERIOD_NS,
                host_timestamp_ns=time.monotonic_ns(),
                flags=FrameFlags.INCOMPLETE if incomplete else FrameFlags.NONE,
            )
            self.trigger += 1

    def expose_slowly(self, count: int) -> None:
        """Frames that readers have all taken before the next one comes."""
        for _ in range(count):
            self.expose()
            self.frames.wait_for_readers(self.frames.published, 10)

    def lose(self, count: int = 1) -> None:
        """Frames that are exposed and never delivered."""
        self.trigger += count

    def close(self) -> None:
        self.frames.close()


def gray(trigger: int) -> int:
    return trigger * 7 % 251


def spec_of(source: Source, path: Path, **changes: Any) -> WriterSpec:
    """What a writer is told about this source; fields of the options may be among the changes."""
    names = RecordingOptions.__dataclass_fields__
    options = {name: changes.pop(name) for name in list(changes) if name in names}
    return WriterSpec(
        **{
            "address": source.address,
            "path": str(path),
            "picture": PICTURE,
            "color": False,
            "serial": "20000001",
            "nickname": "",
            "virtual": True,
            "first_id": 0,
            "period_ns": PERIOD_NS,
            "options": RecordingOptions(**options),
            **changes,
        }
    )


class Sinks:
    """Stands in for ``choose`` and ``open_sink``: every sink opened, and what all of them are to do."""

    def __init__(self) -> None:
        self.opened: list[GatedSink] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fails_at: int | None = None
        self.never_safe = False

    def choose(
        self, codec: str | None, picture: Picture, suffix: str | None = None, **options: Any
    ) -> Choice:
        return Choice(codec or "raw", suffix or ".raw", ("best: not here",))

    def open(self, path: Path, picture: Picture, choice: Choice, **options: Any) -> GatedSink:
        path.write_bytes(b"")
        sink = GatedSink(self, options)
        self.opened.append(sink)
        return sink

    @property
    def grays(self) -> list[int]:
        """Of all pictures in all files; -1 for one that is not of one gray."""
        images = [image for sink in self.opened for image in sink.images]
        return [int(image[0, 1]) if image.min() == image.max() else -1 for image in images]


class GatedSink:
    """Keeps pictures, once the gate lets it."""

    name = "gated"

    def __init__(self, sinks: Sinks, options: dict[str, Any]) -> None:
        self._sinks = sinks
        self.options = options
        self.images: list[np.ndarray[Any, Any]] = []
        self.closed = False

    @property
    def frames(self) -> int:
        return len(self.images)

    @property
    def bytes(self) -> int:
        return sum(image.nbytes for image in self.images)

    def write(self, image: np.ndarray[Any, Any]) -> None:
        assert self._sinks.gate.wait(20), "the test forgot to open the gate"
        if self._sinks.fails_at is not None and len(self.images) >= self._sinks.fails_at:
            raise RecordingError("the disk has a hole")
        self.images.append(image.copy())

    def flush(self) -> int:
        return 0 if self._sinks.never_safe and not self.closed else len(self.images)

    def close(self) -> None:
        self.closed = True
