"""Opens a camera, and closes it without leaving anything behind."""

from __future__ import annotations

import gc
import ipaddress
import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.deadlines import Deadline
from llpyspin.device.sdkcall import Code, SdkFailure, call, camera_error
from llpyspin.errors import ArgumentError, ArgumentTypeError, CameraInUseError, CameraNotFoundError, SdkError
from llpyspin.naming.nearest import nearest_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llpyspin.system.holders import Holder

__all__ = ["FLIR", "FoundCamera", "Handle", "Rivals", "check_which", "list_cameras", "open_handle"]

log = logging.getLogger(__name__)

FLIR = "1e10"  # USB vendor id of Point Grey, now FLIR (Teledyne)
# A GigE camera notices only after its heartbeat timeout (3 s) that the program that held it was killed.
RETRY_S = {"GigE": 8.0, "USB3": 2.0}
BETWEEN_TRIES_S = 0.5
VIRTUAL = "llpyspin.virtual"
HINT = (
    "Is it plugged in and powered? USB3: its udev rule installed? GigE: is its address in the subnet of this "
    "computer's interface?"
)


class FoundCamera(NamedTuple):
    """A connected camera: what is known without opening it.

    ``in_use`` is None where the SDK does not tell before opening.  ``address`` is the IP address of a GigE
    camera, "" where there is none or the SDK does not tell.
    """

    serial: str
    model: str
    interface: str
    in_use: bool | None
    address: str = ""

    def __str__(self) -> str:
        return f"{self.serial} ({self.model}, {self.interface})"


class Rivals:
    """Who else may hold a camera; subclasses know more.

    Parameters
    ----------
    own : mapping of int to str
        Other camera processes of the same program, with the serial numbers of their cameras.
    """

    def __init__(self, own: Mapping[int, str] | None = None) -> None:
        self._own = dict(own or {})

    def holders(self, camera: FoundCamera) -> tuple[Holder, ...]:
        """The processes that hold it, as far as can be seen."""
        del camera
        return ()

    def is_own(self, camera: FoundCamera, holders: Sequence[Holder]) -> bool:
        """Whether it is the same program that holds it: then it makes no sense to wait."""
        if holders:
            return any(self._own.get(each.pid) == camera.serial for each in holders)
        return camera.serial in self._own.values()

    def hint(self, camera: FoundCamera) -> str:
        """What else to say when it is in use."""
        del camera
        return ""


class Handle:
    """The SDK's system and one camera of it, with the one reference to each."""

    def __init__(self, sdk: Any) -> None:
        self.sdk = sdk
        self.camera: Any = None
        self._system: Any = call(sdk, sdk.System.GetInstance)
        self._cameras: Any = None

    def look(self) -> list[FoundCamera]:
        """Enumerate the cameras that are connected."""
        if self._cameras is not None:
            self._cameras.Clear()
        self._cameras = call(self.sdk, self._system.GetCameras)
        return [self._describe(number) for number in range(call(self.sdk, self._cameras.GetSize))]

    def take(self, number: int) -> None:
        """Hold on to the camera at this place in the list."""
        self.camera = call(self.sdk, self._cameras.GetByIndex, number)

    def send_action(self, device_key: int, group_key: int, group_mask: int, at: int) -> None:
        """Broadcast an action command to GigE cameras; ``at`` is a time of their common clock, or 0: now."""
        try:
            call(self.sdk, self._system.SendActionCommand, device_key, group_key, group_mask, at)
        except SdkFailure as failure:
            error = camera_error(failure, "sending an action command")
        else:
            return
        raise error

    def release(self) -> None:
        """Let go of everything; safe to call in any state and more than once."""
        self.camera = None
        if self._cameras is not None:
            self._quietly("clearing the camera list", self._cameras.Clear)
        self._cameras = None
        system, self._system = self._system, None
        if system is None:
            return
        # Reference cycles through a traceback would keep the SDK's objects alive.
        if not self._quietly("releasing the system", system.ReleaseInstance, logging.DEBUG):
            gc.collect()
            self._quietly("releasing the system", system.ReleaseInstance)

    def _describe(self, number: int) -> FoundCamera:
        camera = call(self.sdk, self._cameras.GetByIndex, number)
        told = {name: self._told(camera, name) for name in _TOLD}
        kind = told["DeviceType"].lower()
        interface = "GigE" if "gige" in kind or "gev" in kind else "USB3"
        return FoundCamera(
            told["DeviceSerialNumber"],
            told["DeviceModelName"],
            interface,
            _means_in_use(told["GevCCP"]),
            _dotted(told["GevDeviceIPAddress"]) if interface == "GigE" else "",
        )

    def in_use(self) -> bool | None:
        """Whether a program controls the camera now; None if the SDK cannot say before Init.

        A GigE camera can be asked without opening it.
        """
        return _means_in_use(self._told(self.camera, "GevCCP"))

    def _told(self, camera: Any, name: str) -> str:
        """What the transport layer knows of a camera that is not opened; "" if nothing."""
        sdk = self.sdk
        try:
            nodes = call(sdk, camera.GetTLDeviceNodeMap)
            value = call(sdk, sdk.CValuePtr, call(sdk, nodes.GetNode, name))
            if not call(sdk, sdk.IsReadable, value):
                return ""
            return str(call(sdk, value.ToString, False, True))  # past the cache: it may be another's doing
        except SdkFailure as failure:
            log.debug("%s of a camera in the list: %s", name, str(failure))
            return ""

    def _quietly(self, doing: str, function: Any, level: int = logging.WARNING) -> bool:
        try:
            call(self.sdk, function)
        except SdkFailure as failure:
            log.log(level, "%s: %s", doing, str(failure))
            return False
        return True


