"""Any GenICam node of a camera by its name, as a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from llpyspin.errors import ArgumentTypeError, LlpyspinError, SettingError
from llpyspin.naming.known import named
from llpyspin.settings import brief
from llpyspin.tables.texttable import Tabular, TextTable

if TYPE_CHECKING:
    from llpyspin.processes.child import CameraProcess
    from llpyspin.settings import NodeInfo

__all__ = ["FoundNodes", "Nodes"]

FIND_S = 30.0  # for a search through the descriptions of all nodes of a GigE camera
_WIDEST = 48


@named
class Nodes(MutableMapping[str, Any]):
    """The GenICam nodes of an open camera.

    ``cam.nodes["GainAuto"]`` reads, ``cam.nodes["GainAuto"] = "Off"`` writes, ``cam.nodes.info("GainAuto")``
    tells type, access, limits, unit, choices and the camera's own description, and
    ``cam.nodes.find("gain")`` finds nodes.  In IPython and Jupyter the Tab key completes names.  Names with
    the prefixes ``TLDevice/`` and ``TLStream/`` reach the transport layer.  A node that is locked while the
    camera streams is written in a short pause.  Values stay as written when the camera allows them exactly;
    nothing is clamped.

    Examples
    --------
    >>> from llpyspin.streaming import VideoStream
    >>> with VideoStream(0, sdk="virtual") as cam:
    ...     cam.nodes["Gain"] = 3.0
    ...     cam.nodes.info("Gain").limits.unit
    'dB'
    """

    def __init__(
        self,
        process: CameraProcess,
        check: Callable[[str, object], None] = lambda name, value: None,
        written: Callable[[], Callable[[str, Any], None] | None] = lambda: None,
    ) -> None:
        """Used by cameras.

        ``check(name, value)`` raises where a node must not be written, or a command executed, now.
        ``written()`` gives what is called after a node was written, if it is there still.
        """
        self._process = process
        self._check = check
        self._written = written

    def __getitem__(self, name: str) -> Any:
        return self._process.request("node_get", name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._check(name, value)
        self._process.request("node_set", name, value)
        tell = self._written()
        if tell is not None:
            tell(name, value)

    def __delitem__(self, name: str) -> None:
        raise ArgumentTypeError("a node cannot be deleted; it belongs to the camera")

    def __iter__(self) -> Iterator[str]:
        return iter(self._process.request("node_names"))

    def __len__(self) -> int:
        return len(self._process.request("node_names"))

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        try:
            self[name]
        except SettingError:
            return False
        return True

    def info(self, name: str) -> NodeInfo:
        """Type, access, value, limits, unit and description of one node."""
        info: NodeInfo = self._process.request("node", name)
        return info

    def find(self, text: str) -> FoundNodes:
        """Return all nodes that have ``text`` in their name, as a table; those that begin with it are first.

        Capitals, spaces and underscores do not matter: "frame rate" finds ``AcquisitionFrameRate``.  If no
        name has the text, the camera's descriptions of the nodes are searched, which takes longer.

        Returns
        -------
        FoundNodes
            A sequence of :class:`~llpyspin.settings.NodeInfo`; empty if there is no such node.

        Examples
        --------
        >>> from llpyspin import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap:
        ...     found = cap.nodes.find("exposure time")
        >>> found[0].name, found[0].limits.unit
        ('ExposureTime', 'us')
        """
        if not isinstance(text, str) or not text.strip():
            raise SettingError(
                f"find() needs a part of a node's name, such as 'exposure', not {brief(text)}",
                setting="text",
                value=text,
            )
        return FoundNodes(text, self._process.request("node_find", text, timeout_s=FIND_S))

    def execute(self, name: str) -> None:
        """Carry out a command node, for example ``"TriggerSoftware"``; returns when the camera has it."""
        self._check(name, None)
        self._process.request("execute", name)

    def _ipython_key_completions_(self) -> list[str]:
        """What the Tab key offers after ``nodes["``; nothing where the camera does not answer."""
        try:
            return list(self)
        except LlpyspinError:
            return []

    def __repr__(self) -> str:
        name = self._process.name
        try:
            count = f"{len(self)} "
        except LlpyspinError:
            return f"<GenICam nodes of camera {name}, which does not answer>"
        return (
            f"<{count}GenICam nodes of camera {name}; nodes.find('exposure') finds some, "
            "nodes.info(name) describes one>"
        )


@named
class FoundNodes(Sequence["NodeInfo"], Tabular):
    """Nodes that :meth:`Nodes.find` found, in the camera's order."""

    def __init__(self, text: str, found: Sequence[NodeInfo]) -> None:
        self._text = text
        self._found = tuple(found)

    @overload
    def __getitem__(self, index: int) -> NodeInfo: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[NodeInfo]: ...

    def __getitem__(self, index: int | slice) -> NodeInfo | Sequence[NodeInfo]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    @property
    def names(self) -> list[str]:
        """The names of the nodes."""
        return [info.name for info in self._found]

    def table(self) -> TextTable:
        if not self._found:
            nothing = f"no node has {self._text!r} in its name or its description"
            return TextTable((), (), before=[nothing])
        return TextTable(("node", "value", "access", "allowed"), map(_row, self._found))

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return f"<{len(self)} nodes with {self._text!r}: {', '.join(self.names) or 'none'}>"


def _row(info: NodeInfo) -> tuple[str, ...]:
    """One node in a table."""
    unit = f" {info.limits.unit}" if info.limits.unit else ""
    shown = f"{info.value:.6g}" if isinstance(info.value, float) else str(info.value)
    value = info.type if info.type == "Command" else "" if info.value is None else f"{shown}{unit}"
    bounded = info.limits.entries or info.limits.max is not None
    return info.name, brief(value, str), info.access, str(info.limits) if bounded else ""
