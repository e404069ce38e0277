"""What the sensor of a model has and lacks: bit depths, ways of binning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.virtual.features import NEVER

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model

__all__ = ["AXES", "binning_locks", "missing_entries"]

AXES = ("Horizontal", "Vertical")
_ADC_BITS = {"IMX287": ("Bit8", "Bit10", "Bit12"), "IMX296": ("Bit10",)}
"""By sensor; the others have 10 and 12 bit."""
_ONLY_SUMS = "IMX273"
"""The sensor whose binning cannot average."""


def missing_entries(model: Model) -> dict[str, dict[str, str]]:
    """Entries that a model's sensor does not have."""
    bits = next((bits for name, bits in _ADC_BITS.items() if name in model.sensor), ("Bit10", "Bit12"))
    every = ("Bit8", "Bit10", "Bit12", "Bit14")
    missing = {"AdcBitDepth": {entry: NEVER for entry in every if entry not in bits}}
    if _ONLY_SUMS in model.sensor or model.sensor.startswith("none"):
        missing |= {f"Binning{axis}Mode": {"Average": NEVER} for axis in AXES}
    return missing


def binning_locks(model: Model) -> dict[str, str]:
    """A colour sensor cannot bin by itself: it would mix the colours."""
    own = "{BinningSelector} = 1" if model.color else NEVER
    return {f"Binning{axis}": f"({own}) || ({{Decimation{axis}.all}} > 1)" for axis in AXES}
