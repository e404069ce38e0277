"""Any GenICam node of a camera by its name, as a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.processes.child import CameraProcess
    from llpyspin.settings import NodeInfo

__all__ = ["Nodes"]


class Nodes(MutableMapping[str, Any]):
    """The GenICam nodes of an open camera.

    ``cam.nodes["GainAuto"]`` reads, ``cam.nodes["GainAuto"] = "Off"`` writes, ``cam.nodes.info("GainAuto")``
    tells type, access, limits, unit, choices and the camera's own description.  Names with the prefixes
    ``TLDevice/`` and ``TLStream/`` reach the transport layer.  A node that is locked while the camera streams
    is written in a short pause.  Values stay as written when the camera allows them exactly; nothing is
    clamped.

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
        raise TypeError("a node cannot be deleted; it belongs to the camera")

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

    def execute(self, name: str) -> None:
        """Carry out a command node, for example ``"TriggerSoftware"``; returns when the camera has it."""
        self._check(name, None)
        self._process.request("execute", name)

    def __repr__(self) -> str:
        return f"<{len(self)} GenICam nodes of camera {self._process.name}; nodes.info(name) describes one>"