def _means_in_use(control: str) -> bool | None:
    # The transport layer's entries repeat the enumeration's name: EnumEntry_GevCCP_OpenAccess.
    return None if not control else not (control.endswith("OpenAccess") or control == "0")


_TOLD = ("DeviceSerialNumber", "DeviceModelName", "DeviceType", "GevCCP", "GevDeviceIPAddress")


def _dotted(address: str) -> str:
    """An IP address as people write it; SDKs give it so, or as a number in one way or another."""
    try:
        return str(ipaddress.IPv4Address(address if "." in address else int(address, 0)))
    except ValueError:
        return ""


def check_which(which: object) -> int | str:
    """An index (0, 1, …) or a serial number (a str of digits); anything else is refused."""
    if isinstance(which, bool) or not isinstance(which, (int, str)):
        raise ArgumentTypeError(
            f"a camera is an index (int) or a serial number (str), not {which!r} ({type(which).__name__})"
        )
    if isinstance(which, int) and which < 0:
        raise ArgumentError(f"a camera's index must be 0 or more, not {which}")
    if isinstance(which, str) and not which.strip().isalnum():
        raise ArgumentError(f"a serial number must consist of digits, not {which!r}")
    return which.strip() if isinstance(which, str) else which


def open_handle(
    sdk: Any, which: int | str, in_use_wait_s: float | None = None, rivals: Rivals | None = None
) -> tuple[Handle, FoundCamera]:
    """Find and initialise a camera; ``sdk`` is PySpin, or a module of its shape.

    Blocks as long as the SDK takes to start and enumerate (real ones: 2 to 8 s), and, for a camera that is in
    use, ``in_use_wait_s`` longer (default: 8 s for GigE, 2 s for USB3).  It does not wait for a camera that
    the same program has open.

    Raises
    ------
    CameraNotFoundError
        None such; the text lists those that are there.
    CameraInUseError
        Somebody else holds it, and went on holding it.
    """
    which = check_which(which)
    rivals = Rivals() if rivals is None else rivals
    deadline: Deadline | None = None
    while True:
        handle = _system(sdk)
        try:
            found = _find(handle, which)
            if deadline is None:
                deadline = Deadline(RETRY_S[found.interface] if in_use_wait_s is None else in_use_wait_s)
            refused = _init_when_free(handle, deadline, rivals, found)
            if not refused:
                return handle, found
        except BaseException:
            handle.release()
            raise
        # After a refused Init, SDK 2.6 cannot use the camera again in the same system: make a new one.
        handle.release()
        holders = rivals.holders(found)
        if deadline.passed or rivals.is_own(found, holders):
            raise CameraInUseError(
                _why_in_use(found, refused, holders, rivals.hint(found)), camera=found.serial, holders=holders
            )
        log.info("camera %s is in use. Trying again", found.serial)
        time.sleep(min(BETWEEN_TRIES_S, deadline.remaining()))


