"""Whether a virtual camera is there, and whether the SDK has noticed that it is not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from llpyspin.virtual.clock import host_ns
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.fault_kinds import LOST_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Presence"]

_NOTICED_AFTER_NS = 500_000_000
"""The SDK takes a moment to notice that a camera has gone."""


class Presence:
    """A camera that can go.

    Parameters
    ----------
    noticed : callable
        Called in a thread of its own when the SDK has noticed that the camera is gone.

    Attributes
    ----------
    says : str
        Which of the texts of :data:`LOST_TEXTS` the SDK has for it.
    """

    def __init__(self, noticed: Callable[[], None]) -> None:
        self._noticed = noticed
        self._gone_at = 0
        self.says = "removed"

    def come(self) -> None:
        """It is there, and the next loss is a new one."""
        self._gone_at = 0

    def go(self) -> None:
        """It is gone from now on."""
        self._gone_at = host_ns()
        timer = threading.Timer(_NOTICED_AFTER_NS / 1e9 + 0.01, self._noticed)
        timer.daemon = True
        timer.start()

    @property
    def gone(self) -> bool:
        """Whether the camera is gone, whoever has noticed it."""
        return bool(self._gone_at)

    @property
    def missed(self) -> bool:
        """Whether the SDK has noticed it."""
        return bool(self._gone_at) and host_ns() - self._gone_at >= _NOTICED_AFTER_NS

    def error(self) -> SpinnakerException | None:
        """The SDK's error for every use of a camera that it has found to be gone."""
        return SpinnakerException(*LOST_TEXTS[self.says]) if self.missed else None
