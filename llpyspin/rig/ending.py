"""The end of a run: the last trigger, the writers, the account."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.deadlines import MOST_S, Deadline
from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.recording.finishing import SHOW_S, await_written
from llpyspin.recording.foreign import exists
from llpyspin.recording.progress import shown
from llpyspin.recording.session import RECORDING, FileRecord
from llpyspin.recording.settling import concluded
from llpyspin.rig.boxes.boxclock import first_pulse_at
from llpyspin.rig.lasttrigger import end_pulses
from llpyspin.rig.together import together
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llpyspin.recording.progress import CameraProgress
    from llpyspin.recording.recorder import Recorder
    from llpyspin.recording.session import CameraRecord, Pulse, Session
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.roles import Tally

__all__ = ["end_run", "finish_segment"]

logger = logging.getLogger("llpyspin")

STEP_S = 30.0
CALLBACKS_S = 60.0  # for frames that wait for callbacks


def end_run(run: RigRun, look: Callable[[], Sequence[CameraProgress]]) -> Session | None:
    """Stop the pulses, finish all files and make the account; None where nothing was recorded.

    Whatever fails on the way, the rest is done, and what failed is among the session's events.
    """
    last = end_pulses(run)
    if run.begun is None and run.plan.folder is not None:
        logger.info("nothing was recorded; %s is removed again", run.plan.folder)
        run.abandon()
        return None
    recording = run.plan.folder is not None
    if recording:
        run.notices.tell("stopped", f"the recording has ended: {run.reason}")
        together(_await_callbacks, run.members, CALLBACKS_S)
        for member in run.members.values():
            _note_callbacks(run, member)
            _finish(run, member, last)
        together(lambda each: each.clock(run.period_ns), run.alive(), STEP_S)
    tallies = {name: member.stint.tally for name, member in run.members.items() if member.stint is not None}
    firsts = {name: first_pulse_at(run, member) for name, member in run.members.items()}
    run.disarm_all()
    if not recording:
        return None
    with shown(look, title="writing", after_s=SHOW_S):
        _await_writers(run)
    run.end_health()
    for text in run.notices.settle():
        run.note("notice", text)
    session = _account(run, last, tallies, firsts)
    for member in run.members.values():
        _account_for_returned(run, member, session)
    return session


def _published(member: Member) -> int | None:
    stint = member.stint
    if member.failure is not None or stint is None or stint.tally is None:
        return None
    return stint.tally.published


def _await_callbacks(member: Member) -> None:
    """Have the callbacks work off the frames that wait for them."""
    callbacks = member.writers.callbacks
    if callbacks is not None and not callbacks.waited:
        callbacks.before_the_end(_published(member))


def _note_callbacks(run: RigRun, member: Member) -> None:
    if member.writers.callbacks is not None:
        for kind, text in member.writers.callbacks.events:
            run.note(kind, text, member)


def finish_recorder(
    recorder: Recorder, published: int | None, last_trigger: int | None, end_lost_in: str = "transport"
) -> None:
    """Have a writer finish; one that is dead has nothing to finish."""
    with contextlib.suppress(LlpyspinError):
        recorder.finish(published=published, last_trigger=last_trigger, end_lost_in=end_lost_in)


def finish_segment(
    member: Member, published: int | None, last_trigger: int | None, end_lost_in: str = "transport"
) -> None:
    """The same of all writers of a camera's present segment, also of what a callback returned."""
    for recorder in member.writers.present:
        finish_recorder(recorder, published, last_trigger, end_lost_in)


def _finish(run: RigRun, member: Member, last: int | None) -> None:
    published, stint = _published(member), member.stint
    where = "transport"
    if published is not None and stint is not None and stint.tally is not None:
        where = stint.tally.end_lost_in(stint.armed.first_id)
    finish_segment(member, published, last, where)
    for recorder in set(member.writers.all) - set(member.writers.present):
        finish_recorder(recorder, None, None)  # earlier ones were asked to finish when their segments ended


# -- the writers


def _await_writers(run: RigRun) -> None:
    """Wait for all writers, as long as each of them gets on; end the ones that do not."""
    waiting = [(member, recorder) for member in run.members.values() for recorder in member.writers.all]
    for member, recorder in waiting:
        try:
            await_written(recorder, Deadline(MOST_S))
            doubts = recorder.result().status.doubts
            if recorder not in member.writers.returned:
                member.writers.keep_doubts(doubts)
        except LlpyspinError as error:
            if id(recorder) not in run.told:
                run.note("writer", str(error), member)
        finally:
            if recorder not in member.writers.returned:
                member.writers.keep_files(recorder)
            recorder.close()


# -- the account


def _account_for_returned(run: RigRun, member: Member, whole: Session) -> None:
    """The account of what a callback returned, beside its file."""
    returned, callbacks = member.writers.returned, member.writers.callbacks
    if not returned or callbacks is None:
        return
    files = [file for recorder in returned for file in recorder.files if exists(file.sidecar)]
    record = next((each for each in run.session.cameras if each.name == member.name), None)
    if not files or record is None:
        return
    path = Path(files[0].path)
    records = tuple(FileRecord(Path(file.path).name, Path(file.sidecar).name, file.part) for file in files)
    camera = record.replace(
        files=records,
        sink=returned[-1].sink,
        notes=tuple(returned[-1].notes),
        callback=callbacks.returned_by,
        clocks=tuple(member.clocks),
    )
    session = dataclasses.replace(
        run.session,
        cameras=(camera,),
        name=path.stem,
        first_trigger=whole.first_trigger,
        triggers=whole.triggers,
    )
    concluded(session, path.parent, whole.account).save(path.with_suffix(".json"))


def _account(
    run: RigRun, last: int | None, tallies: dict[str, Tally | None], firsts: dict[str, Pulse | None]
) -> Session:
    folder = run.plan.folder
    assert folder is not None
    session = dataclasses.replace(
        run.session,
        cameras=tuple(record.replace(pulse=firsts.get(record.name)) for record in _records(run, tallies)),
        box=None if run.box is None else run.box.record,
        events=tuple(run.events),
        first_trigger=run.first_trigger,
        triggers=None if last is None else max(0, last + 1 - run.first_trigger),
    )
    session = concluded(session, folder.path)
    try:
        session.save(folder.session)
    except (
        RecordingError
    ) as error:  # as where others have filled the disk: whoever recorded is to know all the same
        assert session.account is not None
        reason = f"it is not on the disk, and `llpyspin repair` is to make it anew: {error}"
        account = dataclasses.replace(session.account, reasons=(*session.account.reasons, reason))
        session = session.replace(account=account, state=RECORDING)
    return session


def _records(run: RigRun, tallies: dict[str, Tally | None]) -> Iterator[CameraRecord]:
    for record in run.session.cameras:
        member = run.members[record.name]
        # The counters of a camera that was armed several times tell of the last time only.
        tally = tallies.get(record.name) if member.stints == 1 else None
        if tally is not None:  # which is from before the end of the stream
            warmth = acquisition_of(member.camera).temperature_c
            tally = dataclasses.replace(tally, temperature_c=warmth)
        yield record.replace(tally=tally, **member.written())
