"""Writes to nodes that stay until they are undone, with the selectors in front of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["Changes"]

log = logging.getLogger(__name__)


class _Write(NamedTuple):
    selector: str
    entry: str
    node: str
    before: Any


class Changes:
    """Remembers what the nodes held that it writes, each behind the entry of its selector."""

    def __init__(self, nodes: NodeMap) -> None:
        self._nodes = nodes
        self._writes: list[_Write] = []

    def select(self, selector: str, entry: str) -> None:
        """Turn a selector to ``entry``; where it stood is not remembered."""
        self._nodes.node(selector).put(entry)

    def put(self, name: str, value: Any, selector: str = "", entry: str = "") -> bool:
        """Write a node unless it holds ``value`` already; whether it was written.

        Raises
        ------
        SettingError
            The camera has no such node or entry, or does not take it now; the text names the node.
        """
        if selector:
            self.select(selector, entry)
        node = self._nodes.node(name)
        before = node.held()
        if before == value:
            return False
        node.set(value)
        if before is not None:
            self._writes.append(_Write(selector, entry, name, before))
        return True

    def try_put(self, name: str, value: Any, selector: str = "", entry: str = "") -> bool:
        """The same for something that is useful and not needed; whether the node holds ``value`` now."""
        try:
            self.put(name, value, selector, entry)
        except SettingError as error:
            log.debug("%s = %r: %s", name, value, str(error))
            return False
        return True

    def undo(self) -> None:
        """Put everything back, last write first; what the camera refuses is only logged."""
        while self._writes:
            write = self._writes.pop()
            try:
                if write.selector:
                    self.select(write.selector, write.entry)
                self._nodes.node(write.node).put(write.before)
            except SettingError as error:
                log.warning("%s cannot be put back to %r: %s", write.node, write.before, str(error))
