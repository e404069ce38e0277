"""Settings of all cameras as attributes of the rig: ``rig.exposure = 3000``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from llpyspin.naming.constructors import checked_methods
from llpyspin.rig import assigning
from llpyspin.settings.applying import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.runs import Runs
    from llpyspin.settings import Limits

__all__ = ["RigSettings"]


class _RigSetting:
    """One setting of all cameras."""

    def __init__(self, name: str) -> None:
        self._name = name
        about = SETTINGS[name]
        whose = "the primary camera" if about.of_pulses else "all cameras"
        there = f":attr:`VideoStream.{name} <llpyspin.streaming.VideoStream.{name}>`"
        self.__doc__ = f"``{name}`` of {whose}, see {there}."

    def __get__(self, rig: RigSettings | None, owner: type) -> Any:
        return self if rig is None else rig.value_of(self._name)

    def __set__(self, rig: RigSettings, value: Any) -> None:
        rig.assign(self._name, value)


@checked_methods()
class RigSettings(ABC):
    """The settings that cameras have, for all cameras of a rig; one attribute each."""

    config: RigConfig

    @abstractmethod
    def _opened(self) -> Runs:
        """Its cameras; raises where they are closed."""

    @abstractmethod
    def _in_turn(self, work: Callable[[], Any]) -> Any:
        """What ``work`` gives, while no other thread primes or stops the rig."""

    def value_of(self, name: str) -> Any:
        """Return a setting of all cameras, as ``rig.exposure`` does.

        Where the cameras differ, it is a dict of the values by the cameras' names; None stands for a camera
        without this setting.  ``framerate`` is that of the primary, or the expected one of an external
        trigger.
        """
        return assigning.value_of(self._opened().members, self.config, name)

    def assign(self, name: str, value: Any) -> None:
        """Set a setting in all cameras, as ``rig.exposure = 3000`` does; if one refuses it, in none.

        Parameters
        ----------
        name : str
            ``framerate`` is set in the primary only.
        value
            As for a camera; or a mapping from names of cameras to values.

        Raises
        ------
        RigSettingError
            ``failures`` lists the cameras that refused it.  All have the values again that they had.
        SettingError
            There is no such setting or camera, or the rig is primed.
        """
        self._in_turn(lambda: assigning.assign(self._opened().members, self.config, name, value))

    def limits(self, name: str) -> dict[str, Limits]:
        """Return what the cameras accept for a setting now, by their names."""
        return assigning.limits_of(self._opened().members, name)


for _name in SETTINGS:
    setattr(RigSettings, _name, _RigSetting(_name))
