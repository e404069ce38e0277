"""Which cameras there are: those that sysfs shows on USB, and those that the SDK finds, as one list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llpyspin.camera.which import list_cameras
from llpyspin.doctor.finding import Finding, fine, note, problem, unknown
from llpyspin.doctor.models import Sensor, sensor_of
from llpyspin.errors import LlpyspinError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.device import FoundCamera
    from llpyspin.doctor.usbtree import UsbDevice, UsbTree
    from llpyspin.system.holders import Holder

__all__ = ["Camera", "ask_sdk", "check_cameras", "merge"]


@dataclass(frozen=True)
class Camera:
    """A camera that is connected.

    Attributes
    ----------
    serial, model : str
    interface : str
        "USB3" or "GigE".
    virtual : bool
    in_use : bool or None
        What the SDK says; None where it does not.
    address : str
        IP address of a GigE camera, "" if it is not known.
    usb : UsbDevice or None
        Where it hangs.
    seen : bool
        Whether the SDK sees it.
    """

    serial: str
    model: str
    interface: str
    virtual: bool = False
    in_use: bool | None = None
    address: str = ""
    usb: UsbDevice | None = None
    seen: bool = False

    @property
    def sensor(self) -> Sensor | None:
        return sensor_of(self.model)

    def __str__(self) -> str:
        return f"{self.serial} ({self.model or 'unknown model'})"


def merge(found: Sequence[FoundCamera], tree: UsbTree | None, *, virtual: bool) -> list[Camera]:
    """One list of what the SDK found and what hangs on USB."""
    cameras = {
        each.serial: Camera(
            each.serial, each.model, each.interface, virtual, each.in_use, each.address, seen=True
        )
        for each in found
    }
    for device in () if virtual or tree is None else tree.cameras:
        known = next((cameras[name] for name in (device.serial, device.raw_serial) if name in cameras), None)
        if known is not None:
            cameras[known.serial] = replace(known, usb=device)
        else:
            cameras[device.serial] = Camera(device.serial, device.model, "USB3", usb=device)
    return list(cameras.values())


def ask_sdk(
    name: str | None, holders: Sequence[Holder], *, anyway: bool = False
) -> tuple[list[FoundCamera], list[Finding]]:
    """The cameras that the SDK finds; blocks for 1 s, with the real SDK about 7 s, 60 s at most.

    With some versions of the SDK, looking for cameras stops those that stream in other processes.  So where
    one is held, or the SDK is in use, a real SDK is not asked.

    Parameters
    ----------
    name : str or None
        Which SDK; None: there is no usable one.
    holders : sequence of Holder
        Who uses cameras or the SDK just now.
    anyway : bool
        Ask even then.
    """
    if name is None:
        return [], []
    if holders and name != "virtual" and not anyway:
        return [], [
            unknown(
                "cameras-not-asked",
                "The SDK was not asked for cameras, because it is in use: with some of its versions, looking "
                "for cameras disturbs those that stream. What hangs on USB is told all the same.",
                "Look again when the other program has ended; or with --anyway, if a disturbance does no "
                "harm.",
            )
        ]
    try:
        return list_cameras(name), []
    except LlpyspinError as error:
        return [], [
            problem(
                "sdk-does-not-start",
                f"The SDK ({name}) loads, but does not return a list of cameras: {error}",
                "Start FLIR's own viewer (SpinView) to see whether that works; if not, install the SDK again."
                if name != "virtual"
                else "Check the cameras in LLPYSPIN_VIRTUAL.",
                error=str(error),
            )
        ]


def check_cameras(cameras: Sequence[Camera], *, asked: bool) -> list[Finding]:
    """A line for each camera.

    Parameters
    ----------
    cameras : sequence of Camera
    asked : bool
        Whether the SDK gave its list.
    """
    if not cameras:
        if not asked:
            return []
        return [
            note(
                "no-camera",
                "No camera was found.",
                "Is it plugged in and powered? USB3: does `lsusb -d 1e10:` show it? GigE: is its address in "
                "the subnet of this computer's interface?",
            )
        ]
    return [_line(camera, asked) for camera in cameras]


def _line(camera: Camera, asked: bool) -> Finding:
    where = ""
    if camera.usb is not None:
        where = f", USB {camera.usb.name}, {_speed(camera.usb.speed)}"
    elif camera.address:
        where = f", {camera.address}"
    what = f"{'Virtual camera' if camera.virtual else 'Camera'} {camera}, {camera.interface}{where}"
    data: dict[str, Any] = {
        "serial": camera.serial,
        "model": camera.model,
        "interface": camera.interface,
        "seen": camera.seen,
    }
    if asked and not camera.seen:
        return problem(
            "camera-not-seen",
            f"{what}: it is connected to USB, but the SDK does not see it.",
            "See the findings on access below. Unplug it and plug it in again. log out and in after "
            "installing the SDK.",
            **data,
        )
    return fine("camera", what, **data)


def _speed(mbps: float) -> str:
    return f"{mbps / 1000:g} Gbit/s" if mbps >= 1000 else f"{mbps:g} Mbit/s"
