"""How many buffers a camera gets, and how they are shared out: the one place of these rules.

A *buffer* is memory for one frame.  Of all buffers of a camera a *reserve* is always empty or being filled.
The encoder of a recording holds some for its queue.  A *margin* is left for frames that come while others are
read.  The rest keeps frames until somebody reads them.
"""

from __future__ import annotations

import math

from llpyspin.errors import SettingRangeError
from llpyspin.frames.records import CELLS, MAX_BUFFERS
from llpyspin.system.resources import spare_memory

__all__ = [
    "FEWEST",
    "MAX_BUFFERS",
    "RECORDING_S",
    "encoder_buffers",
    "kept",
    "memory_for_each",
    "recording_buffers",
    "reserve_of",
    "seconds_kept",
    "streaming_buffers",
    "usb3_bytes",
]

FEWEST = 4
"""Of a camera: three are never kept for readers."""
STREAMING_BYTES = 128 << 20  # of a camera that nobody records …
STREAMING_LEAST, STREAMING_MOST = 10, 64  # … within these numbers of frames
RECORDING_BYTES = 512 << 20  # of a camera that is recorded: how late its writer may be
RECORDING_S = 2.0
MEMORY_SHARE = 0.8
MOST_BEFORE_S = 1e6  # far more than any memory holds; keeps the integers small

ENCODER_SHARE = 3
"""A third of the buffers is held for the encoder, but no more than one reader can hold."""
MARGIN_SHARE = 16
LATE_S = 0.5
"""From ``trigger()`` until the writer reads frames: the frames of that time must be kept, too."""
LATE_LEAST = 2  # frames, at low rates
USB3_PACKET = 1024


def usb3_bytes(payload: int) -> int:
    """Bytes of a buffer for frames of ``payload`` bytes: the SDK rounds up to whole packets of USB3."""
    return -(-payload // USB3_PACKET) * USB3_PACKET


# -- how many


def streaming_buffers(payload: int) -> int:
    """Buffers of a camera by default: as many as fit in 128 MiB, at least 10, at most 64."""
    return max(STREAMING_LEAST, min(STREAMING_MOST, STREAMING_BYTES // max(1, payload)))


def recording_buffers(
    payload: int,
    rate: float,
    *,
    seconds: float = RECORDING_S,
    pre_trigger: float | None = None,
    available: int | None = None,
) -> int:
    """Buffers of a camera that is armed: enough for 2 s, in at most 512 MiB.

    Parameters
    ----------
    payload : int
        Bytes of a frame.
    rate : float
        Frames a second.
    seconds : float
        Instead of the 2 s; more for a camera whose frames come before there is a writer for them.
    pre_trigger : float, optional
        Seconds of frames to keep, however much memory that takes.
    available : int, optional
        Bytes of memory that this machine can spare.

    Raises
    ------
    SettingRangeError
        There is not so much memory; the message names the longest pre-trigger that fits.
    """
    frames = max(streaming_buffers(payload), min(math.ceil(rate * seconds), RECORDING_BYTES // payload))
    if pre_trigger:
        frames = max(frames, _pre_trigger_buffers(pre_trigger, payload, rate, available))
    return min(frames, MAX_BUFFERS)


def _pre_trigger_buffers(pre_trigger: float, payload: int, rate: float, available: int | None) -> int:
    needed = count_for_seconds(min(pre_trigger, MOST_BEFORE_S), rate)
    most = MAX_BUFFERS
    limit = f"there can be {most} at most"
    if available is not None and MEMORY_SHARE * available < most * payload:
        most = int(MEMORY_SHARE * available) // payload
        limit = f"{available / 2**30:.1f} GiB of memory are free for this camera, {most} frames"
    if needed > most:
        raise SettingRangeError(
            f"pre_trigger of {pre_trigger:g} s at {rate:.4g} fps needs buffers for {needed} frames of "
            f"{payload / 2**20:.2f} MiB, and {limit}. At this rate and size up to "
            f"{seconds_kept(most, rate):.2f} s fit. Ask for less, or lower the rate or the size",
            setting="pre_trigger",
            value=pre_trigger,
        )
    return needed


def memory_for_each(cameras: int) -> int | None:
    """Bytes of memory for each of several cameras.  Ask before the first of them takes its share."""
    spare = spare_memory()
    return None if spare is None else spare // cameras


# -- how they are shared out


def reserve_of(buffers: int, *, lent: bool) -> int:
    """Buffers that are never kept for readers; the SDK needs several in its hands at any time."""
    return max(3, buffers // 4) if lent else 2


def encoder_buffers(buffers: int) -> int:
    """Frames that a recording holds for its encoder."""
    return max(1, min(buffers // ENCODER_SHARE, CELLS - 4))


def kept(buffers: int, reserve: int) -> int:
    """Frames that can lie unread beside a busy encoder without one of them being overwritten."""
    return max(0, buffers - reserve - encoder_buffers(buffers) - buffers // MARGIN_SHARE)


def count_for_seconds(seconds: float, rate: float) -> int:
    """Buffers, lent to the SDK, that keep so many seconds of frames until a writer reads them.

    May be more than there can be.
    """
    frames = math.ceil(seconds * rate) + _late(rate)
    buffers = frames
    while (short := frames - kept(buffers, reserve_of(buffers, lent=True))) > 0:
        buffers += short
    return buffers


def seconds_kept(buffers: int, rate: float, reserve: int | None = None) -> float:
    """For how many seconds :func:`count_for_seconds` asks for no more than this, rounded down to 0.01.

    With ``reserve`` the frames are there already, and that many buffers are not kept.  Then nothing is left
    for frames to come.
    """
    buffers = min(buffers, MAX_BUFFERS)
    if reserve is None:
        frames = kept(buffers, reserve_of(buffers, lent=True)) - _late(rate)
    else:
        frames = kept(buffers, reserve)
    return max(0.0, math.floor(frames / rate * 100) / 100)


def _late(rate: float) -> int:
    return max(LATE_LEAST, math.ceil(LATE_S * rate))
