"""The settings of one camera of a rig: what it holds, and how it gets that again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import SettingError
from llpyspin.processes.child import OPEN_S
from llpyspin.settings import given_again
from llpyspin.settings.applying import SETTINGS
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.sync.camera import SynchronisedCamera

__all__ = ["Held", "HeldSettings"]


class Held(NamedTuple):
    """What a camera holds: its settings by name, and the frame rate (Hz) that was asked for."""

    values: Mapping[str, Any]
    requested_hz: float | None


class HeldSettings:
    """The settings of a camera, which may be opened again meanwhile.

    Parameters
    ----------
    camera : SynchronisedCamera
    primary : bool
        Whether it gives the pulses.
    """

    def __init__(self, camera: SynchronisedCamera, *, primary: bool) -> None:
        self._camera = camera
        self._primary = primary
        self._noted: dict[str, Any] = {}
        self._chosen: dict[str, Any] = {}
        """What the user gave to all cameras of the rig since then."""

    def value_of(self, name: str) -> Any:
        """A setting by its name, also those that a secondary does not tell its users."""
        acquisition = acquisition_of(self._camera)
        if name in acquisition.elsewhere:
            return acquisition.ask("get", name)
        return acquisition.value_of(name)

    def present(self) -> Held:
        """All that it holds of its own."""
        found: dict[str, Any] = {}
        for name, about in SETTINGS.items():
            if self._primary or not about.of_pulses:
                with contextlib.suppress(SettingError):  # which this camera does not have
                    found[name] = self.value_of(name)
        return Held(found, acquisition_of(self._camera).requested.hz)

    def check_unlocked(self, name: str, value: object) -> None:
        """Refuse to change a setting while the camera is armed."""
        acquisition_of(self._camera).check_unlocked(name, value)

    def assign(self, name: str, value: Any) -> None:
        """Set a setting, whether or not the camera is strict.

        Raises
        ------
        SettingError
        """
        camera = self._camera
        strict, camera.strict = camera.strict, True
        try:
            camera.assign_all({name: value})
        finally:
            camera.strict = strict

    def put_back(self, held: Held) -> None:
        """Hold again what it held; an automatic goes on choosing."""
        acquisition = acquisition_of(self._camera)
        for name, value in held.values.items():
            if repr(self.value_of(name)) == repr(value):
                continue
            if name == "exposure" and value is None:  # each pulse ended the exposure
                acquisition.ask("node_set", "ExposureMode", "TriggerWidth")
            else:
                acquisition.ask("set", name, given_again(value))
        acquisition.requested.ask(held.requested_hz)

    # -- for a camera that is opened again ----------------------------------------------------------------

    def choose(self, name: str, value: Any) -> None:
        """Keep what the user gave to all cameras."""
        if name == "binsize":  # which drops the region of interest
            self._chosen.pop("roi", None)
        self._chosen[name] = value

    def note(self) -> dict[str, Any]:
        """Keep all that the camera holds now; gives it by node."""
        self._noted = self._camera.settings()
        self._chosen.clear()
        return self._noted

    def move_to(self, camera: SynchronisedCamera) -> None:
        """Have the same in a camera that was opened again."""
        acquisition = acquisition_of(camera)
        acquisition.requested.ask(acquisition_of(self._camera).requested.hz)
        self._camera = camera
        if self._noted:
            acquisition.ask("restore", self._noted, timeout_s=OPEN_S)
        if self._chosen:
            camera.assign_all(self._chosen)
