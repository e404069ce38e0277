"""The factory state of a camera: the nodes of a model, with limits, locks and values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import sequencer, unbuilt
from llpyspin.virtual.chunkdata import CHUNK_NODES
from llpyspin.virtual.eventdata import EVENT_NODES
from llpyspin.virtual.families import BLACKFLY_S
from llpyspin.virtual.features import NEVER, Feature, Overlay, features_of, table
from llpyspin.virtual.recordedsize import format_rows, recorded_limits, recorded_values
from llpyspin.virtual.sensors import AXES, binning_locks, missing_entries

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model

__all__ = ["GAIN_STEP", "LUT_ENTRIES", "camera_features"]

GAIN_STEP = 6.020599913 / 2**14
"""dB of one step of the gain register."""

BUFFER_BYTES = 4096
"""Of FileAccessBuffer."""
LUT_ENTRIES = 512
"""Of the look-up table, whose values are as many: 9 bits."""
HEIGHT_STEP = 2
WIDTH_STEP = 4

_WITH_LINES = (
    *("LineSelector", "LineSource", "TriggerSource"),
    *("CounterEventSource", "CounterTriggerSource", "CounterResetSource"),
)
"""Nodes that have an entry for each line."""

_10_GIGE = 1_250_000_000

_MONO_FORMATS = ("Mono8", "Mono16", "Mono10Packed", "Mono12Packed", "Mono10p", "Mono12p")
_COLOR_FORMATS = (
    *("BayerRG8", "BayerRG16", "BayerRG10Packed", "BayerRG12Packed", "BayerRG10p", "BayerRG12p"),
    *("RGB8Packed", "BGR8"),
)

_COLOR_ONLY = (
    *("BalanceRatioSelector", "BalanceRatio", "BalanceWhiteAuto", "BalanceWhiteAutoProfile"),
    *("BalanceWhiteAutoLowerLimit", "BalanceWhiteAutoUpperLimit", "BalanceWhiteAutoDamping"),
    *("ColorTransformationSelector", "ColorTransformationEnable", "ColorTransformationValueSelector"),
    *("ColorTransformationValue", "RgbTransformLightSource", "SaturationEnable", "Saturation"),
)

_LIVE = frozenset(
    {
        *("DeviceTemperature", "PowerSupplyVoltage", "PowerSupplyCurrent", "DeviceUptime", "LinkUptime"),
        *("LineStatus", "LineStatusAll", "CounterValue", "CounterStatus", "DeviceLinkCurrentThroughput"),
        *("TransferQueueCurrentBlockCount", "TransferQueueOverflowCount", "GevIEEE1588Status"),
        "SequencerSetActive",
        *CHUNK_NODES,
    }
)

_VALUES: dict[str, Any] = {
    "AcquisitionMode": "Continuous",
    "AcquisitionFrameCount": 1,
    "AcquisitionBurstFrameCount": 1,
    "AcquisitionFrameRateEnable": False,
    "ExposureMode": "Timed",
    "ExposureAuto": "Continuous",
    "ExposureTime": 10000.0,
    "AcquisitionLineRate": 250000.0,
    "TriggerSelector": "FrameStart",
    "TriggerMode": "Off",
    "TriggerSource": "Line0",
    "TriggerActivation": "RisingEdge",
    "TriggerOverlap": "Off",
    "SensorShutterMode": "Global",
    "GainAuto": "Continuous",
    "Gain": 0.0,
    "BlackLevel": 60 / 4096 * 100,
    "BlackLevelRaw": 60,
    "BlackLevelClampingEnable": True,
    "BalanceWhiteAuto": "Continuous",
    "BalanceRatio": {"Red": 1.25, "Blue": 1.5},
    "Gamma": 3277 / 4096,
    "GammaEnable": False,
    "SharpeningAuto": True,
    "Sharpening": 0.0,
    "SharpeningThreshold": 0.1,
    "IspEnable": True,
    "AdcBitDepth": "Bit10",
    "PixelFormat": "Mono8",
    "PixelSize": "Bpp8",
    "PixelDynamicRangeMax": 255,
    "BinningHorizontal": 1,
    "BinningVertical": 1,
    "DecimationHorizontal": 1,
    "DecimationVertical": 1,
    "LineSelector": "Line0",
    "LineMode": {"Line0": "Input", "Line1": "Output", "Line2": "Input", "Line3": "Input"},
    "LineSource": {"Line0": "Off", "Line1": "ExposureActive", "Line2": "Off", "Line3": "Off"},
    "LineFormat": {"Line0": "OptoCoupled", "Line1": "OptoCoupled", "Line2": "OpenDrain", "Line3": "TTL"},
    "LineInputFilterSelector": "Deglitch",
    "ExposureActiveMode": "Line1",
    "LogicBlockLUTInputSource": "Zero",
    "LogicBlockLUTInputActivation": "RisingEdge",
    "CounterEventSource": "Off",
    "CounterEventActivation": "RisingEdge",
    "CounterTriggerSource": "Off",
    "CounterTriggerActivation": "RisingEdge",
    "CounterResetSource": "Off",
    "CounterResetActivation": "RisingEdge",
    "CounterDuration": 1,
    "ChunkSelector": "FrameID",
    "ChunkEnable": {"Image": True, "CRC": True},
    "EventSelector": "ExposureEnd",
    "EventNotification": "Off",
    "LUTValue": {f"LUT1/{index}": index for index in range(LUT_ENTRIES)},
    "UserSetSelector": "Default",
    "UserSetDefault": "Default",
    "TransferControlMode": "Automatic",
    "TransferOperationMode": "Continuous",
    "TransferQueueMaxBlockCount": 100,
    "TransferBlockCount": 1,
    "SerialPortBaudRate": "Baud57600",
    "SerialPortDataBits": 8,
    "SerialPortSource": "Off",
    "SerialTransmitQueueMaxCharacterCount": 4096,
    "SerialReceiveQueueMaxCharacterCount": 4096,
    "AutoExposureExposureTimeLowerLimit": 100.0,
    "AutoExposureExposureTimeUpperLimit": 15000.0,
    "AutoExposureGainUpperLimit": 18.0,
    "AutoExposureTargetGreyValue": 50.0,
    "AutoExposureTargetGreyValueAuto": "Continuous",
    "AutoExposureGreyValueLowerLimit": 5.0,
    "AutoExposureGreyValueUpperLimit": 95.0,
    "AutoExposureControlLoopDamping": 0.2,
    "AutoExposureLightingMode": "Normal",
    "DefectCorrectStaticEnable": True,
    "DeviceVendorName": "FLIR",
    "DeviceManufacturerInfo": "a camera of llpyspin.virtual: it does not exist",
    "DeviceFirmwareVersion": "1.13.3.00",
    "DeviceVersion": "1.13.3.00",
    "DeviceIndicatorMode": "Active",
    "DeviceTemperature": 41.5,
    "PowerSupplyVoltage": 5.0,
    "PowerSupplyCurrent": 0.6,
    "MaxDeviceResetTime": 20000,
    "EnumerationCount": 1,
    "TLParamsLocked": 0,
}

_LIMITS: dict[str, tuple[float, float, float]] = {
    "AcquisitionFrameCount": (1, 65535, 1),
    "AcquisitionBurstFrameCount": (1, 65535, 1),
    "ExposureTime": (4.0, 30000000.0, 0),
    "TriggerDelay": (0.0, 65520.0, 0),
    "AcquisitionLineRate": (100.0, 1000000.0, 0),
    "Gain": (0.0, 47.994294033026364, 0),
    "BlackLevel": (0.0, 12.5, 0),
    "BlackLevelRaw": (0, 512, 1),
    "BalanceRatio": (0.25, 4.0, 0),
    "Gamma": (0.25, 4.0, 0),
    "Sharpening": (-1.0, 8.0, 0),
    "SharpeningThreshold": (0.0, 0.25, 0),
    "Saturation": (0.0, 4.0, 0),
    "ColorTransformationValue": (-8.0, 8.0, 0),
    "BinningHorizontal": (1, 4, 1),
    "BinningVertical": (1, 4, 1),
    "DecimationHorizontal": (1, 4, 1),
    "DecimationVertical": (1, 4, 1),
    "DeviceLinkBandwidthReserve": (0.0, 99.0, 0),
    "LineFilterWidth": (0.0, 65535.0, 0),
    "UserOutputValueAll": (0, 15, 1),
    "CounterDuration": (1, 65535, 1),
    "CounterDelay": (0, 65535, 1),
    "CounterValueAtReset": (0, 65535, 1),
    "LogicBlockLUTOutputValueAll": (0, 65535, 1),
    "LogicBlockLUTRowIndex": (0, 15, 1),
    "SequencerSetSelector": (0, 7, 1),
    "SequencerSetStart": (0, 7, 1),
    "SequencerSetNext": (0, 7, 1),
    "SequencerPathSelector": (0, 1, 1),
    "TransferBlockCount": (1, 65535, 1),
    "SerialPortDataBits": (5, 8, 1),
    "FileAccessOffset": (0, 2**32 - 1, 1),
    "FileAccessLength": (1, BUFFER_BYTES, 1),
    "LUTIndex": (0, LUT_ENTRIES - 1, 1),
    "LUTValue": (0, LUT_ENTRIES - 1, 1),
    "DefectTableIndex": (0, 255, 1),
    "DefectTablePixelCount": (0, 256, 1),
    "AutoExposureExposureTimeLowerLimit": (4.0, 30000000.0, 0),
    "AutoExposureExposureTimeUpperLimit": (4.0, 30000000.0, 0),
    "AutoExposureGainLowerLimit": (0.0, 47.994294033026364, 0),
    "AutoExposureGainUpperLimit": (0.0, 47.994294033026364, 0),
    "AutoExposureTargetGreyValue": (4.0, 99.0, 0),
    "AutoExposureGreyValueLowerLimit": (0.0, 100.0, 0),
    "AutoExposureGreyValueUpperLimit": (0.0, 100.0, 0),
    "AutoExposureEVCompensation": (-3.0, 3.0, 0),
    "AutoExposureControlLoopDamping": (0.0, 0.9, 0),
    "BalanceWhiteAutoLowerLimit": (0.25, 4.0, 0),
    "BalanceWhiteAutoUpperLimit": (0.25, 4.0, 0),
    "BalanceWhiteAutoDamping": (0.0, 0.9, 0),
}

_LOCKED = {
    "AcquisitionFrameRate": "{AcquisitionFrameRateEnable} = 0",
    "TriggerSoftware": "({TriggerMode} = 0) || ({TriggerSource} <> 31)",
    "BalanceRatio": "{BalanceWhiteAuto} <> 0",
    "Gamma": "{GammaEnable} = 0",
    "Sharpening": "({SharpeningEnable} = 0) || ({SharpeningAuto} <> 0)",
    "SharpeningThreshold": "({SharpeningEnable} = 0) || ({SharpeningAuto} <> 0)",
    "SharpeningAuto": "{SharpeningEnable} = 0",
    "DecimationHorizontal": "({DecimationSelector} = 1) || ({BinningHorizontal.all} > 1)",
    "DecimationVertical": "({DecimationSelector} = 1) || ({BinningVertical.all} > 1)",
    "LineMode": "({LineSelector} = 2) && ({V3_3Enable} <> 0)",
    "ChunkEnable": "{ChunkSelector} < 2",  # image and CRC always come
    "Saturation": "{SaturationEnable} = 0",
    "AutoExposureTargetGreyValue": "{AutoExposureTargetGreyValueAuto} <> 0",
    "FileOperationExecute": "{TLParamsLocked} <> 0",
}

_AVAILABLE = {
    "ExposureTime": "{ExposureMode} = 1",
    "LineSource": "{LineMode} = 1",
    "V3_3Enable": "{LineSelector} = 2",
    "LineFilterWidth": "{LineMode} = 0",
}

_ENTRIES = {
    "SensorShutterMode": {"Rolling": NEVER, "GlobalReset": NEVER},
    "BlackLevelSelector": {"Analog": NEVER, "Digital": NEVER},
    "FfcMode": {"Calibration": NEVER},
}


_DATA_NODES = (*sorted(CHUNK_NODES), *(node for nodes in EVENT_NODES.values() for node in nodes))
"""Nodes that are readable only when what they show has come."""


def camera_features(model: Model, serial: str) -> dict[str, Feature]:
    """All features of the node map of one camera."""
    gige = model.interface == "GigE"
    rows = table("camera", "gige" if gige else "usb3")
    rows = {**rows, "TLParamsLocked": {**rows["TLParamsLocked"], "visibility": "Invisible"}}
    for name, value in (("SensorWidth", model.width), ("SensorHeight", model.height)):
        rows[name] = {**rows[name], "value": value}
    rows |= format_rows(model, rows)
    for axis in AXES:
        for what in ("Binning", "Decimation"):
            rows[f"{what}{axis}.all"] = {"type": "Integer", "access": "RO", "category": "", "value": 1}
    for node in (node for node in _DATA_NODES if node in rows):
        rows[f"{node}.all"] = {"type": "Integer", "access": "RO", "category": "", "value": 0}
    for line in model.family.pinout.lines:
        rows[f"LineMode{line}.all"] = {"type": "Integer", "access": "RO", "category": "", "value": 0}
    rows |= sequencer.stored_rows(rows)
    rows = _of_family(model, rows)
    return features_of(rows, _overlay(model, serial, rows))


def _of_family(model: Model, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows as the model's family has them: what it lacks stays, for the engine, and is not shown."""
    family = model.family
    rows = {**rows, **family.rows}
    further = [line for line in family.pinout.lines if line not in BLACKFLY_S.pinout.lines]
    for name in _WITH_LINES if further else ():
        first = 4 if name == "LineSelector" else 8
        entries = {line: first + number for number, line in enumerate(further)}
        rows[name] = {**rows[name], "entries": {**rows[name]["entries"], **entries}}
    return {name: {**row, "category": ""} if family.lacks(name) else row for name, row in rows.items()}


