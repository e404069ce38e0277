"""The node maps of the transport layer: of a device, its stream, an interface and the system."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.system.resources import whole_memory
from llpyspin.virtual.features import Overlay, features_of, table
from llpyspin.virtual.nodemap import INodeMap
from llpyspin.virtual.quickspin import transport_class
from llpyspin.virtual.registers import RegisterMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llpyspin.virtual._seam import Model

__all__ = [
    "TransportLayerDevice",
    "TransportLayerInterface",
    "TransportLayerStream",
    "TransportLayerSystem",
    "device_map",
    "interface_map",
    "stream_map",
    "system_map",
    "texts",
]

LIBRARY_VERSION = (4, 0, 0, 116)
"""Major, minor, type and build that ``GetLibraryVersion`` reports: the generation of the PySpin surface."""

TransportLayerDevice = transport_class("TransportLayerDevice", "TLDevice")
TransportLayerStream = transport_class("TransportLayerStream", "TLStream")
TransportLayerInterface = transport_class("TransportLayerInterface", "TLInterface")
TransportLayerSystem = transport_class("TransportLayerSystem", "TLSystem")

_MOST_BUFFERS = 10_000
_LOCKED_BY_GIGE = (
    *("StreamBufferHandlingMode", "StreamBufferCountMode", "StreamMode"),
    *("StreamPacketResendEnable", "StreamPacketResendTimeout", "StreamPacketResendMaxRequests"),
)
"""Settings of a stream that a GigE camera locks while it streams."""


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """What each feature does, in one sentence, by feature name."""
    path = Path(__file__).parent / "data" / "descriptions.json"
    loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def device_map(model: Model, serial: str, engine: Any) -> INodeMap:
    """What can be known of a camera without opening it (TLDevice)."""
    gige = model.interface == "GigE"
    values: dict[str, Any] = {
        "DeviceID": serial,
        "DeviceSerialNumber": serial,
        "DeviceVendorName": "FLIR",
        "DeviceModelName": model.name,
        "DeviceType": "GigEVision" if gige else "USB3Vision",
        "DeviceDisplayName": f"FLIR {model.name}",
        "DeviceAccessStatus": "ReadWrite",
        "DeviceVersion": "1.13.3.00",
        "DeviceDriverVersion": "none : virtual camera",
        "DeviceInstanceId": serial,
        "DeviceLocation": "virtual",
        "DeviceU3VProtocol": True,
        "DeviceCurrentSpeed": "SuperSpeed",
        "DeviceLinkSpeed": 1000,
        "GevVersionMajor": 1,
        "GevVersionMinor": 2,
        "GevDeviceMaximumPacketSize": 9000,
        "GevDevicePort": 3956,
        "GevDeviceReadAndWriteTimeout": 500000,
        "GevDeviceMaximumRetryCount": 3,
        "GevDeviceMACAddress": 0x2E0901000000,
        "GevDeviceIPAddress": 0xA9FE0001,
        "GevDeviceSubnetMask": 0xFFFF0000,
    }
    memory = _memory(
        "TLDevice_GEV" if gige else "TLDevice_U3V", values, live=frozenset({"DeviceAccessStatus"})
    )
    memory.live("DeviceAccessStatus", lambda _: "NoAccess" if engine.unplugged else "ReadWrite")
    return _map(memory, f"{model.name} device", _no_reaction)


def stream_map(model: Model, serial: str, engine: Any) -> INodeMap:
    """Buffers and counters of a camera's stream (TLStream)."""
    gige = model.interface == "GigE"
    stream = engine.stream
    name = "TLStream_GEV" if gige else "TLStream_U3V"
    figures = [figure for figure in stream.values() if figure in table(name)]
    most = _affordable_buffers(model)
    values: dict[str, Any] = {
        "StreamID": f"{serial}_0",
        "StreamType": "GigEVision" if gige else "USB3Vision",
        "StreamMode": "Socket",
        "StreamBufferCountManual": stream.buffer_count,
        "StreamBufferCountMax": most,
        "StreamBufferCountMode": "Manual",
        "StreamBufferHandlingMode": stream.handling_mode,
        "StreamChunkCountMaximum": 1024,
        "StreamBufferAlignment": 1024,
        "StreamBlockTransferSize": 1048576,
        "StreamPacketResendTimeout": 1000,
        "StreamPacketResendMaxRequests": 500,
    }
    locked = {"StreamBufferCountManual": "{StreamBufferCountMode} = 1"}
    if gige:
        for setting in _LOCKED_BY_GIGE:
            locked[setting] = "{StreamIsGrabbing} <> 0"
    least = int(stream.values()["StreamAnnounceBufferMinimum"])
    limits: dict[str, tuple[float, float, float]] = {"StreamBufferCountManual": (least, most, 1)}
    memory = _memory(name, values, limits=limits, locked=locked, live=frozenset(figures))
    for figure in figures:
        memory.live(figure, lambda _, figure=figure: stream.values()[figure])  # type: ignore[misc]

    def react(written: Iterable[tuple[str, str | None]]) -> None:
        del written
        stream.handling_mode = memory.get("StreamBufferHandlingMode")
        automatic = memory.get("StreamBufferCountMode") == "Auto"
        stream.buffer_count = 10 if automatic else memory.get("StreamBufferCountManual")

    return _map(memory, f"{model.name} stream", react)


