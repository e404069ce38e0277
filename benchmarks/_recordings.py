"""Recordings that pages look at: of virtual cameras, or of frames that only come out of memory.

Both are recorded raw.  Virtual cameras make up each picture, at 4 x 226 fps with more than a core.  Frames
from memory cost as little as those of a real camera, whose SDK fills memory that it was lent.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from benchmarks._sources import source
from benchmarks.camera_process import virtual_world
from llpyspin.recording.options import RecordingOptions, WriterSpec
from llpyspin.recording.recorder import Recorder
from llpyspin.recording.sinks import Picture
from llpyspin.rig import Rig
from llpyspin.web.liveserver import Server
from llpyspin.web.newsteller import News

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks._sources import Source
    from llpyspin.web.serverplan import ServerPlan

__all__ = ["Counted", "Recording", "Shape", "of_cameras", "of_memory"]

MODEL = "BFS-U3-16S2M"
SLOTS = 60
SCENES = 24
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Shape:
    """What the cameras are."""

    cameras: int
    fps: float
    width: int
    height: int


@dataclass
class Counted:
    """What became of all frames."""

    frames: int = 0
    written: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    adds_up: bool = True

    @property
    def lost(self) -> int:
        return self.frames - self.written

    def __str__(self) -> str:
        said = ", ".join(f"{cause} {count}" for cause, count in self.causes.items() if count)
        return f"of {self.frames}: {said or 'none'}" + ("" if self.adds_up else "; does NOT add up")


class Recording(Protocol):
    """One that goes on, or is about to."""

    def serve(self, plan: ServerPlan) -> Server: ...

    def start(self, seconds: float) -> None:
        """Have frames come, for so long at least."""

    def waiting(self) -> int:
        """Frames that wait for their writers."""

    def stop(self) -> Counted: ...


class _OfCameras:
    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def serve(self, plan: ServerPlan) -> Server:
        return self._rig.serve(**vars(plan))

    def start(self, seconds: float) -> None:
        self._rig.trigger()

    def waiting(self) -> int:
        return sum(camera.backlog for camera in self._rig.status().cameras.values())

    def stop(self) -> Counted:
        session = self._rig.stop()
        if session is None or session.account is None:
            raise RuntimeError("the rig has made no account of its recording")
        counted = Counted(adds_up=session.account.adds_up)
        for camera in session.account.cameras:
            counted.frames += camera.triggers
            counted.written += camera.written
            counted.causes.update(camera.lost)
            counted.causes.update({"incomplete": camera.incomplete})
        return counted


@contextlib.contextmanager
def of_cameras(shape: Shape, folder: Path) -> Iterator[Recording]:
    """A rig of virtual cameras, primed."""
    with (
        virtual_world(*[MODEL] * shape.cameras) as serials,
        Rig(
            serials,
            framerate=shape.fps,
            exposure=1000,
            roi=(0, 0, shape.height, shape.width),
            sdk="virtual",
            on_failure="continue",
        ) as rig,
    ):
        rig.prime(folder, codec="raw")
        yield _OfCameras(rig)


class _OfMemory:
    def __init__(self, shape: Shape, sources: dict[str, Source], recorders: dict[str, Recorder]) -> None:
        self._shape = shape
        self._sources = sources
        self._recorders = recorders
        self._server: Server | None = None
        self._frames = 0

    def serve(self, plan: ServerPlan) -> Server:
        self._server = Server(plan, self._news)
        return self._server

    def _news(self) -> News:
        status = {"state": "recording", "seconds": 0, "triggers": 0, "folder": "", "sync": None}
        cameras = [_tile(name) for name in self._sources]
        return News(
            {**status, "cameras": cameras, "events": []},
            {name: each.address for name, each in self._sources.items()},
        )

    def end_page(self) -> None:
        if self._server is not None:
            self._server.close()

    def start(self, seconds: float) -> None:
        self._frames = round(seconds * self._shape.fps)
        for each in self._sources.values():
            each.ask("paced", self._frames, self._shape.fps)

    def waiting(self) -> int:
        return sum(each.status().backlog for each in self._recorders.values())

    def stop(self) -> Counted:
        for each in self._sources.values():
            each.answer()
        counted = Counted()
        for recorder in self._recorders.values():
            recorder.finish(published=self._frames, last_trigger=None)
        for recorder in self._recorders.values():
            if not recorder.wait(PATIENCE_S):
                raise TimeoutError("a recorder does not come to its end")
            status = recorder.result().status
            counted.frames += self._frames
            counted.written += status.written
            counted.causes.update(status.lost)
        return counted


def _tile(name: str) -> dict[str, object]:
    nothing = dict.fromkeys(("frames", "away", "incomplete", "backlog", "spilled", "rate"), 0)
    unknown = dict.fromkeys(("disk_free", "temperature"), None)
    return {"name": name, "state": "recording", "role": "", "lost": {}, "failure": "", **nothing, **unknown}


@contextlib.contextmanager
def of_memory(shape: Shape, folder: Path) -> Iterator[Recording]:
    """Sources of frames that lie in memory, each with its recorder."""
    with contextlib.ExitStack() as stack:
        sources = {
            f"camera{number}": stack.enter_context(
                source(shape.width, shape.height, SLOTS, scenes=SCENES, lent=True)
            )
            for number in range(shape.cameras)
        }
        folder.mkdir()
        recorders = {
            name: stack.enter_context(Recorder(_spec(name, each, shape, folder)))
            for name, each in sources.items()
        }
        recording = _OfMemory(shape, sources, recorders)
        stack.callback(recording.end_page)
        yield recording


def _spec(name: str, sender: Source, shape: Shape, folder: Path) -> WriterSpec:
    return WriterSpec(
        address=sender.address,
        path=str(folder / name),
        picture=Picture(height=shape.height, width=shape.width, rate=shape.fps),
        color=False,
        serial=name,
        nickname=name,
        virtual=True,
        first_id=0,
        period_ns=None,  # a source that is late catches up, as no camera does
        since=0,
        options=RecordingOptions(codec="raw", overflow="spill"),
    )
