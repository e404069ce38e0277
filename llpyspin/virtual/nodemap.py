"""A node map: GenApi over a register memory, with one lock; the camera is called after each write.

All calls go through :meth:`INodeMap._run`.  The reference implementation holds the GIL while it waits for its
own lock. Two threads in one node map would deadlock without a lock of ours around it.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import nodes
from llpyspin.virtual._libpython import import_genapi
from llpyspin.virtual.exceptions import (
    NOT_INITIALIZED,
    SpinnakerException,
    not_implemented,
    raise_error,
)
from llpyspin.virtual.xml import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llpyspin.virtual.registers import RegisterMemory

__all__ = ["INodeMap", "translated"]

genapi = import_genapi()

_CODES = {
    "InvalidArgumentException": -2001,
    "OutOfRangeException": -2002,
    "PropertyException": -2003,
    "RuntimeException": -2004,
    "LogicalErrorException": -2005,
    "AccessException": -2006,
    "TimeoutException": -2007,
    "DynamicCastException": -2008,
    "GenericException": -2009,
}


_AS_TEXT = re.compile(r"(?<=^Node is not (?:writ|read)able)\.(?= : .*(?:From|To)String\(\))")
"""A full stop that the SDK's generation of GenApi does not have."""


def translated(error: Exception) -> SpinnakerException:
    """A GenApi error as the SDK reports it."""
    kind = type(error).__name__
    return SpinnakerException(f"GenICam::{kind}= {_AS_TEXT.sub('', str(error))}", _CODES.get(kind, -2009))


class _Port(genapi.AbstractPort):  # type: ignore[misc, name-defined]
    """GenApi's way into the register memory."""

    def __init__(self, memory: RegisterMemory) -> None:
        super().__init__()
        self._memory = memory

    def get_access_mode(self) -> int:
        return int(genapi.EAccessMode.RW)

    def read(self, address: int, length: int) -> bytes:
        return self._memory.read(address, length)

    def write(self, address: int, data: bytes) -> None:
        self._memory.write(address, bytes(data))


def _closed(name: str) -> None:
    raise_error("Camera is not initialized", NOT_INITIALIZED)


class INodeMap:
    """The nodes of a camera or of a part of the transport layer.

    ``before(name)`` is called before every access to a node (and may raise), ``after(written)`` after those
    that wrote registers, with the list of (feature, selector entry); both outside the lock.
    """

    def __init__(
        self,
        memory: RegisterMemory,
        model: str,
        *,
        before: Callable[[str], None],
        after: Callable[[Iterable[tuple[str, str | None]]], None],
        texts: Mapping[str, str],
    ) -> None:
        self._memory = memory
        self._before = before
        self._after = after
        self._device = model
        self._lock = threading.RLock()
        self._port = _Port(memory)
        self._genapi = genapi.NodeMap()
        self._genapi.load_xml_from_string(describe(memory.features, memory, model, texts))
        self._genapi.connect(self._port, "Device")
        self._nodes: dict[str, nodes.INode] = {}
        self._typed: dict[str, nodes.INode] = {}
        self._watchers: dict[tuple[str, int], tuple[Any, Any]] = {}
        self._fired: list[tuple[nodes.INode, Any]] = []

    # -- the SDK's methods

    def GetNode(self, Name: str) -> nodes.INode | None:
        """The node of this name, or None."""
        if not isinstance(Name, str):
            raise TypeError("in method 'INodeMap_GetNode', argument 2 of type 'GenICam::gcstring const &'")
        found = self._nodes.get(Name)
        if found is None:
            raw = self._find(Name)
            if raw is None:
                return None
            found = self._nodes[Name] = nodes.INode(self, Name, raw)
        return found

    def GetNodes(self) -> list[nodes.INode]:
        with self._lock:
            names = [raw.node.name for raw in self._genapi.nodes]
        return [node for node in map(self.GetNode, names) if node is not None]

    def GetNumNodes(self) -> int:
        with self._lock:
            return len(self._genapi.nodes)

    def GetDeviceName(self) -> str:
        return self._device

    def InvalidateNodes(self) -> None:
        with self._lock:
            self._genapi._invalidate_nodes()

    def Poll(self, ElapsedTime: int) -> None:
        self._run("", self._genapi.poll, ElapsedTime)

    def Connect(self, *args: Any) -> bool:
        del args
        return not_implemented("INodeMap.Connect")

    # -- for the rest of this package

    def _find(self, name: str) -> Any:
        with self._lock:
            try:
                return self._genapi.get_node(name)
            except genapi.LogicalErrorException:
                return None

    def _streamable(self) -> list[str]:
        """Names of the features that belong into a file of settings, in the order of the description."""
        with self._lock:
            return [
                raw.node.name
                for raw in self._genapi.nodes
                if raw.node.is_feature() and raw.node.is_streamable()
            ]

    def _selectors(self, name: str) -> list[nodes.INode | None]:
        """The nodes that select a feature, as the interfaces of their kinds."""
        with self._lock:
            names = [raw.node.name for raw in self._genapi.get_node(name).node.selecting_features]
        return [self._interface(selector) for selector in names]

    def _device_info(self) -> Any:
        return self._genapi.device_info

    def _interface(self, name: str) -> nodes.INode | None:
        """The node of this name as the interface of its kind (IInteger, IFloat ...)."""
        found = self._typed.get(name)
        if found is None:
            raw = self._find(name)
            if raw is None:
                return None
            found = self._typed[name] = nodes.typed(self, name, raw)
        return found

    def _run(self, name: str, call: Callable[..., Any], *args: Any) -> Any:
        """Make one call into GenApi, and have the camera act on what it wrote."""
        self._before(name)
        with self._lock:
            if self._memory.stale:
                self._refresh()
            try:
                result = call(*args)
            except genapi.GenericException as error:
                raise translated(error) from None
            finally:
                written = self._memory.written
                if written:
                    self._memory.written = []
        if written:
            self._after(written)
            with self._lock:
                self._refresh()
        if self._fired:
            self._tell_watchers()
        return result

    def _close(self) -> None:
        """The camera is closed: refuse every access from now on, and release the camera."""
        with self._lock:
            self._before = _closed
            self._nodes.clear()
            self._typed.clear()
            self._watchers.clear()

    # -- node callbacks

    def _watch(self, node: nodes.INode, callback: Any) -> None:
        """Call ``callback.CallbackFunction(node)`` after changes, in the thread that made them."""

        def fire(_: Any) -> None:
            self._fired.append((node, callback))

        with self._lock:
            handle = genapi.register(node._raw.node, fire)
            self._watchers[node._name, id(callback)] = (handle, callback)

    def _unwatch(self, node: nodes.INode, callback: Any) -> None:
        with self._lock:
            handle, _ = self._watchers.pop((node._name, id(callback)))
            node._raw.node.deregister_callback(handle)

    def _tell_watchers(self) -> None:
        """Make the calls that GenApi asked for; one for each node, however often it fired."""
        with self._lock:
            fired, self._fired = self._fired, []
        for node, callback in {
            (node._name, id(callback)): (node, callback) for node, callback in fired
        }.values():
            callback.CallbackFunction(node)

    def _notice(self) -> None:
        """The camera has sent something: node callbacks of what changed by it are called, in this thread."""
        if not self._watchers:
            return
        with self._lock:
            self._refresh()
        if self._fired:
            self._tell_watchers()

    def _refresh(self) -> None:
        """Drop what GenApi cached of registers that changed behind it (lock held)."""
        stale = self._memory.stale
        while stale:
            node = self._genapi.get_node(stale.popleft())
            if node is not None:
                node.node.invalidate_node()
