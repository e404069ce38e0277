"""The rules that give each frame its trigger, and find triggers without a frame: no clock, no file.

Three things decide. A step of the camera's frame ids is a frame that was exposed and never delivered. A step
of the indices of published frames is a frame for which this reader was too late. A step of the times by whole
periods, without a step of the ids, is a pulse that the camera did not expose (see :mod:`.intervals`).  See
``docs/decisions/0005-numbering.md``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.frames import FrameFlags, FrameInfo
from llpyspin.frames.gaps import WRAP, earlier_id, lost_before_first, round_of
from llpyspin.recording.intervals import NEAR, UNKNOWN_RATE, Intervals, between
from llpyspin.recording.rows import CALLBACK, INCOMPLETE, LOST, PLACES, WRITTEN, Row
from llpyspin.recording.sessiontime import SessionTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WRAP", "Anchor", "Numbering", "numbered_by", "place_of"]

MOST_DOUBTS = 10
AWAY = "transport"
"""The place of frames of a camera that was away: it could not be reached, which is all that is known."""
# As plain numbers: operators of enumerations take longer than all else that is done for an ordinary frame.
_INCOMPLETE, _RESTARTED = int(FrameFlags.INCOMPLETE), int(FrameFlags.RESTARTED)


class Anchor(NamedTuple):
    """A moment on one camera's clock that had a trigger: for a camera that joins later.

    ``camera_timestamp_ns`` is what the camera would have said of a frame of trigger number ``trigger`` with
    an exposure of ``exposure_us``; NaN: one as long as that of the first frame.
    """

    camera_timestamp_ns: int
    trigger: int
    exposure_us: float = math.nan


def numbered_by(
    info: FrameInfo, trigger: int, first: int, period_ns: int | None, first_id: int
) -> dict[str, Any]:
    """What a :class:`Numbering` that begins with trigger ``first`` is to be told of a frame, by names.

    The frame is of the same stream and has the known number ``trigger``.  It comes before or after ``first``.
    """
    if period_ns is not None:
        return {"anchor": Anchor(info.camera_timestamp_ns, trigger, info.exposure_us)}
    return {"first_id": earlier_id(info.frame_id, trigger - first, first_id)}


class Numbering:
    """Gives each frame of one camera its trigger, and each trigger without a frame the place it was lost.

    Parameters
    ----------
    first_id : int
        The camera's number of the first exposure in this stream: 0 (USB3) or 1 (GigE).
    period_ns : int, optional
        From pulse to pulse.  None (an external trigger of unknown rate): frames that the camera did not
        expose cannot be told.
    next_trigger : int
        Number of the first trigger that is to be accounted for.
    anchor : Anchor, optional
        For a camera that joins while pulses are coming; needs the period.
    unread : str
        The place where frames were lost that were published, and of which the journal knows nothing.
    times : SessionTimes, optional
        For the columns ``seconds`` and ``utc`` of the rows; None: they are empty.

    Attributes
    ----------
    next_trigger : int
        The trigger after the last one accounted for.
    doubts : list of str
        Where the numbers are not certain, in words; the first :data:`MOST_DOUBTS`.
    """

    def __init__(
        self,
        *,
        first_id: int,
        period_ns: int | None,
        next_trigger: int = 0,
        anchor: Anchor | None = None,
        unread: str = "ring",
        times: SessionTimes | None = None,
    ) -> None:
        if period_ns is not None and period_ns <= 0:
            raise ValueError(f"a period is more than 0 ns, not {period_ns}")
        if anchor is not None and period_ns is None:
            raise ValueError("a camera that joins later is numbered by the period, which is not known")
        if first_id < 0 or next_trigger < 0:
            raise ValueError(f"frame ids and triggers are not negative: {first_id}, {next_trigger}")
        self._first_id = first_id
        self._period = period_ns
        self._anchor = anchor
        self._unread = unread
        self._times = times or SessionTimes()
        self._last: FrameInfo | None = None
        self._from_zero = False  # a GigE camera that uses id 0, which the standard leaves out
        self._intervals = Intervals(period_ns)
        self.next_trigger = next_trigger
        self.doubts: list[str] = []

    def frame(self, info: FrameInfo, lapped: Sequence[FrameInfo | None] = ()) -> list[Row]:
        """Account for a frame that was read.

        Parameters
        ----------
        info : FrameInfo
            Frames come in order.
        lapped : sequence of FrameInfo or None
            The published frames between the one before and this one that were not read, in order. None stands
            for one that is forgotten.

        Returns
        -------
        list of Row
            Of every trigger since the frame before, lost ones first; the last one is of this frame.
            ``frame`` of all rows is None.
        """
        last = self._last
        if (
            last is not None
            and not lapped
            and info.frame_id == last.frame_id + 1
            and not int(info.flags) & _RESTARTED
            and self._intervals.ordinary(last, info)
        ):
            self._last = info
            trigger = self.next_trigger
            self._intervals.note(info, trigger)
            self.next_trigger = trigger + 1
            return [self._row(info, trigger, INCOMPLETE if int(info.flags) & _INCOMPLETE else WRITTEN)]
        rows: list[Row] = []
        forgotten = 0
        for passed in lapped:
            if passed is None:
                forgotten += 1
                continue
            self._step(rows, passed, forgotten)
            rows.append(self._row(passed, self.next_trigger, LOST, place_of(passed)))
            self.next_trigger += 1
            forgotten = 0
        self._step(rows, info, forgotten)
        state = INCOMPLETE if info.flags & FrameFlags.INCOMPLETE else WRITTEN
        rows.append(self._row(info, self.next_trigger, state))
        self.next_trigger += 1
        return rows

    def end(self, last_trigger: int | None, where: str = "transport") -> list[Row]:
        """Account for what is missing at the end.

        Parameters
        ----------
        last_trigger : int or None
            Number of the last trigger there was; None: not known, nothing is missing.
        where : str
            The place to give: the camera's counters may tell better than ``"transport"``.  Of a camera that
            joined later and gave no frame they say nothing about the time when it was away.

        Returns
        -------
        list of Row
            Lost rows up to and including ``last_trigger``.
        """
        if where not in PLACES:
            raise ValueError(f"{where!r} is not one of the places {', '.join(PLACES)}")
        rows: list[Row] = []
        if last_trigger is not None:
            came_to_nothing = self._anchor is not None and self._last is None
            place = AWAY if came_to_nothing else where
            self._lose(rows, last_trigger + 1 - self.next_trigger, place)
        return rows

    def _doubt(self, text: str) -> None:
        """Irregular pulses would give one each."""
        if len(self.doubts) < MOST_DOUBTS:
            self.doubts.append(text)
        elif len(self.doubts) == MOST_DOUBTS:
            self.doubts.append("the same holds for more triggers")

    # -- one step from a frame that is known to the next

    def _step(self, rows: list[Row], info: FrameInfo, forgotten: int) -> None:
        """Rows of what lies between; ``next_trigger`` is the frame's own afterwards."""
        last = self._last
        self._last = info
        self._from_zero = self._from_zero or info.frame_id == 0
        if last is None:
            self._begin(rows, info, forgotten)
        else:
            self._go_on(rows, last, info, forgotten)
        self._intervals.note(info, self.next_trigger)

    def _go_on(self, rows: list[Row], last: FrameInfo, info: FrameInfo, forgotten: int) -> None:
        since = self._intervals.since(self.next_trigger - 1, info)
        step = self._id_step(last, info, None if since is None else since.periods)
        if step is None:  # the camera began to count anew
            exposed = max(lost_before_first(self._first_id, info), forgotten)
            if since is None:
                self._doubt_anew("its clock does not show how many triggers came meanwhile")
            else:
                self._lose(rows, self._unseen(since.periods, since.unsure, exposed), "sensor")
            self._lose_exposed(rows, exposed, forgotten, self._first_id - 1)
            return
        self._lose_exposed(rows, step - 1, forgotten, last.frame_id)
        if since is not None:
            self._lose(rows, self._unexposed(since.periods, since.unsure, step), "sensor")

    def _begin(self, rows: list[Row], info: FrameInfo, forgotten: int) -> None:
        """The first frame; a pulse that the camera missed before it: :mod:`.account.firstpulse`."""
        if self._anchor is None:
            exposed = max(lost_before_first(self._first_id, info), forgotten)
            before = info.frame_id - exposed - 1
            self._lose_exposed(rows, exposed, forgotten, before if before >= 0 else before + WRAP)
            return
        assert self._period is not None
        since = between(self._anchor, info) / self._period
        missing = self._anchor.trigger + round(since) - self.next_trigger
        if abs(since - round(since)) >= NEAR or abs(since) * UNKNOWN_RATE >= NEAR or missing < 0:
            self._doubt(
                f"the camera joined {since:.2f} periods after a known trigger. Its triggers may be off by one"
            )
        self._lose(rows, missing, AWAY)

    def _id_step(self, last: FrameInfo, info: FrameInfo, periods: float | None) -> int | None:
        """Exposures from one frame to the other by their ids; None where the camera began to count anew."""
        if info.flags & FrameFlags.RESTARTED:
            return None
        step = info.frame_id - last.frame_id
        if self._first_id == 1 and max(last.frame_id, info.frame_id) <= WRAP:
            length = round_of(info.frame_id, from_zero=self._from_zero)
            rounds = 0 if periods is None else math.floor((periods - step + NEAR) / length)
            if step + length * rounds <= 0 and -step > WRAP // 2:
                rounds = 1
            step += length * max(0, rounds)
        return step if step > 0 else None

    def _unseen(self, periods: float, unsure: float, exposed: int) -> int:
        """Pulses without a frame before the first exposure since the camera began to count anew."""
        pulses = round(periods) - 1 - exposed
        if abs(periods - round(periods)) >= NEAR or periods * unsure >= NEAR or pulses < 0:
            self._doubt_anew(
                f"{periods:.2f} periods passed with {exposed} exposures before this one. How many triggers "
                "came is not certain"
            )
        return pulses

    def _doubt_anew(self, why: str) -> None:
        self._doubt(f"after trigger {self.next_trigger - 1} the camera began to count anew: {why}")

    def _unexposed(self, periods: float, unsure: float, step: int) -> int:
        """Pulses between two frames that the camera did not expose."""
        more = periods - step
        slack = step * unsure
        if slack < NEAR and NEAR - 1 < more < 1 - NEAR:
            return 0
        whole = abs(more - round(more)) < NEAR
        if not whole or slack >= NEAR or more < 0:
            self._doubt(
                f"before trigger {self.next_trigger}: {periods:.2f} periods passed while the camera counted "
                f"{step} exposures. Whether it missed pulses is not certain"
            )
        return round(more) if whole and more > slack + NEAR else 0

    # -- rows of lost frames

    def _lose_exposed(self, rows: list[Row], frames: int, forgotten: int, last_id: int) -> None:
        """Exposures after the one with ``last_id``; of as many as were published, the reader was too late."""
        frames = max(frames, forgotten)
        assert self._last is not None
        wraps = self._last.frame_id <= last_id  # the frame after them counts from 1 again
        for number in range(frames):
            place = "transport" if number < frames - forgotten else self._unread
            frame_id = last_id + 1 + number
            if wraps:
                frame_id = (frame_id - 1) % WRAP + 1
            rows.append(Row(None, self.next_trigger, LOST, place, frame_id))
            self.next_trigger += 1

    def _lose(self, rows: list[Row], frames: int, place: str) -> None:
        rows += (
            Row(None, trigger, LOST, place)
            for trigger in range(self.next_trigger, self.next_trigger + frames)
        )
        self.next_trigger += max(0, frames)

    def _row(self, info: FrameInfo, trigger: int, state: str, where: str = "") -> Row:
        exposure, gain, line = info.exposure_us, info.gain_db, info.line_status
        return Row(
            None,
            trigger,
            state,
            where,
            info.frame_id,
            info.camera_timestamp_ns,
            info.host_timestamp_ns,
            exposure if math.isfinite(exposure) else None,
            gain if math.isfinite(gain) else None,
            line if line >= 0 else None,
            *self._times.of(info, trigger),
        )


def place_of(info: FrameInfo) -> str:
    """Where a frame was lost that was published and not read."""
    return CALLBACK if info.flags & FrameFlags.SKIPPED else "ring"
