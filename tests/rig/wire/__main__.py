"""Test devices in network namespaces of their own: ``python -m tests.rig.wire --cameras 2``, as root."""

from __future__ import annotations

import argparse
import json
import os
import queue
import select
import signal
import socket
import sys
import threading
import time
from typing import Any

from llpyspin.virtual.faults import fault
from llpyspin.virtual.world import ENVIRONMENT, load_world
from tests.rig.gige_network import Network
from tests.rig.wire.bootstrap import CAPABILITIES
from tests.rig.wire.device import Device
from tests.rig.wire.gvcp import PORT

_LOOK_S = 0.1
BROADCAST = "255.255.255.255", "169.254.255.255"


class Bench:
    """The network and the devices in it."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._network = Network(args.name, args.cameras, args.rmem)
        self.serials = [str(args.serial + index) for index in range(args.cameras)]
        self._addresses = dict(zip(self.serials, self._network.addresses, strict=True))
        self._text = world_text(self.serials, args.models.split(","), args.name)
        self._args = args
        self._devices: dict[str, Device] = {}
        self._frozen: set[str] = set()
        self._over = threading.Event()

    @property
    def namespace(self) -> str:
        return self._network.host

    def start(self) -> None:
        self._network.start()
        self._network.segment_at_the_sender()
        os.environ[ENVIRONMENT] = self._text  # where an ordered fault finds the cameras
        self._world = load_world()
        for serial in self.serials:
            self.plug(serial)
        self._thread = threading.Thread(target=self._hear_broadcasts, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        for device in self._devices.values():
            device.close()
        self._network.stop()

    def _hear_broadcasts(self) -> None:
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in BROADCAST]
        for each, address in zip(sockets, BROADCAST, strict=True):
            each.bind((address, PORT))
        while not self._over.is_set():
            for ready in select.select(sockets, [], [], _LOOK_S)[0]:
                datagram, sender = ready.recvfrom(2048)
                for device in list(self._devices.values()):
                    device.discover(datagram, sender)
        for each in sockets:
            each.close()

    # -- commands

    def command(self, verb: str, serial: str, *arguments: str) -> Any:
        commands = {
            name: getattr(self, name)
            for name in (
                "unplug",
                "plug",
                "freeze",
                "thaw",
                "restore",
                "loss",
                "resends",
                "slow",
                "fault",
                "counts",
                "losses",
                "register",
            )
        }
        if verb not in commands or serial not in self.serials:
            raise ValueError(f"no command {verb}" if verb not in commands else f"no camera {serial}")
        return commands[verb](serial, *arguments)

    def plug(self, serial: str) -> None:
        """It is there, in its factory state."""
        if serial not in self._devices:
            self._devices[serial] = Device(
                serial,
                self._world,
                self._addresses[serial],
                tuple(self._args.capabilities.split(",")),
                0x00020000 if self._args.long_ids else 0x00010002,
            )

    def unplug(self, serial: str) -> None:
        device = self._devices.pop(serial, None)
        if device is not None:
            device.close()

    def freeze(self, serial: str) -> None:
        """It neither answers nor sends, and knows nothing of it."""
        if serial not in self._frozen:
            self._network.remove_address(self._addresses[serial])
            self._frozen.add(serial)

    def thaw(self, serial: str) -> None:
        if serial in self._frozen:
            self._network.add_address(self._addresses[serial])
            self._frozen.remove(serial)

    def restore(self, serial: str) -> None:
        """End all faults; a camera that nobody holds goes back into its factory state."""
        self.thaw(serial)
        self.plug(serial)
        device = self._devices[serial]
        device.stream.faults.loss, device.stream.faults.resends, device.slow_ms = 0.0, True, 0
        fault(serial, "mend")
        if device.control.controller is None:
            self.unplug(serial)
            self.plug(serial)

    def loss(self, serial: str, share: str) -> None:
        """This share of its stream packets is lost on the wire."""
        self._devices[serial].stream.faults.loss = float(share)

    def resends(self, serial: str, whether: str) -> None:
        """Whether it sends packets again ("1") or refuses ("0")."""
        self._devices[serial].stream.faults.resends = bool(int(whether))

    def slow(self, serial: str, ms: str) -> None:
        """Each write takes that long."""
        self._devices[serial].slow_ms = int(ms)

    def fault(self, serial: str, kind: str, arguments: str = "{}") -> None:
        """A fault of ``llpyspin.virtual``, its arguments as JSON without spaces."""
        fault(serial, kind, **json.loads(arguments))

    def register(self, serial: str, address: str, value: str) -> None:
        """Give a bootstrap register a value, whoever holds the camera."""
        self._devices[serial].registers.put(int(address, 0), int(value, 0))

    def counts(self, serial: str) -> dict[str, Any]:
        """What it did since power-up."""
        device = self._devices[serial]
        return {**device.stream.counts, "commands": device.control.counts, "events": device.messages.counts}

    def losses(self, serial: str) -> list[Any]:
        """Blocks of this acquisition that lost packets: number, packets of the block, those lost."""
        return self._devices[serial].stream.losses()


def world_text(serials: list[str], models: list[str], name: str) -> str:
    """The virtual world: the first camera drives Line3 of all others, the second that of the first."""
    cameras = [
        {"serial": serial, "model": f"BFS-PGE-{models[index % len(models)]}"}
        for index, serial in enumerate(serials)
    ]
    ends = [(serials[0], other) for other in serials[1:]] + [(other, serials[0]) for other in serials[1:2]]
    wires = [f"{source}:Line1 -> {target}:Line3" for source, target in ends]
    return json.dumps({"cameras": cameras, "wires": wires, "world": name})


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--serial", type=int, default=18290001, help="of the first camera; others count up")
    parser.add_argument(
        "--models", default="16S2M", help="comma-separated, as BFS-PGE-16S2M without the start"
    )
    parser.add_argument(
        "--capabilities", default=",".join(CAPABILITIES), help="comma-separated, default: all"
    )
    parser.add_argument("--long-ids", action="store_true", help="version 2.0, where ids may have 64 bits")
    parser.add_argument("--seconds", type=float, default=1800, help="how long to live at most")
    parser.add_argument("--leashed", action="store_true", help="end when the standard input is closed")
    parser.add_argument("--name", default="wire", help="prefix of the namespaces; one bench a name")
    parser.add_argument("--rmem", type=int, default=2**25, help="receive buffer of every socket, bytes")
    return parser.parse_args()


def listen(lines: queue.Queue[str], stop: threading.Event, leashed: bool) -> None:
    for line in sys.stdin:
        lines.put(line)
    if leashed:
        stop.set()


def obey(bench: Bench, words: list[str]) -> None:
    try:
        say(done=words, answer=bench.command(*words))
    except (TypeError, ValueError, KeyError, OSError) as error:
        say(refused=words, why=str(error))


def main() -> None:
    args = parse()
    lines: queue.Queue[str] = queue.Queue()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=listen, args=(lines, stop, args.leashed), daemon=True).start()
    bench = Bench(args)
    try:
        bench.start()
        say(ready=True, namespace=bench.namespace, serials=bench.serials)
        end = time.monotonic() + args.seconds
        while not stop.is_set() and time.monotonic() < end:
            try:
                words = lines.get(timeout=_LOOK_S).split()
            except queue.Empty:
                continue
            if words == ["quit"]:
                return
            obey(bench, words)
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
