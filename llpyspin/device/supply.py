"""The 3.3 V supply for the pull-up of the output line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.device.undo import Changes

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["Supply"]


class Supply:
    """Switched on when a primary needs it, and off only when the camera is closed or plays another part.

    To switch it may look like a pulse to the cameras behind the wire.  So it stays on between recordings,
    when they may be armed already, or still.
    """

    def __init__(self, nodes: NodeMap) -> None:
        self._changes = Changes(nodes)
        self._line: str | None = None

    def need(self, line: str | None) -> bool:
        """Have this line give 3.3 V, and no other; whether anything was switched.

        Raises
        ------
        SettingError
            The camera has no such line, or it gives no 3.3 V.
        """
        if line == self._line:
            return False
        switched = self._line is not None
        self.off()
        if line is not None:
            switched = self._changes.put("V3_3Enable", True, "LineSelector", line) or switched
            self._line = line
        return switched

    def off(self) -> None:
        """Put the supply back to what it was before."""
        self._line = None
        self._changes.undo()
