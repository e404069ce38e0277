"""A thread that has a process of its own look for the board in the newest frames of a run."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from llpyspin.display.boards.boardservice import found_of
from llpyspin.display.boards.coverage import Coverage
from llpyspin.errors import LlpyspinError, MissingExtraError
from llpyspin.processes.child import ChildProcess
from llpyspin.rig.calibrating.glance import Glance
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.display.boards.boardservice import BoardSpec
    from llpyspin.display.boards.cornerfinding import Found
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.rig.runs import Runs

__all__ = ["BoardWatch"]

logger = logging.getLogger("llpyspin")

PERIOD_S = 0.2  # between two looks at least
OPEN_S = 40.0
LOOK_S = 20.0  # for one look, on a machine that is busy recording
CLOSE_S = 4.0
BEHIND_S = 0.5  # a camera so much later than another is not waited for
NOTHING_S = 20.0
"""Seconds without the board in any picture, after which likely causes are named."""


class BoardProcess(ChildProcess):
    """The child that looks for the board."""

    _module = "llpyspin.display.boards.main"
    _what = "process that looks for the board"
    _again = "The recording goes on without it"
    _stuck = "it does not answer. The process that looks for the board was ended"
    _where = "process that looks for the board"


class BoardWatch:
    """Looks at one trigger after the other, never at more than it has time for.

    Parameters
    ----------
    spec : BoardSpec
    keep : callable
        Called with each trigger that was looked at and what was found, by camera.
    until_enough : bool
        Whether the run is to end when all criteria are met.
    must_show : bool
        Whether a window is needed.

    Raises
    ------
    MissingExtraError
        No window can be had, and it must be; or OpenCV is missing.

    Attributes
    ----------
    ended : str
        Why no board is looked for any more; "" while it is.
    """

    def __init__(
        self,
        spec: BoardSpec,
        keep: Callable[[int, dict[str, Found]], None],
        *,
        until_enough: bool = True,
        must_show: bool = False,
    ) -> None:
        self.ended = ""
        self._keep, self._until_enough = keep, until_enough
        self._spec = spec
        self._coverage = Coverage(spec.names, spec.board, spec.criteria)
        self._glance = Glance.of(self._coverage)
        self._stop = threading.Event()
        self._run: RigRun | None = None
        self._thread: threading.Thread | None = None
        self._process = BoardProcess(spec.camera)
        try:
            why = self._process.request("open", spec, timeout_s=OPEN_S)
            if why and must_show:
                raise MissingExtraError(why)
        except BaseException:
            self._process.close(timeout_s=CLOSE_S)
            raise
        if why:
            logger.info("no window of the calibration: %s", why)

    @property
    def glance(self) -> Glance:
        """What was seen so far."""
        return self._glance

    def begin(self, runs: Runs) -> None:
        """Look from now on; the present run ends when the window was closed, or when it is enough."""
        self._run = runs.current
        self._thread = threading.Thread(target=self._watch, args=(runs,), name="board-watch", daemon=True)
        self._thread.start()

    def halt(self) -> None:
        """Begin no further look."""
        self._stop.set()

    def end(self) -> Glance:
        """Look no more; gives what was seen.  Ending twice is fine."""
        self.halt()
        if self._thread is not None:
            self._thread.join(LOOK_S)
        self._process.close(timeout_s=CLOSE_S)
        return self._glance

    def _watch(self, runs: Runs) -> None:
        last, pause, unseen = -1, PERIOD_S, Unseen(time.monotonic())
        causes: tuple[str, ...] = ()
        while not self._stop.wait(pause):
            began = time.monotonic()
            found_at = newest_trigger(runs.members, runs.current.rate if runs.current is not None else 0.0)
            if found_at is None or found_at[0] <= last:
                pause = PERIOD_S
                continue
            last, frames = found_at
            try:
                found, closed = self._look(last, frames)
                seen = any(each.useful for each in found.values())
                if unseen.is_long(seen=seen, now=time.monotonic()):
                    causes = self._causes()
                elif seen:
                    causes = ()
            except (LlpyspinError, OSError) as error:
                self._give_up(error)
                return
            self._note(last, found, causes, closed)
            pause = max(PERIOD_S - (time.monotonic() - began), time.monotonic() - began)

    def _look(self, trigger: int, frames: list[tuple[str, str, int]]) -> tuple[dict[str, Found], bool]:
        rows, closed = self._process.request("look", frames, timeout_s=LOOK_S)
        found = dict(found_of(row) for row in rows)
        if found:
            self._coverage.add(found)
            self._keep(trigger, found)
        return found, closed

    def _causes(self) -> tuple[str, ...]:
        causes = tuple(self._process.request("diagnose", timeout_s=LOOK_S))
        if causes:
            logger.warning(
                "the board was not found for %.0f s. Likely causes: %s", NOTHING_S, "; ".join(causes)
            )
        return causes

    def _note(self, trigger: int, found: dict[str, Found], causes: tuple[str, ...], closed: bool) -> None:
        self._glance = Glance.of(self._coverage, trigger, found, causes)
        enough = self._until_enough and self._glance.verdict.enough
        if self._run is not None and (closed or enough):
            self._run.end("the board was seen enough" if enough else "the window was closed")

    def _give_up(self, error: Exception) -> None:
        if self._stop.is_set():
            return
        self.ended = str(error)
        logger.warning("the board is not looked for any more, and the recording goes on: %s", error)


class Unseen:
    """For how long no camera has seen the board.

    Parameters
    ----------
    now : float
        When the first look began, in s on a clock.
    """

    def __init__(self, now: float) -> None:
        self._since = now

    def is_long(self, *, seen: bool, now: float) -> bool:
        """Whether to ask for causes: after :data:`NOTHING_S` without the board, and then again."""
        long = not seen and now - self._since >= NOTHING_S
        if seen or long:
            self._since = now
        return long


def newest_trigger(members: dict[str, Member], rate: float) -> tuple[int, list[tuple[str, str, int]]] | None:
    """The newest trigger that all prompt cameras have passed, and its frames by camera, address and index."""
    stints = {
        name: (member, stint)
        for name, member in members.items()
        if (stint := member.stint) is not None and member.failure is None
    }
    after = {name: stint.follower.catch_up() for name, (_, stint) in stints.items()}
    if not after:
        return None
    prompt = [each for each in after.values() if each >= max(after.values()) - 1 - BEHIND_S * rate]
    trigger = min(prompt) - 1
    frames = []
    for name, (member, stint) in stints.items():
        info = stint.follower.frame(trigger)
        if info is not None:
            frames.append((name, acquisition_of(member.camera).address, info.index))
    return (trigger, frames) if frames else None
