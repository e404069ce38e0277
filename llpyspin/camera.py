"""The proxy that every public camera class is made of: opening, closing and settings.

It runs in the user's process and touches no SDK; all it does is ask the camera process.
"""

from __future__ import annotations

import logging
import math
import operator
import pathlib
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.console import show_lines
from llpyspin.errors import (
    CameraClosedError,
    SettingError,
)
from llpyspin.frames import FrameReader
from llpyspin.nodes import Nodes
from llpyspin.process import OPEN_S, REQUEST_S, CameraProcess
from llpyspin.settings import Roi, brief

if TYPE_CHECKING:
    from llpyspin.device import FoundCamera
    from llpyspin.settings import CameraInfo, Limits, RestoreReport

__all__ = ["Camera", "list_cameras"]

logger = logging.getLogger("llpyspin")

DEFAULT_FRAMERATE = 30  # fps, as in the README of parallel-pyspin
DEFAULT_EXPOSURE = 1500  # us, likewise
DEFAULT_BINSIZE = 1

_Self = TypeVar("_Self", bound="Camera")

_LINES = {
    "framerate": ("setting framerate to {} fps", "failed to set the framerate to {} fps"),
    "exposure": ("setting exposure to {} us", "failed to set the exposure to {} us"),
    "binsize": ("setting binsize to {} pixel(s)", "failed to set the binsize to {} pixel(s)"),
    "roi": ("setting the ROI parameters to {}.", "failed to set the ROI parameters to {}"),
    "gain": ("setting gain to {} dB", "failed to set the gain to {} dB"),
    "black_level": ("setting black level to {} %", "failed to set the black level to {} %"),
}


def list_cameras(sdk: str | None = None) -> list[FoundCamera]:
    """The cameras that are connected now: ``serial``, ``model``, ``interface`` and ``in_use`` of each.

    Asks in a process of its own, which ends again, so that this one never loads the SDK.  Blocks for about
    1 s, with the real SDK about 7 s.  With some SDK versions, looking for cameras disturbs those that stream
    in other processes: list before you record.

    Parameters
    ----------
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        As in :class:`llpyspin.streaming.VideoStream`.
    """
    process = CameraProcess("list")
    try:
        found: list[FoundCamera] = process.request("list", sdk, timeout_s=OPEN_S)
        return found
    finally:
        process.close()


