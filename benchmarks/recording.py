"""What recording costs: rates against bare encoders, CPU, what a kill loses, how long stopping takes.

``python -m benchmarks.recording`` measures everything in one run and prints ratios.  The sources are not
cameras but processes that show a test movie out of memory, so that the recorder is all there is to measure.
Where the SDK fills memory that it is lent, frames lie in the memory of all processes when they arrive; where
it does not, the camera process copies each.  Rates are measured with sources of both kinds.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import random
import signal
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks._movie import movie
from benchmarks._sources import source
from benchmarks._tools import Figure, cpu_seconds, run
from benchmarks.camera_process import virtual_world
from llpyspin.deadlines import Deadline
from llpyspin.frames import FrameInfo, FrameReader
from llpyspin.frames.info import FrameFlags
from llpyspin.recording import load
from llpyspin.recording.numbering import Numbering
from llpyspin.recording.options import RecordingOptions, WriterSpec
from llpyspin.recording.recorder import Recorder
from llpyspin.recording.rows import WRITTEN
from llpyspin.recording.sidecar import SidecarWriter, read_sidecar
from llpyspin.recording.sinks import Picture, choose, open_sink, open_video
from llpyspin.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from benchmarks._sources import Source

WIDTH, HEIGHT = 1440, 1080
CAMERA_FPS = 226.0
PERIOD_NS = round(1e9 / CAMERA_FPS)
SCENES = 24
SLOTS = 60
WAITING_SLOTS, AHEAD = 120, 4
"""Of a source without an end: it leaves so many frames unread at most.  The writer waits for its encoder
until a sixth of the ring lies unread, so that nothing goes to the spill file and back, which would be
measured instead."""
PATIENCE_S = 120.0
SHM = Path("/dev/shm")

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    repeats: int
    rates: int  # repeats of those
    frames: int  # encoded, for each camera and repeat
    raw_seconds: float
    kills: int


FULL = Effort(repeats=3, rates=5, frames=900, raw_seconds=4.0, kills=10)
QUICK = Effort(repeats=1, rates=1, frames=200, raw_seconds=2.0, kills=3)


def _picture(width: int = WIDTH, height: int = HEIGHT) -> Picture:
    return Picture(height=height, width=width, rate=CAMERA_FPS)


def _recorder(sender: Source, path: Path, picture: Picture, codec: str | None) -> Recorder:
    return Recorder(
        WriterSpec(
            address=sender.address,
            path=str(path),
            picture=picture,
            color=False,
            serial=path.stem,
            nickname=path.stem,
            virtual=True,
            first_id=0,
            period_ns=None,  # a source that is late catches up, as no camera does
            since=0,
            options=RecordingOptions(codec=codec, overflow="spill"),
        )
    )


def _finish(recorder: Recorder, published: int) -> int:
    """Wait until all of it is written; how many frames are not."""
    recorder.finish(published=published, last_trigger=None)
    if not recorder.wait(PATIENCE_S):
        raise TimeoutError("the recorder does not come to its end")
    return published - recorder.result().status.written


# -- bare encoders: frames from memory, in one process each


def _encode_from_memory(pipe: Connection, path: str, codec: str | None, frames: int) -> None:
    picture = _picture()
    pictures = movie(WIDTH, HEIGHT, SCENES)
    choice = choose(codec, picture, None)
    sink = open_sink(Path(path).with_suffix(choice.suffix), picture, choice)
    pipe.send(None)
    pipe.recv()
    cpu = cpu_seconds()
    for number in range(frames):
        sink.write(pictures[number % SCENES])
    sink.close()
    pipe.send(cpu_seconds() - cpu)


def _bare(folder: Path, codec: str | None, cameras: int, frames: int) -> tuple[float, float]:
    """Seconds, and CPU seconds of all, for ``cameras`` encoders at once."""
    pipes, processes = [], []
    try:
        for number in range(cameras):
            ours, theirs = _SPAWN.Pipe()
            process = _SPAWN.Process(
                target=_encode_from_memory, args=(theirs, str(folder / f"bare{number}"), codec, frames)
            )
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        for pipe in pipes:
            _answer(pipe)
        started = time.perf_counter()
        for pipe in pipes:
            pipe.send(None)
        cpu = sum(_answer(pipe) for pipe in pipes)
        return time.perf_counter() - started, cpu
    finally:
        for process in processes:
            process.join(5)
            process.kill()
            process.join(5)


def _answer(pipe: Connection) -> Any:
    if not pipe.poll(PATIENCE_S):
        raise TimeoutError("an encoder does not come to its end")
    return pipe.recv()


# -- the same through the recorder


def _recorded(
    folder: Path, codec: str | None, cameras: int, frames: int, *, lent: bool
) -> tuple[float, float, float]:
    """Seconds, CPU seconds of the writers, and of the sources."""
    with contextlib.ExitStack() as stack:
        senders = [
            stack.enter_context(source(WIDTH, HEIGHT, WAITING_SLOTS, scenes=SCENES, lent=lent))
            for _ in range(cameras)
        ]
        recorders = [
            stack.enter_context(_recorder(sender, folder / f"recorded{number}", _picture(), codec))
            for number, sender in enumerate(senders)
        ]
        writers = [psutil.Process(recorder.pid) for recorder in recorders]
        before = sum(_cpu(writer) for writer in writers)
        started = time.perf_counter()
        for sender in senders:
            sender.ask("saturate", frames, AHEAD)
        fed = sum(sender.answer() for sender in senders)
        for recorder in recorders:
            recorder.finish(published=frames, last_trigger=None)
        lost = sum(_finish(recorder, frames) for recorder in recorders)
        if lost:
            raise RuntimeError(f"{lost} frames of sources that wait were lost")
        seconds = time.perf_counter() - started
        return seconds, sum(_cpu(writer) for writer in writers) - before, fed


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def rates(effort: Effort) -> list[Figure]:
    """Frames a second of 1, 2 and 4 recorded cameras against as many encoders fed from memory."""
    figures = []
    for cameras, lent in itertools.product((1, 2, 4), (True, False)):
        frames = effort.frames // cameras
        ratios, added, fps = [], [], []
        for _ in range(effort.rates):
            with _folder() as folder:
                first, cpu = _bare(folder / "a", None, cameras, frames)
                seconds, writers, _ = _recorded(folder, None, cameras, frames, lent=lent)
                second, cpu_after = _bare(folder / "b", None, cameras, frames)
            ratios.append((first + second) / 2 / seconds)
            added.append((writers - (cpu + cpu_after) / 2) / (cameras * frames) * 1e3)
            fps.append(cameras * frames / seconds)
        what = f"{cameras} camera{'s' * (cameras > 1)} x 1.6 MP{'' if lent else ', each frame copied first'}"
        figures += [
            Figure(
                f"{what}: recording rate / encoders fed from memory",
                ratios,
                at_least=0.90,
                note=f"{statistics.median(fps):.0f} fps in all",
            ),
            Figure(f"{what}: CPU that a writer adds to each frame", added, "ms"),
        ]
    return figures


def raw(effort: Effort) -> list[Figure]:
    """Raw recording at the full rate of cameras to memory."""
    figures = []
    for cameras in (1, 2):
        frames = int(effort.raw_seconds * CAMERA_FPS)
        with _folder(SHM) as folder, contextlib.ExitStack() as stack:
            senders = [
                stack.enter_context(source(WIDTH, HEIGHT, SLOTS, scenes=SCENES)) for _ in range(cameras)
            ]
            recorders = [
                stack.enter_context(_recorder(sender, folder / f"raw{number}", _picture(), "raw"))
                for number, sender in enumerate(senders)
            ]
            writers = [psutil.Process(recorder.pid) for recorder in recorders]
            _warm(folder, cameras * frames * WIDTH * HEIGHT)
            before, started = [_cpu(writer) for writer in writers], time.perf_counter()
            for sender in senders:
                sender.ask("paced", frames, CAMERA_FPS)
            for sender in senders:
                sender.answer()
            seconds = time.perf_counter() - started
            cores = [(_cpu(w) - b) / seconds for w, b in zip(writers, before, strict=True)]
            lost = 0
            for recorder in recorders:
                lost += _finish(recorder, frames)
        what = f"{cameras} camera{'s' * (cameras > 1)} x 226 fps x 1.6 MP raw to tmpfs"
        figures += [
            Figure(f"{what}: frames lost", [float(lost)], f"of {cameras * frames}", at_most=0),
            Figure(f"{what}: CPU of a writer", cores, "cores", at_most=0.35),
        ]
    return figures


def _warm(folder: Path, size: int) -> None:
    """Have so much memory be there that was given back just now.

    A virtual machine takes memory that it has not used for a while from its host again, which costs up to
    eight times what writing a frame does, and would be all that is measured.
    """
    block = bytes(1 << 20)
    with (folder / "warm").open("wb", buffering=0) as file:
        for _ in range(size // len(block) + 1):
            file.write(block)
    (folder / "warm").unlink()


def kills(effort: Effort) -> list[Figure]:
    """``kill -9`` of writer and camera process at 226 fps, with an encoder that keeps up (0.4 MP)."""
    width, height = 720, 540
    missing, disagree = [], 0
    chance = random.Random(1)
    for _ in range(effort.kills):
        with _folder() as folder, contextlib.ExitStack() as stack:
            sender = stack.enter_context(source(width, height, SLOTS, scenes=SCENES))
            reader = stack.enter_context(FrameReader(sender.address))
            recorder = stack.enter_context(
                _recorder(sender, folder / "killed", _picture(width, height), None)
            )
            video, sidecar = Path(recorder.files[0].path), Path(recorder.files[0].sidecar)
            sender.ask("paced", 10_000, CAMERA_FPS)
            _wait_for(reader, 400 + chance.randrange(200))
            os.kill(recorder.pid, signal.SIGKILL)
            published = reader.newest + 1
            sender.process.kill()
            psutil.wait_procs([sender.process], timeout=10)
            with open_video(video) as frames:
                there = sum(1 for _ in frames)
            rows = [row for row in read_sidecar(sidecar) if row.state == WRITTEN]
            disagree += len(rows) > there or any(row.frame != place for place, row in enumerate(rows))
            missing.append(float(published - there))
    return [
        Figure(
            f"frames lost to kill -9 of everything at 226 fps, {effort.kills} kills",
            missing,
            "frames",
            at_most=10,
        ),
        Figure("kills after which the sidecar says more than the file has", [float(disagree)], at_most=0),
    ]


def _wait_for(reader: FrameReader, index: int) -> None:
    deadline = Deadline(PATIENCE_S)
    while reader.newest < index:
        if deadline.passed:
            raise TimeoutError("the source of frames does not come so far")
        time.sleep(0.005)


def stopping(effort: Effort) -> list[Figure]:
    """From the last frame to closed files, with an encoder that is much too slow."""
    frames = effort.frames // 2
    codec = "ffv1"
    with _folder() as folder:
        bare, _ = _bare(folder / "bare", codec, 1, frames)
        with (
            source(WIDTH, HEIGHT, SLOTS, scenes=SCENES) as sender,
            _recorder(sender, folder / "slow", _picture(), codec) as recorder,
        ):
            sender.ask("paced", frames, CAMERA_FPS)
            sender.answer()
            status = recorder.status()
            started = time.perf_counter()
            lost = _finish(recorder, frames)
            seconds = time.perf_counter() - started
    expected = status.backlog * bare / frames
    return [
        Figure(
            f"stopping with {status.backlog} frames to encode: time beyond backlog / encoding rate",
            [seconds - expected],
            "s",
            at_most=0.5,
            note=f"{seconds:.2f} s against {expected:.2f} s; {status.spilled} frames on disk",
        ),
        Figure("frames lost by that recording, whose encoder was too slow", [float(lost)], at_most=0),
    ]


def account(effort: Effort) -> list[Figure]:
    """Numbering and sidecar against the whole recording's CPU."""
    count = 20_000
    with _folder() as folder:
        numbering = Numbering(first_id=0, period_ns=PERIOD_NS)
        started = cpu_seconds()
        with contextlib.closing(SidecarWriter(folder / "rows.csv")) as sidecar:
            for index in range(count):
                now = index * PERIOD_NS
                info = FrameInfo(index, index, now, now + 3_000_000, FrameFlags.NONE, 0, 1500.0, 0.0, -1)
                for row in numbering.frame(info):
                    sidecar.add(row._replace(frame=index))
                if index % 5 == 0:  # 226 fps, flushed every 20 ms
                    sidecar.flush()
        each = (cpu_seconds() - started) / count
        frames = effort.frames // 2
        _, writers, fed = _recorded(folder, None, 1, frames, lent=False)
    share = each / ((writers + fed) / frames)
    return [
        Figure(
            "numbering and sidecar / CPU of the recording",
            [share * 100],
            "%",
            at_most=2.0,
            note=f"{each * 1e6:.1f} us of {(writers + fed) / frames * 1e3:.2f} ms a frame",
        )
    ]


