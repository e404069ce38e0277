"""How long a recording is to be: so many seconds, so many triggers, or until somebody ends it."""

from __future__ import annotations

import dataclasses
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llpyspin.errors import ArgumentTypeError, SettingRangeError
from llpyspin.recording.marking import PulseTrain, mark_at
from llpyspin.recording.plan import check_seconds

if TYPE_CHECKING:
    from llpyspin.frames import FrameReader
    from llpyspin.roles import Armed, Tally

__all__ = ["Length", "cut_to"]


@dataclass(frozen=True)
class Length:
    """What a user asked for.

    Parameters
    ----------
    seconds : float or None
    frames : int or None
        Triggers, so a lost frame counts.  Both None: until Ctrl-C.

    Raises
    ------
    SettingRangeError, TypeError
    """

    seconds: float | None = None
    frames: int | None = None

    def __post_init__(self) -> None:
        check_seconds(self.seconds)
        if self.frames is None:
            return
        if self.seconds is not None:
            raise ArgumentTypeError("pass seconds or frames, not both")
        try:
            count = 0 if isinstance(self.frames, bool) else operator.index(self.frames)  # numpy's too
        except TypeError:
            count = 0
        if count < 1:
            raise SettingRangeError(
                f"frames must be a whole number from 1, not {self.frames!r}",
                setting="frames",
                value=self.frames,
            )
        object.__setattr__(self, "frames", count)

    @property
    def endless(self) -> bool:
        """Whether only the user ends it."""
        return self.seconds is None and self.frames is None


class _Cut(Protocol):
    """What is asked of a :class:`~llpyspin.sync.run.Run`."""

    armed: Armed
    tally: Tally | None
    fired_ns: int | None
    only: int | None


def cut_to(run: _Cut, last: int | None, reader: FrameReader | None) -> tuple[Tally | None, int | None]:
    """The tally and the last trigger of a run whose files are to have ``run.only`` triggers at most.

    The camera runs on for a moment after the last of them.  Its counters have counted on, so only how many
    frames belong to the recording is left of them.

    Parameters
    ----------
    run : Run
        Its stream has ended.
    last : int or None
        The last trigger there was; None: nobody knows.
    reader : FrameReader or None
        Its journal tells of all frames.
    """
    only, tally = run.only, run.tally
    if only is None or tally is None or reader is None or (last is not None and last < only):
        return tally, last
    beyond = mark_at(reader, run.armed, PulseTrain(run.fired_ns, run.armed.period_ns), only)
    if last is None and beyond.index >= tally.published:
        return tally, None
    published = min(tally.published, beyond.index)
    return dataclasses.replace(tally, published=published, exposures=None, pulses=None), only - 1
