"""The images of a rig by trigger, from the cameras that give frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import CameraClosedError, FrameTimeoutError, LlpyspinError, RigError
from llpyspin.frames import FrameFlags, FrameGone, decode
from llpyspin.reading.pace import LAG_S
from llpyspin.rig.matching import Matcher

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.deadlines import Deadline
    from llpyspin.frames import FrameInfo
    from llpyspin.rig.run import RigRun
    from llpyspin.rig.stint import Stint

__all__ = ["Images"]

RECOVERY_LOOK_S = 0.1  # while all cameras are away
NEWER_S = 0.01  # between two looks for a newer trigger
BEHIND_S = 0.5  # a camera so much later than another is not waited for; memory reaches about twice as far


class Taken(NamedTuple):
    """An image and the account of its frame."""

    image: npt.NDArray[Any]
    info: FrameInfo


class CameraSource:
    """One armed camera."""

    def __init__(self, stint: Stint, *, convert: bool) -> None:
        self._follower = stint.follower
        self._reader = stint.reader
        self._convert = convert

    def catch_up(self) -> int:
        return self._follower.catch_up()

    def wait(self, timeout_s: float) -> None:
        try:
            self._reader.next(timeout_s).release()
        except FrameTimeoutError:
            raise
        except LlpyspinError as error:  # it is gone; the rig's watch deals with that
            raise FrameTimeoutError(str(error)) from error
        finally:
            self._reader.stand_aside()  # images are got by their index

    def get(self, trigger: int) -> Taken | None:
        info = self._follower.frame(trigger)
        if info is None or info.flags & FrameFlags.INCOMPLETE:
            return None
        try:
            with self._reader.at(info.index) as frame:
                return Taken(decode(frame.data, frame.layout, color=self._convert).copy(), info)
        except (FrameGone, CameraClosedError):
            return None


class Images:
    """What ``read()`` gives of one run, one trigger after the other.

    Attributes
    ----------
    infos : dict of str to FrameInfo or None
        Of the images that were given last, by camera; empty before the first.
    """

    def __init__(self, run: RigRun) -> None:
        self._run = run
        self._matcher: Matcher[Taken] = Matcher()
        self.infos: dict[str, FrameInfo | None] = {}

    @property
    def trigger(self) -> int:
        """The one that was given last; -1 before the first."""
        return self._matcher.trigger

    def next(self, backlog: int | None, deadline: Deadline) -> dict[str, npt.NDArray[Any] | None]:
        """The next trigger's images by camera; None for a camera that has none, or not in time.

        Raises
        ------
        RigError
            No camera is left.
        """
        run = self._run
        taken = self._matcher.next(
            self._await_sources(deadline),
            backlog or 1 + int(LAG_S * run.rate),
            deadline,
            behind=(backlog or 0) + 1 + int(BEHIND_S * run.rate),
        )
        given = {name: taken.get(name) for name in run.members}
        self.infos = {name: None if each is None else each.info for name, each in given.items()}
        return {name: None if each is None else each.image for name, each in given.items()}

    def of(self, trigger: int | None, after: int, deadline: Deadline) -> tuple[int, dict[str, Taken | None]]:
        """The frames of a trigger that memory still has, whatever :meth:`next` gives.

        Parameters
        ----------
        trigger : int or None
            None: the newest that all cameras have accounted for, and that is higher than ``after``.
        after : int
        deadline : Deadline
            Then a trigger that only some cameras have is enough.

        Returns
        -------
        tuple
            The trigger, -1 if none came in time; and its frame of each camera, None where that is not there.
        """
        run = self._run
        while True:
            sources = self._sources()
            ends = {name: source.catch_up() for name, source in sources.items()}
            late = deadline.passed or run.stopping.is_set()
            end = (max if late else min)(ends.values(), default=0)
            wanted = end - 1 if trigger is None else trigger
            if wanted < end and (trigger is not None or wanted > after):
                found = {name: source.get(wanted) for name, source in sources.items()}
                return wanted, {name: found.get(name) for name in run.members}
            if late:
                return -1, dict.fromkeys(run.members)
            run.stopping.wait(min(NEWER_S, deadline.remaining()))

    def _await_sources(self, deadline: Deadline) -> dict[str, CameraSource]:
        """The cameras that give frames; where all are away, those that are back by then."""
        run = self._run
        sources = self._sources()
        while not sources:
            if not any(member.recovering for member in run.members.values()):
                failures = {name: member.failure for name, member in run.members.items()}
                raise RigError(
                    "no camera is left:", {n: error for n, error in failures.items() if error is not None}
                )
            if deadline.passed:
                break
            run.stopping.wait(min(deadline.remaining(), RECOVERY_LOOK_S))
            sources = self._sources()
        return sources

    def _sources(self) -> dict[str, CameraSource]:
        sources = {}
        for name, member in self._run.members.items():
            stint = member.stint
            if stint is not None and member.failure is None:
                sources[name] = CameraSource(stint, convert=member.camera.convert)
        return sources
