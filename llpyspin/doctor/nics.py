"""The network interfaces of a machine as ``/sys`` and ``/proc`` have them."""

from __future__ import annotations

import contextlib
import ipaddress
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.doctor.host import System

__all__ = ["Nic", "read_nics", "usable_gige"]

NET = "/sys/class/net"
_ETHERNET = 1
_UP, _GATEWAY = 1, 2
# Bytes around each packet of a stream: IP 20, UDP 8 and GVSP 8 count into its size, Ethernet's own 38 do not
# (header 14, checksum 4, preamble 8, gap 12).
_INSIDE, _OUTSIDE = 36, 38


@dataclass(frozen=True)
class Nic:
    """One interface.

    Attributes
    ----------
    name : str
    mtu : int
        Bytes.
    speed : int or None
        Mbit/s; None where it is down or does not say.
    up : bool
    wireless : bool
    physical : bool
        Whether there is a device behind it; not so for bridges, tunnels and containers' ends.
    subnets : tuple of IPv4Network
        That are reached through it without a gateway.
    rp_filter : int
        What is in force: 0 off, 1 strict, 2 loose.
    """

    name: str
    mtu: int
    speed: int | None
    up: bool
    wireless: bool
    physical: bool
    subnets: tuple[ipaddress.IPv4Network, ...]
    rp_filter: int

    def reaches(self, address: str) -> bool:
        """Whether the address is in one of its subnets."""
        try:
            return any(ipaddress.IPv4Address(address) in net for net in self.subnets)
        except ValueError:
            return False


def usable_gige(speed: float, packet: int) -> float:
    """Bytes a second of images that a link of ``speed`` Mbit/s carries in packets of so many bytes."""
    return speed * 1e6 / 8 * (packet - _INSIDE) / (packet + _OUTSIDE)


def read_nics(system: System) -> list[Nic]:
    """All Ethernet interfaces, without the loop-back."""
    subnets = _subnets(system)
    everywhere = system.number("/proc/sys/net/ipv4/conf/all/rp_filter") or 0
    found = []
    for name in system.names(NET):
        folder = f"{NET}/{name}"
        if system.number(f"{folder}/type") != _ETHERNET:
            continue
        speed = system.number(f"{folder}/speed")
        own = system.number(f"/proc/sys/net/ipv4/conf/{name}/rp_filter") or 0
        found.append(
            Nic(
                name=name,
                mtu=system.number(f"{folder}/mtu") or 1500,
                speed=speed if speed is not None and speed > 0 else None,
                up=system.text(f"{folder}/operstate") in ("up", "unknown"),
                wireless=system.exists(f"{folder}/wireless") or system.exists(f"{folder}/phy80211"),
                physical=system.exists(f"{folder}/device"),
                subnets=tuple(subnets.get(name, ())),
                rp_filter=max(everywhere, own),  # the kernel takes the larger of the two
            )
        )
    return found


def _subnets(system: System) -> dict[str, list[ipaddress.IPv4Network]]:
    """From the routing table: addresses there are in the machine's byte order."""
    found: dict[str, list[ipaddress.IPv4Network]] = {}
    for line in (system.text("/proc/net/route") or "").splitlines()[1:]:
        fields = line.split()
        with contextlib.suppress(ValueError, IndexError, struct.error):
            if int(fields[3], 16) & (_UP | _GATEWAY) == _UP:
                address, mask = (struct.pack("=I", int(fields[place], 16)) for place in (1, 7))
                network = ipaddress.IPv4Network((address, str(ipaddress.IPv4Address(mask))), strict=False)
                found.setdefault(fields[0], []).append(network)
    return found
