"""The cameras that this program has open: who keeps them, who may take them over, and closing them all."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING, Protocol

from llpyspin.camera.callers import calling_line, users_line
from llpyspin.camera.prompt import interactive, without_infos
from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraInUseError, LlpyspinError, RequestTimeoutError
from llpyspin.errors.tracebacks import shorten_in_scripts
from llpyspin.processes.child import OPEN_S
from llpyspin.system.forks import in_forked_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.camera.parts import Access
    from llpyspin.camera.source import CameraSource
    from llpyspin.processes.child import CameraProcess
    from llpyspin.settings import CameraInfo

    class Releasable(Protocol):
        """What users call to close it."""

        def release(self) -> None: ...


__all__ = ["Keeper", "keepers", "present_keeper", "taken_by"]

logger = logging.getLogger("llpyspin.camera.opened")  # not hushed while the cameras of a rig are opened

shorten_in_scripts(LlpyspinError)
LOOK_S = 0.05
CLOSING_S = 10.0
"""Longest wait for a camera that this program has open and nobody keeps: somebody is closing it."""
MOST_TRIES = 4  # so many older objects are closed for one that is opened


class Keeper:
    """An object of the user that has cameras open: one camera; subclasses stand for pairs and rigs.

    Parameters
    ----------
    owner : object
        The user's object, which it does not keep.
    rank : int
        In which order keepers finish when all do: those that give pulses come first.

    Attributes
    ----------
    kind : str
        Name of the object's class.
    where : str
        The line that opened it: ``"at a.py:12"``.
    why_closed : str
        Who took its cameras over; "" where nobody did.
    """

    def __init__(self, owner: Releasable, *, rank: int = 3) -> None:
        self.kind = type(owner).__name__
        self.rank = rank
        self.where = calling_line()
        self.why_closed = ""
        self._owner = weakref.ref(owner)
        self._sources: weakref.WeakSet[CameraSource] = weakref.WeakSet()
        with _lock:
            _keepers.add(self)

    @property
    def owner(self) -> Releasable | None:
        """The user's object; None if it is gone."""
        return self._owner()

    def sources(self) -> list[CameraSource]:
        """Its cameras that are open, by serial number."""
        with _lock:
            found = [source for source in self._sources if source.is_open and source.info is not None]
        return sorted(found, key=lambda source: source.identity().serial)

    def __str__(self) -> str:
        return f"{self.kind} opened {self.where}"

    # -- opening ------------------------------------------------------------------------------------------

    def open(self, process: CameraProcess, source: CameraSource, access: Access) -> tuple[CameraInfo, str]:
        """Have a camera process open its camera; at a prompt, older objects give way.

        Raises
        ------
        CameraInUseError
            Another program has it, or an object of this program that does not give way.
        """
        self.where = users_line() or self.where
        self.why_closed = ""
        with _lock:
            self._sources.add(source)
        tries, deadline = MOST_TRIES, Deadline(CLOSING_S)
        while tries:
            try:
                opened: tuple[CameraInfo, str] = process.request(
                    "open", source.device, access.sdk, access.color, _own(), timeout_s=OPEN_S
                )
                return opened
            except CameraInUseError as error:
                in_use = error
            older = _keeper_of(in_use)
            if older is not None:
                self._take_over(older, in_use)
                tries -= 1
            elif _is_ours(in_use) and not deadline.passed:
                time.sleep(LOOK_S)  # another thread closes it just now, as one that opens the same rig
            else:
                break
        raise in_use

    def _take_over(self, older: Keeper, in_use: CameraInUseError) -> None:
        """Close the object that has the camera, if it may be closed."""
        camera = in_use.camera
        start = f"camera {camera} is open in this program already"
        if older is self:
            raise CameraInUseError(f"{start}, as another camera of the same {self.kind}", camera=camera)
        if not interactive():
            raise CameraInUseError(
                f"{start}: {older}. Call its release() first, or llpyspin.release_all()", camera=camera
            )
        doing = older.give_up(f"{self.kind} {self.where} took camera {camera} over")
        if doing:
            raise CameraInUseError(
                f"{start}: {older}, which {doing}. End that first, or open another camera", camera=camera
            )
        logger.info("%s took camera %s over from %s, which is closed now", self.kind, camera, older)

    # -- steps, which subclasses know better --------------------------------------------------------------

    def give_up(self, reason: str) -> str:
        """Close the object for another one; what it does, as ``"records a.mkv"``, if it must stay open."""
        return self._in_turn(lambda: self._give_up_now(reason))

    def _in_turn(self, work: Callable[[], str]) -> str:
        """Work while no other thread starts or stops what the object does."""
        return work()

    def _give_up_now(self, reason: str) -> str:
        doing = self._recording()
        if not doing:
            self.close_because(reason)
        return doing

    def _recording(self) -> str:
        """What it does for a recording, as ``"records a.mkv"``; "" if nothing.

        One camera records in another thread, in ``record()``.
        """
        return self.doing() if self._state().startswith("recording") else ""

    def close_because(self, reason: str) -> None:
        """Close the object, which from then on says why."""
        self.why_closed = reason
        for source in self.sources():
            source.why_closed = reason
        try:
            with without_infos():
                self.close()
        except LlpyspinError as error:  # it is closed all the same
            logger.warning("closing the %s: %s", self, error)

    def doing(self) -> str:
        """What it does now: ``"is streaming"``, ``"records a.mkv"``."""
        return f"is {self._state()}"

    def _state(self) -> str:
        return str(getattr(self._owner(), "state", "closed"))

    def finish(self, seconds: float) -> None:
        """End its recordings and runs, within a time, or wait for their end; raises whatever goes wrong."""
        deadline = Deadline(seconds)
        while self._recording():
            if deadline.passed:
                raise RequestTimeoutError(f"it {self.doing()}, in another thread")
            time.sleep(min(LOOK_S, deadline.remaining()))

    def close(self) -> None:
        """Close its cameras."""
        owner = self._owner()
        if owner is not None:
            owner.release()


_keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()
_lock = threading.RLock()
_present: contextvars.ContextVar[Keeper | None] = contextvars.ContextVar("llpyspin keeper", default=None)


def _forget_all() -> None:
    global _lock
    _lock = threading.RLock()
    _keepers.clear()


in_forked_copies(_forget_all)  # the cameras are the parent's


def keepers() -> list[Keeper]:
    """Those that have a camera open, in the order in which they finish."""
    with _lock:
        found = list(_keepers)
    return sorted((each for each in found if each.sources()), key=lambda each: each.rank)


def present_keeper() -> Keeper | None:
    """What the camera that is made now belongs to; None: to nothing else."""
    return _present.get()


@contextlib.contextmanager
def taken_by(keeper: Keeper) -> Iterator[None]:
    """Cameras that are made in the ``with`` block belong to this keeper."""
    token = _present.set(keeper)
    try:
        yield
    finally:
        _present.reset(token)


def _own() -> dict[int, str]:
    """Serial numbers of the cameras that this program has open, by the process of each."""
    found = {}
    for keeper in keepers():
        for source in keeper.sources():
            process = source.process
            if process is not None:
                found[process.pid] = source.identity().serial
    return found


def _is_ours(in_use: CameraInUseError) -> bool:
    """Whether a camera process of this program has the camera."""
    return any(each.program == os.getpid() != each.pid for each in in_use.holders)


def _keeper_of(in_use: CameraInUseError) -> Keeper | None:
    """Who of this program has the camera; None: nobody."""
    pids = {each.pid for each in in_use.holders}
    for keeper in keepers():
        for source in keeper.sources():
            process = source.process
            known = process is not None and (process.pid in pids or not pids)
            if known and source.identity().serial == in_use.camera:
                return keeper
    return None
