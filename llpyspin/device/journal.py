"""Several writes that take together or not at all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from llpyspin.device.nodes import Node

__all__ = ["Journal"]

log = logging.getLogger(__name__)


class Journal:
    """Remembers what nodes held, and puts it back, last change first, if the block fails.

    >>> with Journal() as journal:                        # doctest: +SKIP
    ...     journal.put(offset, 0)
    ...     journal.put(width, 640)
    """

    def __init__(self) -> None:
        self._before: list[tuple[Node, Any]] = []

    def __enter__(self) -> Journal:
        return self

    def remember(self, *nodes: Node | None) -> None:
        """Note what these nodes hold now, for a camera that will change them by itself."""
        for node in nodes:
            if node is not None and (held := node.held()) is not None:
                self._before.append((node, held))

    def put(self, node: Node | None, value: Any, why: str = "") -> None:
        """Write ``value`` unless the node holds it already; a node that the camera lacks is passed over."""
        if node is None:
            return
        before = node.held()
        if before == value:
            return
        node.set(value, why)
        if before is not None:
            self._before.append((node, before))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        for node, before in reversed(self._before):
            try:
                if node.held() != before:
                    node.set(before)
            except LlpyspinError as failure:
                log.warning("%s could not be put back to %r: %s", node.name, before, str(failure))
