"""Levels at the far end of a wire, while the settings of its line change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.virtual import lines
from llpyspin.virtual.lines import Connector
from llpyspin.virtual.specs import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.virtual.link import Edge


class Registers:
    """Line1 is an output of the exposure, Line2 gives 3.3 V or does not."""

    def __init__(self) -> None:
        self.supply = False
        self.source = "ExposureActive"

    def get(self, name: str, line: str) -> object:
        values = {
            "LineMode": "Output" if line == "Line1" else "Input",
            "LineSource": self.source if line == "Line1" else "Off",
            "LineInverter": False,
            "V3_3Enable": self.supply and line == "Line2",
        }
        return values[name]


PULSES = {"ExposureActive": (100, 200), "UserOutput0": (400, 500)}


def level(signal: str, at: int) -> bool:
    start, end = PULSES[signal]
    return start <= at < end


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int]]:
    """The edges that arrive at the far end, in order."""
    arrived: list[tuple[bool, int]] = []

    def take(sender: object, address: str, edges: list[Edge]) -> bool:
        arrived.extend((edge.level, edge.host_ns) for edge in edges)
        return True

    monkeypatch.setattr(lines, "send_edges", take)
    return arrived


@pytest.fixture
def connector() -> Iterator[Connector]:
    wire = Wire("1", "Line1", "2", "Line0")
    made = Connector([(wire, "far")], level, lambda at: at)
    yield made
    made.close()


def configure(connector: Connector, registers: Registers, now: int) -> None:
    connector.configure(registers, now)  # type: ignore[arg-type]  # what it asks for is there


def test_pulse_ends_that_was_under_way_when_its_wire_was_pulled_up(
    connector: Connector, sent: list[tuple[bool, int]]
) -> None:
    registers = Registers()
    configure(connector, registers, 0)
    connector.drive("ExposureActive", [(True, 100), (False, 200)])
    assert sent == []  # an open collector without a pull-up
    registers.supply = True
    configure(connector, registers, 150)
    assert sent == [(True, 150), (False, 200)]
    registers.source = "UserOutput0"
    configure(connector, registers, 300)
    connector.drive("UserOutput0", [(True, 400), (False, 500)])
    assert sent[2:] == [(True, 400), (False, 500)]


def test_pulse_ends_to_which_a_line_was_switched_while_it_went_on(
    connector: Connector, sent: list[tuple[bool, int]]
) -> None:
    registers = Registers()
    registers.supply, registers.source = True, "UserOutput0"
    configure(connector, registers, 0)
    connector.drive("ExposureActive", [(True, 100), (False, 200)])
    registers.source = "ExposureActive"
    configure(connector, registers, 180)
    assert sent == [(True, 180), (False, 200)]


def test_edges_of_the_past_are_not_sent_again(connector: Connector, sent: list[tuple[bool, int]]) -> None:
    registers = Registers()
    configure(connector, registers, 0)
    connector.drive("ExposureActive", [(True, 100), (False, 200)])
    registers.supply = True
    configure(connector, registers, 250)
    assert sent == []
