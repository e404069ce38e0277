"""One run of a rig, from being primed to its account: the order of things over all cameras."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import yaml

from llpyspin.errors import RigError, without_traceback
from llpyspin.frames.buffers import memory_for_each
from llpyspin.processes.child import OPEN_S
from llpyspin.recording.session import RECORDING, Event, Session, new_id, versions
from llpyspin.rig.affordable import check_disk, check_heat
from llpyspin.rig.boxes.boxpulses import BoxPulses
from llpyspin.rig.folder import next_part
from llpyspin.rig.healthlook import sampler_of_rig
from llpyspin.rig.pretrigger import begin_files, first_of
from llpyspin.rig.ratecheck import check_rates
from llpyspin.rig.together import together
from llpyspin.sync.linestatus import check_line_status
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from llpyspin.recording.health.sampling import Sampler
    from llpyspin.rig.boxes.contract import PulseBox
    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.folder import SessionFolder
    from llpyspin.rig.member import Member
    from llpyspin.rig.noticing import RigNotices
    from llpyspin.rig.plan import RigPlan

__all__ = ["RigRun"]

logger = logging.getLogger("llpyspin")

STEP_S = OPEN_S + 10.0


class RigRun:
    """Cameras that are primed together.

    Attributes
    ----------
    rate : float
        Pulses a second, Hz; with an external trigger of unknown rate the most that all can follow.
    first_trigger : int
        Number of the first trigger of the files.
    base : int
        Number of the first pulse since the cameras were armed last.
    box : BoxPulses or None
        The pulses of a box, where one triggers all cameras.
    fired, begun : int or None
        When pulses began, and when the recording did, on the host's monotonic clock, ns.
    over : threading.Event
        Set when the recording is to end, for a failure or its budget.
    reason : str
        Why it ended; "" before that.
    held : bool
        Whether :meth:`hold` has ended the pulses.
    pulses : int or None
        How many triggers there were in all, as :meth:`hold` counted them, or as whoever made them said; None
        where nobody has.
    heat : str
        Which camera is too hot; "" as long as none is known to be.
    lock : threading.RLock
        Held by whoever changes which cameras and writers take part.
    """

    def __init__(
        self,
        members: dict[str, Member],
        config: RigConfig,
        plan: RigPlan,
        notices: RigNotices,
        box: PulseBox | None = None,
    ) -> None:
        self.members = members
        self.config = config
        self.plan = plan
        self.notices = notices
        self.reason = ""
        self.held = False
        self.pulses: int | None = None
        self.heat = ""
        self.events: list[Event] = []
        self.rate = 0.0
        self.period_ns: int | None = None
        self.seen = 0
        """The trigger after the last one that any camera saw before it was lost."""
        self.first_trigger = 0
        self.base = 0
        self.fired: int | None = None
        self.begun: int | None = None
        self.over = threading.Event()
        self.stopping = threading.Event()
        self.lock = threading.RLock()
        self.session = Session()
        self.told: set[int] = set()
        """Writers (by ``id``) whose failure is among the events."""
        self.health: Sampler | None = None
        self.box: BoxPulses | None = None
        if box is not None and config.box is not None and config.framerate is not None:
            self.box = BoxPulses(box, config.box, config.framerate, self.note, self._without_pulses)

    @property
    def primary(self) -> Member | None:
        return next((member for member in self.members.values() if member.primary), None)

    @property
    def makes_pulses(self) -> bool:
        """Whether the primary or a box makes the pulses, rather than something that it knows nothing of."""
        return self.primary is not None or self.box is not None

    @property
    def group(self) -> int:
        """What tells this rig from others in the same network, where PTP synchronises it."""
        primary = self.primary
        return zlib.crc32(primary.serial.encode()) or 1 if primary is not None else 1

    @property
    def secondaries(self) -> dict[str, Member]:
        return {name: member for name, member in self.members.items() if not member.primary}

    def alive(self) -> dict[str, Member]:
        """The cameras that are armed and give frames."""
        return {
            name: member
            for name, member in self.members.items()
            if member.stint is not None and member.failure is None and member.alive
        }

    def catch_up(self) -> int:
        """The trigger after the last one that any camera saw, those that were lost since among them."""
        stints = [member.stint for member in self.members.values() if member.stint is not None]
        return max([*(stint.follower.catch_up() for stint in stints), self.seen, self.base])

    # -- before the trigger

    def prepare(self) -> None:
        """Check, arm and start the writers; where that fails, :meth:`abandon` undoes what was done."""
        if self.box is not None:
            self.box.check()
        self._check_rates()
        check_disk(self.plan)
        folder = self.plan.folder
        if folder is not None:
            if self.plan.options.overwrite:
                folder.set_aside(self.members, self.plan.options.spill_folder)
            self._note_settings(folder)
        self.arm_all(0)
        check_heat(self.members, self.plan, self.notices)
        self.session = Session(id=self.plan.shared.id or new_id())
        if folder is not None:
            self._check_options()
            self.start_recorders(hold=bool(self.plan.pre_trigger))
            self._open_session()
        if self.plan.pre_trigger:
            self.fire()
        if folder is None:
            return
        if self.plan.options.overwrite:
            folder.remove_older()
        offset = self.session.wall_offset_ns
        self.health = sampler_of_rig(self.members, folder.session, offset, lambda: self.begun is not None)

    def _check_rates(self) -> None:
        limits = together(lambda each: each.follow_limit(), self.secondaries, STEP_S).or_raise(
            "the rates cannot be checked:"
        )
        primary, rate = self.primary, self.plan.shared.rate or self.config.framerate
        if primary is not None:
            rate = primary.framerate()
            if not self.plan.allow_lower_rate:
                together(lambda each: each.check_rate(), {primary.name: primary}, STEP_S).or_raise(
                    "the primary cannot reach the requested frame rate:"
                )
        if rate is not None:
            check_rates(rate, limits, *self._source())
            self.period_ns = round(1e9 / rate)
        self.rate = rate or min(limit.most_with(None) for limit in limits.values())

    def _source(self) -> tuple[str, float | None]:
        """Who gives the pulses, in words, and how long they are."""
        primary = self.primary
        if primary is not None:
            return primary.name, primary.camera.exposure
        if self.box is not None:
            return self.box.label, self.box.record.pulse_us
        return "the external trigger", None

    def _check_options(self) -> None:
        options = self.plan.options
        found = together(
            lambda each: check_line_status(acquisition_of(each.camera), options), self.members, STEP_S
        )
        found.or_raise("some cameras cannot record what was asked for:")

    def _note_settings(self, folder: SessionFolder) -> None:
        """Keep all settings, for the session's folder and for a camera that has to be opened again."""
        noted = together(lambda each: each.held.note(), self.members, STEP_S).or_raise(
            "the settings cannot be read:"
        )
        for name, settings in noted.items():
            info = self.members[name].info
            document = {
                "camera": {"serial": info.serial, "model": info.model, "firmware": info.firmware},
                "settings": settings,
            }
            folder.settings(name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def arm_all(self, base: int, missing: Collection[str] = ()) -> None:
        """Arm the primary, which waits, then all others: to switch a primary's lines may look like a pulse.

        ``base`` is the number of the first pulse to come; those that are ``missing`` are left out.
        """
        self.base = base
        others = {name: member for name, member in self.secondaries.items() if name not in missing}
        how: dict[str, Any] = {
            "rate": self.rate,
            "first_trigger": base,
            "pre_trigger": self.plan.pre_trigger,
            "available": memory_for_each(len(others) + (self.primary is not None)),
            "group": self.group,
        }
        try:
            primary = self.primary
            if primary is not None:
                armed = together(
                    lambda each: each.arm(period_ns=None, **how), {primary.name: primary}, STEP_S
                )
                found = armed.or_raise("the primary cannot be armed:")[primary.name]
                self.rate, self.period_ns = found.framerate, found.period_ns
            together(lambda each: each.arm(period_ns=self.period_ns, **how), others, STEP_S).or_raise(
                "some cameras cannot be armed:"
            )
        except BaseException:
            self.disarm_all()
            raise

    def start_recorders(self, *, hold: bool, more: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """A writer for every camera that is armed; their files are open afterwards.

        ``more`` are other fields of :class:`~llpyspin.recording.options.WriterSpec`, by camera.
        """
        armed = {name: member for name, member in self.members.items() if member.stint is not None}
        folder = self.plan.folder
        assert folder is not None
        held = math.ceil((self.plan.pre_trigger or 0.0) * self.rate) if hold else 0

        def start(member: Member) -> None:
            member.start_recorder(
                folder.video(member.name),
                self.plan.options,
                self.rate,
                hold=hold,
                held=held,
                part=next_part(folder.path, member.name),
                **self.session.of_writers,
                **(more or {}).get(member.name, {}),
            )

        together(start, armed, STEP_S).or_raise("some recordings cannot begin:")

    def _open_session(self) -> None:
        """``session.json`` as it is until the account is made."""
        folder = self.plan.folder
        assert folder is not None
        first = next(iter(self.members.values())).info
        self.session = Session(
            cameras=tuple(
                member.describe(self.rate, folder.settings(name).name)
                for name, member in self.members.items()
            ),
            state=RECORDING,
            folder=folder.path.absolute(),
            name=folder.path.name,
            id=self.session.id,
            started=self.session.started,
            fill=self.plan.options.fill,
            versions=versions(first.sdk, first.sdk_version),
            options={
                **dataclasses.asdict(self.plan.options),
                "pre_trigger": self.plan.pre_trigger,
                "on_failure": self.plan.on_failure,
                **self.notices.options(self.plan.budget),
            },
            metadata=dict(self.plan.metadata),
            sync=self.config.sync,
            wiring=self._wiring() if self.config.sync == "lines" else (),
            box=None if self.box is None else self.box.record,
        ).recorded_here(folder.path, self.session.wall_offset_ns)
        self.session.save(folder.session)

    def _wiring(self) -> tuple[str, ...]:
        primary = self.primary
        source = "external" if self.box is None else f"box {self.box.record.port}"
        if primary is not None and primary.stint is not None:
            source = f"{primary.serial}:{primary.stint.armed.lines.output}"
        return tuple(
            f"{source} -> {member.serial}:{member.stint.armed.lines.input}"
            for member in self.secondaries.values()
            if member.stint is not None
        )

    # -- the trigger

    def fire(self) -> None:
        """Let the primary or the box run; with another external trigger, pulses come when they come."""
        primary = self.primary
        if self.box is not None:
            self.box.start()
        self.fired = primary.fire() if primary is not None else time.monotonic_ns()

    def _without_pulses(self) -> None:
        """The box sends no more pulses, and was not asked to end them."""
        if self.plan.on_failure == "stop":
            self.end(f"{self._source()[0]} sends no more pulses")

    def trigger(self) -> None:
        """Begin: the first pulse, or, after a pre-trigger, the first of the frames that were kept."""
        if self.plan.pre_trigger and self.plan.folder is not None:
            self._begin_files(math.ceil(self.plan.pre_trigger * self.rate))
        elif self.fired is None:
            self.fire()
        self.begun = time.monotonic_ns()
        if self.plan.folder is not None:
            self.notices.tell("started", f"{len(self.members)} cameras record at {self.rate:.5g} Hz")

    def _begin_files(self, back: int) -> None:
        """Have all files begin with the same trigger, so many triggers ago."""
        members, primary = self.alive(), self.primary
        if not members:
            raise RigError("no camera is left")
        lead = primary.name if primary is not None else ""
        self.first_trigger, newest = first_of(members, lead, back, self.base)
        self.note("trigger", f"trigger() came at trigger {newest}", trigger=newest)
        begin_files(members, self.first_trigger, STEP_S)

    # -- taking note

    def note(self, kind: str, text: str, member: Member | None = None, trigger: int | None = None) -> None:
        """An event for the account, and a warning now."""
        serial = member.serial if member is not None else ""
        self.events.append(Event(kind, text, serial, time.monotonic_ns(), trigger))
        if self.plan.folder is not None:
            self.notices.noted(kind, text, member.name if member is not None else "")
        level = logging.INFO if kind in ("trigger", "rejoined", "notice") else logging.WARNING
        logger.log(level, "%s%s", f"{member.name}: " if member is not None else "", text)

    def because(self, reason: str) -> None:
        """Say why it ends; the first reason counts."""
        self.reason = self.reason or reason

    def end(self, reason: str) -> None:
        """Have whoever waits for the end know that it has come, and why."""
        self.because(reason)
        self.over.set()

    def lose(self, member: Member, error: Exception) -> None:
        """Take note that a camera gives no more frames."""
        without_traceback(error)  # which has the memory of the camera's frames
        if member.failure is not None:
            return
        member.failure = error
        trigger = member.stint.follower.catch_up() if member.stint is not None else None
        self.seen = max(self.seen, trigger or 0)
        self.note("lost", f"gives no more frames: {error}", member, trigger)

    # -- undoing

    def end_health(self) -> None:
        """Take the last sample, where samples are taken."""
        if self.health is not None:
            self.health.end()

    def disarm_all(self) -> None:
        """End the pulses of a box, and all streams, whatever becomes of that."""
        if self.box is not None:
            self.box.end_quietly()
        together(lambda each: each.disarm_quietly(), self.members, STEP_S)

    def abandon(self) -> None:
        """Leave everything as if it had not begun; files that have nothing in them are removed."""
        self.stopping.set()
        self.disarm_all()
        if self.health is not None:
            self.health.drop()
        for member in self.members.values():
            member.writers.drop()
            member.forget_recording()
        if self.plan.folder is not None:
            self.plan.folder.discard(self.members)
