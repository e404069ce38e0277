"""Repairs interrupted recordings: videos, sidecars, frames never encoded, and the account."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.naming.constructors import checked_call
from llpyspin.naming.known import named
from llpyspin.recording.account.making import account_of, finish
from llpyspin.recording.account.overhosts import is_here
from llpyspin.recording.hostmerging import merge
from llpyspin.recording.locating import find, spills_of
from llpyspin.recording.mending.camera import CameraRepair
from llpyspin.recording.session import KILLED, RECORDING, REPAIRED, Event
from llpyspin.recording.sidecar import being_written
from llpyspin.recording.sinks import mend

if TYPE_CHECKING:
    from rich.console import RenderableType

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.checking.videos import Progress
    from llpyspin.recording.locating import Found
    from llpyspin.recording.session import Session

__all__ = ["RepairReport", "repair"]


@named
@dataclass(frozen=True, repr=False)
class RepairReport:
    """What :func:`repair` did; ``str()`` of it is for people.

    Attributes
    ----------
    done : tuple of str
        One sentence each; empty: there was nothing to mend.
    left : tuple of str
        What could not be mended, and why.
    account : Account or None
        Afterwards; None for a video without a sidecar, and where nothing was done.
    dry_run : bool
        Whether ``done`` tells what would be done.
    """

    done: tuple[str, ...]
    left: tuple[str, ...] = ()
    account: Account | None = None
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is left to mend and the account adds up."""
        return not self.left and (self.account is None or self.account.adds_up)

    def __rich__(self) -> RenderableType:
        from rich.console import Group

        lines = [f"{'would be done' if self.dry_run else 'done'}: {each}" for each in self.done]
        lines += [f"left as it is: {each}" for each in self.left]
        account: list[RenderableType] = [] if self.account is None else ["", self.account]
        return Group(*(lines or ["There is nothing to repair."]), *account)

    def __str__(self) -> str:
        from llpyspin.tables.sheet import plain

        return plain(self)

    def __repr__(self) -> str:
        done = f"{len(self.done)} {'steps to do' if self.dry_run else 'steps done'}"
        return f"<RepairReport: {done}, {len(self.left)} left, {'ok' if self.ok else 'not ok'}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("RepairReport(...)" if cycle else str(self))


@checked_call
def repair(
    path: str | os.PathLike[str], *, dry_run: bool = False, progress: Progress | None = None
) -> RepairReport:
    """Complete a recording that was killed.

    Videos get their index and end.  Rows are corrected to match the pictures.  Frames in a spill file (raw
    frames that were not encoded yet) are encoded into a new segment.  Triggers without a row are marked as
    lost.  The account is made.  Nothing is removed before its replacement is complete, and a second repair
    changes nothing.

    Parameters
    ----------
    path : path-like
        The folder of a session, any file of a single recording, or a video by itself.
    dry_run : bool
        Only report what would be done.
    progress : callable, optional
        Called with (video, pictures encoded, pictures in all) for frames from a spill file.

    Raises
    ------
    RecordingError
        There is no recording, or it is still being recorded.
    """
    path = Path(path)
    try:
        found = find(path)
    except RecordingError:
        if os.path.isfile(path) and path.suffix not in (".json", ".csv", ".spill"):
            return _video_alone(path, dry_run)
        raise
    for camera in found.session.cameras:
        for file in camera.files:
            if being_written(found.folder / file.sidecar):
                raise RecordingError(
                    f"{found.folder / file.sidecar} is still being written. Stop the recording first"
                )
    if found.session.hosts:
        return _over_hosts(found, dry_run, progress)
    return _Repair(found, dry_run, progress).run()


