"""Several settings at once: all of them take, or the camera keeps what it had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.device.rollback import Rollback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.device.nodes import NodeMap

__all__ = ["update"]

MOVED = (
    *("AcquisitionFrameRate", "ExposureTime", "ExposureTimeAbs"),
    *("OffsetX", "OffsetY", "Width", "Height"),
)
"""Nodes that a camera may change by itself when others are written.  They are put back from the last on."""


class _Settings(Protocol):
    def get(self, name: str) -> Any: ...

    def set(self, name: str, value: Any) -> Any: ...


def update(device: _Settings, nodes: NodeMap, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set these settings in this order; what the camera has in the end, which may be rounded.

    Raises
    ------
    SettingError
        One was refused; everything is as it was.
    """
    with Rollback() as rollback:
        rollback.remember(*(nodes.first(name) for name in MOVED))
        for name, value in wanted.items():
            device.set(name, value)
    return {name: device.get(name) for name in wanted}
