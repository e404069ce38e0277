"""Several writes to nodes of which all hold or none: a failed block puts the old values back."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.errors import LlpyspinError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from llpyspin.device.nodes import Node

__all__ = ["Rollback"]

log = logging.getLogger(__name__)


class _Undo(NamedTuple):
    """What puts something back, and how messages call it."""

    what: str
    put_back: Callable[[], object]


class Rollback:
    """Remembers what nodes held, and puts it back, last change first, if the block fails.

    A rollback inside the block of another one passes on what it remembers, once its own block is done.  Then
    all writes of both hold, or none.

    >>> with Rollback() as rollback:                        # doctest: +SKIP
    ...     rollback.put(offset, 0)
    ...     rollback.put(width, 640)
    """

    def __init__(self) -> None:
        self._undos: list[_Undo] = []
        self._outer: Rollback | None = None

    def __enter__(self) -> Rollback:
        self._outer = _open.get()
        _open.set(self)
        return self

    def remember(self, *nodes: Node | None) -> None:
        """Note what these nodes hold now, for a camera that will change them by itself.

        What the camera chooses now, as an automatic exposure, cannot be written and is not put back.
        """
        for node in nodes:
            if node is not None and node.writable and (held := node.held()) is not None:
                self._note(node, held)

    def put(self, node: Node | None, value: Any, why: str = "") -> None:
        """Write ``value`` unless the node holds it already; a node that the camera lacks is passed over."""
        if node is None:
            return
        before = node.held()
        if before == value:
            return
        node.set(value, why)
        if before is not None:
            self._note(node, before)

    def on_failure(self, what: str, put_back: Callable[[], object]) -> None:
        """Call ``put_back`` if the block fails; for what is more than one node."""
        self._undos.append(_Undo(what, put_back))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _open.set(self._outer)
        if error is None:
            if self._outer is not None:
                self._outer._undos += self._undos  # noqa: SLF001 - another of this class
            return
        for undo in reversed(self._undos):
            try:
                undo.put_back()
            except LlpyspinError as failure:
                log.warning("%s could not be put back: %s", undo.what, str(failure))

    def _note(self, node: Node, before: Any) -> None:
        def put_back() -> None:
            if node.held() != before:
                node.set(before)

        self.on_failure(f"{node.name} = {before!r}", put_back)


_open: ContextVar[Rollback | None] = ContextVar("open_rollback", default=None)
"""The rollback whose block is running in this thread."""