class Camera:
    """What all cameras have in common.  Users meet its subclasses.

    Parameters
    ----------
    device : int or str
        Index among the connected cameras, or serial number.
    framerate, exposure, binsize, roi
        Settings to begin with, see the properties of these names.  One that the camera refuses is treated
        like a refused assignment; the default is tried then.
    color : bool, optional
        True: colour images, in BGR order as in OpenCV.  False: monochrome.  None: what the sensor is.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        Which SDK drives the camera.  Default: environment variable ``LLPYSPIN_SDK``, else FLIR's PySpin if
        it is installed, else rotpy; never virtual cameras unless asked for.
    nickname : str, optional
        A name for messages.
    strict : bool
        Whether a refused setting raises :class:`llpyspin.errors.SettingError` instead of logging a warning.
        Either way the camera keeps the old value.
    serial_number, device_index, dummy
        The constructor arguments of parallel-pyspin 1.0; ``dummy=True`` is ``sdk="virtual"``.
    """

    _opening_line = "Opening the camera."
    _closing_line = "Releasing the camera."
    _closed_line = "The camera is closed."
    _open_line = "The camera is already open."

    def __init__(
        self,
        device: int | str | None = None,
        *,
        framerate: float | str | None = DEFAULT_FRAMERATE,
        exposure: float = DEFAULT_EXPOSURE,
        binsize: int | tuple[int, int] = DEFAULT_BINSIZE,
        roi: tuple[int, int, int, int] | None = None,
        color: bool | None = None,
        sdk: str | None = None,
        nickname: str | None = None,
        strict: bool = False,
        serial_number: int | str | None = None,
        device_index: int | None = None,
        dummy: bool = False,
    ) -> None:
        self._process: CameraProcess | None = None
        self._reader: FrameReader | None = None
        self._info: CameraInfo | None = None
        self._nodes: Nodes | None = None
        self._address = ""  # of its frames
        self._device = _which(device, serial_number, device_index)
        self._sdk = "virtual" if dummy and sdk is None else sdk
        self._color = color
        self._first = {"framerate": framerate, "exposure": exposure, "binsize": binsize, "roi": roi}
        self.nickname = nickname if nickname is not None else f"camera[{self._device}]"
        self.strict = strict
        show_lines(logger)
        self.open()

    # -- opening and closing ------------------------------------------------------------------------------

    def open(self, device: int | str | None = None) -> bool:
        """Open the camera (again); True when it is open.

        Blocks until the camera is ready: under 1 s with virtual cameras, 8 to 15 s with the real SDK, of
        which its start takes 5 s; 60 s at most.

        Raises
        ------
        CameraNotFoundError, CameraInUseError, CameraHungError, CameraProcessError, SdkNotFoundError
        """
        if self.isOpened():
            if device is None:
                logger.info(self._open_line)
                return True
            self.release()
        if device is not None:
            self._device = _which(device, None, None)
        self._drop()
        _say(self._opening_line)
        process = CameraProcess(str(self._device))
        try:
            info, address = process.request("open", self._device, self._sdk, self._color, timeout_s=OPEN_S)
            process.name = info.serial
            self._process, self._info, self._nodes, self._address = process, info, Nodes(process), address
            self._apply_first()
            self._begin(process)
            self._reader = FrameReader(self._address)
        except BaseException:
            self._process = self._reader = self._nodes = None
            process.close()
            raise
        return True

    def isOpened(self) -> bool:
        """Whether the camera is open and its process alive."""
        process = self._process
        return process is not None and process.alive

    def release(self) -> None:
        """Stop and close the camera; blocks under 1 s, 15 s at most with an SDK that hangs.

        Releasing twice is fine.
        """
        if self._process is None:
            logger.info(self._closed_line)
            return
        _say(self._closing_line)
        self._drop()

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError(
            f"{self.nickname} belongs to the process that opened it and cannot be copied or sent to another; "
            "send its serial number and open it there, or send images"
        )

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process is not None:
            self.release()

    def __repr__(self) -> str:
        kind = type(self).__name__
        if self._info is None or not self.isOpened():
            return f"<{kind} {self._device!r}, closed>"
        info = self._info
        virtual = ", virtual" if info.virtual else ""
        sdk = f"sdk {info.sdk} {info.sdk_version}{virtual}"
        return f"<{kind} {info.serial}, {info.model} ({info.interface}), {sdk}>"

    # -- settings -----------------------------------------------------------------------------------------

    @property
    def info(self) -> CameraInfo:
        """Which camera this is: serial, model, interface, SDK; kept after the camera is closed."""
        if self._info is None:
            raise CameraClosedError(f"camera {self._device}: was never opened", camera=str(self._device))
        return self._info

    @property
    def framerate(self) -> Any:
        """Frames per second, as the camera has rounded it; set a number, or "max" or None for the most."""
        return self._get("framerate")

    @framerate.setter
    def framerate(self, value: float | str | None) -> None:
        self.assign("framerate", value)

    @property
    def exposure(self) -> Any:
        """Exposure time in microseconds, as the camera has rounded it."""
        return self._get("exposure")

    @exposure.setter
    def exposure(self, value: float) -> None:
        self.assign("exposure", value)

    @property
    def gain(self) -> float:
        """Gain in dB."""
        return float(self._get("gain"))

    @gain.setter
    def gain(self, value: float) -> None:
        self.assign("gain", value)

    @property
    def binsize(self) -> int | tuple[int, int]:
        """Binning in pixels: one number for both axes, or (vertical, horizontal).  Resets the ROI."""
        value: int | tuple[int, int] = self._get("binsize")
        return value

    @binsize.setter
    def binsize(self, value: int | tuple[int, int]) -> None:
        self.assign("binsize", value)

    @property
    def roi(self) -> Roi:
        """Region of interest (y, x, height, width) in pixels of the binned image; set None for all of it."""
        return Roi(*self._get("roi"))

    @roi.setter
    def roi(self, value: tuple[int, int, int, int] | None) -> None:
        self.assign("roi", value)

    @property
    def pixel_format(self) -> str:
        """GenICam pixel format: ``"Mono8"``, ``"Mono16"``, ``"Mono12p"``, ``"BayerRG8"``, ``"BGR8"`` …"""
        return str(self._get("pixel_format"))

    @pixel_format.setter
    def pixel_format(self, value: str) -> None:
        self.assign("pixel_format", value)

    @property
    def black_level(self) -> float:
        """Black level in % of full scale."""
        return float(self._get("black_level"))

    @black_level.setter
    def black_level(self, value: float) -> None:
        self.assign("black_level", value)

    @property
    def gamma(self) -> float:
        """Gamma, no unit; 1 is linear."""
        return float(self._get("gamma"))

    @gamma.setter
    def gamma(self, value: float) -> None:
        self.assign("gamma", value)

    @property
    def white_balance(self) -> Any:
        """(red, blue) balance ratios of a colour camera; "once" or "continuous": the camera's own."""
        return self._get("white_balance")

    @white_balance.setter
    def white_balance(self, value: tuple[float, float] | str) -> None:
        self.assign("white_balance", value)

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

    @property
    def nodes(self) -> Nodes:
        """Any GenICam node by name, see :class:`llpyspin.nodes.Nodes`."""
        self._opened()
        assert self._nodes is not None
        return self._nodes

    def limits(self, name: str) -> Limits:
        """What the setting of this name (a property of this class) accepts now, with its unit."""
        limits: Limits = self._ask("limits", name)
        return limits

    def settings(self) -> dict[str, Any]:
        """All readable and writable GenICam settings, selected ones as ``"LineSource[Line1]"``."""
        snapshot: dict[str, Any] = self._ask("snapshot", timeout_s=OPEN_S)
        return snapshot

    def save_settings(self, path: str | pathlib.Path, *, overwrite: bool = False) -> None:
        """Write :meth:`settings` to a YAML file, with the camera's identity.

        Raises
        ------
        FileExistsError
            The file is there and ``overwrite`` is False.
        """
        info = self.info
        document = {
            "camera": {
                "serial": info.serial,
                "model": info.model,
                "firmware": info.firmware,
                "sdk": info.sdk,
            },
            "settings": self.settings(),
        }
        import yaml

        text = yaml.safe_dump(document, sort_keys=False)
        with pathlib.Path(path).open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(text)

    def load_settings(self, path: str | pathlib.Path) -> RestoreReport:
        """Bring the camera to the settings of a file that :meth:`save_settings` wrote.

        Gives a report of what took, what the camera rounded, refused or does not have.  A streaming camera
        pauses for it.
        """
        import yaml

        text = pathlib.Path(path).read_text(encoding="utf-8")
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise SettingError(f"{path} is not a YAML file: {error}") from error
        if not (isinstance(document, dict) and isinstance(document.get("settings"), dict)):
            raise SettingError(f"{path} has no 'settings' in it: not a file of save_settings()")
        report: RestoreReport = self._ask("restore", document["settings"], timeout_s=OPEN_S)
        return report

    # -- for subclasses -----------------------------------------------------------------------------------

    def _begin(self, process: CameraProcess) -> None:
        """Called once the camera is open and has its first settings."""

    def _opened(self) -> CameraProcess:
        if self._process is None:
            raise self._closed()
        return self._process

    def _closed(self) -> CameraClosedError:
        return CameraClosedError(
            f"{self.nickname} is closed; open() opens it again", camera=str(self._device)
        )

    def _ask(self, operation: str, *arguments: Any, timeout_s: float = REQUEST_S) -> Any:
        return self._opened().request(operation, *arguments, timeout_s=timeout_s)

    def _get(self, name: str) -> Any:
        return self._ask("get", name)

    def assign(self, name: str, value: Any) -> bool:
        """Set the property of this name; False when the camera refused it, with a warning.

        What assignments do (``cap.framerate = 60``), for code that wants to know whether it worked.
        """
        done, failed = _LINES.get(name, (f"setting {name} to {{}}", f"failed to set {name} to {{}}"))
        try:
            got = self._ask("set", name, value)
        except SettingError as error:
            if self.strict:
                raise
            logger.warning("%s: %s", failed.format(brief(value, str)), error)
            return False
        shown = got if value is None or isinstance(value, str) else value
        logger.info(done.format(tuple(shown) if isinstance(shown, tuple) else shown))
        if isinstance(value, (int, float)) and not math.isclose(got, value, rel_tol=1e-3):
            logger.info("the camera rounds the %s to %s", name, got)
        return True

    def _apply_first(self) -> None:
        defaults = {
            "framerate": DEFAULT_FRAMERATE,
            "exposure": DEFAULT_EXPOSURE,
            "binsize": DEFAULT_BINSIZE,
            "roi": None,
        }
        for name, value in self._first.items():
            if not self.assign(name, value) and value != defaults[name]:
                self.assign(name, defaults[name])

    def _drop(self) -> None:
        reader, self._reader = self._reader, None
        process, self._process = self._process, None
        self._nodes = None
        try:
            if process is not None:
                process.close()
        finally:
            if reader is not None:  # after the camera: what is held of its frames stays as it is until then
                reader.close()


def _say(line: str) -> None:
    if line:
        logger.info(line)


def _which(device: Any, serial_number: Any, device_index: Any) -> int | str:
    """The one identifier among the three ways of giving one; the camera process checks its value."""
    given = [value for value in (device, serial_number, device_index) if value is not None]
    if len(given) > 1:
        raise TypeError("give one of device, serial_number and device_index, not several")
    if serial_number is not None:
        device = serial_number
        if isinstance(device, int) and not isinstance(device, bool):
            return str(device)
    elif device_index is not None:
        device = device_index
    elif device is None:
        return 0
    if isinstance(device, str):
        return device
    try:
        if isinstance(device, bool):
            raise TypeError
        index = operator.index(device)  # numpy's integers too
    except TypeError:
        kind = type(device).__name__
        raise TypeError(
            f"device must be an index (int) or a serial number (str), not {device!r} of type {kind}"
        ) from None
    if index < 0:
        raise ValueError(f"a device index is 0 or more, not {index}")
    return index
