"""The settings of ``device/table.py`` on a camera object: as properties, as a snapshot, and in files."""

from __future__ import annotations

import logging
import math
import numbers
import pathlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

from llpyspin.camera.reshaping import Region
from llpyspin.camera.settinglines import refused, set_to
from llpyspin.camera.settingsfile import read_settings
from llpyspin.errors import OutputExistsError, SettingError
from llpyspin.naming.constructors import checked_methods
from llpyspin.processes.child import OPEN_S
from llpyspin.settings import AUTOMATIC, Roi
from llpyspin.settings.applying import RATE_MOVERS, Default, in_order, is_slower
from llpyspin.settings.shown import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llpyspin.camera.requested import RequestedRate
    from llpyspin.settings import CameraInfo, Limits, RestoreReport

__all__ = ["Settable", "Setting"]

logger = logging.getLogger("llpyspin")

_T = TypeVar("_T")

_RATE_SWITCH = ("AcquisitionFrameRateEnable", "AcquisitionFrameRateEnabled")


class _Outcome(NamedTuple):
    """What became of a setting, and what is to be logged of it."""

    taken: bool
    lines: tuple[tuple[int, str], ...]

    def log(self) -> None:
        for level, text in self.lines:
            logger.log(level, "%s", text)


def _taken(name: str, value: Any, got: Any) -> _Outcome:
    """Of a setting that was set to ``value``, and which the camera says is ``got``."""
    default, number = isinstance(value, Default), isinstance(value, (int, float))
    rounded = number and not (isinstance(got, tuple) or math.isclose(got, value, rel_tol=1e-3))
    text = set_to(name, _shown(value, got, fitted=default and rounded))
    lines = [(logging.INFO, text)]
    if rounded and not default:
        lines.append((logging.INFO, f"the camera rounded the {name} to {got}"))
    return _Outcome(True, tuple(lines))


def _shown(value: Any, got: Any, *, fitted: bool) -> Any:
    """How the log shows what was set: with its numbers named, and an automatic with what it has found."""
    if isinstance(got, Roi):
        return got
    if isinstance(value, str) and value.strip().lower() in AUTOMATIC:
        return f"{AUTOMATIC[value.strip().lower()]}, at present {got}"
    shown = got if value is None or isinstance(value, str) or fitted else value
    return tuple(shown) if isinstance(shown, tuple) else shown


class Setting(Generic[_T]):
    """A setting of a camera as an attribute: reading it asks the camera, assigning sets it.

    Parameters
    ----------
    doc : str
    shown : callable
        Makes what users get of what the camera says.
    """

    def __init__(self, doc: str, shown: Callable[[Any], _T] = lambda value: value) -> None:
        self.__doc__ = doc
        self._shown = shown

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, camera: None, owner: type) -> Setting[_T]: ...

    @overload
    def __get__(self, camera: Settable, owner: type) -> _T: ...

    def __get__(self, camera: Settable | None, owner: type) -> Setting[_T] | _T:
        return self if camera is None else self._shown(camera.value_of(self._name))

    def __set__(self, camera: Settable, value: Any) -> None:
        camera.assign(self._name, value)


