"""Pulse boxes for tests, at pseudo-terminals: one in Python that can fail, and the sketch as a program."""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import threading
import time
import tty
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.rig.boxes.boxlines import line_of, parsed
from llpyspin.system.mailboxes import Outbox
from llpyspin.virtual.link import Edge, send_edges
from llpyspin.virtual.world import load_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

TOP = pathlib.Path(__file__).parents[1]
LINE3 = 3
ANSWER_S = 20.0


class Wires:
    """From a box to line 3 of virtual cameras, in the world of the environment when it is made."""

    def __init__(self, *serials: str) -> None:
        world = load_world()
        self._addresses = [world.address(serial) for serial in serials]
        self._outbox = Outbox()
        self._waiting = {address: list[Edge]() for address in self._addresses}

    def __call__(self, edges: list[tuple[bool, int]]) -> None:
        for address, waiting in self._waiting.items():
            waiting += [Edge(LINE3, level, at) for level, at in edges]
            if waiting and send_edges(self._outbox, address, waiting[:500]):
                del waiting[:500]

    def close(self) -> None:
        self._outbox.close()


class SimulatedBox:
    """A box in a thread.  What it does wrong can be set at any moment.

    Attributes
    ----------
    pulses : list of int
        When each pulse since the last start began, on the host's monotonic clock.
    ignored : int
        Commands that it will not answer.
    damaged : list of str
        Commands whose next answers will have a changed letter.
    noise : bytes
        What it sends before each answer.
    unwired : set of int
        Numbers of pulses that it counts and that reach no camera.
    noisy : set of int
        Numbers of pulses after which there is one more edge at the cameras, as by noise.
    version : int
        Of the protocol, as it says.
    """

    def __init__(self, wires: Callable[[list[tuple[bool, int]]], None] = lambda edges: None) -> None:
        self._wires = wires
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.pulses: list[int] = []
        self.commands: list[str] = []
        self.ignored = 0
        self.damaged: list[str] = []
        self.noise = b""
        self.unwired: set[int] = set()
        self.noisy: set[int] = set()
        self.version = 1
        self._received = b""
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._forget()
        self._thread = threading.Thread(target=self._serve, name="simulated-box", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.unplug()

    def _forget(self) -> None:
        self.run, self.state, self.count = 0, "idle", 0
        self._period_ns, self._width_ns, self._wanted, self._watchdog_ns = 0, 0, 0, 0
        self._next_ns = self._heard_ns = 0

    def reset(self) -> None:
        """The board starts anew, as by its button."""
        with self._lock:
            self._forget()
            os.write(self._master, line_of("!", "PULSEBOX", self.version, "simulated"))

    def unplug(self) -> None:
        """Take the cable out, and with it the supply."""
        self._over.set()
        self._thread.join(10)
        for descriptor in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _serve(self) -> None:
        while not self._over.is_set():
            with self._lock:
                now = time.monotonic_ns()
                wait_ns = min(20_000_000, self._next_ns - now) if self.state == "running" else 20_000_000
            if select.select([self._master], [], [], max(0, wait_ns / 1e9))[0]:
                self._received += os.read(self._master, 4096)
            with self._lock:
                self._pulse(time.monotonic_ns())
                while b"\n" in self._received:
                    line, _, self._received = self._received.partition(b"\n")
                    self._obey(line)

    def _pulse(self, now: int) -> None:
        edges: list[tuple[bool, int]] = []
        while self.state == "running" and now >= self._next_ns:
            if self.count not in self.unwired:
                edges += [(True, self._next_ns), (False, self._next_ns + self._width_ns)]
            if self.count in self.noisy:
                between = self._next_ns + self._period_ns // 2
                edges += [(True, between), (False, between + self._width_ns)]
            self.pulses.append(self._next_ns)
            self.count += 1
            self._next_ns += self._period_ns
            if self.count == self._wanted:
                self.state = "done"
        if self.state == "running" and now - self._heard_ns > self._watchdog_ns:
            self.state = "watchdog"
        self._wires(edges)

    def _obey(self, text: bytes) -> None:
        line = parsed(text)
        if line is None:
            os.write(self._master, line_of("-", "ERR", "line"))
            return
        self.commands.append(line.words[0])
        if self.ignored:
            self.ignored -= 1
            return
        self._heard_ns = time.monotonic_ns()
        answer = line_of(line.number, *self._answer(line.words))
        if line.words[0] in self.damaged:
            self.damaged.remove(line.words[0])
            answer = answer.replace(b"OK", b"oK")
        os.write(self._master, self.noise + answer)

    def _answer(self, words: tuple[str, ...]) -> tuple[Any, ...]:
        now_us = time.monotonic_ns() // 1000
        if words[0] == "HELLO":
            self._forget()
            return "OK", "PULSEBOX", self.version, "simulated", 1_000_000, 4_000_000_000
        if words[0] == "START":
            run, period, width, wanted, watchdog = map(int, words[1:])
            if self.state == "running" and run != self.run:
                return "ERR", "running"
            if self.state != "running":
                self.run, self.state, self.count, self.pulses = run, "running", 0, []
                self._period_ns, self._width_ns, self._wanted = period, width * 1000, wanted
                self._watchdog_ns = watchdog * 1_000_000
                self._next_ns = (now_us + 20_000) * 1000
                self._first_us = now_us + 20_000
            return "OK", run, self._first_us % (1 << 32), now_us % (1 << 32)
        if words[0] == "STOP" and self.state == "running":
            self.state = "stopped"
        return "OK", self.run, self.state, self.count, 12, now_us % (1 << 32)


class SketchBox:
    """The sketch of ``examples/``, compiled for this computer; see ``tests/pulse_box_host``."""

    def __init__(
        self, program: pathlib.Path, wires: Callable[[list[tuple[bool, int]]], None] = lambda edges: None
    ) -> None:
        self._wires = wires
        self._process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._lines = self._process.stdout
        self.port = self._lines.readline().strip()
        self.edges: list[tuple[bool, int]] = []
        self._thread = threading.Thread(target=self._read, name="sketch-box", daemon=True)
        self._thread.start()

    @property
    def pulses(self) -> list[int]:
        """When each pulse began, on the host's monotonic clock."""
        return [at for level, at in self.edges if level]

    def reset(self) -> None:
        """Press the button of the board."""
        self._process.send_signal(signal.SIGUSR1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait(10)
        self._thread.join(10)
        self._lines.close()

    def _read(self) -> None:
        for line in self._lines:
            level, at = line.split()
            edge = level == "1", int(at)
            self.edges.append(edge)
            self._wires([edge])


@contextlib.contextmanager
def wired_to(*serials: str) -> Iterator[Wires]:
    wires = Wires(*serials)
    try:
        yield wires
    finally:
        wires.close()


@pytest.fixture(scope="session")
def sketch(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The program of the sketch."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("the sketch of the pulse box is compiled by g++, which is not here")
    program = tmp_path_factory.mktemp("sketch") / "pulse_box"
    folders = [f"-I{TOP / 'tests' / 'pulse_box_host'}", f"-I{TOP / 'examples' / 'pulse_box'}"]
    strict = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror"]
    source = TOP / "tests" / "pulse_box_host" / "host.cpp"
    subprocess.run([compiler, *strict, *folders, source, "-o", program], check=True, timeout=100)
    return program


def until(holds: Callable[[], bool], seconds: float = ANSWER_S) -> None:
    """Wait for something; an assertion fails where it does not come in time."""
    deadline = Deadline(seconds)
    while not holds():
        assert not deadline.passed
        time.sleep(0.005)
