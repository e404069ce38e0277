"""How camera families differ from Blackfly S: lines, and nodes that are missing, added or locked.

Names, entries and locks of the older families (Grasshopper3, Chameleon3, Flea3, Blackfly) come from public
node tables. Of Oryx and Firefly little more than the lines is public, so they have the nodes of Blackfly S.
A node that a family lacks is there for the camera behind it, but no client sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from llpyspin.virtual.features import NEVER

__all__ = ["BLACKFLY_S", "FAMILIES", "Family", "Pinout"]


@dataclass(frozen=True)
class Pinout:
    """The lines of the connector.

    Attributes
    ----------
    lines : tuple of str
    fixed : dict
        Of lines that are an "Input" or an "Output" by construction.
    pull_up : dict
        Of outputs that can only pull down: the line whose 3.3 V (``V3_3Enable``) lifts them.
    """

    lines: tuple[str, ...] = ("Line0", "Line1", "Line2", "Line3")
    fixed: dict[str, str] = field(default_factory=dict)
    pull_up: dict[str, str] = field(default_factory=dict)

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(line for line in self.lines if self.fixed.get(line) != "Input")

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(line for line in self.lines if self.fixed.get(line) != "Output")

    @property
    def supplies(self) -> frozenset[str]:
        """Lines that can give 3.3 V."""
        return frozenset(self.pull_up.values())


@dataclass(frozen=True)
class Family:
    """What the cameras of a family have in common, and Blackfly S has not.

    ``rows`` are nodes in place of, or besides, those of Blackfly S; ``without`` names nodes ("Line*": all
    that begin so) that it lacks.  The rest is as in :class:`llpyspin.virtual.features.Overlay`.
    """

    name: str
    pinout: Pinout
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    locked: dict[str, str] = field(default_factory=dict)
    available: dict[str, str] = field(default_factory=dict)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def older(self) -> bool:
        """Whether it is of the families whose registers go back to IIDC."""
        return "AcquisitionFrameRateEnabled" in self.rows

    def lacks(self, node: str) -> bool:
        return node not in self.rows and any(
            node == name or (name.endswith("*") and node.startswith(name[:-1])) for name in self.without
        )


BLACKFLY_S = Family(
    "Blackfly S",
    Pinout(fixed={"Line0": "Input", "Line1": "Output", "Line3": "Input"}, pull_up={"Line1": "Line2"}),
)

ORYX = Family(
    "Oryx",
    Pinout(
        tuple(f"Line{number}" for number in range(7)),
        fixed={"Line0": "Input", "Line1": "Output", "Line6": "Input"},
        pull_up={"Line1": "Line6", "Line2": "Line6", "Line5": "Line6"},
    ),
    locked={"LineMode": "({LineSelector} = 6) && ({V3_3Enable} <> 0)"},
    available={"V3_3Enable": "{LineSelector} = 6"},
)

FIREFLY = Family("Firefly", Pinout(), without=("V3_3Enable",), locked={"LineMode": ""})

_OFF_ONCE_CONTINUOUS = {"Off": 0, "Once": 1, "Continuous": 2}


def _row(kind: str, access: str, category: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "access": access, "category": category, **more}


_OLDER_LINES = Pinout(fixed={"Line0": "Input", "Line1": "Output"})
_OLDER_ROWS = {
    "AcquisitionFrameRateAuto": _row(
        "Enumeration", "RW", "AcquisitionControl", entries=_OFF_ONCE_CONTINUOUS, value="Continuous"
    ),
    "AcquisitionFrameRateEnabled": _row("Boolean", "RW", "AcquisitionControl", value=True),
    "TriggerDelayEnabled": _row("Boolean", "RW", "AcquisitionControl"),
    "GammaEnabled": _row("Boolean", "RW", "AnalogControl"),
}
_USB3_CLOCK = {"Timestamp": _row("Integer", "RO", "DeviceControl")}
_GIGE_CLOCK = {
    "GevTimestampControlLatch": _row("Command", "WO", "TransportLayerControl"),
    "GevTimestampControlReset": _row("Command", "WO", "TransportLayerControl"),
    "GevTimestampValue": _row("Integer", "RO", "TransportLayerControl"),
}
_OLDER_WITHOUT = (
    *("AcquisitionFrameRateEnable", "AcquisitionResultingFrameRate", "AcquisitionBurstFrameCount"),
    *("AcquisitionLineRate", "SensorShutterMode", "BlackLevelSelector", "BlackLevelRaw", "GammaEnable"),
    *("Sharpening*", "SensorWidth", "SensorHeight", "PixelColorFilter", "IspEnable", "BinningSelector"),
    *("BinningHorizontalMode", "BinningVerticalMode", "Decimation*", "TestPattern*", "AdcBitDepth"),
    *("TimestampLatchValue", "DeviceTemperatureSelector", "DevicePowerSupplySelector", "PowerSupply*"),
    *("DeviceLinkBandwidthReserve", "LinkUptime", "EnumerationCount", "FactoryReset", "LinkErrorCount"),
    *("MaxDeviceResetTime", "DeviceIndicatorMode", "DeviceLinkCurrentThroughput", "Sequencer*"),
    *("ColorTransformation*", "RgbTransformLightSource", "Saturation*", "AutoAlgorithmSelector", "AasRoi*"),
    *("AutoExposure*", "BalanceWhiteAutoProfile", "BalanceWhiteAutoLowerLimit", "BalanceWhiteAutoDamping"),
    *("BalanceWhiteAutoUpperLimit", "Defect*", "UserSetFeature*", "Counter*", "TestEventGenerate"),
    *("TriggerEventTest", "LogicBlock*", "LineInputFilterSelector", "LineFilterWidth", "LineFormat"),
    *("UserOutputValueAll", "Serial*", "File*", "Transfer*", "Action*", "GevIEEE1588*", "EventTest*"),
)
_TRIGGERED = "{TriggerMode} = 1"
_SOFTWARE = 31  # TriggerSource


def _older(name: str, clock: dict[str, dict[str, Any]], *without: str) -> Family:
    """A family whose registers go back to IIDC.

    The frame rate is set in three nodes: Auto is locked while Enabled is off, the others are not there
    while the trigger is on; the overlap is there only then.  A line that is an output triggers nothing, and
    the line that triggers stays an input.  There are no counters.
    """
    no_source = dict.fromkeys(
        (
            *("UserOutput0", "UserOutput1", "UserOutput2", "UserOutput3", "LogicBlock0", "LogicBlock1"),
            *("Counter0Start", "Counter1Start", "Counter0End", "Counter1End"),
        ),
        NEVER,
    )
    lines = {line: f"{{LineMode{line}.all}} = 0" for line in _OLDER_LINES.lines}
    no_output = dict.fromkeys(
        (
            *("Off", "Line0", "Line1", "Line2", "Line3", "UserOutput0", "Counter0Active", "Counter1Active"),
            *("LogicBlock0", "LogicBlock1", "FrameTriggerWait", "SerialPort0"),
        ),
        NEVER,
    )
    return Family(
        name,
        _OLDER_LINES,
        rows=_OLDER_ROWS | clock,
        without=(*_OLDER_WITHOUT, *without),
        values={"LineSource": dict.fromkeys(_OLDER_LINES.lines, "ExposureActive")},
        locked={
            "AcquisitionFrameRateAuto": "{AcquisitionFrameRateEnabled} = 0",
            "AcquisitionFrameRate": "{AcquisitionFrameRateEnable} = 0",
            "TriggerActivation": f"{{TriggerSource}} = {_SOFTWARE}",
            "LineMode": f"({_TRIGGERED}) && ({{TriggerSource}} = {{LineSelector}})",
        },
        available={
            "AcquisitionFrameRate": "{TriggerMode} = 0",
            "AcquisitionFrameRateEnabled": "{TriggerMode} = 0",
            "TriggerOverlap": _TRIGGERED,
            "V3_3Enable": "",
        },
        entries={
            "TriggerSelector": {"AcquisitionStart": NEVER, "FrameBurstStart": NEVER},
            "TriggerActivation": dict.fromkeys(("LevelLow", "LevelHigh", "AnyEdge"), NEVER),
            "TriggerOverlap": {"PreviousFrame": NEVER},
            "TriggerSource": no_source | lines,
            "LineSource": no_output,
        },
    )


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        BLACKFLY_S,
        ORYX,
        FIREFLY,
        _older("Grasshopper3", _USB3_CLOCK),
        _older("Chameleon3", _USB3_CLOCK),
        _older("Flea3", _USB3_CLOCK, "V3_3Enable"),
        _older("Blackfly", _GIGE_CLOCK, "TimestampLatch", "TimestampIncrement", "V3_3Enable"),
    )
}
"""By name, as the names of their models begin."""