@checked_methods()
class Settable(ABC):
    """What all cameras can be set to; how they are asked is up to the subclass."""

    strict: bool
    nickname: str
    _requested: RequestedRate

    @property
    @abstractmethod
    def info(self) -> CameraInfo:
        """Which camera this is."""

    @property
    def serial(self) -> str:
        """Serial number of the camera; also available after it is closed."""
        return self.info.serial

    @abstractmethod
    def _ask(self, operation: str, *arguments: Any, timeout_s: float | None = None) -> Any:
        """Ask the camera process, within ``timeout_s`` or the time that requests have."""

    # -- one by one ---------------------------------------------------------------------------------------

    framerate: Setting[Any] = Setting(
        """Frames per second, as rounded by the camera; set a number, or "max" or None for the maximum.

        Other settings may allow less, see :attr:`requested_framerate`.
        """
    )
    exposure: Setting[Any] = Setting(
        """Exposure time in microseconds, as rounded by the camera.

        "auto": the camera chooses it for each frame; "once": it looks for one and keeps it; "off": it keeps
        that of the moment.  A number ends these.  Meanwhile reading gives an
        :class:`~llpyspin.settings.AutomaticNumber`, the exposure of the moment.

        None if the pulse width sets the exposure (``ExposureMode`` "TriggerWidth").  Setting an exposure ends
        that mode.
        """
    )
    gain: Setting[float] = Setting("""Gain in dB; "auto", "once" and "off" as for :attr:`exposure`.""")
    binsize: Setting[Any] = Setting(
        """Binning in pixels: one number for both axes, or (vertical, horizontal).

        Resets the ROI to the full frame; a warning says so if it was smaller.
        """
    )
    roi: Setting[Roi] = Setting(
        """Region of interest (y, x, height, width) in pixels of the binned image; None: the full frame.

        ``Roi.from_xywh(x, y, width, height)`` makes one from OpenCV's order.
        """,
        lambda value: Roi(*value),
    )
    pixel_format: Setting[str] = Setting(
        """GenICam pixel format: ``"Mono8"``, ``"Mono16"``, ``"Mono12p"``, ``"BayerRG8"``, ``"BGR8"`` …""",
        str,
    )
    black_level: Setting[float] = Setting("""Black level in % of full scale.""")
    gamma: Setting[float] = Setting("""Gamma, no unit; 1 is linear.""", float)
    white_balance: Setting[Any] = Setting(
        """(red, blue) balance ratios of a colour camera; "auto", "once" and "off" as for :attr:`exposure`."""
    )

    @property
    def requested_framerate(self) -> float | None:
        """The frame rate (Hz) that you have requested, by an argument or an assignment; else None.

        Exposure, ROI, binning and pixel format may allow less.  Then a warning says so, and ``prime()``
        refuses the rate.
        """
        return self._requested.hz

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the images in pixels."""
        return self.roi[2:]

    @property
    def height(self) -> int:
        """Rows of the images."""
        return self.roi.height

    @property
    def width(self) -> int:
        """Columns of the images."""
        return self.roi.width

    def limits(self, name: str) -> Limits:
        """Return the limits that the setting ``name`` (a property of this class) has now, with its unit."""
        limits: Limits = self._ask("limits", name)
        return limits

    def value_of(self, name: str) -> Any:
        """Return the value of the setting ``name``, as the camera reports it."""
        return self._ask("get", name)

    def assign(self, name: str, value: Any) -> bool:
        """Set the setting ``name``; False, and a warning, if the camera refused the value.

        The same as an assignment (``cap.framerate = 60``), for code that needs to know whether it worked.
        """
        outcome = self._put(name, value)
        outcome.log()
        if outcome.taken:
            self._after([name])
        return outcome.taken

    def _put(self, name: str, value: Any, *, with_roi: bool = False) -> _Outcome:
        """``with_roi``: a region of interest follows."""
        default = isinstance(value, Default)
        try:
            region = Region(self) if name == "binsize" and not with_roi else None
            got = self._ask("fit", name, int(value)) if default else self._ask("set", name, value)
        except SettingError as error:
            if self.strict:
                raise
            return _Outcome(False, ((logging.WARNING, refused(name, value, error)),))
        if name == "framerate":
            self._requested.ask(value)
        outcome = _taken(name, value, got)
        more = () if region is None else tuple(region.lines(self, got))
        return outcome._replace(lines=(*outcome.lines, *more))

    def assign_all(self, wanted: Mapping[str, Any]) -> list[str]:
        """Apply settings that are given together, each when it is possible; names of those refused.

        What is logged comes in the order in which they are given.
        """
        outcomes: dict[str, _Outcome] = {}
        for name in self._in_order(wanted):
            outcomes[name] = self._put(name, wanted[name], with_roi="roi" in wanted)
        for name in wanted:
            outcomes[name].log()
        self._after([name for name in wanted if outcomes[name].taken])
        return [name for name in wanted if not outcomes[name].taken]

    def update(self, **settings: Any) -> dict[str, Any]:
        """Set several settings together: all of them, or none.

        They are written in the right order, whatever order you give them in, and in one pause of the
        stream at most.  If the camera refuses one of them, all keep their old values.

        Returns
        -------
        dict
            What the camera has now, by name; it may have rounded numbers.

        Raises
        ------
        SettingError
            A setting was refused, or does not exist; also where :attr:`strict` is False.

        Examples
        --------
        >>> from llpyspin import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap:
        ...     now = cap.update(framerate=60, exposure=5000, roi=(0, 0, 540, 720), gain=6)
        >>> now["roi"], round(now["gain"], 2)
        (Roi(y=0, x=0, height=540, width=720), 6.0)
        """
        if not settings:
            return {}
        ordered = {name: settings[name] for name in self._in_order(settings)}
        try:
            got: dict[str, Any] = self._ask("update", ordered, timeout_s=OPEN_S)
        except SettingError as error:
            text = str(error)
            text += "" if text.endswith((".", "?")) else "."
            error.args = (f"{text} Nothing was changed: update() sets all or none",)
            raise
        if "framerate" in settings:
            self._requested.ask(settings["framerate"])
        for name, value in settings.items():
            _taken(name, value, got[name]).log()
        self._after(settings)
        return {name: got[name] for name in settings}

    def _in_order(self, wanted: Mapping[str, Any]) -> list[str]:
        """The names in the order in which this camera takes them, as it is now."""
        names = in_order(wanted)
        if "framerate" in wanted and self._is_bounded_now(wanted.get("exposure")):
            names.remove("framerate")
            names.insert(names.index("exposure"), "framerate")
        return names

    def _is_bounded_now(self, exposure: Any) -> bool:
        """Whether the present frame rate of a camera does not allow this exposure, as on some it does not."""
        if isinstance(exposure, bool) or not isinstance(exposure, numbers.Real):
            return False
        try:
            most = self.limits("exposure").max
        except SettingError:  # it cannot be read now; setting it tells more
            return False
        return most is not None and bool(exposure > most)

    def _after(self, names: Iterable[str]) -> None:
        """Called when settings of these names were changed: say so if the frame rate suffers by it."""
        names = set(names)
        if not names & set(RATE_MOVERS):
            return
        if "framerate" not in names:
            self._ask_again()
        name, set_to = self.nickname, float(self.framerate)
        self._requested.tell(name, set_to, self.resulting_framerate, self.exposure)

    def _ask_again(self) -> None:
        """Set the requested frame rate anew, where the camera had to lower it and need not any more."""
        wanted = self._requested.hz
        if (
            wanted is not None
            and is_slower(self.framerate, wanted)
            and wanted <= self.limits("framerate").max
        ):
            self._ask("set", "framerate", wanted)

    @property
    def resulting_framerate(self) -> float:
        """Frames per second (Hz) that result from all settings together."""
        return float(self._ask("get", "resulting_framerate"))

    # -- all together -------------------------------------------------------------------------------------

    def settings(self) -> Snapshot:
        """Return all readable and writable GenICam settings; selected ones as ``"LineSource[Line1]"``.

        The result is a dict that shows itself as a table.
        """
        return Snapshot(self._ask("snapshot", timeout_s=OPEN_S))

    def save_settings(self, path: str | pathlib.Path, *, overwrite: bool = False) -> None:
        """Write :meth:`settings` to a YAML file, with the camera's identity.

        Raises
        ------
        OutputExistsError
            The file exists and ``overwrite`` is False.
        """
        info = self.info
        document = {
            "camera": {
                "serial": info.serial,
                "model": info.model,
                "firmware": info.firmware,
                "sdk": info.sdk,
            },
            "settings": dict(self.settings()),
        }
        import yaml

        text = yaml.safe_dump(document, sort_keys=False)
        try:
            with pathlib.Path(path).open("w" if overwrite else "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise OutputExistsError(f"{path} exists. Choose another name, or pass overwrite=True") from None

    def load_settings(self, path: str | pathlib.Path) -> RestoreReport:
        """Load the settings from a file that :meth:`save_settings` wrote.

        Returns a report of the values that were set, rounded, refused, or that this camera does not have.
        If the camera streams, the stream pauses.
        """
        settings = read_settings(path)
        report: RestoreReport = self._ask("restore", settings, timeout_s=OPEN_S)
        self._loaded(settings)
        return report

    def _loaded(self, settings: Mapping[str, Any]) -> None:
        """A file brings a state of the camera: its rate was asked for if the rest of it allows that rate."""
        self._requested.ask(None)
        rate = settings.get("AcquisitionFrameRate")
        enabled = next((settings[name] for name in _RATE_SWITCH if name in settings), False)
        if enabled and isinstance(rate, float) and not is_slower(self.resulting_framerate, rate):
            self._requested.ask(rate)
        self._after(RATE_MOVERS)
