"""Machines that are not there, as folders: ``/sys``, ``/proc``, ``/etc`` and ``/dev`` like real ones.

The figures, names and layouts are those that Linux shows on a desktop with an Intel chip set and a card with
a Renesas USB 3 controller; links point where they point there.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.doctor.host import Person, System

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CARD", "CHIPSET", "Machine"]

CHIPSET = "pci0000:00/0000:00:14.0"
"""The controller of the mainboard; it says nothing of a PCI Express link."""
CARD = "pci0000:00/0000:00:1c.0/0000:03:00.0"
"""A card with one lane of 5 GT/s."""
USER = 54321  # user and group of who sits there; not who runs the tests, who owns all these files
FLIRIMAGING = os.getgid()  # so the group of files that a test makes


@dataclass
class Machine:
    """A folder that stands for ``/``, and who sits there."""

    root: Path
    groups: frozenset[int] = frozenset({USER, FLIRIMAGING})
    environment: dict[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    python: tuple[int, int] = (3, 10)
    uid: int = USER

    @property
    def system(self) -> System:
        person = Person("ada", self.uid, self.groups, "/home/ada")
        return System(self.root, person, self.environment, self.packages, self.python)

    def write(self, path: str, text: str | int) -> Path:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{text}\n")
        return target

    def link(self, path: str, target: str) -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, place)

    # -- USB

    def controller(self, where: str = CHIPSET, first_bus: int = 1, speed: int = 10000) -> None:
        """A host controller with its two root hubs, for USB 2 and USB 3."""
        self.link(f"/sys/bus/pci/devices/{where.rpartition('/')[2]}", f"../../../devices/{where}")
        if where == CARD:
            self.write(f"/sys/devices/{where}/current_link_speed", "5.0 GT/s PCIe")
            self.write(f"/sys/devices/{where}/current_link_width", 1)
        for bus, mbps in ((first_bus, 480), (first_bus + 1, speed)):
            self._device(f"{where}/usb{bus}", bus, 1, mbps, "1d6b", "0003", "xHCI Host Controller", "", (9,))

    def hub(self, where: str, bus: int, number: int, speed: int = 5000) -> None:
        self._device(where, bus, number, speed, "2109", "0817", "USB3.0 Hub", "", (9,))

    def camera(
        self,
        where: str,
        bus: int,
        number: int,
        *,
        speed: int = 5000,
        serial: str = "0138C343",
        model: str = "Blackfly S BFS-U3-16S2M",
        mode: int = 0o664,
    ) -> str:
        """A Blackfly S; gives its file in /dev, which is of the group flirimaging if there is a udev rule."""
        self._device(where, bus, number, speed, "1e10", "4000", model, serial, (0xEF,), "FLIR")
        node = self.write(f"/dev/bus/usb/{bus:03d}/{number:03d}", "")
        node.chmod(mode)
        return f"/dev/bus/usb/{bus:03d}/{number:03d}"

    def disk_on_usb(self, where: str, bus: int, number: int) -> None:
        self._device(where, bus, number, 5000, "04e8", "61f5", "Portable SSD T5", "S49WNV0M", (0,), "Samsung")
        name = where.rpartition("/")[2]
        self.write(f"/sys/devices/{where}/{name}:1.0/bInterfaceClass", "08")

    def _device(
        self,
        where: str,
        bus: int,
        number: int,
        speed: int,
        vendor: str,
        product_id: str,
        product: str,
        serial: str,
        classes: tuple[int, ...],
        maker: str = "Linux 6.8.0 xhci-hcd",
    ) -> None:
        folder, name = f"/sys/devices/{where}", where.rpartition("/")[2]
        about = {"idVendor": vendor, "idProduct": product_id, "busnum": bus, "devnum": number, "speed": speed}
        about |= {"manufacturer": maker, "product": product, "bDeviceClass": f"{classes[0]:02x}"}
        if serial:
            about["serial"] = serial
        for key, value in about.items():
            self.write(f"{folder}/{key}", value)
        self.link(f"/sys/bus/usb/devices/{name}", f"../../../devices/{where}")

    def usbfs(self, megabytes: int) -> None:
        self.write("/sys/module/usbcore/parameters/usbfs_memory_mb", megabytes)

    # -- network

    def nic(
        self,
        name: str = "enp4s0",
        *,
        mtu: int = 1500,
        speed: int = 1000,
        net: str = "169.254.0.0/16",
        rp_filter: int = 2,
        wireless: bool = False,
    ) -> None:
        folder = f"/sys/class/net/{name}"
        for key, value in {"type": 1, "mtu": mtu, "speed": speed, "operstate": "up"}.items():
            self.write(f"{folder}/{key}", value)
        self.link(f"{folder}/device", "../../../0000:04:00.0")
        if wireless:
            (self.root / folder.lstrip("/") / "wireless").mkdir()
        self.write(f"/proc/sys/net/ipv4/conf/{name}/rp_filter", rp_filter)
        address, _, bits = net.partition("/")
        mask = (0xFFFFFFFF << (32 - int(bits))) & 0xFFFFFFFF
        route = f"{name}\t{_hex(address)}\t00000000\t0001\t0\t0\t1000\t{_hex(mask)}\t0\t0\t0"
        table = self.root / "proc/net/route"
        head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
        before = table.read_text() if table.exists() else head + "\n"
        self.write("/proc/net/route", before + route)

    def receive_buffers(self, most: int) -> None:
        self.write("/proc/sys/net/core/rmem_max", most)
        self.write("/proc/sys/net/core/rmem_default", most)

    # -- users, memory, processes

    def udev_rule(self) -> None:
        rule = 'SUBSYSTEM=="usb", ATTRS{idVendor}=="1e10", GROUP="flirimaging"'
        self.write("/etc/udev/rules.d/40-flir-spinnaker.rules", rule)

    def group(self, *members: str) -> None:
        lines = ["root:x:0:", "sudo:x:27:ada", f"flirimaging:x:{FLIRIMAGING}:{','.join(members)}"]
        self.write("/etc/group", "\n".join(lines))

    def meminfo(self, total_mib: int, available_mib: int) -> None:
        self.write(
            "/proc/meminfo",
            f"MemTotal:       {total_mib * 1024} kB\nMemFree:          102400 kB\n"
            f"MemAvailable:   {available_mib * 1024} kB\nHugePages_Total:       0",
        )

    def mounts(self, *lines: str) -> None:
        self.write("/proc/self/mountinfo", "\n".join(lines))

    def process(self, pid: int, command: str, *opened: str, libraries: str = "") -> None:
        """A process with these files open."""
        self.write(f"/proc/{pid}/comm", command.split()[0].rpartition("/")[2])
        (self.root / f"proc/{pid}/cmdline").write_bytes(command.replace(" ", "\0").encode() + b"\0")
        (self.root / f"proc/{pid}/fd").mkdir()
        for number, target in enumerate(("/dev/null", *opened)):
            self.link(f"/proc/{pid}/fd/{number}", target)
        self.write(f"/proc/{pid}/maps", f"7f1c00000000-7f1c00001000 r-xp 00000000 08:01 42   {libraries}")

    # -- Python packages

    def package(self, name: str, version: str, tag: str = "py3-none-any") -> None:
        site = self.root / "site-packages"
        self.packages = (str(site),)
        folder = f"/site-packages/{name.replace('-', '_')}-{version}.dist-info"
        self.write(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}")
        self.write(f"{folder}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}")


def _hex(address: str | int) -> str:
    """As ``/proc/net`` writes addresses: the number in the machine's byte order."""
    packed = socket.inet_aton(address) if isinstance(address, str) else struct.pack(">I", address)
    return f"{struct.unpack('=I', packed)[0]:08X}"
