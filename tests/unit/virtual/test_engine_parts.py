"""Parts of a virtual camera's engine by themselves: where events go, whether it is there, its frame rates."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from llpyspin.virtual.clock import CameraClock, host_ns
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.framerates import is_endless
from llpyspin.virtual.link import Edge
from llpyspin.virtual.liveregisters import make_live
from llpyspin.virtual.peripherals import Event
from llpyspin.virtual.presence import Presence
from llpyspin.virtual.routing import Routing

LOST = -1002


class Registers:
    """Holds what is set, and the functions of registers that change by themselves."""

    def __init__(self, **values: Any) -> None:
        self.values = values
        self.alive: dict[str, Any] = {}

    def get(self, name: str, selector: str | None = None) -> Any:
        return self.values[name]

    def has(self, name: str) -> bool:
        return name in self.values

    def live(self, name: str, read: Any) -> None:
        self.alive[name] = read


class Lines:
    """Stands for lines and counters: a counter that starts whenever line 3 rises."""

    def __init__(self) -> None:
        self.happenings: list[Event] = []
        self.kept: list[tuple[int, int, bool]] = []
        self.closed = False
        self.connector = SimpleNamespace(
            close=self._close, status_all=lambda at: 5, level=lambda name, at: name == "Line3"
        )
        counter = SimpleNamespace(
            value_at=lambda at: 7, status_at=lambda at: "CounterActive", reset=self._reset
        )
        self.counters = {"Counter0": counter}

    def _close(self) -> None:
        self.closed = True

    def _reset(self) -> None:
        self.happenings.append(Event(0, "reset", True))

    def configure(self, registers: Registers, now: int) -> list[Event]:
        return [Event(now, "UserOutput0", True)]

    def happened(self, event: Event) -> list[Event]:
        self.happenings.append(event)
        return [Event(event.at, "Counter0Start", True)] if event.name == "Line3" else []

    def keep_edges(self, edges: list[tuple[int, int, bool]]) -> None:
        self.kept += edges

    def edges_due(self, now: int) -> list[Event]:
        due, self.kept = self.kept, []
        return [Event(at, f"Line{line}", level) for at, line, level in due]


class Acquisition:
    """Notes what it is told."""

    queued, overflowed = 2, 1
    sequence = SimpleNamespace(active=3)

    def __init__(self) -> None:
        self.told: list[object] = []

    def schedule(self, event: Event) -> None:
        self.told.append(event)

    def schedule_edge(self, line: int, level: bool, at: int) -> None:
        self.told.append((line, level))

    def resume(self) -> None:
        self.told.append("resume")

    def halt(self) -> None:
        self.told.append("halt")

    def stall(self, duration: int) -> None:
        self.told.append(duration)


@pytest.fixture
def clock() -> CameraClock:
    return CameraClock("5001")


@pytest.fixture
def routing(clock: CameraClock) -> Routing:
    return Routing(clock)


def names(lines: Lines) -> list[str]:
    return [event.name for event in lines.happenings]


def opened(routing: Routing) -> Lines:
    lines = Lines()
    routing.open(lines, Registers())  # type: ignore[arg-type]
    return lines


def test_event_goes_to_the_acquisition_that_runs_and_else_to_the_lines(routing: Routing) -> None:
    event = Event(5, "Line3", True)
    routing.happen(event)  # to nobody: it is closed
    lines = opened(routing)
    routing.happen(event)
    assert names(lines) == ["Line3", "Counter0Start"]
    running = Acquisition()
    routing.acquisition = running  # type: ignore[assignment]
    routing.happen(event)
    assert (running.told, names(lines)) == ([event], ["Line3", "Counter0Start"])


def test_edge_goes_to_the_acquisition_that_runs_and_else_to_the_inputs(routing: Routing) -> None:
    lines = opened(routing)
    routing.edges([Edge(3, True, host_ns())])
    assert names(lines) == ["Line3", "Counter0Start"]
    running = Acquisition()
    routing.acquisition = running  # type: ignore[assignment]
    routing.edges([Edge(3, False, host_ns())])
    assert (running.told, lines.kept) == ([(3, False)], [])


def command(routing: Routing) -> None:
    routing.expose(True)
    routing.expose(False)
    routing.stall(9)
    routing.reset_counter("Counter0")


def test_commands_reach_only_what_is_there(routing: Routing) -> None:
    command(routing)  # closed: they do nothing
    lines, running = opened(routing), Acquisition()
    command(routing)
    assert names(lines) == ["reset"]
    routing.acquisition = running  # type: ignore[assignment]
    command(routing)
    assert (running.told, names(lines)) == (["resume", "halt", 9], ["reset", "reset"])
    routing.close()
    assert lines.closed
    assert routing.peripherals is None


def test_registers_of_a_closed_camera_have_values(clock: CameraClock, routing: Routing) -> None:
    registers = Registers(SequencerSetStart=4)
    make_live(registers, clock, routing)  # type: ignore[arg-type]
    said = {name: read(None) for name, read in registers.alive.items() if not name.endswith("Uptime")}
    assert said == {
        "LineStatusAll": 0,
        "LineStatus": False,
        "CounterValue": 0,
        "CounterStatus": "CounterIdle",
        "TransferQueueCurrentBlockCount": 0,
        "TransferQueueOverflowCount": 0,
        "SequencerSetActive": 4,
    }


def test_registers_follow_lines_acquisition_and_clock(clock: CameraClock, routing: Routing) -> None:
    registers = Registers(SequencerSetStart=4, Timestamp=0, GevIEEE1588Status="")
    make_live(registers, clock, routing)  # type: ignore[arg-type]
    opened(routing)
    routing.acquisition = Acquisition()  # type: ignore[assignment]
    said = {name: read(None) for name, read in registers.alive.items() if not name.endswith("Uptime")}
    assert said == {
        "LineStatusAll": 5,
        "LineStatus": False,
        "CounterValue": 7,
        "CounterStatus": "CounterActive",
        "TransferQueueCurrentBlockCount": 2,
        "TransferQueueOverflowCount": 1,
        "SequencerSetActive": 3,
        "Timestamp": 0,
        "GevIEEE1588Status": "Disabled",
    }
    assert registers.alive["LineStatus"]("Line3")
    latched = clock.latch()
    assert registers.alive["Timestamp"](None) == latched > 0
    clock.follow()
    assert registers.alive["GevIEEE1588Status"](None) == "Uncalibrated"
    clock.following_since = host_ns() - 10**9
    assert registers.alive["GevIEEE1588Status"](None) == "Slave"


def test_camera_that_goes_is_missed_a_moment_later() -> None:
    noticed = threading.Event()
    presence = Presence(noticed.set)
    assert (presence.gone, presence.missed, presence.error()) == (False, False, None)
    presence.go()
    assert presence.gone
    assert noticed.wait(20)
    assert presence.missed
    error = presence.error()
    assert isinstance(error, SpinnakerException)
    assert error.errorcode == LOST
    presence.come()
    assert (presence.gone, presence.error()) == (False, None)


@pytest.mark.parametrize(
    ("triggered", "paced", "unlimited", "enabled", "rate", "endless"),
    [
        (True, False, True, False, 30.0, False),
        (False, False, False, True, 30.0, True),
        (False, True, False, False, 2e6, False),
        (False, True, True, True, 30.0, False),
        (False, True, True, False, 30.0, True),
        (False, True, True, True, 2e6, True),
    ],
)
def test_frames_without_end_need_neither_trigger_nor_pace_nor_limit(
    triggered: bool, paced: bool, unlimited: bool, enabled: bool, rate: float, endless: bool
) -> None:
    registers: Any = Registers(AcquisitionFrameRateEnable=enabled, AcquisitionFrameRate=rate)
    off = SimpleNamespace(on=False)
    programme: Any = SimpleNamespace(acquisition=off, burst=off, frame=SimpleNamespace(on=triggered))
    assert is_endless(registers, programme, paced=paced, unlimited=unlimited) is endless
