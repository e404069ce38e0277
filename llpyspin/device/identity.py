"""Model, serial number and firmware of a camera, read from its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin import sdk as sdks
from llpyspin.device.takeover import is_color
from llpyspin.settings import CameraInfo

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap
    from llpyspin.device.opening import FoundCamera

__all__ = ["identity_of"]


def identity_of(found: FoundCamera, nodes: NodeMap, sdk: Any) -> CameraInfo:
    """What users get as ``info``; nodes that a camera does not have leave it empty or 0."""

    def told(name: str) -> str:
        node = nodes.find(name)
        value = None if node is None else node.held()
        return "" if value is None else str(value)

    def side(*names: str) -> int:
        node = nodes.first(*names)
        return 0 if node is None else int(node.held() or 0)

    name, version = sdks.identify(sdk)
    model = found.model or told("DeviceModelName")
    return CameraInfo(
        serial=found.serial,
        model=model,
        vendor=told("DeviceVendorName"),
        interface=found.interface,
        firmware=told("DeviceFirmwareVersion") or told("DeviceVersion"),
        color=is_color(nodes, model),
        sensor_size=(side("SensorHeight", "HeightMax"), side("SensorWidth", "WidthMax")),
        sdk=name,
        sdk_version=version,
        virtual=name == "virtual",
        replay_of=sdk.replay_of(found.serial) if name == "virtual" else "",
    )
