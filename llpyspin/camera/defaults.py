"""The settings that a camera begins with, and their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.settings.applying import Default

if TYPE_CHECKING:
    from llpyspin.camera.requested import RequestedRate
    from llpyspin.camera.settable import Settable
    from llpyspin.camera.source import CameraSource

__all__ = ["DEFAULT_BINSIZE", "DEFAULT_EXPOSURE", "DEFAULT_FRAMERATE", "FirstSettings", "PulsedSettings"]

DEFAULT_FRAMERATE = Default(30)  # fps, as in the README of parallel-pyspin
DEFAULT_EXPOSURE = Default(1500)  # us, likewise
DEFAULT_BINSIZE = Default(1)
DEFAULTS: dict[str, Any] = {
    "framerate": DEFAULT_FRAMERATE,
    "exposure": DEFAULT_EXPOSURE,
    "binsize": DEFAULT_BINSIZE,
    "roi": None,
}


class FirstSettings:
    """What a camera that runs by itself is set to when it is opened; for the arguments see the cameras."""

    def __init__(
        self,
        *,
        framerate: float | str | None,
        exposure: float | str,
        binsize: Any,
        roi: tuple[int, ...] | None,
    ) -> None:
        self.roi = roi
        self._wanted = {"framerate": framerate, "exposure": exposure, "binsize": binsize, "roi": roi}

    def apply(self, camera: Settable, source: CameraSource, requested: RequestedRate) -> None:
        """Set them, and the default of each that the camera refuses."""
        del source
        wanted = self._wanted
        refused = camera.assign_all(wanted)
        camera.assign_all({name: DEFAULTS[name] for name in refused if wanted[name] is not DEFAULTS[name]})
        if "framerate" in refused:
            requested.ask(wanted["framerate"])  # it is still what the user wants


class PulsedSettings:
    """The same of a camera that exposes at pulses, which give the frame rate.

    Parameters
    ----------
    exposure : float or None
        None: the default, or what is nearest to it.
    """

    def __init__(self, *, exposure: float | str | None, binsize: Any, roi: tuple[int, ...] | None) -> None:
        self._wanted = {"exposure": exposure, "binsize": binsize, "roi": roi}

    def apply(self, camera: Settable, source: CameraSource, requested: RequestedRate) -> None:
        """Set them, and the default of each that the camera refuses."""
        del requested
        wanted = dict(self._wanted)
        if wanted["exposure"] is None:
            del wanted["exposure"]
        refused = camera.assign_all(wanted)
        camera.assign_all({name: DEFAULTS[name] for name in refused if name != "exposure"})
        if "exposure" not in wanted or "exposure" in refused:
            source.opened().request("fit", "exposure", int(DEFAULT_EXPOSURE))
