"""When a camera exposes, against the pulse that it takes: the one rule for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from llpyspin.naming.known import named

__all__ = ["Edge", "PulseTiming", "Span", "span_of"]

Edge = Literal["", "rising", "falling"]


class Span(NamedTuple):
    """From the beginning of a pulse to the timestamp of its frame, in us: at least and at most."""

    least_us: float
    most_us: float

    @property
    def middle_us(self) -> float:
        return (self.least_us + self.most_us) / 2

    @property
    def unsure_us(self) -> float:
        """How far off the middle may be."""
        return (self.most_us - self.least_us) / 2


@named
@dataclass(frozen=True)
class PulseTiming:
    """What of a camera's settings changes when it exposes with a pulse, besides how long.

    Attributes
    ----------
    delay_us : float
        From the edge to the exposure (``TriggerDelay``).
    filter_us : float
        What filters and debouncers of the input line may add to that, at most.
    by_width : bool
        Whether the end of the pulse ends the exposure (``ExposureMode`` "TriggerWidth").
    gives : str
        Edge at a primary's output with which its exposure begins: "rising", "falling", or "": another one.
    takes : str
        Edge at a secondary's input that begins an exposure.
    """

    delay_us: float = 0.0
    filter_us: float = 0.0
    by_width: bool = False
    gives: Edge = ""
    takes: Edge = ""


def span_of(
    own: PulseTiming,
    exposure_us: float | None,
    giver: PulseTiming | None = None,
    width_us: float | None = None,
    period_us: float | None = None,
) -> Span | None:
    """From the beginning of a pulse, which is that of the primary's exposure, to a camera's timestamp of it.

    The one place for everything that is known of a camera and changes when it exposes.  Timestamps are of the
    end of the exposure.

    Parameters
    ----------
    own, giver : PulseTiming
        Of the camera, and of the one that gives the pulses; None: something else gives them.
    exposure_us : float or None
        Of the camera; None: the pulse times it.
    width_us : float or None
        How long the pulse is: the exposure of the primary.
    period_us : float or None
        From pulse to pulse.

    Returns
    -------
    Span or None
        None where it depends on something that is not known.
    """
    begin = own.delay_us
    if giver is not None and own.takes and giver.gives and own.takes != giver.gives:
        # It takes the other edge, so its exposure begins at the end of the pulse.
        if width_us is None:
            return None
        begin += width_us
        width_us = None if period_us is None else period_us - width_us
    if own.by_width:  # the delay moves the pulse as a whole
        exposure_us = width_us
    if exposure_us is None:
        return None
    return Span(begin + exposure_us, begin + exposure_us + own.filter_us)
