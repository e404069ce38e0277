"""The driver of serial pulse boxes, with a box that fails in every way that a cable and a board have."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import LlpyspinError, MissingExtraError, PulseBoxError, SettingRangeError
from llpyspin.rig.boxes import serialbox
from llpyspin.rig.boxes.contract import BoxCount, PulseBox
from llpyspin.rig.boxes.serialbox import SerialBox
from tests.pulse_boxes import SimulatedBox, SketchBox, sketch, until

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

__all__ = ["sketch"]  # a fixture


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a boot loader."""
    monkeypatch.setattr(serialbox, "QUIET_S", 0.3)
    monkeypatch.setattr(serialbox, "OPEN_S", 1.5)


@pytest.fixture
def simulated() -> Iterator[SimulatedBox]:
    with SimulatedBox() as box:
        yield box


@pytest.fixture
def driver(simulated: SimulatedBox) -> Iterator[SerialBox]:
    box = SerialBox(simulated.port)
    yield box
    box.close()


def test_box_says_what_it_is(driver: SerialBox, simulated: SimulatedBox) -> None:
    assert isinstance(driver, PulseBox)
    found = driver.identify()
    assert (found.name, found.port, found.version) == ("simulated", simulated.port, 1)
    assert (found.least_hz, found.most_hz) == (0.25, 1000)
    assert driver.identify() == found  # again, without opening the port anew
    assert simulated.commands == ["HELLO", "HELLO"]


