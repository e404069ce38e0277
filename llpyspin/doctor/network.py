"""Findings about the network that GigE cameras use: MTU, receive buffers, reverse-path filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.doctor.nics import usable_gige
from llpyspin.doctor.usb import INSTALL, TWO_WAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.host import System
    from llpyspin.doctor.nics import Nic

__all__ = ["check_network", "interfaces_of"]

JUMBO = 9000  # bytes; the most that Blackfly S cameras send
RECEIVE = 10_485_760  # bytes; what FLIR's instructions for GigE on Linux set rmem_max and rmem_default to
GIGABIT = 1000
_CORE = "/proc/sys/net/core"


def interfaces_of(cameras: Sequence[Camera], nics: Sequence[Nic]) -> tuple[dict[str, Nic], bool]:
    """The interface of each GigE camera by serial number, and whether all of them were found."""
    gige = [camera for camera in cameras if camera.interface == "GigE" and not camera.virtual]
    found = {}
    for camera in gige:
        nic = next((nic for nic in nics if camera.address and nic.reaches(camera.address)), None)
        if nic is not None:
            found[camera.serial] = nic
    return found, len(found) == len(gige)


def check_network(
    system: System, cameras: Sequence[Camera], nics: Sequence[Nic], *, asked: bool = True
) -> list[Finding]:
    """Findings about what GigE cameras need; ``asked``: whether the SDK gave its list of cameras."""
    gige = [camera for camera in cameras if camera.interface == "GigE" and not camera.virtual]
    if not gige:
        why = "No GigE camera is connected" if asked else "The SDK gave no list of GigE cameras"
        return [fine("no-gige-camera", f"{why}, so the network is not judged")]
    known, complete = interfaces_of(cameras, nics)
    findings = _unreached(gige, known, nics)
    used = list({nic.name: nic for nic in known.values()}.values())
    if not complete or not used:
        used += [nic for nic in nics if nic.physical and nic.up and not nic.wireless and nic not in used]
    for nic in used:
        findings += _nic(nic)
    findings += _receive_buffers(system)
    if all(finding.level == "ok" for finding in findings):
        names = ", ".join(nic.name for nic in used)
        findings.append(fine("network", f"{names or 'The network'} is set up for GigE cameras"))
    return findings


def _unreached(gige: Sequence[Camera], known: dict[str, Nic], nics: Sequence[Nic]) -> list[Finding]:
    findings = []
    for camera in gige:
        if camera.address and camera.serial not in known:
            nets = ", ".join(f"{nic.name} {net}" for nic in nics for net in nic.subnets) or "none"
            findings.append(
                problem(
                    "gige-wrong-subnet",
                    f"Camera {camera} has the address {camera.address}, which is in the subnet of no "
                    f"interface here ({nets}): it is seen, and cannot be opened.",
                    "Give the interface an address in the camera's subnet (169.254.x.x with mask "
                    "255.255.0.0, where nothing gives out addresses), or use SpinView's `Auto Force IP`.",
                    serial=camera.serial,
                    address=camera.address,
                )
            )
    return findings


def _nic(nic: Nic) -> list[Finding]:
    findings = []
    data: dict[str, Any] = {
        "interface": nic.name,
        "mtu": nic.mtu,
        "speed_mbps": nic.speed,
        "rp_filter": nic.rp_filter,
    }
    if nic.wireless:
        return [
            problem(
                "gige-wireless",
                f"GigE cameras would be reached over {nic.name}, which is wireless: it loses packets and has "
                "no steady rate.",
                "Use a cable.",
                **data,
            )
        ]
    if nic.speed is not None and nic.speed < GIGABIT:
        findings.append(
            problem(
                "nic-slow",
                f"{nic.name} runs at {nic.speed} Mbit/s: it carries "
                f"{usable_gige(nic.speed, nic.mtu) / 1e6:.0f} MB/s.",
                "Cable of category 5e or better, all pairs; a port and a switch with 1 Gbit/s.",
                **data,
            )
        )
    if nic.mtu < JUMBO:
        findings.append(
            note(
                "nic-mtu",
                f"The MTU of {nic.name} is {nic.mtu}: packets of {JUMBO} bytes take less of the processor, "
                "and 4 % more images fit. Every switch on the way must pass them.",
                TWO_WAYS,
                [f"{INSTALL} --gige {nic.name}", f"sudo ip link set {nic.name} mtu {JUMBO}"],
                **data,
            )
        )
    if nic.rp_filter == 1:
        findings.append(
            note(
                "rp-filter",
                f"The reverse-path filter of {nic.name} is strict (rp_filter 1): a camera whose address is "
                "in another subnet is not even seen, so it cannot be given a right one.",
                TWO_WAYS,
                [
                    f"{INSTALL} --gige {nic.name}",
                    f"sudo sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.{nic.name}.rp_filter=0",
                ],
                **data,
            )
        )
    return findings


def _receive_buffers(system: System) -> list[Finding]:
    most = system.number(f"{_CORE}/rmem_max")
    usual = system.number(f"{_CORE}/rmem_default")
    if most is None or usual is None:
        return []
    data: dict[str, Any] = {"rmem_max_bytes": most, "rmem_default_bytes": usual, "advised_bytes": RECEIVE}
    least = min(most, usual)  # Spinnaker 2.6 asks for none, so it gets the usual one
    if least >= RECEIVE:
        return [fine("rmem", f"Sockets have receive buffers of {least / 2**20:.0f} MiB", **data)]
    which = "rmem_max" if most < usual else "rmem_default"
    return [
        problem(
            "rmem-low",
            f"A socket gets a receive buffer of {least / 1024:.0f} KiB ({which}), less than one frame: while "
            "the processor is busy, packets are lost and frames arrive incomplete.",
            f"FLIR advises {RECEIVE / 2**20:.0f} MiB for both. The first line does it until the next start, "
            "the second for good:",
            [
                f"sudo sysctl -w net.core.rmem_max={RECEIVE} net.core.rmem_default={RECEIVE}",
                f"printf 'net.core.rmem_max={RECEIVE}\\nnet.core.rmem_default={RECEIVE}\\n' "
                "| sudo tee /etc/sysctl.d/60-flir-gige.conf",
            ],
            **data,
        )
    ]
