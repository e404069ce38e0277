"""The runs of a rig, one after the other: each is primed, triggered, stopped, and told of."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from llpyspin.errors import CameraClosedError, RecordingError
from llpyspin.recording.amounts import seconds_text
from llpyspin.recording.options import RecordingOptions
from llpyspin.rig.boxes.boxpulses import connected
from llpyspin.rig.ending import end_run
from llpyspin.rig.heatwatch import watch_heat
from llpyspin.rig.images import Images
from llpyspin.rig.lastnotice import told_finished
from llpyspin.rig.lasttrigger import hold_pulses
from llpyspin.rig.looking import Looking
from llpyspin.rig.members import CLOSE_S, OPEN_ALL_S, close_members, open_members
from llpyspin.rig.noticing import RigNotices
from llpyspin.rig.plan import RigPlan, Shared, plan_of
from llpyspin.rig.recovery import Watch
from llpyspin.rig.run import RigRun
from llpyspin.rig.status import progress_of, rig_status
from llpyspin.rig.thermometers import temperatures_of
from llpyspin.rig.together import together
from llpyspin.rig.webchoices import Choices
from llpyspin.rig.webnews import news_of
from llpyspin.rig.wiring import check_box_wiring, check_wiring
from llpyspin.rig.wishes import RigWishes

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from llpyspin.camera.opened import Keeper
    from llpyspin.deadlines import Deadline, Turn
    from llpyspin.display.preview import Preview
    from llpyspin.recording.session import Session
    from llpyspin.rig.boxes.contract import PulseBox
    from llpyspin.rig.calibrating.calibrationtake import CalibrationTake
    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.member import Member
    from llpyspin.rig.status import RigStatus
    from llpyspin.rig.wiring import WiringReport
    from llpyspin.sync.signals import Asked
    from llpyspin.web.liveserver import Server
    from llpyspin.web.notebookview import LiveView
    from llpyspin.web.serverplan import ServerPlan

__all__ = ["Runs"]

logger = logging.getLogger("llpyspin")

IN_ACCOUNT = {"in_account": True}
"""Marks records of what the account says too, for programs that show it."""


class Runs:
    """What is done with cameras that are open; by one thread at a time.

    Attributes
    ----------
    attended : bool
        Whether a call of the user's program begins and ends the present run, as ``record()`` does.
    config : RigConfig
    looking : Looking
        The windows on the cameras.
    current : RigRun or None
        From being primed to being stopped.
    images : Images or None
        Those of the present run, or else the last one; None before the first.
    session : Session or None
        What the last recording left; None while it goes on, or if it was broken off.
    folder : str
        Of the present recording, or else the last one; "" before the first.
    take : CalibrationTake or None
        The last calibration take.
    temperatures : Temperatures
    """

    def __init__(self, members: dict[str, Member], config: RigConfig, turn: Turn) -> None:
        self._members = members
        self._turn = turn
        self.config = config
        self.attended = False
        self._watch: Watch | None = None
        self._watches: list[Watch] = []
        self._box: PulseBox | None = None
        self._notices = RigNotices(config.on_event)
        self.temperatures = temperatures_of(members)
        self.looking = Looking(members)
        self.current: RigRun | None = None
        self.images: Images | None = None
        self.session: Session | None = None
        self.folder = ""
        self.take: CalibrationTake | None = None

    def open(self, keeper: Keeper) -> None:
        """Open all cameras, and connect the pulse box, if there is one; ``keeper`` stands for the rig.

        The cameras first: at a prompt that takes them over from an older rig, which then closes its box.

        Raises
        ------
        RigError
            Some cameras could not be opened.
        PulseBoxError, SettingRangeError
            The box cannot be used; the cameras are closed again.
        """
        config = self.config
        opened = open_members(config, keeper)
        try:
            if config.box is not None and config.framerate is not None:
                self._box = connected(config.box, config.framerate)
        except BaseException:
            close_members(opened)
            raise
        self._members.update(opened)

    def _close_box(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.close()

    @property
    def members(self) -> dict[str, Member]:
        """The cameras, by their names."""
        return self._members

    @contextlib.contextmanager
    def attending(self) -> Iterator[None]:
        """Begin and end a run during the ``with`` block, so that live pages do neither."""
        self.attended = True
        try:
            yield
        finally:
            self.attended = False

    @property
    def recording(self) -> str:
        """What it does with files, as ``"records to a"``; "" without a recording."""
        run = self.current
        if run is None or run.plan.folder is None:
            return ""
        return f"{'is primed to record' if run.begun is None else 'records'} to {self.folder}"

    def prime(
        self,
        out: str | os.PathLike[str] | None,
        pre_trigger: float | None,
        on_failure: str | None,
        options: dict[str, Any],
        *,
        allow_lower_rate: bool = False,
        metadata: Mapping[str, Any] | None = None,
        shared: Shared | None = None,
    ) -> None:
        """As :meth:`llpyspin.rig.Rig.prime`."""
        if self.current is not None:
            raise RecordingError("the rig is already primed. Call stop() first")
        given: dict[str, Any] = {"allow_lower_rate": allow_lower_rate, "metadata": metadata}
        given["shared"] = shared or Shared()
        plan = plan_of(self.config, out, pre_trigger, on_failure, options, **given)
        self.looking.end_free()
        run = RigRun(self._members, self.config, plan, self._notices, self._box)
        if plan.folder is not None:
            self._notices.begin(str(plan.folder))
        try:
            gone = together(lambda each: each.check_alive(), self._members, OPEN_ALL_S)
            gone.or_raise("some cameras are missing:")
            for member in self._members.values():
                member.forget_recording()
            run.prepare()
        except BaseException:
            run.abandon()
            raise
        self.images = Images(run)
        self.current = run
        if plan.folder is not None:
            self.folder, self.session = str(plan.folder), None
        self._watch = Watch(run)
        self._watches = [watch for watch in self._watches if watch.busy] + [self._watch]
        watch_heat(run, self.temperatures)

    def trigger(self) -> None:
        """As :meth:`llpyspin.rig.Rig.trigger`."""
        run = self.current
        if run is None:
            logger.warning("the rig is not primed")
        elif run.begun is not None:
            logger.info("the rig is already triggered")
        else:
            run.trigger()

    def wait(self, asked: Asked, seconds: float | None) -> None:
        """Wait until the recording is to end, because somebody asked, or by itself, or after so long."""
        run = self.current
        assert run is not None
        asked.wait(run.over, seconds)
        if asked.signal:
            run.because(f"{asked.name} came")
        elif seconds is not None:
            run.because(f"its {seconds_text(seconds)} are over")

    def read(self, backlog: int | None, deadline: Deadline) -> dict[str, Any]:
        """As :meth:`llpyspin.rig.Rig.read`; another thread than that which primes and stops may call it."""
        images = self.images
        if self.current is None or images is None:
            raise CameraClosedError("the rig is not primed. Call prime() and trigger() before read()")
        return images.next(backlog, deadline)

    def view(self, title: str | None, rate: float) -> Preview:
        """As :meth:`llpyspin.rig.Rig.view`."""
        return self.looking.view(title, rate, free=self.current is None)

    def serve(self, plan: ServerPlan, *, free: bool) -> Server:
        """As :meth:`llpyspin.rig.Rig.serve`."""
        owner = choices = None
        if plan.control:
            choices = Choices()
            owner = RigWishes(self, self._turn, plan.folder, choices, free=free)
        return self.looking.serve(plan, news_of(self, choices), owner, free=free and self.current is None)

    def live(self, rate: float, edge: int, *, free: bool) -> LiveView:
        """As :meth:`llpyspin.rig.Rig.live`."""
        return self.looking.live(news_of(self), rate, edge, free=free and self.current is None)

    def status(self) -> RigStatus:
        """As :meth:`llpyspin.rig.Rig.status`."""
        return rig_status(self._members, self.current, self.folder)

    def hold(self) -> int | None:
        """End the pulses; how many triggers there were in all, or None where that is not known.

        Writers stay open until :meth:`stop`.  Calling it twice is fine.

        Raises
        ------
        RecordingError
            No pulses were begun that can be ended here.
        """
        run = self.current
        if run is None or run.fired is None or not run.makes_pulses:
            raise RecordingError("the rig sends no pulses that hold() could end")
        if not run.held:
            if self._watch is not None:
                self._watch.end()
            hold_pulses(run)
        return run.pulses

    def stop(self, triggers: int | None = None, reason: str = "stop() was called") -> Session | None:
        """As :meth:`llpyspin.rig.Rig.stop`.

        ``triggers`` is how many there were in all, where pulses come from elsewhere and are counted there.
        """
        run = self.current
        if run is None:
            logger.info("the rig is already stopped")
            return None
        try:
            if self._watch is not None:
                self._watch.end()
            run.because(reason)
            if triggers is not None and not run.makes_pulses:
                run.pulses = triggers
            session = self._ended(run)
            if session is not None:
                self.session = session  # which an interrupt of what follows does not take away
                self.session = session = told_finished(run, session)
        finally:
            run.stopping.set()  # also if the interrupt came before the watch was ended
            with contextlib.ExitStack() as last:  # all of it, from its end, also if interrupted again
                last.callback(self._forget, run)
                for member in self._members.values():
                    last.callback(member.end_recording)
                last.callback(run.disarm_all)
                last.callback(run.end_health)
        if session is not None:
            _say(session, self.folder)
        return session

    def _ended(self, run: RigRun) -> Session | None:
        """The account of a run; where it is interrupted, there is a warning."""
        try:
            return end_run(run, lambda: progress_of(self.status(), None))
        except BaseException:
            if run.begun is not None and run.plan.folder is not None:
                logger.warning(
                    "interrupted: %s has no account yet. To complete it: llpyspin repair",
                    self.folder,
                    extra=IN_ACCOUNT,
                )
            raise

    def _forget(self, run: RigRun) -> None:
        self.current = None
        if run.plan.folder is not None:
            run.plan.folder.release()

    def check_wiring(self) -> WiringReport:
        """As :meth:`llpyspin.rig.Rig.check_wiring`."""
        if self.current is not None:
            raise RecordingError("the rig is primed. Call stop() before check_wiring()")
        plan = RigPlan(None, RecordingOptions(), None, "continue", True)
        run = RigRun(self._members, self.config, plan, self._notices, self._box)
        primary, box = run.primary, self._box
        if primary is None and box is None:
            raise RecordingError("the pulses come from an external trigger; check_wiring() cannot start them")
        if self.config.sync == "ptp":
            raise RecordingError("cameras synchronised by PTP have no wires to check")
        self.looking.end_free()
        try:
            run.prepare()
            if primary is not None:
                return check_wiring(primary, run.secondaries)
            assert box is not None and self.config.box is not None
            return check_box_wiring(box, self.config.box.label, run.secondaries)
        finally:
            run.disarm_all()

    def join(self) -> None:
        """Close the windows and the box; wait for a camera that is still opened, and for notices."""
        self.looking.close()
        self._notices.end()
        for watch in self._watches:
            watch.join(CLOSE_S)
        self._watches.clear()
        self._close_box()


def _say(session: Session, folder: str) -> None:
    """What a recording came to, at the prompt; and wherever somebody is to know that it is not whole."""
    account = session.account
    if account is None:
        return
    triggers = "an unknown number of" if account.triggers is None else account.triggers
    logger.info("recorded %s triggers to %s", triggers, folder)
    missing = any(camera.all_lost or camera.incomplete for camera in account.cameras)
    if account.verdict:
        logger.log(logging.WARNING if missing else logging.INFO, "%s", account.verdict, extra=IN_ACCOUNT)
    for reason in account.reasons:
        logger.warning("the account does not add up: %s", reason, extra=IN_ACCOUNT)
