"""Makes the account of a recording from its sidecars and the counters of its cameras."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.recording.account.oneclock import account_on_one_clock, event_text, step_of
from llpyspin.recording.account.overhosts import account_over_hosts, is_here
from llpyspin.recording.files import with_files
from llpyspin.recording.foreign import exists
from llpyspin.recording.session import COMPLETE, Session

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.session import Event

__all__ = ["account_of", "accounted", "finish", "with_later_events"]


def finish(session: Session, path: str | os.PathLike[str], state: str = COMPLETE) -> Session:
    """Make the account of a recording that has ended, and write its JSON file.

    Parameters
    ----------
    session : Session
        With everything that is known at the end; segments that it does not name are found.
    path : path-like
        The JSON file; videos and sidecars lie in the same folder.

    Returns
    -------
    Session
        With ``account`` and ``state``.

    Raises
    ------
    RecordingError
        It cannot be written.
    """
    session = accounted(session, Path(path).parent, state)
    session.save(path)
    return session


def accounted(session: Session, folder: Path, state: str = COMPLETE) -> Session:
    """What :func:`finish` writes."""
    session = with_files(session, folder).replace(state=state)
    account = account_of(session, folder)
    gone = tuple(_gone(session, folder))
    return session.replace(account=replace(account, reasons=(*account.reasons, *gone)))


def _gone(session: Session, folder: Path) -> Iterator[str]:
    """Videos that were deleted."""
    away = {host.name for host in session.hosts if not is_here(host, folder)}
    for camera in session.cameras:
        for file in camera.files:
            if camera.host not in away and not exists(folder / file.video):
                yield f"{camera.name or camera.serial}: {file.video} is missing: its pictures are lost"


def account_of(session: Session, folder: str | os.PathLike[str]) -> Account:
    """The account of a recording from the sidecars that it names.

    A sidecar that is missing or damaged is a reason why the account does not add up, not an error.
    """
    folder = Path(folder)
    step = step_of(session, folder)
    if session.hosts:
        return account_over_hosts(session, folder, step)
    return account_on_one_clock(session, folder, step).account


def with_later_events(session: Session, later: Sequence[Event]) -> Session:
    """A session that has its account, with events that came after that."""
    account = session.account
    if account is not None:
        events = (*account.events, *(event_text(event, session) for event in later))
        account = replace(account, events=events)
    return session.replace(events=(*session.events, *later), account=account)
