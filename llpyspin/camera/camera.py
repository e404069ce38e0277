"""The proxy that every public camera class is made of: opening, asking and closing.

It runs in the user's process and touches no SDK; all it does is ask the camera process.
"""

from __future__ import annotations

import logging
import operator
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.applying import RATE_MOVERS, Default
from llpyspin.camera.nodes import Nodes
from llpyspin.camera.prompt import show_lines
from llpyspin.camera.requested import RequestedRate
from llpyspin.camera.settable import SettableCamera
from llpyspin.errors import CameraClosedError
from llpyspin.frames import FrameReader
from llpyspin.processes.child import OPEN_S, REQUEST_S, CameraProcess

if TYPE_CHECKING:
    from llpyspin.device import FoundCamera
    from llpyspin.settings import CameraInfo

__all__ = ["Camera", "list_cameras"]

logger = logging.getLogger("llpyspin")

DEFAULT_FRAMERATE = Default(30)  # fps, as in the README of parallel-pyspin
DEFAULT_EXPOSURE = Default(1500)  # us, likewise
DEFAULT_BINSIZE = Default(1)

RATE_NODES = (
    *("AcquisitionFrameRate", "AcquisitionFrameRateEnable", "ExposureTime", "ExposureMode", "ExposureAuto"),
    *(
        "Width",
        "Height",
        "BinningVertical",
        "BinningHorizontal",
        "DecimationVertical",
        "DecimationHorizontal",
    ),
    *("PixelFormat", "AdcBitDepth", "DeviceLinkThroughputLimit"),
)
"""Nodes that change how many frames a second the camera can give."""

_Self = TypeVar("_Self", bound="Camera")


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


class Camera(SettableCamera):
    """What all cameras have in common.  Users meet its subclasses.

    Parameters
    ----------
    device : int or str
        Index among the connected cameras, or serial number.
    framerate, exposure, binsize, roi
        Settings to begin with, see the properties of these names; their order does not matter.  One that
        the camera refuses is treated like a refused assignment; the default is used then.  Where the camera
        cannot have a default, it gets the nearest value that it can.
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
        self._requested = RequestedRate()
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
            self._process, self._info, self._address = process, info, address
            self._nodes = Nodes(process, written=weakref.WeakMethod(self._node_written))
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

    # -- who it is ----------------------------------------------------------------------------------------

    @property
    def info(self) -> CameraInfo:
        """Which camera this is: serial, model, interface, SDK; kept after the camera is closed."""
        if self._info is None:
            raise CameraClosedError(f"camera {self._device}: was never opened", camera=str(self._device))
        return self._info

    @property
    def nodes(self) -> Nodes:
        """Any GenICam node by name, see :class:`llpyspin.camera.nodes.Nodes`."""
        self._opened()
        assert self._nodes is not None
        return self._nodes

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

    def _apply_first(self) -> None:
        defaults = {
            "framerate": DEFAULT_FRAMERATE,
            "exposure": DEFAULT_EXPOSURE,
            "binsize": DEFAULT_BINSIZE,
            "roi": None,
        }
        refused = self._put_all(self._first)
        self._put_all({name: defaults[name] for name in refused if self._first[name] is not defaults[name]})
        if "framerate" in refused:
            self._requested.ask(self._first["framerate"])  # it is still what the user wants

    def _node_written(self, name: str, value: Any) -> None:
        """Called when the user has written a node."""
        if name == "AcquisitionFrameRate":
            self._requested.ask(value)
        if name in RATE_NODES:
            self._after(RATE_MOVERS)

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