def _why_in_use(found: FoundCamera, refused: str, holders: Sequence[Holder], hint: str) -> str:
    if not holders:
        return (
            f"camera {found} is in use by another program, or by something in this program that was not "
            f"released ({refused}). End that first{hint}"
        )
    programs = {each.program: each for each in holders}
    who = " and ".join(map(str, programs.values()))
    kill = " ".join(map(str, programs))
    return f"camera {found} is in use by {who}. Close that program, or end it with: kill {kill}{hint}"


def _init_when_free(handle: Handle, deadline: Deadline, rivals: Rivals, found: FoundCamera) -> str:
    """Initialise the camera once no program controls it; return why not, "" on success."""
    while handle.in_use():
        if deadline.passed or rivals.is_own(found, rivals.holders(found)):
            return "another program controls it"
        time.sleep(min(BETWEEN_TRIES_S, deadline.remaining()))
    failure = _init(handle)
    return "" if failure is None else failure.text


def _system(sdk: Any) -> Handle:
    try:
        return Handle(sdk)
    except SdkFailure as failure:
        error = SdkError(f"the SDK does not start: {failure.text}", errorcode=failure.code)
    raise error


def _find(handle: Handle, which: int | str) -> FoundCamera:
    try:
        cameras = handle.look()
        for number, camera in enumerate(cameras):
            if which in (number, camera.serial):
                handle.take(number)
                return camera
        for number, camera in enumerate(cameras):
            if isinstance(which, int) and camera.serial.lstrip("0") == str(which):
                handle.take(number)
                return camera
    except SdkFailure as failure:
        error: Exception = camera_error(failure, "enumerating cameras", str(which))
    else:
        wanted = f"index {which}" if isinstance(which, int) else f"serial number {which}"
        there = ", ".join(str(camera) for camera in cameras) or "none"
        hint = _what_to_do(which, cameras, virtual=getattr(handle.sdk, "__name__", "") == VIRTUAL)
        error = CameraNotFoundError(
            f"there is no camera with {wanted}; connected: {there}. {hint}".removesuffix(". "),
            camera=str(which),
        )
    raise error


def _what_to_do(which: int | str, cameras: list[FoundCamera], *, virtual: bool) -> str:
    """What to look at, or to type where an index was given as text, or a serial number was mistyped."""
    text = str(which)
    if isinstance(which, str) and text.isdecimal() and len(text) < 4 and int(text) < len(cameras):
        return f"A text is a serial number; for the camera at place {int(text)} pass the number {int(text)}"
    near = nearest_words(text, [camera.serial for camera in cameras], close=0.85)
    hints = [f"Did you mean {near[0]}?"] if near else []
    return " ".join(
        hints if virtual else [*hints, HINT]
    )  # cameras of one delivery have numbers that are alike


def _init(handle: Handle) -> SdkFailure | None:
    """Initialise the camera; return the failure if it is one of being in use."""
    try:
        call(handle.sdk, handle.camera.Init)
    except SdkFailure as failure:
        refused = failure
    else:
        return None
    if refused.code in (Code.ACCESS_DENIED, Code.INVALID_HANDLE, Code.RESOURCE_IN_USE, Code.BUSY):
        return refused
    raise SdkError(f"the camera does not initialise: {refused.text}", errorcode=refused.code)


def list_cameras(sdk: Any) -> list[FoundCamera]:
    """The cameras that are connected, without opening any.  Blocks as long as the SDK takes (up to 8 s)."""
    handle = _system(sdk)
    try:
        return handle.look()
    except SdkFailure as failure:
        error = SdkError(f"the cameras cannot be listed: {failure.text}", errorcode=failure.code)
    finally:
        handle.release()
    raise error
