"""Where something belongs that was written at a wrong place of a rig's configuration."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["of_commands", "of_methods", "of_the_rig", "of_wrong_place"]

_OPTIONS = ("seconds", "out", "report", "serve", "calibration", "config", "virtual")
_METHODS = {
    "record_calibration": (
        *("board", "square_mm", "marker_mm", "dictionary", "legacy"),
        *("until_enough", "criteria", "window", "exports"),
    ),
    "prime": ("on_failure", "allow_lower_rate", "metadata", "budget"),
    "record": ("seconds", "out", "progress", "report"),
}
"""Arguments of a rig's methods beside the options of a recording."""


@lru_cache(maxsize=1)
def of_wrong_place() -> dict[str, str]:
    """For keys at the top of a rig's file, or arguments of ``Rig``: where each belongs."""
    from llpyspin.recording.optiontypes import RecordTypes
    from llpyspin.rig.filetypes import BoxTypes, BudgetTypes, ScheduleTypes

    found = dict(of_commands())
    for section, kind in (("budget", BudgetTypes), ("schedule", ScheduleTypes), ("record", RecordTypes)):
        for name in kind.__struct_encode_fields__:
            found[name] = f"{name} is one of several keys: write it into {section}"
    for name in BoxTypes.__struct_encode_fields__:
        found[name] = f"{name} is of a pulse box: write it into trigger, as trigger: {{box: /dev/ttyACM0}}"
    found["notify"] = "a rig calls it on_event"
    found["schedule"] = "a schedule is for llpyspin record: write it into a rig's file, or use --every"
    return found


@lru_cache(maxsize=1)
def of_commands() -> dict[str, str]:
    """Options of commands, and arguments of methods, that no configuration has."""
    found = {name: f"{name} is for one recording: llpyspin record --{name}" for name in _OPTIONS}
    return found | {"control": "control is of the live page: llpyspin serve --control"}


@lru_cache(maxsize=1)
def of_the_rig() -> dict[str, str]:
    """For options of a recording: those that are of the whole rig."""
    from llpyspin.rig.filetypes import RigTypes

    hints = {
        name: f"{name} is of the whole rig: write it at the top of the file, or Rig(..., {name}=...)"
        for name in RigTypes.__struct_encode_fields__
    }
    return {**hints, **of_commands()}


def of_methods() -> dict[str, str]:
    """For options of a recording: those that another method of a rig has."""
    return {
        name: f"{name} is an argument of {method}()" for method, names in _METHODS.items() for name in names
    }
