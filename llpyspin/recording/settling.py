"""At the end of a recording, completes the files of writers that were killed or failed."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError
from llpyspin.recording.account.making import account_of, accounted
from llpyspin.recording.ahead import ahead_of, read_ahead
from llpyspin.recording.files import with_files
from llpyspin.recording.foreign import exists
from llpyspin.recording.mending.reconciling import Cut, gaps, reconcile_all, to_the_end
from llpyspin.recording.session import Event
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from llpyspin.recording.sinks import NoPictures, open_video

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llpyspin.recording.account import Account
    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import CameraRecord, FileRecord, Session

__all__ = ["concluded", "settled"]

AT_ONCE = 2 << 30
"""Bytes of a video whose pictures are counted at the end of a recording; larger ones are left to repair."""


def concluded(session: Session, folder: Path, beside: Account | None = None) -> Session:
    """The same recording with its rows settled (see :func:`settled`) and with its account.

    Parameters
    ----------
    session : Session
        With all that is known at the end, but for the account.
    folder : Path
        Of its files, of which none is being written any more.
    beside : Account, optional
        Of a recording of the same triggers.  If their number is not known otherwise, this one has at least as
        many triggers.
    """
    if session.triggers is None and beside is not None and beside.triggers is not None:
        own = account_of(with_files(session, folder), folder).triggers or 0
        session = session.replace(triggers=max(own, beside.triggers))
    return accounted(settled(session, folder), folder)


def settled(session: Session, folder: Path) -> Session:
    """Make rows agree with pictures where a writer did not come to its end; every trigger then has a row.

    Parameters
    ----------
    session : Session
        With all that is known at the end, but for the account.
    folder : Path
        Of its files, of which none is being written any more.

    Returns
    -------
    Session
        With an event for each camera whose files cannot be read or written.  Its write-ahead files are still
        there, for ``llpyspin repair``.
    """
    session = with_files(session, folder)
    cameras, events = [], list(session.events)
    for camera in session.cameras:
        try:
            files = _settle(camera, folder, session)
            cameras.append(camera.replace(files=files))
        except (OSError, LlpyspinError) as error:
            cameras.append(camera)
            events.append(Event("writer", f"its sidecar cannot be completed: {error}", camera.serial))
    return session.replace(cameras=tuple(cameras), events=tuple(events))


def _settle(camera: CameraRecord, folder: Path, session: Session) -> tuple[FileRecord, ...]:
    if not _may_lack_rows(camera, folder, session):
        return camera.files
    begin = session.first_trigger
    end = None if session.triggers is None else begin + session.triggers
    read = [(file, read_sidecar(folder / file.sidecar)) for file in camera.files]
    read.sort(key=lambda one: one[1][0].trigger if one[1] else 1 << 62)
    cuts = [
        Cut(rows, _pictures(file, rows, folder), read_ahead(ahead_of(folder / file.sidecar)))
        for file, rows in read
    ]
    results = list(reconcile_all(cuts, begin=begin, end=end))
    made = _completed([one.rows for one in results], [file.part for file, _ in read], begin, end)
    for (file, before), rows in zip(read, made, strict=True):
        if rows != before:
            write_sidecar(folder / file.sidecar, rows, overwrite=True)
    for (file, _), cut in zip(read, cuts, strict=True):
        if cut.pictures is not None:
            with contextlib.suppress(OSError):
                ahead_of(folder / file.sidecar).unlink()
    files = [
        dataclasses.replace(file, unassigned=one.unassigned)
        for (file, _), one in zip(read, results, strict=True)
    ]
    return tuple(sorted(files, key=lambda file: file.part))


def _may_lack_rows(camera: CameraRecord, folder: Path, session: Session) -> bool:
    """Whether a writer of it did not come to its end.

    One that is killed between two files leaves no write-ahead file; then an event tells of it.
    """
    told = any(event.kind == "writer" and event.camera == camera.serial for event in session.events)
    return told or any(exists(ahead_of(folder / file.sidecar)) for file in camera.files)


def _completed(made: list[list[Row]], parts: list[int], begin: int, end: int | None) -> list[list[Row]]:
    """With lost rows for the triggers of which a writer that was killed could not write one."""
    made = list(made)
    for at, first in gaps(made, parts, begin):
        made[at] = [*made[at], *to_the_end(made[at], begin=begin, end=first, most=first)]
    if made and end is not None:
        last = max(range(len(made)), key=lambda at: made[at][-1].trigger if made[at] else -1)
        made[last] = [*made[last], *to_the_end(made[last], begin=begin, end=end, most=end)]
    return made


def _pictures(file: FileRecord, rows: Sequence[Row], folder: Path) -> Sequence[int] | None:
    """Their numbers; None where no write-ahead file says that rows may be missing.

    None at all where the writer was killed before the first picture, of which no reader makes a video.
    """
    video = folder / file.video
    if not (exists(ahead_of(folder / file.sidecar)) and exists(video)):
        return None
    if video.stat().st_size > AT_ONCE:
        return None
    try:
        with open_video(video) as pictures:
            return pictures.numbers
    except NoPictures:
        if any(row.frame is not None for row in rows):
            raise
        return range(0)