def _overlay(model: Model, serial: str, rows: dict[str, dict[str, Any]]) -> Overlay:
    gige, family = model.interface == "GigE", model.family
    values = _values(model, serial) | family.values | recorded_values(model)
    limits = _LIMITS | _size_limits(model) | _link_limits(model) | recorded_limits(model)
    formats: tuple[str, ...] = (*_MONO_FORMATS, *(_COLOR_FORMATS if model.color else ()))
    if model.recorded is not None:
        formats = model.recorded.formats
    entries = (
        _ENTRIES
        | unbuilt.ENTRIES
        | missing_entries(model)
        | family.entries
        | {"SequencerMode": {"On": NEVER if model.recorded else sequencer.STARTS}}
        | {
            "PixelFormat": dict.fromkeys(
                (n for n in rows["PixelFormat"]["entries"] if n not in formats), NEVER
            )
        }
    )
    return Overlay(
        values={name: value for name, value in values.items() if name in rows},
        limits={name: limit for name, limit in limits.items() if name in rows},
        moving={
            **({} if model.recorded else dict.fromkeys(sequencer.AREA, ("max",))),
            **dict.fromkeys(("AcquisitionFrameRate", "ExposureTime", "TriggerDelay"), ("min", "max")),
        },
        locked=_LOCKED | sequencer.LOCKED | unbuilt.LOCKED | binning_locks(model) | family.locked,
        available=_AVAILABLE
        | unbuilt.AVAILABLE
        | {node: f"{{{node}.all}} <> 0" for node in _DATA_NODES if node in rows}
        | ({"ImageCompressionMode": NEVER} if gige else {})
        | family.available,
        implemented={} if model.color else dict.fromkeys(_COLOR_ONLY, NEVER),
        entries=entries,
        live=_LIVE | {f"{node}.all" for node in CHUNK_NODES} & set(rows) | ({"Timestamp"} & set(rows)),
        lockable=frozenset(
            {"ExposureTime", "Gain", "AcquisitionFrameRate", "Width", "Height", "PixelFormat"}
        ),
    )


