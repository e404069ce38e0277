"""How the slots of a stream are shared out: one reckoning for arming, for writers, and for what is refused.

Of all slots a *reserve* is always empty or being filled, the encoder of a recording may hold some for its
queue, and a *margin* is left for frames that come while others are read.  The rest is what is kept.
"""

from __future__ import annotations

import math

from llpyspin.frames.records import CELLS, MAX_SLOTS

__all__ = ["encoder_slots", "kept", "reserve_of", "seconds_kept", "slots_for"]

ENCODER_SHARE = 3
"""A third of the slots is held for the encoder, but no more than one reader can hold."""
MARGIN_SHARE = 16
LATE_S = 0.5
"""From ``trigger()`` until the writer takes frames out of the ring: frames of that time must be kept, too."""
LATE_LEAST = 2  # frames, at low rates


def reserve_of(slots: int, *, lent: bool) -> int:
    """Slots that are never kept for readers; the SDK needs several in its hands at any time."""
    return max(3, slots // 4) if lent else 2


def encoder_slots(slots: int) -> int:
    """Frames that a recording holds for its encoder."""
    return max(1, min(slots // ENCODER_SHARE, CELLS - 4))


def kept(slots: int, reserve: int) -> int:
    """Frames that can lie unread beside a busy encoder without one of them being overwritten."""
    return max(0, slots - reserve - encoder_slots(slots) - slots // MARGIN_SHARE)


def slots_for(seconds: float, rate: float) -> int:
    """Slots, lent to the SDK, that keep so many seconds of frames until a writer takes them.

    May be more than there can be.
    """
    frames = math.ceil(seconds * rate) + _late(rate)
    slots = frames
    while (short := frames - kept(slots, reserve_of(slots, lent=True))) > 0:
        slots += short
    return slots


def seconds_kept(slots: int, rate: float, reserve: int | None = None) -> float:
    """For how many seconds :func:`slots_for` asks for no more than so many slots, rounded down to 0.01.

    With ``reserve`` (frames are there already, of which that many slots are not kept), nothing is left for
    frames to come.
    """
    slots = min(slots, MAX_SLOTS)
    if reserve is None:
        frames = kept(slots, reserve_of(slots, lent=True)) - _late(rate)
    else:
        frames = kept(slots, reserve)
    return max(0.0, math.floor(frames / rate * 100) / 100)


def _late(rate: float) -> int:
    return max(LATE_LEAST, math.ceil(LATE_S * rate))
