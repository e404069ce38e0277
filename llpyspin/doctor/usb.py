"""Findings about USB: the speed of each camera, who shares a link, and the kernel's memory for transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.doctor.models import Sensor, frame_bytes
from llpyspin.doctor.usbtree import usable_usb
from llpyspin.frames.buffers import streaming_buffers, usb3_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.host import System
    from llpyspin.doctor.usbtree import UsbTree

__all__ = ["Share", "check_speeds", "check_usbfs", "check_usbfs_limit", "raise_usbfs", "shares"]

INSTALL = "sudo $(which python) -m spinnaker.install"
USBFS = "/sys/module/usbcore/parameters/usbfs_memory_mb"
RECOMMENDED_MB = 1000  # FLIR's application note "Understanding USBFS on Linux"
MOST_MB = 2047  # the kernel's own maximum, which 0 stands for too
TWO_WAYS = "The first line does it now and for good, the second until the next start:"
SUPER_SPEED = 5000  # Mbit/s


@dataclass(frozen=True)
class Share:
    """A link that one or several cameras use.

    Attributes
    ----------
    name : str
        For people: "USB controller 0000:00:14.0", "hub 2-1".
    usable : float
        Bytes a second that it carries.
    wanted : float
        Bytes a second that its cameras send.
    cameras : tuple of str
        Their names.
    """

    name: str
    usable: float
    wanted: float
    cameras: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return self.wanted <= self.usable


def shares(tree: UsbTree, wanted: Mapping[str, tuple[str, float]]) -> list[Share]:
    """What each controller, each hub and each camera's own link has to carry.

    Parameters
    ----------
    tree : UsbTree
    wanted : mapping
        Bytes a second of each camera: {name: (name of its USB device, bytes a second)}.
    """
    links: dict[str, tuple[float, list[str]]] = {}
    for name, (place, _) in wanted.items():
        device = tree.devices[place]
        controller = tree.controllers[device.controller]
        extra = f" ({controller.link_text})" if controller.link_text else ""
        own = [(f"the link of {name}", usable_usb(device.speed))]
        own += [(f"hub {hub.name}", usable_usb(hub.speed)) for hub in tree.hubs_above(device)]
        own += [(f"USB controller {controller.address}{extra}", controller.usable)]
        for link, usable in own:
            links.setdefault(link, (usable, []))[1].append(name)
    return [
        Share(link, usable, sum(wanted[name][1] for name in names), tuple(names))
        for link, (usable, names) in links.items()
    ]


def check_speeds(cameras: Sequence[Camera], tree: UsbTree, *, planned: bool = False) -> list[Finding]:
    """Whether each camera has the speed that it was made for, and what shares its controller.

    ``planned``: what the links have to carry is reckoned for a plan, so not here for full rates.
    """
    findings: list[Finding] = []
    on = [(camera, camera.usb) for camera in cameras if camera.usb is not None]
    for camera, device in on:
        if device.speed < SUPER_SPEED:
            findings.append(
                problem(
                    "usb2-link",
                    f"Camera {camera} is connected as a USB 2 device ({device.speed:g} Mbit/s): it gives at "
                    f"most {usable_usb(device.speed) / 1e6:.0f} MB/s of 400.",
                    "Use a USB 3 port (blue, or SS) and a USB 3 cable that is screwed in, of at most 5 m; "
                    "plug it in swiftly, and leave out extensions and hubs.",
                    serial=camera.serial,
                    speed_mbps=device.speed,
                )
            )
    known = {
        camera.serial: (device.name, _full_rate(camera.sensor))
        for camera, device in on
        if camera.sensor is not None and device.speed >= SUPER_SPEED and not planned
    }
    for share in shares(tree, known):
        if len(share.cameras) > 1:
            findings.append(_sharing(share))
    findings += _neighbours(cameras, tree)
    if on and not findings:
        alone = "" if planned else ", and shares its controller with nothing fast"
        findings.append(fine("usb-speed", f"Every USB camera is connected at full speed{alone}"))
    return findings


def _full_rate(sensor: Sensor) -> float:
    """Bytes a second at full speed; of a sensor whose rate is not known all that a link carries."""
    if sensor.fastest is None:
        return usable_usb(SUPER_SPEED)
    return frame_bytes(sensor.width, sensor.height) * sensor.fastest


def _sharing(share: Share) -> Finding:
    names = " and ".join(share.cameras)
    start = share.name[0].upper() + share.name[1:]
    text = f"{start} carries {share.usable / 1e6:.0f} MB/s for cameras {names}"
    data: dict[str, Any] = {
        "cameras": list(share.cameras),
        "usable_bytes_s": share.usable,
        "full_rate_bytes_s": share.wanted,
    }
    if share.fits:
        return fine("usb-shared", f"{text}, enough for their full rates", **data)
    return note(
        "usb-shared",
        f"{text}; at full size and rate with 8 bits they would send {share.wanted / 1e6:.0f} MB/s. They fit "
        f"at {share.usable / share.wanted:.0%} of that.",
        "Give each a port of another controller (another card, not another socket of the same one), or lower "
        "rate, size or bits. `--plan rig.yaml` reckons with your settings.",
        **data,
    )


def _neighbours(cameras: Sequence[Camera], tree: UsbTree) -> list[Finding]:
    own = [camera.usb for camera in cameras if camera.usb is not None]
    findings = []
    for address in sorted({device.controller for device in own}):
        others = tree.others_on(address, own)
        if others:
            what = ", ".join(f"{other} ({other.name})" for other in others)
            findings.append(
                note(
                    "usb-neighbours",
                    f"USB controller {address}, which has cameras, has other devices that move much data: "
                    f"{what}.",
                    "Put disks and webcams on another controller, at least while you record.",
                    controller=address,
                    devices=[other.name for other in others],
                )
            )
    return findings


def check_usbfs(system: System, cameras: Sequence[Camera]) -> list[Finding]:
    """The kernel's limit of memory for USB transfers against the buffers of the connected cameras."""
    on_usb = [camera for camera in cameras if camera.interface == "USB3" and not camera.virtual]
    needed = sum(_buffers(camera.sensor) for camera in on_usb)
    names = ", ".join(camera.serial for camera in on_usb)
    whose = f"{'cameras' if len(on_usb) > 1 else 'camera'} {names}" if on_usb else ""
    return check_usbfs_limit(system, needed, whose)


