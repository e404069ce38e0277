"""Turns registers into the values that sensor and scene need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llpyspin.virtual.factory import LUT_ENTRIES
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.scene import View
from llpyspin.virtual.shutter import Programme, Trigger
from llpyspin.virtual.timing import Geometry, Sensor, Timing, frame_timing

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model, Registers

__all__ = ["Tag", "chunks_of", "geometry_of", "programme_of", "sensor_of", "tag_of", "timing_of", "view_of"]

CHUNKS = (
    *("Image", "CRC", "FrameID", "OffsetX", "OffsetY", "Width", "Height", "ExposureTime", "Gain"),
    *("BlackLevel", "PixelFormat", "Timestamp", "SequencerSetActive", "SerialData"),
)
GIGE_CHUNKS = ("ExposureEndLineStatusAll",)
_SENSOR_RATES = {"IMX273": 226.0}
_ADC_BITS = {"Bit8": 8, "Bit10": 10, "Bit12": 12, "Bit14": 14}


class Tag(NamedTuple):
    """The settings with which a frame was exposed."""

    view: View
    black_level: float
    chunks: frozenset[str]
    patient: bool
    """Triggered by software: the image may come late, but must look as it was exposed."""
    sequencer_set: int = 0


def tag_of(
    registers: Registers, programme: Programme, view: View, model: Model, sequencer_set: int = 0
) -> Tag:
    """What goes with a frame that is exposed now."""
    patient = programme.frame.on and programme.frame.source == "Software"
    black: float = registers.get("BlackLevel", "All")
    return Tag(view, black, chunks_of(registers, model), patient, sequencer_set)


def sensor_of(model: Model) -> Sensor:
    """The sensor of a model.  A GigE model has a slower link, not a slower sensor."""
    rate = next((rate for name, rate in _SENSOR_RATES.items() if name in model.sensor), model.max_framerate)
    return Sensor(model.height, rate, model.interface)


def geometry_of(registers: Registers) -> Geometry:
    return Geometry(
        registers.get("Width"),
        registers.get("Height"),
        registers.get("PixelFormat"),
        _ADC_BITS[registers.get("AdcBitDepth")],
    )


def timing_of(registers: Registers, sensor: Sensor) -> Timing:
    """The times of a frame under the present settings."""
    enabled = registers.get("AcquisitionFrameRateEnable")
    return frame_timing(
        sensor,
        geometry_of(registers),
        exposure_us=registers.get("ExposureTime"),
        framerate=registers.get("AcquisitionFrameRate") if enabled else None,
        throughput=registers.get("DeviceLinkThroughputLimit"),
    )


def programme_of(registers: Registers, sensor: Sensor) -> Programme:
    """How the sensor is to run."""
    mode = registers.get("AcquisitionMode")
    limits = {"SingleFrame": 1, "MultiFrame": registers.get("AcquisitionFrameCount")}
    return Programme(
        timing=timing_of(registers, sensor),
        frame_limit=limits.get(mode),
        burst_count=registers.get("AcquisitionBurstFrameCount"),
        by_width=registers.get("ExposureMode") == "TriggerWidth",
        acquisition=_trigger(registers, "AcquisitionStart"),
        burst=_trigger(registers, "FrameBurstStart"),
        frame=_trigger(registers, "FrameStart"),
    )


def _trigger(registers: Registers, selector: str) -> Trigger:
    return Trigger(
        on=registers.get("TriggerMode", selector) == "On",
        source=registers.get("TriggerSource", selector),
        activation=registers.get("TriggerActivation", selector),
        overlap=registers.get("TriggerOverlap", selector),
        delay=round(registers.get("TriggerDelay", selector) * 1000),
    )


def view_of(registers: Registers, model: Model, serial: str) -> View:
    """How the scene looks under the present settings."""
    get = registers.get
    bin_x, bin_y = get("BinningHorizontal", "All"), get("BinningVertical", "All")
    sums_x = bin_x if get("BinningHorizontalMode", "All") == "Sum" else 1
    sums_y = bin_y if get("BinningVerticalMode", "All") == "Sum" else 1
    patterns = {get("TestPattern", "Sensor"), get("TestPattern", "PipelineStart")} - {"Off"}
    return View(
        serial=serial,
        format=FORMATS[get("PixelFormat")],
        width=get("Width"),
        height=get("Height"),
        offset_x=get("OffsetX"),
        offset_y=get("OffsetY"),
        step_x=bin_x * get("DecimationHorizontal", "All"),
        step_y=bin_y * get("DecimationVertical", "All"),
        summed=sums_x * sums_y,
        reverse_x=bool(get("ReverseX")),
        reverse_y=bool(get("ReverseY")),
        exposure_us=get("ExposureTime"),
        gain_db=get("Gain", "All"),
        black=get("BlackLevel", "All") / 100,
        gamma=get("Gamma") if get("GammaEnable") else 1.0,
        adc_bits=_ADC_BITS[get("AdcBitDepth")],
        balance_red=get("BalanceRatio", "Red") if model.color else 1.0,
        balance_blue=get("BalanceRatio", "Blue") if model.color else 1.0,
        pattern=min(patterns, default="Off"),
        lut=_lut(registers),
        sensor_width=model.width,
        sensor_height=model.height,
    )


def _lut(registers: Registers) -> tuple[int, ...]:
    """The values of the look-up table; none if it is off, or changes nothing."""
    if not registers.get("LUTEnable", "LUT1"):
        return ()
    values = tuple(registers.get("LUTValue", f"LUT1/{index}") for index in range(LUT_ENTRIES))
    return () if values == tuple(range(LUT_ENTRIES)) else values


def chunks_of(registers: Registers, model: Model) -> frozenset[str]:
    """The chunks that go with each image."""
    if not registers.get("ChunkModeActive"):
        return frozenset()
    names = (*CHUNKS, *(GIGE_CHUNKS if model.interface == "GigE" else ()))
    return frozenset(name for name in names if registers.get("ChunkEnable", name))
