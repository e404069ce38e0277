"""The sequencer's sets in the memory of a camera: saved, loaded, and checked.

A set has a value of each feature, and two paths: what makes the camera leave the set, and for which one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.virtual.exceptions import SpinnakerException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llpyspin.virtual._seam import Registers

__all__ = ["AREA", "LOCKED", "STARTS", "VALUES", "SequencerSets", "set_values", "sets_in_turn", "stored_rows"]

SETS, PATHS = 8, 2
_SAVED = "SequencerSetSave.all"
AREA = ("OffsetX", "OffsetY", "Width", "Height")
_FEATURES = ("ExposureTime", "Gain", *AREA)
_ON, _SETTING_UP = "{SequencerMode} <> 0", "{SequencerConfigurationMode} <> 0"

LOCKED: dict[str, str] = {
    "ExposureTime": f"({{ExposureAuto}} <> 0) || ({_ON})",
    "Gain": f"({{GainAuto}} <> 0) || ({_ON})",
    **dict.fromkeys(("ExposureAuto", "GainAuto", *AREA), _ON),
    **dict.fromkeys(("UserSetLoad", "UserSetSave"), f"({_ON}) || ({_SETTING_UP})"),
    **dict.fromkeys(("SequencerFeatureEnable", "SequencerConfigurationReset"), _ON),
    **dict.fromkeys(("SequencerSetSave", "SequencerSetLoad", "SequencerConfigurationMode"), _ON),
    "SequencerMode": _SETTING_UP,
    **dict.fromkeys(
        ("SequencerSetStart", "SequencerSetNext", "SequencerTriggerSource", "SequencerTriggerActivation"),
        "{SequencerConfigurationMode} = 0",
    ),
}
"""When nodes cannot be written because of the sequencer."""

STARTS = "{SequencerConfigurationValid} = 1"
"""When the sequencer can be turned on."""

VALUES: dict[str, Any] = {
    "SequencerConfigurationValid": "No",
    "SequencerFeatureEnable": dict.fromkeys(_FEATURES, True),
}
"""Factory values."""
_AUTOMATIC = {"ExposureTime": "ExposureAuto", "Gain": "GainAuto"}


def _stored(feature: str) -> str:
    return f"Sequencer{feature}.all"


def stored_rows(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a camera keeps of each set and does not show: the values, and whether it was saved."""
    hidden = {"access": "RW", "category": "", "selected_by": ["SequencerSetSelector"]}
    found: dict[str, dict[str, Any]] = {_SAVED: {**hidden, "type": "Boolean", "value": False}}
    for feature in rows["SequencerFeatureSelector"]["entries"]:
        kind = rows[feature]["type"]
        found[_stored(feature)] = {**hidden, "type": kind, "value": 0.0 if kind == "Float" else 0}
    return found


def _known(registers: Registers) -> list[str]:
    """The features that the sets of a model have a value of."""
    return [name for name in _FEATURES if registers.has(_stored(name))]


def _enabled(registers: Registers) -> list[str]:
    return [name for name in _known(registers) if registers.get("SequencerFeatureEnable", name)]


def set_values(registers: Registers, number: int) -> dict[str, Any]:
    """The values of a set, by feature."""
    return {name: registers.get(_stored(name), str(number)) for name in _enabled(registers)}


def _next(registers: Registers, number: int) -> int:
    """The set after a frame that began with this one: by the first path that is triggered."""
    for path in range(PATHS):
        if registers.get("SequencerTriggerSource", f"{number}/{path}") == "FrameStart":
            return int(registers.get("SequencerSetNext", f"{number}/{path}"))
    return number


def sets_in_turn(registers: Registers) -> dict[int, int]:
    """By set, from the first one on, which set follows it."""
    found: dict[int, int] = {}
    number = int(registers.get("SequencerSetStart"))
    while number not in found:
        found[number] = _next(registers, number)
        number = found[number]
    return found


class SequencerSets:
    """What the sequencer's commands do to the registers of a camera."""

    def __init__(self, memory: Registers) -> None:
        self._memory = memory

    def save(self) -> None:
        """Keep the present values in the set that is selected."""
        number = self._selected()
        for name in _known(self._memory):
            self._memory.set(_stored(name), self._memory.get(name, _element(name)), number)
        self._memory.set(_SAVED, True, number)
        self.check()

    def load(self) -> None:
        """Take the values of the set that is selected.

        Raises
        ------
        SpinnakerException
            -2006: nothing was saved there.
        """
        number = self._selected()
        if not self._memory.get(_SAVED, number):
            raise SpinnakerException(
                f"GenICam::AccessException= Sequencer set {number} was never saved. : AccessException thrown "
                "in node 'SequencerSetLoad'",
                -2006,
            )
        self._take(_known(self._memory), number)

    def mode(self) -> None:
        """SequencerMode was written: by the sequencer the camera takes the values of the first set."""
        if self._memory.get("SequencerMode") == "Off":
            return
        enabled = _enabled(self._memory)
        for name in enabled:
            if name in _AUTOMATIC:
                self._memory.set(_AUTOMATIC[name], "Off")
        self._take(enabled, str(self._memory.get("SequencerSetStart")))

    def reset(self) -> None:
        """SequencerConfigurationReset: no set is saved, no path leads anywhere."""
        for number in range(SETS):
            self._memory.set(_SAVED, False, str(number))
            for path in range(PATHS):
                self._memory.set("SequencerTriggerSource", "Off", f"{number}/{path}")
                self._memory.set("SequencerSetNext", 0, f"{number}/{path}")
        self._memory.set("SequencerSetStart", 0)
        self.check()

    def check(self) -> None:
        """A set is valid when it was saved, the whole when each set is that can come."""
        memory = self._memory
        for number in range(SETS):
            memory.set("SequencerSetValid", _yes(memory.get(_SAVED, str(number))), str(number))
        valid = all(memory.get(_SAVED, str(number)) for number in sets_in_turn(memory))
        memory.set("SequencerConfigurationValid", _yes(valid))

    def _take(self, features: Iterable[str], number: str) -> None:
        for name in features:
            self._memory.set(name, self._memory.get(_stored(name), number), _element(name))

    def _selected(self) -> str:
        return str(self._memory.get("SequencerSetSelector"))


def _element(feature: str) -> str | None:
    return "All" if feature == "Gain" else None


def _yes(whether: bool) -> str:
    return "Yes" if whether else "No"
