"""Whether each picture has the levels of the lines that a recording was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.account.verdict import counted
from llpyspin.recording.rows import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import Session

__all__ = ["without_levels"]


def without_levels(session: Session, rows: Iterable[Row]) -> Iterator[str]:
    """What is missing in the rows of one camera; a damaged frame need not have it."""
    if session.options.get("line_status") is not True:
        return
    lacking = [row.trigger for row in rows if row.state == WRITTEN and row.line_status is None]
    if lacking:
        yield (
            f"{counted(len(lacking), 'picture')} without line_status, the first one of trigger {lacking[0]}. "
            "The recording was asked for it"
        )
