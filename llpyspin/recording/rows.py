"""One row of a sidecar: what happened to one trigger at one camera."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.recording.sessiontime import ns_of, seconds_text, us_of, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "ALWAYS",
    "CALLBACK",
    "COLUMNS",
    "HEADER",
    "INCOMPLETE",
    "LOST",
    "OLD_HEADER",
    "PLACES",
    "STATES",
    "WRITTEN",
    "Row",
    "completed",
    "line_of",
    "row_of",
]

WRITTEN = "written"
INCOMPLETE = "incomplete"
LOST = "lost"
STATES = (WRITTEN, INCOMPLETE, LOST)

CALLBACK = "callback"
PLACES = ("sensor", "transport", CALLBACK, "ring", "writer")
"""Where a frame can be lost, in the order of its way: the camera did not expose; exposed, but never delivered
by the SDK; delivered, but the user's function, whose results are recorded, did not get it or gave nothing for
it; overwritten in shared memory (or dropped there) before the writer read it; read, but not written."""
ALWAYS = tuple(place for place in PLACES if place != CALLBACK)
"""Those that every account names, whether anything was lost there or not."""


MOST = 2**63 - 1
"""Of all numbers: what 64 bits hold."""


class Row(NamedTuple):
    """What became of one trigger at one camera.

    Attributes
    ----------
    frame : int or None
        Number of the picture in this file, from 0; None: there is none.  A lost row with a frame has a marked
        blank picture there.
    trigger : int
        Number of the pulse, from 0 since the primary was triggered (without a primary: since arming).
    state : str
        ``"written"``, ``"incomplete"`` (the SDK delivered it damaged) or ``"lost"``.
    where : str
        For lost rows one of :data:`PLACES`, else ``""``.
    frame_id : int or None
        The camera's own number.  Where a frame was lost after its exposure: the number that is missing.
    camera_timestamp_ns : int or None
        On the camera's clock.
    host_timestamp_ns : int or None
        On the host's monotonic clock, when the frame arrived.
    exposure_us, gain_db : float or None
        Where the camera tells them with each frame.
    line_status : int or None
        The state of all lines at the end of the exposure as bits, where the camera tells it.
    since_ns : int or None
        Since the first trigger of the session, on the camera's clock; the column ``seconds``.
    utc_us : int or None
        Since 1970 (UTC), on the host's clock, when the frame arrived; the column ``utc``.
    """

    frame: int | None
    trigger: int
    state: str
    where: str = ""
    frame_id: int | None = None
    camera_timestamp_ns: int | None = None
    host_timestamp_ns: int | None = None
    exposure_us: float | None = None
    gain_db: float | None = None
    line_status: int | None = None
    since_ns: int | None = None
    utc_us: int | None = None

    @property
    def blank(self) -> bool:
        """Whether a marked blank picture stands in the file for a lost frame."""
        return self.state == LOST and self.frame is not None


COLUMNS = (*Row._fields[:-2], "seconds", "utc")
"""Names of the cells of a line; the last two are text for people."""
_OLD = len(COLUMNS) - 2
HEADER = ",".join(COLUMNS) + "\n"
OLD_HEADER = ",".join(COLUMNS[:_OLD]) + "\n"
"""Of sidecars without ``seconds`` and ``utc``, before version 0.4."""


def line_of(row: Row) -> str:
    """The row as a line of CSV with its line end; nothing is quoted, because no value needs it."""
    cells = ["" if value is None else str(value) for value in row[:_OLD]]
    cells.append("" if row.since_ns is None else seconds_text(row.since_ns))
    cells.append("" if row.utc_us is None else utc_text(row.utc_us))
    return ",".join(cells) + "\n"


def completed(line: str) -> str:
    """A line that an older version wrote, without its line end, with empty cells for the newer columns."""
    return line + ",," if line.count(",") == _OLD - 1 else line


def row_of(line: str) -> Row:
    """The row that a line says, with or without its line end.

    Raises
    ------
    ValueError
        The line is not a whole row.
    """
    cells = line.rstrip("\r\n").split(",")
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
    frame, trigger, state, where, frame_id, camera_ns, host_ns, exposure, gain, line_status = cells[:_OLD]
    seconds, utc = cells[_OLD:]
    if state not in STATES:
        raise ValueError(f"{state!r} is not a state of a frame")
    if where not in (PLACES if state == LOST else ("",)):
        raise ValueError(f"a frame that is {state} cannot have the place {where!r}")
    return Row(
        _maybe(_count, frame),
        _count(trigger),
        state,
        where,
        _maybe(_whole, frame_id),
        _maybe(_whole, camera_ns),
        _maybe(_whole, host_ns),
        _maybe(_finite, exposure),
        _maybe(_finite, gain),
        _maybe(_whole, line_status),
        _maybe(_since, seconds),
        _maybe(us_of, utc),
    )


def _maybe(kind: Callable[[str], Any], cell: str) -> Any:
    return kind(cell) if cell else None


def _whole(cell: str) -> int:
    value = int(cell)
    if not -MOST <= value <= MOST:
        raise ValueError(f"{cell[:40]} is too large a number")
    return value


def _since(cell: str) -> int:
    value = ns_of(cell)
    if not -MOST <= value <= MOST:
        raise ValueError(f"{cell[:40]} is too large a number")
    return value


def _count(cell: str) -> int:
    value = _whole(cell)
    if value < 0:
        raise ValueError(f"{cell} is negative")
    return value


def _finite(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"{cell!r} is not a number that a camera can report")
    return value
