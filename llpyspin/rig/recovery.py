"""Watching over a run: what fails is noticed, told, and mended where that was asked for."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, CameraError, LlpyspinError, without_traceback
from llpyspin.frames.buffers import memory_for_each
from llpyspin.recording.session import UNPROVEN
from llpyspin.rig.anchoring import (
    LastPulse,
    anchor_of,
    is_sure,
    last_pulse_of,
    note_lags,
    observed_period_ns,
    reference_for,
)
from llpyspin.rig.budgetwatch import over_budget
from llpyspin.rig.elapsed import after_restart, when_joined
from llpyspin.rig.ending import finish_segment
from llpyspin.rig.folder import next_part
from llpyspin.rig.silence import Silence
from llpyspin.rig.together import together
from llpyspin.rig.writtenon import write_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.recording.numbering import Anchor
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.roles import ClockSample

__all__ = ["Watch"]

logger = logging.getLogger("llpyspin")

LOOK_S = 0.25
RETRY_S, RETRY_MOST_S = 0.5, 5.0
JOIN_S = 5.0
STEP_S = 30.0
OTHERS_S = 15.0  # the real SDK needs some 10 s to open a camera again


class Watch:
    """A thread that looks after the cameras and writers of a run until :meth:`end`."""

    def __init__(self, run: RigRun) -> None:
        self._run = run
        self._threads: list[threading.Thread] = []
        self._silence = Silence(run)
        self._following: dict[str, int] = {}
        self._last_pulse: LastPulse | None = None  # that any camera saw which was lost since
        self._unproven: set[str] = set()  # cameras of which nobody can prove the triggers
        self._unexpected: set[tuple[Member | None, str]] = set()
        self._start(self._watch, "rig-watch")

    def end(self) -> None:
        """No more mending.  What is under way ends by itself, and changes nothing any more."""
        with self._run.lock:
            self._run.stopping.set()
        for thread in list(self._threads):
            if thread is not threading.current_thread():
                thread.join(JOIN_S)

    def join(self, timeout_s: float) -> None:
        """Wait for what was under way when it was ended, such as the opening of a camera."""
        for thread in list(self._threads):
            thread.join(timeout_s)

    @property
    def busy(self) -> bool:
        """Whether something is under way still."""
        return any(thread.is_alive() for thread in self._threads)

    def _start(self, work: object, name: str, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name=name, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    # -- looking

    def _watch(self) -> None:
        run = self._run
        while not run.stopping.wait(LOOK_S):
            for member in run.members.values():
                with run.lock:
                    if run.stopping.is_set():
                        return
                    self._unless_unexpected(partial(self._look_at, member), member)
                self._unless_unexpected(member.writers.let_go_of_finished, member)
            with run.lock:
                self._unless_unexpected(self._look_at_all)

    def _look_at(self, member: Member) -> None:
        self._look_at_camera(member)
        self._look_at_writer(member)

    def _look_at_all(self) -> None:
        note_lags(self._run)
        self._silence.look()
        if reason := over_budget(self._run):
            self._stop_pulses(reason)

    def _unless_unexpected(self, work: Callable[[], object], member: Member | None = None) -> None:
        """Do a piece of work; what nobody had thought of is told, and ends no thread."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - outermost line of the rig's threads: the account must tell
            self._note_unexpected(error, member)

    def _note_unexpected(self, error: Exception, member: Member | None) -> None:
        """Once for each error of each camera: it comes again with each look."""
        what = f"{type(error).__name__}: {error}"
        with self._run.lock:
            if (member, what) in self._unexpected:
                return
            self._unexpected.add((member, what))
            logger.error("the rig met an unexpected error", exc_info=error)
            self._run.note("failed", f"the rig met an unexpected error: {what}", member)
        without_traceback(error)

    def _look_at_camera(self, member: Member) -> None:
        stint = member.stint
        if stint is None or member.failure is not None:
            return
        try:
            stint.follower.catch_up()
            member.check_stream()
        except LlpyspinError as error:
            self._run.lose(member, error)
            self._answer(member)

    def _look_at_writer(self, member: Member) -> None:
        recorder = member.writers.current
        if recorder is None or id(recorder) in self._run.told:
            return
        if member.failure is not None or member.stint is None:  # its next stint has a writer of its own
            return
        try:
            error = recorder.status().error
        except LlpyspinError as failure:
            error = failure
        if error is None:
            return
        self._run.told.add(id(recorder))
        dead = not recorder.alive
        trigger = member.stint.follower.next_trigger
        self._run.note("writer", f"is not written any more: {error}", member, trigger)
        if self._run.plan.on_failure == "stop":
            self._stop_pulses(f"the writer of {member.name} failed")
        elif dead and self._run.plan.on_failure == "recover":
            try:
                write_on(self._run, member)
            except (LlpyspinError, OSError) as failure:  # files that somebody removes meanwhile among them
                self._run.note("writer", f"cannot be written on: {failure}", member)
        self._stop_if_nothing_is_written()

    def _stop_if_nothing_is_written(self) -> None:
        """Without a single writer there is nothing to run on for, whatever is to be done about failures."""
        recorders = [each.writers.current for each in self._run.members.values() if each.writers.current]
        if recorders and all(id(recorder) in self._run.told for recorder in recorders):
            self._run.note("stopped", "no writer is left, so the recording was ended")
            self._stop_pulses("no writer is left")

    # -- answering

    def _answer(self, member: Member) -> None:
        if (policy := self._run.plan.on_failure) == "stop":
            self._stop_pulses(f"{member.name} gives no more frames")
        elif policy == "recover":
            self._recover(member)
        elif member.primary:
            self._run.note("stopped", "is the primary: no more pulses come", member)

    def _stop_pulses(self, reason: str) -> None:
        """Have no more triggers, and whoever waits for the end know that it has come."""
        run, primary = self._run, self._run.primary
        run.because(reason)
        if primary is not None and primary.name in run.alive():
            try:
                primary.hold()
            except LlpyspinError as error:
                run.lose(primary, error)
        if run.box is not None:
            run.box.end()
        run.over.set()

    # -- a camera that went

    def _recover(self, member: Member) -> None:
        """Have a thread bring a camera back."""
        member.recovering = True
        self._note_following(member)
        self._start(self._rejoin, f"rig-recover-{member.name}", member)

    def _note_following(self, member: Member) -> None:
        """Keep the number of the first trigger that it has not seen, until it is armed again."""
        seen = self._run.base if member.stint is None else member.stint.follower.catch_up()
        self._following.setdefault(member.name, seen)
        self._run.seen = max(self._run.seen, seen)
        last = last_pulse_of(member)
        if last is not None and (self._last_pulse is None or last.trigger >= self._last_pulse.trigger):
            self._last_pulse = last

    def _rejoin(self, member: Member) -> None:
        """Bring a camera back, and try again if it, or another one that is needed, goes meanwhile."""
        run, told, wait_s = self._run, "", RETRY_S
        try:
            while not run.stopping.is_set():
                try:
                    if member.primary:
                        self._restart()
                    else:
                        self._bring_back(member)
                    return
                except LlpyspinError as error:
                    if str(error) != told:
                        told = str(error)
                        with run.lock:
                            run.note("lost", f"cannot be brought back so far: {error}", member)
                except Exception as error:  # noqa: BLE001 - as above; and the camera is tried again
                    self._note_unexpected(error, member)
                run.stopping.wait(wait_s)
                wait_s = min(RETRY_MOST_S, wait_s * 1.5)
        finally:
            member.recovering = False

    def _open_again(self, member: Member) -> bool:
        """Open the camera as soon as it is there again; False where the run ends before that."""
        run = self._run
        wait_s = RETRY_S
        while not run.stopping.wait(wait_s):
            try:
                camera = member.opened_again()
            except CameraError:
                wait_s = min(RETRY_MOST_S, wait_s * 1.5)
                continue
            with run.lock:
                if not run.stopping.is_set():
                    member.take(camera)
                    return True
            camera.release()
        return False

    def _bring_back(self, member: Member) -> None:
        """Have a secondary take part again, in a new segment, while pulses come."""
        run = self._run
        with run.lock:
            if member.takes_part():  # armed with all others meanwhile
                return
            member.let_go()  # with the lock: once it is armed with all others it must not be let go of
        if not self._open_again(member):
            return
        with run.lock:
            if run.stopping.is_set() or (run.primary is not None and run.primary.name in self._following):
                return  # once the primary is back it is armed with all others
            if member.takes_part():  # as it was, since it is open again
                return
            self._join(member, self._following.get(member.name, run.base))
            self._following.pop(member.name, None)

    def _join(self, member: Member, following: int) -> None:
        """Arm it and find out which trigger is which on its clock, which began anew."""
        run = self._run
        reference, last = reference_for(run, member), self._last_pulse
        period_ns = run.period_ns or (observed_period_ns(reference) if reference is not None else None)
        if reference is None and last is not None:
            period_ns = period_ns or last.period_ns

        def anchor(sample: ClockSample) -> Anchor | None:
            if reference is not None and period_ns is not None:
                return anchor_of(reference, member, sample)
            return None if reference is not None or last is None else last.anchor(member, sample)

        member.arm(
            rate=run.rate,
            period_ns=period_ns,
            first_trigger=following,
            available=memory_for_each(len(run.members)),
            group=run.group,
            anchor_of=anchor,
        )
        folder = run.plan.folder
        part = None
        if folder is not None:
            part = next_part(folder.path, member.name)
            finish_segment(member, None, following - 1)
            stint = member.stint
            if stint is None:
                raise CameraClosedError(f"{member.name} was closed while it was brought back")
            more: dict[str, Any] = {"part": part, "anchor": stint.anchor}
            more.update(when_joined(run, member, reference))
            member.start_recorder(folder.video(member.name), run.plan.options, run.rate, **more)
        self._note_joined(member, reference, part, following)

    def _note_joined(
        self, member: Member, reference: Member | None, part: int | None, following: int
    ) -> None:
        """An event, and one more where its triggers are not certain."""
        run = self._run
        segment = "" if part is None else f", in segment {part}"
        now = reference.stint.follower.catch_up() if reference is not None and reference.stint else following
        known = member.stint.anchor if member.stint is not None else None
        first = now if known is None else known.trigger + 1  # the anchor is of the moment when it was armed
        run.note("rejoined", f"gives frames again{segment}", member, first)
        self._unproven.discard(member.name)
        if known is None or reference is None or reference.name in self._unproven:
            self._unproven.add(member.name)
            how = "no clock tells" if known is None else "pulses are counted as if they had come evenly"
            text = f"which triggers its frames belong to is not certain: no camera saw all pulses, and {how}"
            run.note(UNPROVEN, text, member, first)
        elif not is_sure(member) or not is_sure(reference):
            run.note("doubt", "its triggers may be off: clocks could not be read closely enough", member, now)

    # -- the primary, without which there are no pulses

    def _restart(self) -> None:
        """Go on with all cameras once the primary is there again, after the last trigger there was."""
        run = self._run
        primary = run.primary
        assert primary is not None
        with run.lock:
            if run.stopping.is_set():
                return
            primary.let_go()  # so that no pulses come of it any more, if it is only its plug that was pulled
            published = self._end_part()
        if not self._open_again(primary):
            return
        self._await_others()
        with run.lock:
            if run.stopping.is_set():
                return
            following = run.base
            missing = {name for name, each in run.members.items() if not each.alive and each is not primary}
            back = {name: each for name, each in run.members.items() if name not in missing}
            for name, member in back.items():
                finish_segment(member, published.get(name), following - 1)
            run.arm_all(following, missing)
            if run.plan.folder is not None:
                run.start_recorders(hold=False, more=after_restart(run))
            run.fire()
            for name in back:
                self._following.pop(name, None)
            run.note("rejoined", "gives pulses again", primary, following)

    def _await_others(self) -> None:
        """Give cameras that went as well some time to be there again; those that need longer join later."""
        run, deadline = self._run, Deadline(OTHERS_S)
        for member in run.members.values():
            with run.lock:
                if not (member.primary or member.alive or member.recovering or run.stopping.is_set()):
                    self._recover(member)
        while any(not member.alive for member in run.members.values()) and not deadline.passed:
            if run.stopping.wait(LOOK_S):
                return

    def _end_part(self) -> dict[str, int]:
        """End all streams with the last trigger before the primary went, after which numbering goes on.

        Gives how many frames each camera published until then, where that is known.
        """
        run = self._run
        others = {name: member for name, member in run.alive().items() if not member.primary}
        for name, error in together(lambda each: each.drain(None), others, STEP_S).failures.items():
            run.lose(run.members[name], error)
        run.base = run.catch_up()
        published = {}
        for name, member in run.members.items():
            if member.stint is not None and member.stint.tally is not None and member.failure is None:
                published[name] = member.stint.tally.published
        run.disarm_all()
        return published
