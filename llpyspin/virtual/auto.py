"""Automatic exposure, gain and white balance: the values that bring the image to its target grey."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llpyspin.virtual.factory import GAIN_STEP
from llpyspin.virtual.scene import MEAN_RADIANCE, WHITE, View, full_exposure_us

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers

__all__ = ["AFFECTED_BY", "settle"]

AFFECTED_BY = frozenset(
    {
        *("ExposureAuto", "GainAuto", "BalanceWhiteAuto", "ExposureMode", "BlackLevel"),
        *("AutoExposureExposureTimeLowerLimit", "AutoExposureExposureTimeUpperLimit"),
        *("AutoExposureGainLowerLimit", "AutoExposureGainUpperLimit"),
        *("AutoExposureTargetGreyValue", "AutoExposureTargetGreyValueAuto", "AutoExposureEVCompensation"),
    }
)
_USUAL_TARGET = 50.0


def settle(registers: Registers, view: View, *, color: bool) -> bool:
    """Let the automatic functions that are on settle; whether a register changed.

    The light of the scene does not change, so the loop needs no steps: exposure time first, then gain, each
    within the limits that the client gave.  "Once" turns itself off.
    """
    changed = False
    exposure_auto, gain_auto = registers.get("ExposureAuto"), registers.get("GainAuto")
    wanted = _wanted_light(registers, view)  # in full exposures at 0 dB
    exposure, gain = view.exposure_us, view.gain_db
    if exposure_auto != "Off":
        low, high = _limits(registers, "AutoExposureExposureTime")
        gain_first = gain if gain_auto == "Off" else 0.0
        ideal = wanted * full_exposure_us(view) / 10 ** (gain_first / 20)
        exposure = float(round(min(max(ideal, low), max(low, high))))
        changed |= _put(registers, "ExposureTime", exposure, None)
    if gain_auto != "Off":
        low, high = _limits(registers, "AutoExposureGain")
        needed = max(wanted * full_exposure_us(view) / exposure, 1e-6)
        gain = min(max(20 * math.log10(needed), low), max(low, high))
        changed |= _put(registers, "Gain", round(gain / GAIN_STEP) * GAIN_STEP, "All")
    if color and registers.get("BalanceWhiteAuto") != "Off":
        for channel in ("Red", "Blue"):
            ratio = round(WHITE["G"] / WHITE[channel[0]] * 4096) / 4096
            changed |= _put(registers, "BalanceRatio", ratio, channel)
    names = ("ExposureAuto", "GainAuto", *(("BalanceWhiteAuto",) if color else ()))
    for name in names:
        if registers.get(name) == "Once":
            changed |= _put(registers, name, "Off", None)
    return changed


def _wanted_light(registers: Registers, view: View) -> float:
    automatic = registers.get("AutoExposureTargetGreyValueAuto") != "Off"
    target = _USUAL_TARGET if automatic else registers.get("AutoExposureTargetGreyValue")
    target = min(target * 2 ** registers.get("AutoExposureEVCompensation"), 95.0)
    light: float = max(target / 100 - view.black, 0.01) / MEAN_RADIANCE
    return light


def _limits(registers: Registers, name: str) -> tuple[float, float]:
    return registers.get(f"{name}LowerLimit"), registers.get(f"{name}UpperLimit")


def _put(registers: Registers, name: str, value: object, selector: str | None) -> bool:
    if registers.get(name, selector) == value:
        return False
    registers.set(name, value, selector)
    return True