def _size_limits(model: Model) -> dict[str, tuple[float, float, float]]:
    return {
        "Width": (32, model.width, WIDTH_STEP),
        "Height": (4, model.height, HEIGHT_STEP),
        "OffsetX": (0, 0, WIDTH_STEP),
        "OffsetY": (0, 0, HEIGHT_STEP),
        "AasRoiOffsetX": (0, model.width, 4),
        "AasRoiOffsetY": (0, model.height, 2),
        "AasRoiWidth": (0, model.width, 4),
        "AasRoiHeight": (0, model.height, 2),
        "FfcUserTableXCoordinate": (0, model.width - 1, 1),
    }


def _link_limits(model: Model) -> dict[str, tuple[float, float, float]]:
    fastest = model.max_framerate if math.isfinite(model.max_framerate) else 1e6
    top = 125_000_000 if model.interface == "GigE" else 380_000_000
    if "-10G-" in model.name:
        top = _10_GIGE
    if not math.isfinite(model.max_framerate):
        top = 10**12
    return {
        "AcquisitionFrameRate": (1.0, fastest, 0),
        "DeviceLinkThroughputLimit": (1_000_000, top, 8000 if model.interface == "GigE" else 1),
        "GevSCPSPacketSize": (220, 9000, 1),
        "GevSCPD": (0, 180_000, 1),
        "U3VCPCapability": (0, 0, 1),
        "GevInterfaceSelector": (0, 0, 1),
        "GevStreamChannelSelector": (0, 0, 1),
    }