def _buffers(sensor: Sensor | None) -> int:
    """Bytes that a camera gets while it streams: 10 to 64 frames, 128 MiB where that is between."""
    payload = frame_bytes(sensor.width, sensor.height) if sensor is not None else 1 << 20
    return streaming_buffers(payload) * usb3_bytes(payload)


def check_usbfs_limit(system: System, needed: int, whose: str) -> list[Finding]:
    """The limit against so many bytes of buffers; ``whose`` is "" where nobody needs any now."""
    limit = system.number(USBFS)
    if limit is None:
        why = f"{USBFS} cannot be read, so the limit is not known."
        return [note("usbfs-unknown", why)] if whose else []
    limit = limit or MOST_MB
    data: dict[str, Any] = {"limit_mb": limit, "needed_bytes": needed}
    needed_mb = -(-needed // (1 << 20))
    enough = min(MOST_MB, max(RECOMMENDED_MB, needed_mb))
    shown = f"The kernel allows {limit} MB for all USB transfers together"
    if whose:
        shown += f", and the buffers of {whose} take {needed_mb}"
    if limit >= (needed_mb if whose else RECOMMENDED_MB):
        return [fine("usbfs", shown, **data)]
    if not whose:
        text = f"{shown}; FLIR advises {RECOMMENDED_MB} for USB cameras, of which none is connected."
        return [note("usbfs-low", text, f"Before you connect one. {TWO_WAYS}", raise_usbfs(enough), **data)]
    if limit < RECOMMENDED_MB:
        text = f"{shown}: cameras will refuse to start, or lose frames."
        return [problem("usbfs-low", text, TWO_WAYS, raise_usbfs(enough), **data)]
    text = (
        f"{shown}, if the SDK hands all of them to the kernel at once; FLIR advises {RECOMMENDED_MB} or more."
    )
    if limit >= MOST_MB:
        fix = (
            "It cannot be raised further: if a camera refuses to start, use smaller frames or fewer cameras."
        )
        return [note("usbfs-close", text, fix, **data)]
    fix = f"If a camera refuses to start, or frames are missing, raise it. {TWO_WAYS}"
    return [note("usbfs-close", text, fix, raise_usbfs(enough), **data)]


def raise_usbfs(megabytes: int) -> list[str]:
    """Commands that raise the limit, for good and for now."""
    return [
        f"{INSTALL} --increase-memory-limit --memory-limit {megabytes}",
        f"sudo sh -c 'echo {megabytes} > {USBFS}'",
    ]
