"""What part a camera plays among others, and over which lines: plain values, no SDK.

A primary runs by itself and gives a pulse with each exposure; a secondary exposes with each pulse that it
gets.  A pulse box in the place of a primary is as good.
"""

from llpyspin.roles.armed import Armed, FollowLimit, Role
from llpyspin.roles.counts import ClockSample, Tally
from llpyspin.roles.gpio import Lines, lines_of
from llpyspin.roles.pulsetiming import Edge, PulseTiming, Span, span_of

__all__ = [
    "Armed",
    "ClockSample",
    "Edge",
    "FollowLimit",
    "Lines",
    "PulseTiming",
    "Role",
    "Span",
    "Tally",
    "lines_of",
    "span_of",
]
