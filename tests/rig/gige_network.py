"""Two network namespaces and the link between them: one for the cameras, one for those who look for them."""

import contextlib
import ctypes
import json
import os
import pathlib
import socket
import struct
import subprocess
import threading

GVCP_PORT = 3956
SYSCTLS = [pathlib.Path("/proc/sys/net/core", name) for name in ("rmem_max", "rmem_default")]
RAISED = pathlib.Path("/run/virtual-gige")  # who needs the sysctls raised, and what they were


class Network:
    """Namespaces NAME-host and NAME-cams, joined by one veth pair; an address for each camera."""

    def __init__(self, name, cameras, rmem):
        self.name, self.rmem = name, rmem
        self.host, self.cams = name + "-host", name + "-cams"
        self.addresses = [f"169.254.10.{10 + index}" for index in range(cameras)]
        self.home = open("/proc/self/ns/net")  # noqa: SIM115  (for as long as this process lives)

    def start(self):
        self.remove_namespaces()  # whatever a killed rig left behind
        ends = "veth-host", "veth-cams"
        for namespace in (self.host, self.cams):
            ip("netns", "add", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
        ip("-n", self.host, "link", "add", ends[0], "mtu", "9000", "type", "veth",
           "peer", "name", ends[1], "mtu", "9000", "netns", self.cams)  # fmt: skip
        ip("-n", self.host, "addr", "add", "169.254.10.1/16", "brd", "+", "dev", ends[0])
        # Freezing a camera takes its address away; the others must not go with it.
        setting = "net.ipv4.conf.all.promote_secondaries=1"
        run("ip", "netns", "exec", self.cams, "sysctl", "-qw", setting)
        for address in self.addresses:
            self.add_address(address)
        for namespace, end in ((self.host, ends[0]), (self.cams, ends[1])):
            ip("-n", namespace, "link", "set", end, "up")
            ip("-n", namespace, "route", "add", "255.255.255.255", "dev", end)
        self.raise_sysctls()
        with open(f"/run/netns/{self.cams}") as namespace:
            enter(namespace)  # sockets opened from here on live in there

    def segment_at_the_sender(self):
        """Have a block of datagrams cross the link as single packets, as on a real one.

        Whoever looks below UDP, as Aravis does, would otherwise see the whole block as one packet.
        """
        ip("-n", self.cams, "link", "set", "veth-cams", "gso_max_segs", "1")

    def add_address(self, address):
        ip("-n", self.cams, "addr", "add", address + "/16", "brd", "+", "dev", "veth-cams")

    def remove_address(self, address):
        ip("-n", self.cams, "addr", "del", address + "/16", "dev", "veth-cams")

    def stop(self):
        enter(self.home)  # these sysctls are to be seen in the first namespace only
        self.restore_sysctls()
        self.remove_namespaces()

    def remove_namespaces(self):
        for namespace in (self.host, self.cams):
            if os.path.exists(f"/run/netns/{namespace}"):
                ip("netns", "del", namespace)

    # A frame arrives as one burst, and the SDK asks for no buffer of its own.
    def raise_sysctls(self):
        RAISED.mkdir(exist_ok=True)
        original = RAISED / "original.json"
        if not self.others():
            original.write_text(json.dumps({str(path): int(path.read_text()) for path in SYSCTLS}))
        (RAISED / self.name).write_text(str(os.getpid()))
        for path in SYSCTLS:
            if int(path.read_text()) < self.rmem:
                path.write_text(str(self.rmem))

    def restore_sysctls(self):
        (RAISED / self.name).unlink(missing_ok=True)
        if not self.others():
            for path, value in json.loads((RAISED / "original.json").read_text()).items():
                pathlib.Path(path).write_text(str(value))
            (RAISED / "original.json").unlink()

    def others(self):
        """Rigs that live; what dead ones left is removed."""
        alive = []
        for path in RAISED.iterdir():
            if path.suffix or path.name == self.name:
                continue
            if os.path.exists(f"/proc/{path.read_text()}"):
                alive.append(path.name)
            else:
                path.unlink()
        return alive

    def read_register(self, address, register):
        """Ask a camera for a register, as any client may; nobody reads the answer."""
        packet = struct.pack(">BBHHHI", 0x42, 1, 0x0080, 4, 1, register)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, contextlib.suppress(OSError):
            client.sendto(packet, (address, GVCP_PORT))  # OSError: the camera is frozen

    def watch(self, on_packet):
        """Call ``on_packet(sender, destination, payload)`` with a copy of each control packet."""
        control = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
        threading.Thread(target=self.listen, args=(control, on_packet), daemon=True).start()

    def listen(self, control, on_packet):
        while True:
            datagram = control.recv(2048)
            udp = datagram[(datagram[0] & 15) * 4 :]
            if udp[2:4] == struct.pack(">H", GVCP_PORT):
                sender = datagram[12:16] + udp[:2]
                on_packet(sender, socket.inet_ntoa(datagram[16:20]), udp[8:])


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace.fileno(), 0):
        raise OSError(ctypes.get_errno(), "setns")


def run(*words):
    subprocess.run(words, check=True)


def ip(*words):
    run("ip", *words)