def test_box_starts_counts_and_stops(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    assert driver.stop() == BoxCount(0, "idle", 12.0)
    first = driver.start(200)
    until(lambda: driver.count().pulses >= 5)
    assert driver.count().state == "running"
    stopped = driver.stop()
    assert stopped.state == "stopped"
    assert stopped.pulses == len(simulated.pulses)
    assert abs(first.host_ns - simulated.pulses[0]) <= first.unsure_ns + 2000
    assert driver.stop() == stopped
    driver.start(100)  # counts from 0 again
    assert driver.count().pulses < 3


def test_box_sends_as_many_pulses_as_wanted(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    driver.start(500, count=7)
    until(lambda: driver.count().state == "done")
    assert driver.count().pulses == len(simulated.pulses) == 7


@pytest.mark.parametrize(("rate", "width"), [(0.2, 200), (1001, 200), (1000, 501), (100, 0.5)])
def test_rate_or_width_that_the_box_cannot_make_is_refused(
    driver: SerialBox, simulated: SimulatedBox, rate: float, width: float
) -> None:
    driver.pulse_us = width
    driver.identify()
    with pytest.raises(SettingRangeError, match=r"the pulse box at .* sends|a pulse lasts"):
        driver.start(rate)
    assert "START" not in simulated.commands


@pytest.mark.parametrize("count", [0, -1, 2**32])
def test_number_of_pulses_that_cannot_be_is_refused(driver: SerialBox, count: int) -> None:
    driver.identify()
    with pytest.raises(SettingRangeError, match="pulses, not"):
        driver.start(100, count=count)


def test_commands_before_identify_are_refused(driver: SerialBox) -> None:
    with pytest.raises(PulseBoxError, match="was not identified"):
        driver.start(100)
    with pytest.raises(PulseBoxError, match="is not open"):
        driver.count()


# -- what goes wrong


def test_lost_or_damaged_answers_are_asked_for_again(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    simulated.noise = b"\x00\xffnoise\n"
    driver.start(100)
    simulated.damaged = ["COUNT"]
    assert driver.count().state == "running"
    simulated.ignored = 1
    assert driver.stop().pulses == len(simulated.pulses)


def test_lost_answer_to_start_does_not_start_twice(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    simulated.damaged = ["COUNT", "START", "START"]
    first = driver.start(200)
    until(lambda: len(simulated.pulses) > 3)
    assert abs(first.host_ns - simulated.pulses[0]) <= first.unsure_ns + 2000


def test_flood_of_garbage_is_no_answer(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    simulated.noise, simulated.damaged = b"x" * 5000, ["COUNT"] * 99
    with pytest.raises(PulseBoxError, match=r"did not answer COUNT, sent \d+ times \(it sent b"):
        driver.count()
    simulated.noise, simulated.damaged = b"", []
    driver.identify()


def test_box_that_answers_nothing_is_an_error_in_time(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    simulated.ignored = 99
    began = time.monotonic()
    with pytest.raises(PulseBoxError, match=r"did not answer STOP, sent \d+ times") as raised:
        driver.stop()
    assert raised.value.port == simulated.port
    assert time.monotonic() - began < 10


def test_board_that_starts_anew_has_lost_its_count(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    driver.start(100)
    until(lambda: driver.count().pulses > 0)
    simulated.reset()
    with pytest.raises(PulseBoxError, match="started anew, so its pulses ended"):
        driver.count()
    with pytest.raises(PulseBoxError, match="started anew"):  # by the number of its run: no greeting now
        driver.start(100)
        simulated._forget()
        driver.stop()


def test_board_that_starts_anew_when_its_port_opens_is_waited_for(
    driver: SerialBox, simulated: SimulatedBox
) -> None:
    simulated.ignored = 1  # while its boot loader runs
    threading.Timer(0.1, simulated.reset).start()
    assert driver.identify().name == "simulated"


def test_port_without_a_pulse_box_is_refused(driver: SerialBox, simulated: SimulatedBox) -> None:
    simulated.ignored, simulated.version = 99, 2
    with pytest.raises(PulseBoxError, match=r"does not answer as a pulse box\. Load examples/pulse_box"):
        driver.identify()
    simulated.ignored = 0
    with pytest.raises(PulseBoxError, match="speaks version 2 of the protocol, and this llpyspin version 1"):
        driver.identify()


def test_port_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        PulseBoxError, match=r"the pulse box at /dev/ttyNONE cannot be opened: .*No such file"
    ):
        SerialBox("/dev/ttyNONE").identify()


def test_port_that_is_in_use_is_refused(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    with pytest.raises(PulseBoxError, match="cannot be opened"):
        SerialBox(simulated.port).identify()


def test_box_that_is_unplugged_is_gone(driver: SerialBox, simulated: SimulatedBox) -> None:
    driver.identify()
    driver.start(100)
    simulated.unplug()
    with pytest.raises(PulseBoxError, match=r"is gone|cannot be opened"):
        driver.count()
    with pytest.raises(PulseBoxError, match="is not open"):
        driver.count()
    with pytest.raises(PulseBoxError, match="cannot be opened"):
        driver.identify()
    driver.close()


def test_box_stops_when_nobody_asks(
    driver: SerialBox, simulated: SimulatedBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serialbox, "WATCHDOG_MS", 100)
    driver.identify()
    driver.start(100)
    until(lambda: simulated.state == "watchdog")
    assert driver.count() == BoxCount(len(simulated.pulses), "watchdog", 12.0)


def test_missing_pyserial_names_the_extra(driver: SerialBox, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, what: str, **more: str) -> None:
        raise MissingExtraError(f"{what} needs {name}: pip install 'llpyspin[{more['extra']}]'")

    monkeypatch.setattr(serialbox, "library", absent)
    with pytest.raises(LlpyspinError, match=r"a pulse box needs serial: pip install 'llpyspin\[serial\]'"):
        driver.identify()


# -- the sketch


def test_sketch_keeps_time_and_counts(sketch: pathlib.Path) -> None:
    with SketchBox(sketch) as box:
        driver = SerialBox(box.port, pulse_us=300)
        identity = driver.identify()
        assert (identity.name, identity.least_hz, identity.most_hz) == ("arduino", 0.25, 1000)
        first = driver.start(226.1)  # its clock starts over meanwhile
        until(lambda: driver.count().pulses > 450)
        count = driver.stop()
        until(lambda: len(box.edges) == 2 * count.pulses)
        assert count.state == "stopped"
        off = [at - box.pulses[0] - number * 1e9 / 226.1 for number, at in enumerate(box.pulses)]
        assert max(map(abs, off)) < 40_000  # ns; a host clock that steps by 10 us, and no error adds up
        widths = [fall - rise for (_, rise), (_, fall) in zip(box.edges[::2], box.edges[1::2], strict=True)]
        assert all(abs(width - 300_000) < 40_000 for width in widths)
        assert [level for level, _ in box.edges] == [True, False] * count.pulses
        assert abs(first.host_ns - box.pulses[0]) < first.unsure_ns + 100_000
        assert count.late_us is not None
        assert count.late_us < 40
        driver.close()


def test_sketch_sends_as_many_pulses_as_wanted(sketch: pathlib.Path) -> None:
    with SketchBox(sketch) as box:
        driver = SerialBox(box.port, pulse_us=500)
        driver.identify()
        driver.start(1000, count=300)
        until(lambda: driver.count().state == "done")
        assert driver.count().pulses == 300
        until(lambda: len(box.edges) == 600)
        driver.close()


def test_sketch_stops_when_nobody_asks(sketch: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serialbox, "WATCHDOG_MS", 200)
    with SketchBox(sketch) as box:
        driver = SerialBox(box.port)
        driver.identify()
        driver.start(100)
        port, driver._serial = driver._serial, None  # whoever started it is gone
        port.close()
        until(lambda: len(box.pulses) > 0 and time.monotonic_ns() - box.pulses[-1] > 300_000_000)
        assert 0.1e9 < box.pulses[-1] - box.pulses[0] < 2e9
        again = SerialBox(box.port)
        again.identify()
        assert again.stop().state == "idle"
        again.close()


def test_sketch_that_is_reset_says_so(sketch: pathlib.Path) -> None:
    with SketchBox(sketch) as box:
        driver = SerialBox(box.port)
        driver.identify()
        driver.start(100)
        box.reset()
        with pytest.raises(PulseBoxError, match="started anew"):
            until(lambda: driver.count().pulses < 0)
        assert driver.identify().name == "arduino"
        driver.start(100, count=2)
        until(lambda: driver.count().state == "done")
        driver.close()


def test_sketch_refuses_what_it_does_not_understand(sketch: pathlib.Path) -> None:
    with SketchBox(sketch) as box:
        driver = SerialBox(box.port)
        driver.identify()
        driver._serial.write(b"\x00garbage\n" + b"y" * 500 + b"\n*\n1 COUNT*00\n\n\r\n")
        assert driver.stop().state == "idle"
        for command, reason in [
            (("JUMP",), "command"),
            (("START", 1, 2), "command"),
            (("START", 0, 10_000_000, 100, 0, 3000), "range"),
            (("START", 1, 999_999, 100, 0, 3000), "range"),
            (("START", 1, 10_000_000, 5001, 0, 3000), "range"),
            (("START", 1, 10_000_000, 100, 0, 0), "range"),
        ]:
            with pytest.raises(PulseBoxError, match=f"refused: ERR {reason}"):
                driver._ask(*command)
        driver.start(100)
        with pytest.raises(PulseBoxError, match="refused: ERR running"):
            driver._ask("START", 70, 10_000_000, 100, 0, 3000)
        driver.close()
