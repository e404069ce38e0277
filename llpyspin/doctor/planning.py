"""Whether a rig fits this machine: what its cameras send against the links, their buffers against memory.

Encoders and the disk are in ``storing``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llpyspin.doctor.finding import Finding, fine, note, problem, unknown
from llpyspin.doctor.memory import PROCESSES, Memory, check_memory
from llpyspin.doctor.network import interfaces_of
from llpyspin.doctor.nics import Nic, usable_gige
from llpyspin.doctor.usb import Share, check_usbfs_limit, shares
from llpyspin.frames.buffers import usb3_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.doctor.demand import Demand, RigDemand
    from llpyspin.doctor.host import System
    from llpyspin.doctor.usbtree import UsbTree

__all__ = ["plan_links", "plan_memory", "plan_sensors", "relief"]

_ROUNDING = 1e-3
_CAMERA_GIGE = 1000  # Mbit/s of a Blackfly S PGE
_PACKET = 9000  # bytes; the most that they send
_NEARLY = 0.9  # of a link; above it every hiccup costs frames


def plan_sensors(rig: RigDemand) -> list[Finding]:
    """What each camera sends, and whether its sensor can be as fast as it is wanted to be."""
    findings = [_described(each) for each in rig.cameras]
    for each in rig.cameras:
        most = math.inf if each.exposure_us is None else 1e6 / each.exposure_us
        if each.rate > most * (1 + _ROUNDING):
            findings.append(
                problem(
                    "plan-exposure",
                    f"{each.name}: an exposure of {each.exposure_us:g} us allows {most:.5g} Hz, not "
                    f"{each.rate:g}.",
                    f"framerate {most:.5g}, or exposure {1e6 / each.rate:.5g} (us), at most; a triggered "
                    "camera needs some room for its read-out beside that.",
                    camera=each.name,
                )
            )
        fastest = each.sensor.fastest if each.sensor is not None else None
        if fastest is not None and each.full_frame and each.rate > fastest * (1 + _ROUNDING):
            findings.append(
                problem(
                    "plan-sensor",
                    f"{each.name}: {each.camera} gives at most {fastest:g} Hz of its full frame, not "
                    f"{each.rate:g}.",
                    f"framerate {fastest:g} at most, or a roi of fewer rows.",
                    camera=each.name,
                )
            )
        if not each.exact:
            findings.append(
                note(
                    "plan-size-estimated",
                    f"{each.name}: the size of its frames ({each.picture.width} x {each.picture.height}) is "
                    "an estimate from its model's name, right to a few percent.",
                    "Give its roi for exact figures.",
                    camera=each.name,
                )
            )
    return findings


def _described(each: Demand) -> Finding:
    who = f" ({each.camera.serial})" if each.camera is not None and each.camera.serial != each.name else ""
    exposure = "automatic exposure" if each.exposure_us is None else f"{each.exposure_us:g} us exposure"
    return fine(
        "plan-camera",
        f"{each.name}{who}: {each.picture} at {each.rate:g} Hz are {each.bandwidth / 1e6:.0f} MB/s; "
        f"{exposure}",
        camera=each.name,
        bandwidth_bytes_s=each.bandwidth,
        payload_bytes=each.payload,
        rate_hz=each.rate,
    )


def relief(rate: float, share: float) -> str:
    """What to change where only ``share`` (0 to 1) of the data fit: framerate, size."""
    text = f"framerate {rate * share:.4g} fits; so does a roi of {share:.0%} of the rows"
    if share >= 0.25:
        text += "; so does binsize 2, which leaves a quarter of the data"
    return text


def plan_links(rig: RigDemand, tree: UsbTree, cameras_nics: Sequence[Nic]) -> list[Finding]:
    """What each USB link and each network interface has to carry, and what would have to give."""
    if rig.virtual:
        return [fine("plan-virtual", "Its cameras are virtual: they use no USB and no network")]
    findings: list[Finding] = []
    on_usb = {
        each.name: (each.camera.usb.name, each.bandwidth)
        for each in rig.cameras
        if each.camera is not None and each.camera.usb is not None
    }
    rates = {each.name: each.rate for each in rig.cameras}
    links = shares(tree, on_usb)
    findings += [
        _verdict(share, rates, "plan-usb", _spare_controllers(tree, on_usb)) for share in _telling(links)
    ]
    findings += _network(rig, cameras_nics, rates)
    for each in rig.cameras:
        if each.camera is not None and each.interface == "USB3" and each.camera.usb is None:
            findings.append(
                unknown("plan-usb-unknown", f"{each.name}: on which USB controller it hangs is not known.")
            )
    return findings


def _telling(links: Sequence[Share]) -> list[Share]:
    """Those that do not fit; of the others the controllers only."""
    return [share for share in links if not share.fits or share.name.startswith("USB controller")]


def _spare_controllers(tree: UsbTree, used: dict[str, tuple[str, float]]) -> list[str]:
    busy = {tree.devices[place].controller for place, _ in used.values()}
    return [
        address for address, each in tree.controllers.items() if address not in busy and each.fastest >= 5000
    ]


def _verdict(share: Share, rates: dict[str, float], code: str, spare: Sequence[str]) -> Finding:
    names = " and ".join(share.cameras)
    sends = "sends" if len(share.cameras) == 1 else "send"
    start = share.name[0].upper() + share.name[1:]
    text = (
        f"{start}: {names} {sends} {share.wanted / 1e6:.0f} MB/s of {share.usable / 1e6:.0f} that it carries"
    )
    data: dict[str, Any] = {
        "link": share.name,
        "wanted_bytes_s": share.wanted,
        "usable_bytes_s": share.usable,
    }
    if share.wanted > share.usable:
        fits = share.usable / share.wanted
        rate = max(rates[name] for name in share.cameras)
        fix = relief(rate, fits)
        if len(share.cameras) > 1:
            fix += f"; or move one of {names} elsewhere"
            fix += f" ({', '.join(spare)} is free)" if spare else ""
        return problem(
            f"{code}-too-much", f"{text}: frames will be lost.", fix[0].upper() + fix[1:] + ".", **data
        )
    if share.wanted > _NEARLY * share.usable:
        return note(f"{code}-nearly", f"{text}: nearly all of it.", _sharing(share), **data)
    return fine(code, text, **data)


def _sharing(share: Share) -> str:
    fix = "Leave 10 % free where you can"
    if len(share.cameras) == 1:
        return f"{fix}."
    part = share.usable / len(share.cameras)
    return f"{fix}; or keep each camera to its part with `nodes: {{DeviceLinkThroughputLimit: {part:.0f}}}`."


def _network(rig: RigDemand, nics: Sequence[Nic], rates: dict[str, float]) -> list[Finding]:
    gige = [each for each in rig.cameras if each.interface == "GigE" and each.camera is not None]
    known, _ = interfaces_of([each.camera for each in gige if each.camera is not None], nics)
    findings: list[Finding] = []
    by_nic: dict[str, list[Demand]] = {}
    for each in gige:
        nic = known.get(each.camera.serial) if each.camera is not None else None
        if nic is None or nic.speed is None:
            findings.append(
                unknown(
                    "plan-network-unknown", f"{each.name}: over which interface it is reached is not known."
                )
            )
            continue
        by_nic.setdefault(nic.name, []).append(each)
        packet = min(nic.mtu, _PACKET)
        own = Share(
            f"the link of {each.name}", usable_gige(_CAMERA_GIGE, packet), each.bandwidth, (each.name,)
        )
        if not own.fits:
            findings.append(_verdict(own, rates, "plan-network", ()))
    for nic in nics:
        users = by_nic.get(nic.name)
        if users and nic.speed is not None:
            names = tuple(each.name for each in users)
            wanted = sum(each.bandwidth for each in users)
            usable = usable_gige(nic.speed, min(nic.mtu, _PACKET))
            findings.append(
                _verdict(Share(f"interface {nic.name}", usable, wanted, names), rates, "plan-network", ())
            )
    return findings


def plan_memory(system: System, rig: RigDemand, memory: Memory) -> list[Finding]:
    """Buffers of all cameras against memory, and those on USB against the kernel's limit."""
    needed = sum(each.memory + PROCESSES for each in rig.cameras)
    findings = check_memory(memory, needed, f"buffers and processes of {len(rig.cameras)} cameras")
    on_usb = [each for each in rig.cameras if each.interface == "USB3" and not rig.virtual]
    if on_usb:
        names = " and ".join(each.name for each in on_usb)
        buffers = sum(each.buffers * usb3_bytes(each.payload) for each in on_usb)
        findings += check_usbfs_limit(system, buffers, f"{names}, while they record,")
    return findings
