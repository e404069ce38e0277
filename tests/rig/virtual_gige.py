#!/usr/bin/python3
"""Virtual FLIR Blackfly S GigE cameras in private network namespaces.

    sudo ./virtual_gige.py --cameras 2          # prints one JSON line when ready
    sudo ip netns exec vgige-host python app.py # an SDK in there finds the cameras

Needs Debian's python3 with python3-gi, python3-numpy and gir1.2-aravis-0.8, and root.  See README.md.
"""

import argparse
import json
import pathlib
import queue
import signal
import sys
import threading
import time

import gige_network
from gige_camera import MODELS, Camera

TICK_S = 0.01  # between two runs of Camera.tick
LOOK_NS = 5_000_000  # between two looks at most whether a camera runs freely
HERE = pathlib.Path(__file__).resolve().parent


class Rig:
    """The network and the cameras in it."""

    def __init__(self, args):
        self.args, self.cameras = args, []
        self.network = gige_network.Network(args.name, args.cameras, args.rmem)
        self.over = threading.Event()
        self.sensors = threading.Thread(target=self.run_sensors, daemon=True)

    def start(self):
        self.network.start()
        self.network.watch(self.on_control_packet)
        for index, address in enumerate(self.network.addresses):
            model = self.args.models[index % len(self.args.models)]
            self.cameras.append(Camera(self, index, address, model, self.args))
        self.sensors.start()

    def run_sensors(self):
        now = time.monotonic_ns()
        while not self.over.wait(max(0, self.next_exposure(now) - time.monotonic_ns()) / 1e9):
            now = time.monotonic_ns()

    def next_exposure(self, now):
        times = [camera.run_free(now) for camera in self.cameras]
        return min([now + LOOK_NS, *(each for each in times if each is not None)])

    def stop(self):
        self.over.set()
        for camera in self.cameras:
            camera.unplug()
        self.network.stop()

    def tick(self):
        for camera in self.cameras:
            camera.tick()

    def on_control_packet(self, sender, destination, packet):
        for camera in self.cameras:
            if camera.ip == destination:
                camera.on_control_packet(sender, packet)

    def edge(self, source, now):
        """Line1 of ``source`` rises, and with it Line3 of all others."""
        for camera in self.cameras:
            if camera is not source:
                camera.on_edge(now)

    def command(self, verb, serial, *arguments):
        camera = next((each for each in self.cameras if each.serial == serial), None)
        commands = {
            "unplug": "unplug",
            "plug": "plug",
            "loss": "lose",
            "freeze": "freeze",
            "thaw": "thaw",
            "ids": "begin_ids",
            "restore": "restore",
        }
        if camera is None or verb not in commands:
            raise ValueError(f"no camera {serial}" if verb in commands else f"no command {verb}")
        getattr(camera, commands[verb])(*arguments)


def say(**what):
    print(json.dumps(what), flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--serial", type=int, default=18290001, help="of the first camera; others count up")
    parser.add_argument(
        "--models",
        type=lambda text: [MODELS[name] for name in text.split(",")],
        default="16S2M",
        help=f"comma-separated, one for each camera (the last repeats from the first): {', '.join(MODELS)}",
    )
    parser.add_argument("--max-fps", type=float, help="of a full frame; default: as the model")
    parser.add_argument("--seconds", type=float, default=1800, help="how long to live at most")
    parser.add_argument("--leashed", action="store_true", help="end when the standard input is closed")
    parser.add_argument("--name", default="vgige", help="prefix of the namespaces; one rig a name")
    parser.add_argument("--rmem", type=int, default=2**25, help="receive buffer of every socket, bytes")
    parser.add_argument("--xml", type=pathlib.Path, default=HERE / "blackfly_s.xml")
    parser.add_argument("--stamp", type=pathlib.Path, default=HERE.parents[1] / "llpyspin/virtual/stamp.py")
    return parser.parse_args()


def listen(lines, stop, leashed):
    for line in sys.stdin:
        lines.put(line)
    if leashed:
        stop.set()


def main():
    args = parse()
    lines, stop = queue.Queue(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=listen, args=(lines, stop, args.leashed), daemon=True).start()
    rig = Rig(args)
    try:
        rig.start()
        serials = [camera.serial for camera in rig.cameras]
        namespace = rig.network.host
        say(ready=True, namespace=namespace, serials=serials, run=f"ip netns exec {namespace} COMMAND")
        end = time.monotonic() + args.seconds
        while not stop.wait(TICK_S) and time.monotonic() < end:
            rig.tick()
            while not lines.empty():
                words = lines.get().split()
                if words == ["quit"]:
                    return
                try:
                    rig.command(*words)
                    say(done=words)
                except (TypeError, ValueError, OSError) as error:
                    say(refused=words, why=str(error))
    finally:
        rig.stop()


if __name__ == "__main__":
    main()