def spread(effort: Effort) -> list[Figure]:
    """How far apart the frames of one trigger are, and how far apart cameras begin."""
    first, all_of_them = [], []
    with virtual_world("BFS-U3-16S2M", "BFS-U3-16S2M", "BFS-U3-16S2M") as serials, _folder() as folder:
        for repeat in range(effort.repeats):
            with Rig(serials, framerate=100, exposure=2000, roi=(0, 0, 540, 720), sdk="virtual") as rig:
                session = rig.record(1.0, folder / f"session{repeat}", progress=False)
            account = session.account
            if account is None or account.spread is None or not account.adds_up:
                raise RuntimeError(f"the cameras were not recorded as they should: {account}")
            begun = [int(camera.host_ns[0]) for camera in load(folder / f"session{repeat}").values()]
            first.append((max(begun) - min(begun)) / 1e3)
            all_of_them.append(account.spread.median_us)
    what = "3 virtual cameras on one wire"
    return [
        Figure(f"{what}: spread of the first frames, by the clock fits", first, "us"),
        Figure(f"{what}: median spread of a trigger's frames", all_of_them, "us"),
    ]


@contextlib.contextmanager
def _folder(parent: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=parent, prefix="llpyspin-benchmark-") as name:
        folder = Path(name)
        for each in ("a", "b", "bare"):
            (folder / each).mkdir()
        yield folder


PARTS: dict[str, Callable[[Effort], list[Figure]]] = {
    "rates": rates,
    "raw": raw,
    "kills": kills,
    "stopping": stopping,
    "account": account,
    "spread": spread,
}


def main() -> None:
    """Measure and print."""
    run("recording", "Recording", __doc__, PARTS, QUICK, FULL)


if __name__ == "__main__":
    main()