def _values(model: Model, serial: str) -> dict[str, Any]:
    gige = model.interface == "GigE"
    link = _link_limits(model)
    number = sum(ord(c) * 31**i for i, c in enumerate(serial)) & 0xFFFFFF
    return (
        _VALUES
        | sequencer.VALUES
        | {
            "DeviceModelName": model.name,
            "DeviceSerialNumber": serial,
            "DeviceID": serial,
            "SensorDescription": model.sensor,
            "DeviceTLType": "GigEVision" if gige else "USB3Vision",
            "DeviceSensorChroma": "RGB" if model.color else "Mono",
            "SensorWidth": model.width,
            "SensorHeight": model.height,
            "WidthMax": model.width,
            "HeightMax": model.height,
            "Width": model.width,
            "Height": model.height,
            "PixelColorFilter": "BayerRG" if model.color else "None",
            "PixelFormat": "BayerRG8" if model.color else "Mono8",
            "PayloadSize": model.width * model.height,
            "AcquisitionFrameRate": link["AcquisitionFrameRate"][1],
            "AcquisitionResultingFrameRate": link["AcquisitionFrameRate"][1],
            "DeviceLinkThroughputLimit": int(link["DeviceLinkThroughputLimit"][1]),
            "DeviceMaxThroughput": int(link["DeviceLinkThroughputLimit"][1]),
            "DeviceLinkSpeed": int(link["DeviceLinkThroughputLimit"][1]) if gige else 500_000_000,
            "U3VCurrentSpeed": "SuperSpeed",
            "U3VVersionMajor": 1,
            "U3VNumberOfStreamChannels": 1,
            "DeviceGenCPVersionMajor": 1,
            "TimestampIncrement": 8,
            "DeviceTLVersionMajor": 2,
            "DeviceStreamChannelCount": 1,
            "DeviceCharacterSet": "UTF8",
            "DeviceRegistersEndianness": "Big",
            "GevMACAddress": 0x2E0901000000 | number,
            "GevCurrentIPAddress": 0xA9FE0000 | (number & 0xFFFF),
            "GevCurrentSubnetMask": 0xFFFF0000,
            "GevPersistentSubnetMask": 0xFFFF0000,
            "GevPersistentIPAddress": 0xA9FE0000 | (number & 0xFFFF),
            "GevCurrentIPConfigurationLLA": True,
            "GevCurrentIPConfigurationDHCP": True,
            "GevNumberOfInterfaces": 1,
            "GevHeartbeatTimeout": 3000,
            "GevTimestampTickFrequency": 1_000_000_000,
            "GevSCPSPacketSize": 1400,
            "GevSCPSDoNotFragment": True,
            "GevIEEE1588Status": "Disabled",
            "GevIEEE1588StatusLatched": "Disabled",
            "GevIEEE1588ClockAccuracy": "Unknown",
            "GevCCP": "ControlAccess",
            "ActionQueueSize": 16,
        }
    )