def interface_map(
    kind: str, cameras: list[tuple[str, str]], act: Callable[[str, RegisterMemory], None]
) -> INodeMap:
    """One interface ("USB3" or "GigE") with (serial, model) of its cameras (TLInterface)."""
    gige = kind == "GigE"

    def each(values: Iterable[Any]) -> dict[str, Any]:
        return {str(index): value for index, value in enumerate(values)}

    values: dict[str, Any] = {
        "InterfaceID": f"virtual {kind}",
        "InterfaceDisplayName": f"Virtual {kind} interface",
        "InterfaceType": "GigEVision" if gige else "USB3Vision",
        "HostAdapterName": "llpyspin.virtual",
        "DeviceCount": len(cameras),
        "POEStatus": "NotSupported",
        "FilterDriverStatus": "NotSupported",
        "GevInterfaceMTU": 9000,
    }
    if cameras:
        values |= {
            "DeviceID": each(serial for serial, _ in cameras),
            "DeviceSerialNumber": each(serial for serial, _ in cameras),
            "DeviceModelName": each(model for _, model in cameras),
            "DeviceVendorName": each("FLIR" for _ in cameras),
            "DeviceAccessStatus": each("ReadWrite" for _ in cameras),
        }
    limits: dict[str, tuple[float, float, float]] = {
        "DeviceSelector": (0, max(0, len(cameras) - 1), 1),
        "IncompatibleDeviceSelector": (0, 0, 1),
    }
    memory = _memory("TLInterface_GEV" if gige else "TLInterface_U3V", values, limits=limits)

    def react(written: Iterable[tuple[str, str | None]]) -> None:
        for name, _ in written:
            act(name, memory)

    return _map(memory, f"{kind} interface", react)


def system_map(kinds: list[str]) -> INodeMap:
    """The SDK itself (TLSystem)."""
    version = ".".join(map(str, LIBRARY_VERSION))
    values: dict[str, Any] = {
        "TLID": "llpyspin virtual GenTL",
        "TLVendorName": "llpyspin",
        "TLModelName": "Virtual GenTL Producer",
        "TLVersion": version,
        "TLFileName": "llpyspin.virtual",
        "TLDisplayName": "llpyspin Virtual GenTL Producer",
        "TLPath": str(Path(__file__).parent)[-63:],
        "TLType": "Mixed",
        "GenTLVersionMajor": 1,
        "GenTLVersionMinor": 5,
        "GenTLSFNCVersionMajor": 1,
        "GevVersionMajor": 1,
        "EnumerateGEVInterfaces": True,
        "EnumerateUSBInterfaces": True,
    }
    if kinds:
        values["InterfaceID"] = {str(i): f"virtual {kind}" for i, kind in enumerate(kinds)}
        values["InterfaceDisplayName"] = {str(i): f"Virtual {kind} interface" for i, kind in enumerate(kinds)}
    limits: dict[str, tuple[float, float, float]] = {"InterfaceSelector": (0, max(0, len(kinds) - 1), 1)}
    return _map(_memory("TLSystem", values, limits=limits), "system", _no_reaction)


def _memory(
    name: str,
    values: dict[str, Any],
    *,
    limits: dict[str, tuple[float, float, float]] | None = None,
    locked: dict[str, str] | None = None,
    live: frozenset[str] = frozenset(),
) -> RegisterMemory:
    rows = table(name)
    overlay = Overlay(
        values={key: value for key, value in values.items() if key in rows},
        limits={key: value for key, value in (limits or {}).items() if key in rows},
        locked=locked or {},
        live=live,
    )
    return RegisterMemory(features_of(rows, overlay))


def _map(
    memory: RegisterMemory, name: str, react: Callable[[Iterable[tuple[str, str | None]]], None]
) -> INodeMap:
    return INodeMap(memory, name, before=lambda _: None, after=react, texts=texts())


def _no_reaction(written: Iterable[tuple[str, str | None]]) -> None:
    del written


def _affordable_buffers(model: Model) -> int:
    """How many full images fit into half of the memory of this machine."""
    return max(20, min(_MOST_BUFFERS, whole_memory() // 2 // (model.width * model.height * 2)))
