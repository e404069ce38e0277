"""Waits for the readers of a camera that replays as fast as it is read."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import FrameTimeoutError

if TYPE_CHECKING:
    from llpyspin.frames import FrameWriter

__all__ = ["Patience"]

log = logging.getLogger(__name__)

LONGEST_S = 30.0
"""A reader that takes no frame for so long has stopped to read, and the others go on without it."""


class Patience:
    """Says when the next frame may come: when all who read in order have read the one before.

    Parameters
    ----------
    writer : FrameWriter
    serial : str
        Of the camera, for messages.
    """

    def __init__(self, writer: FrameWriter, serial: str) -> None:
        self._writer, self._serial = writer, serial
        self._since: float | None = None
        self._ended = False

    def over(self, seconds: float) -> bool:
        """Whether the next frame may come, after so many seconds at most."""
        wanted = self._writer.published
        deadline = Deadline(seconds)
        if not self._writer.wait_for_a_reader(seconds):
            return False
        try:
            self._writer.wait_for_readers(wanted, 0 if self._ended else deadline.remaining())
        except FrameTimeoutError:
            return self._late()
        self._since, self._ended = None, False
        return True

    def _late(self) -> bool:
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if not self._ended and now - self._since > LONGEST_S:
            self._ended = True
            log.warning(
                "camera %s replays on without a reader that has taken no frame for %.0f s",
                self._serial,
                LONGEST_S,
            )
        return self._ended
