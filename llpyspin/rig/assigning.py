"""What a setting is in all cameras of a rig, and how it is set in all or in none."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llpyspin.camera.prompt import without_infos
from llpyspin.errors import LlpyspinError, RigSettingError, SettingError
from llpyspin.naming.known import did_you_mean
from llpyspin.rig.together import together, together_or_undone
from llpyspin.settings import brief
from llpyspin.settings.applying import SETTINGS

if TYPE_CHECKING:
    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.held import Held
    from llpyspin.rig.member import Member
    from llpyspin.settings import Limits

__all__ = ["assign", "limits_of", "value_of"]

logger = logging.getLogger("llpyspin")

ASSIGN_S = 60.0  # for the slowest camera; each request has a deadline of its own


def check_name(name: str) -> None:
    """Refuse what is no setting."""
    if name not in SETTINGS:
        hint = did_you_mean(name, SETTINGS, f"There are {', '.join(SETTINGS)}.")
        raise SettingError(f"no setting of a rig is called {name!r}. {hint}", setting=str(name))


# -- reading ------------------------------------------------------------------------------------------


def value_of(members: Mapping[str, Member], config: RigConfig, name: str) -> Any:
    """The value that all cameras have; where they differ, a dict of each by the camera's name.

    None stands for a camera without this setting.
    """
    check_name(name)
    if SETTINGS[name].of_pulses:
        primary = next((each for each in members.values() if each.primary), None)
        return config.framerate if primary is None else primary.held.value_of(name)
    found = {each.name: _value_or_none(each, name) for each in members.values()}
    values = list(found.values())
    if values.count(None) == len(values):  # raises why
        return next(iter(members.values())).held.value_of(name)
    alike = all(_same(each, values[0]) for each in values)
    return values[0] if alike else found


def limits_of(members: Mapping[str, Member], name: str) -> dict[str, Limits]:
    """What each camera accepts, by its name."""
    check_name(name)
    return {each.name: each.camera.limits(name) for each in _those(members, name).values()}


def _value_or_none(member: Member, name: str) -> Any:
    try:
        return member.held.value_of(name)
    except SettingError:
        return None


def _same(value: Any, other: Any) -> bool:
    """Also by how they show themselves: the same number may be the camera's choice or the user's."""
    return bool(value == other) and repr(value) == repr(other)


# -- setting ------------------------------------------------------------------------------------------


def assign(members: Mapping[str, Member], config: RigConfig, name: str, value: Any) -> None:
    """Set a setting in all cameras, or in none.

    Parameters
    ----------
    value
        As for a camera; or a mapping from names of cameras to values.

    Raises
    ------
    RigSettingError
        Some cameras refused it; all have again what they had.
    SettingError
        There is no such setting or camera, or the cameras are primed.
    """
    check_name(name)
    wanted = _wanted(members, config, name, value)
    for each in wanted:
        members[each].held.check_unlocked(name, wanted[each])
    targets = {each: members[each] for each in wanted}
    before = together(lambda member: member.held.present(), targets, ASSIGN_S).or_raise(
        "cameras do not answer:"
    )
    outcome = together_or_undone(
        lambda member: _assign_one(member, name, wanted[member.name]),
        lambda member: member.held.put_back(before[member.name]),
        targets,
        ASSIGN_S,
        ASSIGN_S,
    )
    if outcome.failures:
        raise _undone(targets, before, name, value, outcome.failures)
    for each, member in targets.items():
        member.held.choose(name, wanted[each])
    logger.info("setting %s of %s to %s", name, ", ".join(targets), _now(targets, config, name, value))


def _now(targets: Mapping[str, Member], config: RigConfig, name: str, value: Any) -> str:
    """What the cameras have, for the log; what was wanted, where a camera is lost meanwhile."""
    try:
        return _shown(value_of(targets, config, name), name)
    except LlpyspinError:
        return brief(value)


def _those(members: Mapping[str, Member], name: str) -> dict[str, Member]:
    """The cameras that have a setting of their own by this name."""
    return {
        each: member for each, member in members.items() if member.primary or not SETTINGS[name].of_pulses
    }


def _wanted(all_: Mapping[str, Member], config: RigConfig, name: str, value: Any) -> dict[str, Any]:
    members = _those(all_, name)
    if not members:
        rate = "unknown" if config.framerate is None else f"{config.framerate:g} Hz"
        raise SettingError(
            f"{name} {brief(value)} refused: {_source(config, rate)} and tell Rig(..., {name}=...)",
            setting=name,
            value=value,
        )
    if not isinstance(value, Mapping):
        return dict.fromkeys(members, value)
    if not value:
        raise SettingError(f"{name}: {{}} names no camera", setting=name, value=value)
    for each in value:
        if each in all_ and each not in members:
            primary = ", ".join(members)
            raise SettingError(
                f"{name}: {each} follows the pulses of {primary}. Set {name} of {primary}",
                setting=name,
                value=value,
            )
        if each not in members:
            hint = did_you_mean(each, members, f"There are {', '.join(members)}.")
            raise SettingError(f"{name}: no camera is called {each!r}. {hint}", setting=name, value=value)
    return dict(value)


def _source(config: RigConfig, rate: str) -> str:
    """Who gives the pulses instead of a camera, and what to do first."""
    if config.box is not None:
        return f"{config.box.label} gives the pulses, at {rate}. Close the rig"
    return f"an external trigger gives the pulses (expected rate: {rate}). Change it there,"


def _assign_one(member: Member, name: str, value: Any) -> Member:
    with without_infos():
        member.held.assign(name, value)
    return member


def _undone(
    targets: Mapping[str, Member],
    before: Mapping[str, Held],
    name: str,
    value: Any,
    failures: dict[str, Exception],
) -> RigSettingError:
    """Put everything back that was set, and the error that says what the cameras hold now."""
    back = together(lambda member: member.held.put_back(before[member.name]), targets, ASSIGN_S)
    lost = {each: error for each, error in back.failures.items() if each not in failures}
    held = {each: _held(member, name) for each, member in targets.items()}
    now = ", ".join(f"{each} {_shown(held[each], name)}" for each in held)
    refused = f"{name} {brief(value)} refused by {len(failures)} of {len(targets)} cameras"
    end = "no camera was changed" if not lost else f"{', '.join(lost)} could not be put back"
    return RigSettingError(
        f"{refused}; {end}. They hold: {now}.", {**failures, **lost}, setting=name, value=value
    )


def _held(member: Member, name: str) -> Any:
    try:
        return member.held.value_of(name)
    except LlpyspinError:  # a camera that has gone; its failure is told
        return None


def _shown(value: Any, name: str) -> str:
    unit = SETTINGS[name].unit
    if value is None:
        return "unknown"
    return f"{value!r} {unit}" if unit and isinstance(value, (int, float)) else str(value)