def _over_hosts(found: Found, dry_run: bool, progress: Progress | None) -> RepairReport:
    """Repair the recording of each host whose files are here, then make the session of all anew."""
    done: list[str] = []
    left: list[str] = []
    for host in found.session.hosts:
        if is_here(host, found.folder):
            one = repair(found.folder / host.name, dry_run=dry_run, progress=progress)
            done += [f"host {host.name}: {text}" for text in one.done]
            left += [f"host {host.name}: {text}" for text in one.left]
    account = merge(found.folder).account if done and not dry_run else found.session.account
    return RepairReport(tuple(done), tuple(left), account, dry_run)


def _video_alone(path: Path, dry_run: bool) -> RepairReport:
    mended = mend(path, dry_run=dry_run)
    done = (f"{path.name}: {mended.what}",) if mended.changed else ()
    return RepairReport(done, dry_run=dry_run)


class _Repair:
    def __init__(self, found: Found, dry_run: bool, progress: Progress | None) -> None:
        self._found = found
        self._session = found.session
        self._dry_run = dry_run
        self._killed = not found.written or found.session.state == RECORDING
        self._cameras = [
            CameraRepair(camera, found, killed=self._killed, dry_run=dry_run, progress=progress)
            for camera in found.session.cameras
        ]

    def run(self) -> RepairReport:
        if self._killed:  # what it said when it began may be wrong after a pre-trigger
            firsts = [first for camera in self._cameras if (first := camera.first_trigger) is not None]
            self._session = self._session.replace(first_trigger=min(firsts, default=0))
        session, end = self._session, self._end()
        most_rows = max((camera.rows for camera in self._cameras), default=0)
        for camera in self._cameras:
            camera.most_rows = most_rows
            camera.mend()
            camera.reconcile(session.first_trigger, end)
            for spill in spills_of(self._found, camera.record):
                camera.unspill(spill, session.options)
            camera.close_gaps(session.first_trigger)
        if end is None:  # nobody knows: all are to tell of as many as the one that tells of most
            end = max((camera.next_trigger(session.first_trigger) for camera in self._cameras), default=0)
        for camera in self._cameras:
            camera.complete(session.first_trigger, end)
        if not self._dry_run:
            for camera in self._cameras:
                camera.save()
        for camera in self._cameras:
            camera.note_aheads()
        return self._report(end)

    def _end(self) -> int | None:
        """The trigger after the last one, where that is known."""
        session = self._session
        return None if session.triggers is None else session.first_trigger + session.triggers

    def _report(self, end: int) -> RepairReport:
        session, found = self._session, self._found
        done = [f"{camera.label}: {each}" for camera in self._cameras for each in camera.done]
        left = tuple(f"{camera.label}: {each}" for camera in self._cameras for each in camera.left)
        if self._killed and (done or not left or session.account is None):
            done.append(f"the account: made and written to {found.path.name}")
        if self._dry_run:
            return RepairReport(tuple(done), left, None, dry_run=True)
        if not done:
            account = account_of(session, found.folder) if session.account is not None else None
            return RepairReport((), left, account)
        finished = finish(self._repaired(end, whole=not left), found.path, self._state(whole=not left))
        for camera in self._cameras:
            camera.tidy()  # only now does nobody need these files any more
        return RepairReport(tuple(done), left, finished.account)

    def _state(self, *, whole: bool) -> str:
        """As long as anything is left, another repair goes on where this one ended."""
        if whole:
            return REPAIRED
        return RECORDING if self._killed else self._session.state

    def _repaired(self, end: int, *, whole: bool) -> Session:
        """What the recording says of itself from now on."""
        session = self._session
        events = [
            Event("repaired", each, camera.record.serial) for camera in self._cameras for each in camera.done
        ]
        if self._killed and not any(event.kind == KILLED for event in session.events):
            text = "it was killed while it was recorded: what came after the last rows is not known"
            events.insert(0, Event(KILLED, text))
        triggers = session.triggers
        if triggers is None and self._killed and whole:
            triggers = end - session.first_trigger
        records = [camera.record if whole else camera.whole_record for camera in self._cameras]
        return session.replace(cameras=tuple(records), events=(*session.events, *events), triggers=triggers)
