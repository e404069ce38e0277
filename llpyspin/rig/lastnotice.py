"""The notice that a recording has its account is sent last; one that does not arrive is kept all the same."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.account.making import with_later_events

if TYPE_CHECKING:
    from llpyspin.recording.session import Session
    from llpyspin.rig.run import RigRun

__all__ = ["told_finished"]

logger = logging.getLogger("llpyspin")


def told_finished(run: RigRun, session: Session) -> Session:
    """Have the notice sent; the session, with an event for each notice that did not arrive.

    Waits for one deadline at most.  All files are whole by then, and so is ``session.json``.
    """
    run.notices.finished(session, run.plan.budget)
    known = len(run.events)
    for text in run.notices.settle():
        run.note("notice", text)
    folder = run.plan.folder
    if len(run.events) == known or folder is None:
        return session
    session = with_later_events(session, run.events[known:])
    try:
        session.save(folder.session)
    except RecordingError as error:
        logger.warning("%s does not say which notices did not arrive: %s", folder.session, error)
    return session
