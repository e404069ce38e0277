"""How long ``read()`` waits by default, how far a reader may fall behind, and which images it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.errors import SettingRangeError

if TYPE_CHECKING:
    from llpyspin.reading.change import Change

__all__ = ["ATTACH_S", "LEAST_S", "READ_S", "Limits"]

READ_S = 5.0  # how long read() waits by default
ATTACH_S = 5.0  # for a new place among the frames, which takes a millisecond
LEAST_S = 1.0  # the same for those who have no time


class Limits:
    """What all ways of taking frames from one stream share; checked when it is set.

    Parameters
    ----------
    timeout : float
        Seconds to wait for a frame.
    buffersize : int, optional
        Unread frames that are worked off in order; None: those of the last 50 ms.
    convert : bool
        Whether Bayer frames become BGR images.

    Attributes
    ----------
    change : Change or None
        The last change of what pictures are: no frame from before it is taken any more.
    """

    change: Change | None = None

    def __init__(
        self, timeout: float = READ_S, buffersize: int | None = None, *, convert: bool = True
    ) -> None:
        self.timeout = timeout
        self.buffersize = buffersize
        self.convert = convert

    @property
    def timeout(self) -> float:
        return self._timeout

    @timeout.setter
    def timeout(self, value: float) -> None:
        self._timeout = Deadline(value).seconds

    @property
    def buffersize(self) -> int | None:
        return self._buffersize

    @buffersize.setter
    def buffersize(self, value: Any) -> None:
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if value is not None and not (whole and value >= 1):
            raise SettingRangeError(
                f"buffersize must be None or a whole number of frames from 1, not {value!r}",
                setting="buffersize",
                value=value,
            )
        self._buffersize = None if value is None else int(value)
