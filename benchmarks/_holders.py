"""Processes that take frames by name, hold them and return them in random order; some of them are killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from llpyspin import VideoStream
    from llpyspin.reading.request import HeldFrame

PATIENCE_S = 30.0
MOST = 8
"""Frames that one process has, or that are on their way to it."""
TAKE_S = 2.0
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Outcome:
    """What became of the frames that were sent."""

    sent: int = 0
    returned: int = 0
    killed: int = 0
    with_killed: int = 0
    """Frames that a process which was killed had, or was about to take."""
    wrong: int = 0
    """Frames whose pixels were not those of their account, when they were taken or given back."""
    leaked: int = 0
    """Frames that somebody still holds when all are returned and all processes gone."""


class _Holder:
    """A process that holds frames, and how many it has."""

    def __init__(self, seed: int) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_hold, args=(theirs, seed), daemon=True)
        self.process.start()
        theirs.close()
        self.has = 0

    def be_ready(self) -> None:
        if not self.pipe.poll(PATIENCE_S):
            raise TimeoutError("a process that is to hold frames does not start")
        self.pipe.recv()

    def hear(self, outcome: Outcome) -> None:
        """What it has returned since it was last asked; EOFError where it is gone."""
        while self.pipe.poll():
            outcome.wrong += self.pipe.recv()
            outcome.returned += 1
            self.has -= 1

    def end(self, *, kill: bool) -> None:
        if kill:
            self.process.kill()
        self.process.join(PATIENCE_S)
        self.pipe.close()


def hold_frames(cap: VideoStream, count: int, *, holders: int, kill_every: int, seed: int = 1) -> Outcome:
    """Send ``count`` frames to ``holders`` processes, and kill one of them after every ``kill_every``."""
    chance, outcome = random.Random(seed), Outcome()
    crew = [_Holder(seed + place) for place in range(holders)]
    try:
        for each in crew:
            each.be_ready()
        while outcome.sent < count:
            with cap.request(timeout=PATIENCE_S) as request:
                _send(request.handle(TAKE_S), _free(crew, chance, outcome), outcome)
            if outcome.sent % kill_every == 0:
                _kill(chance.choice(crew), outcome)
                crew = [each for each in crew if each.process.is_alive()]
                crew.append(_Holder(seed + holders + outcome.killed))
                crew[-1].be_ready()
        for each in crew:
            each.pipe.send(None)
        for each in crew:
            each.process.join(PATIENCE_S)
            with contextlib.suppress(EOFError, ConnectionError):
                each.hear(outcome)
    finally:
        for each in crew:
            each.end(kill=True)
    outcome.leaked = _still_held(cap)
    return outcome


def _free(crew: list[_Holder], chance: random.Random, outcome: Outcome) -> _Holder:
    """One that can take another frame."""
    while True:
        for each in crew:
            each.hear(outcome)
        free = [each for each in crew if each.has < MOST]
        if free:
            return chance.choice(free)
        if not wait([each.pipe for each in crew], PATIENCE_S):
            raise TimeoutError("no process gives a frame back")


def _send(frame: Any, holder: _Holder, outcome: Outcome) -> None:
    holder.pipe.send(frame)
    holder.has += 1
    outcome.sent += 1


def _kill(holder: _Holder, outcome: Outcome) -> None:
    holder.process.kill()
    holder.process.join(PATIENCE_S)
    with contextlib.suppress(EOFError, ConnectionError):
        holder.hear(outcome)
    outcome.killed += 1
    outcome.with_killed += holder.has
    holder.end(kill=True)


def _still_held(cap: VideoStream) -> int:
    """Cells that hold a frame, once there was time for all to be given back."""
    cells = cap._frames.reader._attachment._cells  # type: ignore[union-attr]
    until = time.monotonic() + TAKE_S + 5.0
    while np.count_nonzero(cells) and time.monotonic() < until:
        time.sleep(0.05)
    return int(np.count_nonzero(cells))


def _hold(pipe: Connection, seed: int) -> None:
    """Take frames until None comes; for each that is given back, say whether it was wrong."""
    chance = random.Random(seed)
    held: list[HeldFrame] = []
    pipe.send("ready")
    while (request := pipe.recv()) is not None:
        held.append(request)
        if _is_wrong(request):
            raise SystemExit("a frame was not what it was said to be when it was taken")
        while held and (len(held) >= MOST - 1 or chance.random() < 0.4):
            _return(held.pop(chance.randrange(len(held))), pipe)
    while held:
        _return(held.pop(chance.randrange(len(held))), pipe)


def _return(request: HeldFrame, pipe: Connection) -> None:
    wrong = _is_wrong(request)
    request.release()
    pipe.send(wrong)


def _is_wrong(request: HeldFrame) -> bool:
    image = request.image
    return not (read_stamp(image).frame == read_stamp(image, foot=True).frame == request.info.frame_id)
