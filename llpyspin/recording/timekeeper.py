"""Collects the timestamps of frames that nobody records.

No frame is held or copied for it, and the thread wakes up twice a second, whatever the frame rate.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.errors import without_traceback
from llpyspin.frames import FrameReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

__all__ = ["Timekeeper", "milliseconds"]

PERIOD_S = 0.5
"""The journal reaches back 16384 frames: 32768 fps, or a program that keeps the GIL for 72 s at 226 fps."""
JOIN_S = 5.0


class Timekeeper:
    """Collects the camera's timestamps of all frames from index ``since`` on, until :meth:`finish`.

    Attributes
    ----------
    missing : int
        Frames whose timestamps were forgotten before they were collected.
    """

    def __init__(self, address: str, since: int) -> None:
        self._done = threading.Event()
        self._stamps: list[int] = []
        self._missed: list[int] = []
        self._failures: list[Exception] = []
        self._reader = FrameReader(address, aside=True)  # it looks at accounts only
        # The thread knows no more than it needs, so that a camera that is forgotten can go.
        self._thread = threading.Thread(
            target=_collect,
            args=(self._reader, since, self._done, self._stamps, self._missed, self._failures),
            name="timestamps",
            daemon=True,
        )
        self._thread.start()

    @property
    def missing(self) -> int:
        return len(self._missed)

    @property
    def failure(self) -> Exception | None:
        """Why timestamps were not collected to the end."""
        return self._failures[0] if self._failures else None

    def finish(self) -> list[int]:
        """The timestamps in ns of all frames until now, in order."""
        self._done.set()
        self._thread.join(JOIN_S)
        return list(self._stamps)

    def __del__(self) -> None:
        if hasattr(self, "_done"):
            self._done.set()


def milliseconds(stamps: Iterable[int | None]) -> npt.NDArray[np.float64]:
    """Timestamps in ns as ms since the first one; NaN where there is none.

    Returns
    -------
    ndarray
        (n,) float64.
    """
    stamps = list(stamps)
    first = next((stamp for stamp in stamps if stamp is not None), 0)
    # The differences are taken between whole numbers: ns since long ago are more than a float can hold.
    if None in stamps:
        return np.array([math.nan if stamp is None else (stamp - first) / 1e6 for stamp in stamps])
    result: npt.NDArray[np.float64] = (np.array(stamps, np.int64) - first) / 1e6
    return result


def _collect(
    reader: FrameReader,
    index: int,
    done: threading.Event,
    stamps: list[int],
    missed: list[int],
    failures: list[Exception],
) -> None:
    try:
        with reader:
            _collect_all(reader, index, done, stamps, missed)
    except Exception as error:  # noqa: BLE001 - outermost line of the thread: who asks for the times hears of it
        without_traceback(error)
        failures.append(error)


def _collect_all(
    reader: FrameReader, index: int, done: threading.Event, stamps: list[int], missed: list[int]
) -> None:
    over = False
    while not over:
        over = done.wait(PERIOD_S)
        newest = reader.newest
        while index <= newest:
            info = reader.journal(index)
            if info is None:
                missed.append(index)
            else:
                stamps.append(info.camera_timestamp_ns)
            index += 1
