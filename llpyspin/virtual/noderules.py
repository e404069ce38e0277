"""What a camera changes when a register is written: sizes follow binning, values snap to steps.

Locks and availability are conditions in the node map's description; here is what formulas there cannot do.
Everything works on the register memory alone and is called in the thread of the client that wrote.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.factory import GAIN_STEP, HEIGHT_STEP, WIDTH_STEP
from llpyspin.virtual.filestore import FileStore
from llpyspin.virtual.sequencer import SequencerSets

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual._seam import Model
    from llpyspin.virtual.registers import RegisterMemory

__all__ = ["Rules"]

_STEPS = {
    "ExposureTime": 1.0,
    "TriggerDelay": 1.0,
    "Gain": GAIN_STEP,
    "BlackLevel": 100 / 4096,
    "Gamma": 1 / 4096,
    "BalanceRatio": 1 / 4096,
    "Saturation": 1 / 4096,
    "Sharpening": 1 / 4096,
    "SharpeningThreshold": 1 / 4096,
}
_PERIOD_NS = 8
"""The frame period is a whole number of these, so that a frame rate reads back slightly different."""

_SENSOR_BINNING = 2
"""The most that a monochrome sensor bins by itself; the camera takes no larger value for it."""

_SIZES = {8: "Bpp8", 10: "Bpp10", 12: "Bpp12", 16: "Bpp16", 24: "Bpp24", 32: "Bpp32", 48: "Bpp48"}


class Rules:
    """The dependencies between the registers of one camera."""

    def __init__(self, memory: RegisterMemory, model: Model) -> None:
        self._memory = memory
        self._model = model
        self._user_sets: dict[str, Any] = {}
        self.keep_user_sets: Callable[[dict[str, Any], str], None] = lambda sets, default: None
        """Called with all user sets and the name of the default one, when one of them changes."""
        self.files = FileStore(memory)
        sequencer = SequencerSets(memory)
        self._sequencer = sequencer
        self._on_write: dict[str, Callable[[], None]] = {
            "AcquisitionFrameRate": self._quantise_rate,
            "PixelFormat": self._pixel_format,
            "IspEnable": self._pixel_format,
            "OffsetX": self._sizes,
            "OffsetY": self._sizes,
            "Width": self._sizes,
            "Height": self._sizes,
            "UserOutputValueAll": self._user_outputs_from_mask,
            "UserOutputValue": self._user_outputs_to_mask,
            "UserSetLoad": self._load_user_set,
            "UserSetSave": self._save_user_set,
            "FileSelector": self.files.select,
            "FileOperationExecute": self.files.execute,
            "UserSetDefault": self._keep_user_sets,
            "SequencerSetSave": sequencer.save,
            "SequencerSetLoad": self._load_sequencer_set,
            "SequencerConfigurationReset": sequencer.reset,
            **dict.fromkeys(
                ("SequencerSetStart", "SequencerSetNext", "SequencerTriggerSource"), sequencer.check
            ),
            "SequencerMode": self._sequence,
            "LineMode": self._line_mode,
            "DeviceReset": self._restart,
            "FactoryReset": self._factory_state,
        }
        if model.family.older:
            self._on_write |= {
                "AcquisitionFrameRateAuto": partial(self._older_rate, "AcquisitionFrameRateAuto"),
                "AcquisitionFrameRateEnabled": partial(self._older_rate, "AcquisitionFrameRateEnabled"),
                "GammaEnabled": self._older_gamma,
            }
        for axis in ("Horizontal", "Vertical"):
            for what in ("Binning", "Decimation"):
                self._on_write[f"{what}{axis}"] = partial(self._scale, what, axis)
        self.refresh()

    def refresh(self) -> None:
        """Bring everything that depends on something else up to date."""
        for axis in ("Horizontal", "Vertical"):
            for what in ("Binning", "Decimation"):
                self._memory.set(f"{what}{axis}.all", self._memory.get(f"{what}{axis}", "All"))
        if self._model.family.older:
            self._older_rate("")
            self._older_gamma()
        self._modes()
        self._sizes()
        self._pixel_format()
        self._sequencer.check()

    def written(self, name: str) -> None:
        """A client wrote this register (or executed this command)."""
        step = _STEPS.get(name)
        if step is not None:
            self._snap(name, step)
        act = self._on_write.get(name)
        if act is not None:
            act()

    # -- numbers

    def _snap(self, name: str, step: float) -> None:
        memory = self._memory
        feature = memory.features[name]
        value = round(memory.get(name) / step) * step
        memory.set(name, min(max(value, feature.min), feature.max))

    def _quantise_rate(self) -> None:
        memory = self._memory
        period = max(round(1e9 / memory.get("AcquisitionFrameRate") / _PERIOD_NS) * _PERIOD_NS, _PERIOD_NS)
        if 1e9 / period > memory.get("AcquisitionFrameRate.max"):
            period += _PERIOD_NS
        memory.set("AcquisitionFrameRate", 1e9 / period)

    # -- image size

    def _scale(self, what: str, axis: str) -> None:
        """Binning or decimation changed: the image keeps showing the same part of the sensor."""
        memory = self._memory
        name = f"{what}{axis}"
        selector = memory.get(f"{what}Selector")
        new = memory.get(name, selector)
        old = memory.get(f"{name}.all")
        if what == "Binning":
            new = self._share_binning(name, selector, new)
        memory.set(name, new, "All")
        memory.set(f"{name}.all", new)
        size, offset = ("Width", "OffsetX") if axis == "Horizontal" else ("Height", "OffsetY")
        memory.set(offset, self._step_down(memory.get(offset) * old // new, size))
        self._largest(size)
        scaled = self._step_down(memory.get(size) * old // new, size)
        least = int(memory.features[size].min)
        if memory.get(size) == self._full(size, old):
            scaled = memory.get(f"{size}Max")
        memory.set(size, min(max(scaled, least), memory.get(f"{size}Max")))
        memory.set(offset, min(memory.get(offset), memory.get(f"{size}Max") - memory.get(size)))
        self._sizes()

    def _share_binning(self, name: str, selector: str, wanted: int) -> int:
        """Divide a binning between the sensor and what follows it; returns the whole."""
        memory = self._memory
        most = 1 if self._model.color else _SENSOR_BINNING
        if selector == "All":
            sensor = most if wanted % most == 0 else 1
            isp = wanted // sensor
        else:
            sensor = min(wanted, most) if selector == "Sensor" else memory.get(name, "Sensor")
            isp = wanted if selector == "ISP" else memory.get(name, "ISP")
            isp = min(isp, int(memory.features[name].max) // sensor)
        memory.set(name, sensor, "Sensor")
        memory.set(name, isp, "ISP")
        return int(sensor * isp)

    def _factor(self, size: str) -> int:
        axis = "Horizontal" if size == "Width" else "Vertical"
        binning: int = self._memory.get(f"Binning{axis}.all")
        decimation: int = self._memory.get(f"Decimation{axis}.all")
        return binning * decimation

    def _full(self, size: str, factor: int) -> int:
        sensor = self._model.width if size == "Width" else self._model.height
        return self._step_down(sensor // factor, size)

    @staticmethod
    def _step_down(value: int, size: str) -> int:
        step = WIDTH_STEP if size == "Width" else HEIGHT_STEP
        return int(value) // step * step

    def _largest(self, size: str) -> None:
        self._memory.set(f"{size}Max", self._full(size, self._factor(size)))

    def _sizes(self) -> None:
        memory = self._memory
        if self._model.recorded is not None:  # that is fixed
            self._payload()
            return
        for size, offset in (("Width", "OffsetX"), ("Height", "OffsetY")):
            self._largest(size)
            largest = memory.get(f"{size}Max")
            memory.set(f"{size}.max", largest - memory.get(offset))
            memory.set(f"{offset}.max", largest - memory.get(size))
        self._payload()

    def _bits(self) -> int:
        code = self._memory.features["PixelFormat"].entries[self._memory.get("PixelFormat")]
        return (code >> 16) & 0xFF

    def _payload(self) -> None:
        pixels = self._memory.get("Width") * self._memory.get("Height")
        self._memory.set("PayloadSize", (pixels * self._bits() + 7) // 8)

    def _pixel_format(self) -> None:
        bits = self._bits()
        self._memory.set("PixelSize", _SIZES[bits])
        self._memory.set("PixelDynamicRangeMax", self._brightest(bits))
        self._payload()

    def _brightest(self, bits: int) -> int:
        name = self._memory.get("PixelFormat")
        if bits in (24, 32):
            return 255
        if bits > 12:
            return 0xFFF0 if self._memory.get("IspEnable") else 0xFFFF
        return 0x3FF if "10" in name else (1 << bits) - 1

    # -- lines and user sets

    def _line_mode(self) -> None:
        line = self._memory.get("LineSelector")
        fixed = self._model.family.pinout.fixed.get(line)
        if fixed is not None and self._memory.get("LineMode", line) != fixed:
            self._memory.set("LineMode", fixed, line)
            raise SpinnakerException(
                f"GenICam::InvalidArgumentException= Feature 'LineMode' : {line} is an {fixed.lower()} by "
                "construction. : InvalidArgumentException thrown in node 'LineMode'",
                -2001,
            )

        self._modes()

    def _modes(self) -> None:
        """Which lines can be sources of triggers, for families where outputs cannot."""
        for line in self._model.family.pinout.lines:
            self._memory.set(f"LineMode{line}.all", int(self._memory.get("LineMode", line) == "Output"))

    # -- the older families' own nodes

    def _older_rate(self, name: str) -> None:
        """The three nodes of the frame rate, as the one switch that the sensor has."""
        memory = self._memory
        if name == "AcquisitionFrameRateAuto":  # writing it switches the control on
            memory.set("AcquisitionFrameRateEnabled", True)
        on = memory.get("AcquisitionFrameRateEnabled") and memory.get("AcquisitionFrameRateAuto") == "Off"
        memory.set("AcquisitionFrameRateEnable", bool(on))

    def _older_gamma(self) -> None:
        self._memory.set("GammaEnable", self._memory.get("GammaEnabled"))

    def _user_outputs_from_mask(self) -> None:
        mask = self._memory.get("UserOutputValueAll")
        for entry, bit in self._memory.features["UserOutputSelector"].entries.items():
            self._memory.set("UserOutputValue", bool(mask >> bit & 1), entry)

    def _user_outputs_to_mask(self) -> None:
        entries = self._memory.features["UserOutputSelector"].entries
        mask = sum(bool(self._memory.get("UserOutputValue", entry)) << bit for entry, bit in entries.items())
        self._memory.set("UserOutputValueAll", mask)

    # -- the sequencer

    def _load_sequencer_set(self) -> None:
        self._sequencer.load()
        self._sizes()

    def _sequence(self) -> None:
        self._sequencer.mode()
        self._sizes()

    def _parted(self) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """All values: those that go into a user set, and those of the sequencer, which do not."""
        everything = self._memory.snapshot()
        sequencer = {place: each for place, each in everything.items() if place[0].startswith("Sequencer")}
        return {place: each for place, each in everything.items() if place not in sequencer}, sequencer

    def _save_user_set(self) -> None:
        chosen = self._memory.get("UserSetSelector")
        if chosen == "Default":
            raise SpinnakerException("The Default user set cannot be overwritten.", -1005)
        settings, _ = self._parted()
        self._user_sets[chosen] = settings
        self._keep_user_sets()

    def _keep_user_sets(self) -> None:
        self.keep_user_sets(self._user_sets, self._memory.get("UserSetDefault"))

    def power_up(self, sets: dict[str, Any], default: str, settings: Any) -> None:
        """Begin with the settings that were left, else with the default one of these user sets."""
        self._user_sets = dict(sets)
        if settings is not None:
            self._memory.restore(settings)
        elif default in sets:
            self._memory.restore(sets[default])
        entries = self._memory.features["UserSetDefault"].entries
        self._memory.set("UserSetDefault", default if default in entries else "Default")
        self.refresh()

    def _restart(self) -> None:
        """DeviceReset: as after a loss of power."""
        default = self._memory.get("UserSetDefault")
        self._memory.load_defaults()
        self.power_up(self._user_sets, default, None)

    def _factory_state(self) -> None:
        self._user_sets.clear()
        self._memory.load_defaults()
        self._keep_user_sets()
        self.refresh()

    def _load_user_set(self) -> None:
        chosen = self._memory.get("UserSetSelector")
        keep = {name: self._memory.get(name) for name in ("UserSetDefault", "DeviceUserID", "TLParamsLocked")}
        _, sequencer = self._parted()
        if chosen in self._user_sets:
            self._memory.restore(self._user_sets[chosen])
        else:
            self._memory.load_defaults()
        self._memory.restore({**self._memory.snapshot(), **sequencer})
        for name, value in keep.items():
            self._memory.set(name, value)
        self._memory.set("UserSetSelector", chosen)
        self.refresh()
