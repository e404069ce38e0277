"""The USB devices of a machine as sysfs has them: which hangs on which, and what each link carries.

``/sys/bus/usb/devices`` has a link for each device into the tree of all devices, where a device lies in the
folder of the hub that it hangs on, and a root hub in that of its controller: ``0000:00:14.0/usb2/2-1/2-1.3``.
Serial numbers of Blackfly S cameras are hexadecimal there and decimal everywhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.device.opening import FLIR
from llpyspin.system.holders import printed_serial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.doctor.host import System

__all__ = ["FLIR", "Controller", "UsbDevice", "UsbTree", "read_usb", "usable_usb"]

DEVICES = "/sys/bus/usb/devices"
HUB = 0x09
STORAGE = 0x08
_PCI = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]")
_GT_S = re.compile(r"([\d.]+) GT/s")

# What cameras get of a link, where nothing else uses it: vendors of cameras say 400 MB/s of 5 Gbit/s, that is
# four fifths of what its line code leaves (8 bits of 10), and 40 MB/s of 480 Mbit/s.  The faster ones use
# 128 bits of 132; the same share of them is taken here, which nobody measured for us.
_CAMERA_SHARE = 0.8
_USB2 = 40e6
# PCI Express: bytes a second of a lane, by GT/s, after its line code.  Packets of 128 bytes leave 0.83 of it.
_LANE = {2.5: 250e6, 5.0: 500e6, 8.0: 985e6, 16.0: 1969e6, 32.0: 3938e6, 64.0: 7563e6}
_PCIE_SHARE = 0.83


@dataclass(frozen=True)
class UsbDevice:
    """A device, hub or root hub.

    Attributes
    ----------
    name : str
        As the kernel calls it: ``"2-1.3"``, or ``"usb2"`` for the root hub of bus 2.
    parent : str
        Name of the hub that it hangs on, "" for a root hub.
    controller : str
        PCI address, or the name of the platform's device.
    speed : float
        Mbit/s that it talks with: 480, 5000, 10000, ...
    classes : frozenset of int
        USB classes of the device and of its interfaces.
    node : str
        Its file in ``/dev``, which a program that uses it has open.
    """

    name: str
    parent: str
    controller: str
    vendor: str
    product_id: str
    maker: str
    product: str
    raw_serial: str
    speed: float
    classes: frozenset[int]
    node: str

    @property
    def is_hub(self) -> bool:
        return HUB in self.classes

    @property
    def is_storage(self) -> bool:
        return STORAGE in self.classes

    @property
    def is_camera(self) -> bool:
        return self.vendor == FLIR and not self.is_hub

    @property
    def serial(self) -> str:
        """The serial number as FLIR prints it on the camera."""
        return printed_serial(self.raw_serial)

    @property
    def model(self) -> str:
        """As the SDK calls it; "" where the device does not say."""
        return self.product if "-" in self.product else ""

    def __str__(self) -> str:
        return (
            " ".join(part for part in (self.maker, self.product) if part)
            or f"{self.vendor}:{self.product_id}"
        )


@dataclass(frozen=True)
class Controller:
    """A USB host controller.

    Attributes
    ----------
    address : str
    fastest : float
        Mbit/s of its fastest root hub.
    link : float or None
        Bytes a second that its PCI Express link leaves to data; None where sysfs tells of none.
    link_text : str
        That link in words.
    """

    address: str
    fastest: float
    link: float | None
    link_text: str

    @property
    def usable(self) -> float:
        """Bytes a second of images that the controller carries: all its ports share them.

        Some controllers carry more over several ports at once; vendors of cameras advise not to count on it.
        """
        usb = usable_usb(self.fastest)
        return usb if self.link is None else min(usb, self.link)


@dataclass(frozen=True)
class UsbTree:
    """All of them, by name."""

    devices: dict[str, UsbDevice]
    controllers: dict[str, Controller]

    @property
    def cameras(self) -> tuple[UsbDevice, ...]:
        return tuple(device for device in self.devices.values() if device.is_camera)

    def camera(self, serial: str) -> UsbDevice | None:
        """The camera of this serial number."""
        return next((each for each in self.cameras if serial in (each.serial, each.raw_serial)), None)

    def hubs_above(self, device: UsbDevice) -> list[UsbDevice]:
        """The hubs between a device and its root hub, the nearest first; the root hub is not among them."""
        found: list[UsbDevice] = []
        above = self.devices.get(device.parent)
        while above is not None and above.parent:
            found.append(above)
            above = self.devices.get(above.parent)
        return found

    def others_on(self, controller: str, cameras: Sequence[UsbDevice]) -> list[UsbDevice]:
        """What else hangs on a controller and may move much data: disks, other cameras."""
        return [
            each
            for each in self.devices.values()
            if each.controller == controller
            and each not in cameras
            and not each.is_hub
            and (each.is_storage or 0x0E in each.classes)  # video
        ]


def usable_usb(speed: float) -> float:
    """Bytes a second of images that a link of ``speed`` Mbit/s carries."""
    if speed <= 480:
        return _USB2 * speed / 480
    code = 8 / 10 if speed <= 5000 else 128 / 132
    return speed * 1e6 / 8 * code * _CAMERA_SHARE


def read_usb(system: System) -> UsbTree:
    """All USB devices; none on a machine without USB."""
    devices: dict[str, UsbDevice] = {}
    for name in system.names(DEVICES):
        if ":" not in name:  # those with a colon are interfaces
            device = _device(system, name)
            if device is not None:
                devices[name] = device
    addresses = {device.controller for device in devices.values()}
    controllers = {address: _controller(system, address, devices) for address in sorted(addresses)}
    return UsbTree(devices, controllers)


def _device(system: System, name: str) -> UsbDevice | None:
    folder = f"{DEVICES}/{name}"
    vendor = system.text(f"{folder}/idVendor")
    bus, number = system.number(f"{folder}/busnum"), system.number(f"{folder}/devnum")
    if vendor is None or bus is None or number is None:
        return None  # it has just gone
    real = system.real(folder).split("/")
    root = next((place for place, part in enumerate(real) if re.fullmatch(r"usb\d+", part)), len(real) - 1)
    parent = real[-2] if len(real) - 1 > root else ""
    classes = {_hex(system.text(f"{folder}/bDeviceClass"))}
    for entry in system.names(folder):
        if entry.startswith(f"{name}:"):
            classes.add(_hex(system.text(f"{folder}/{entry}/bInterfaceClass")))
    return UsbDevice(
        name=name,
        parent=parent,
        controller=real[root - 1],
        vendor=vendor.lower(),
        product_id=(system.text(f"{folder}/idProduct") or "").lower(),
        maker=system.text(f"{folder}/manufacturer") or "",
        product=system.text(f"{folder}/product") or "",
        raw_serial=system.text(f"{folder}/serial") or "",
        speed=_float(system.text(f"{folder}/speed")),
        classes=frozenset(classes - {-1}),
        node=f"/dev/bus/usb/{bus:03d}/{number:03d}",
    )


def _controller(system: System, address: str, devices: dict[str, UsbDevice]) -> Controller:
    own = [each for each in devices.values() if each.controller == address]
    fastest = max((each.speed for each in own if not each.parent), default=0.0)
    if not _PCI.fullmatch(address):
        return Controller(address, fastest, None, "")
    folder = f"/sys/bus/pci/devices/{address}"
    speed = _GT_S.match(system.text(f"{folder}/current_link_speed") or "")
    lanes = system.number(f"{folder}/current_link_width")
    if speed is None or not lanes or lanes > 32:  # a controller inside the chip set has no such link
        return Controller(address, fastest, None, "")
    lane = _LANE.get(float(speed[1]))
    link = None if lane is None else lane * lanes * _PCIE_SHARE
    return Controller(address, fastest, link, f"PCI Express, {speed[1]} GT/s x{lanes}")


def _hex(text: str | None) -> int:
    try:
        return int(text or "", 16)
    except ValueError:
        return -1


def _float(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return 0.0
