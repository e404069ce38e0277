"""What the test device answers to commands, without a network."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rig.wire.bootstrap import CAPABILITIES, Address, Bootstrap, Identity
from tests.rig.wire.control import Control
from tests.rig.wire.gvcp import SCHEDULED, Answer, Code, Command, Status, parse_answer

ON_A_BUSY_MACHINE = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
ME, OTHER = ("10.0.0.1", 4000), ("10.0.0.2", 4000)
WRITE_HEARTBEAT = struct.pack(">II", Address.HEARTBEAT, 5000)


class Features:
    """Features that are nothing but numbers."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {"GevHeartbeatTimeout": 3000, "GevSCPSPacketSize": 1400}

    def integer(self, name: str) -> int:
        return self.values.get(name, 0)

    def set_integer(self, name: str, value: int) -> None:
        self.values[name] = value


class Bench:
    """A control channel with bootstrap registers alone."""

    def __init__(self) -> None:
        self.features = Features()
        identity = Identity(0x2CDDA3000001, 0xA9FE0A0A, "FLIR", "Model", "1.0", "18290001")
        self.registers = Bootstrap(self.features, identity, sum(CAPABILITIES.values()))
        self.control = Control(self.registers, self.registers)
        self.request = 0

    def ask(self, code: int, body: bytes = b"", sender: tuple[str, int] = ME, flags: int = 1) -> Answer:
        self.request += 1
        packed = self.control.handle(Command(code, self.request, body, flags).pack(), sender)
        assert packed is not None
        answer = parse_answer(packed)
        assert (answer.code, answer.request) == (code, self.request)
        return answer

    def take(self, sender: tuple[str, int] = ME, value: int = 2) -> int:
        return self.ask(Code.WRITEREG, struct.pack(">II", Address.PRIVILEGE, value), sender).status


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_discovery_tells_who_the_device_is(bench: Bench) -> None:
    body = bench.ask(Code.DISCOVERY).body
    assert len(body) == 0xF8
    assert body[10:16] == bytes.fromhex("2cdda3000001")
    assert body[0x24:0x28] == bytes.fromhex("a9fe0a0a")
    assert body[0x48:0x4C] == b"FLIR"
    assert body[0xD8:0xE0] == b"18290001"


def test_several_registers_are_read_in_one_command(bench: Bench) -> None:
    body = struct.pack(">II", Address.HEARTBEAT, Address.PACKET_SIZE)
    assert bench.ask(Code.READREG, body).body == struct.pack(">II", 3000, 1400)


def test_write_needs_the_control_of_the_device(bench: Bench) -> None:
    assert bench.ask(Code.WRITEREG, WRITE_HEARTBEAT).status == Status.ACCESS_DENIED
    assert bench.take() == Status.SUCCESS
    assert bench.ask(Code.WRITEREG, WRITE_HEARTBEAT).status == Status.SUCCESS
    assert bench.features.values["GevHeartbeatTimeout"] == 5000


def test_second_client_cannot_take_a_device_that_is_held(bench: Bench) -> None:
    bench.take()
    assert bench.take(OTHER) == Status.ACCESS_DENIED
    assert bench.take(value=0) == Status.SUCCESS
    assert bench.take(OTHER) == Status.SUCCESS


def test_exclusive_control_refuses_reads_of_others(bench: Bench) -> None:
    bench.take(value=1)
    body = struct.pack(">I", Address.HEARTBEAT)
    assert bench.ask(Code.READREG, body, OTHER).status == Status.ACCESS_DENIED
    assert bench.ask(Code.READREG, body).status == Status.SUCCESS


def test_controller_goes_on_from_another_port(bench: Bench) -> None:
    bench.take()
    moved = (ME[0], ME[1] + 1)
    assert bench.ask(Code.WRITEREG, WRITE_HEARTBEAT, moved).status == Status.SUCCESS
    assert bench.control.controller == moved
    bench.request += 5000  # numbers that do not go on are another program's
    assert bench.ask(Code.WRITEREG, WRITE_HEARTBEAT, ME).status == Status.ACCESS_DENIED


def test_silent_controller_loses_the_device(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    released = []
    bench.control.on_released = lambda: released.append(True)
    now = [100.0]
    monkeypatch.setattr("tests.rig.wire.control.time.monotonic", lambda: now[0])
    bench.take()
    for _ in range(3):  # any command is a sign of life
        now[0] += 2.9
        bench.ask(Code.READREG, struct.pack(">I", Address.VERSION))
        bench.control.watch()
    assert not released
    now[0] += 3.1
    bench.control.watch()
    assert released == [True]
    assert bench.registers.get(Address.PRIVILEGE) == 0


def test_command_that_comes_twice_is_done_once(bench: Bench) -> None:
    bench.take()
    fired = []
    bench.registers.on_write = {Address.PACKET_SIZE: fired.append}
    body = struct.pack(">II", Address.PACKET_SIZE, 1 << 31 | 1500)
    packed = Command(Code.WRITEREG, 77, body).pack()
    assert bench.control.handle(packed, ME) == bench.control.handle(packed, ME)
    assert len(fired) == 1


@pytest.mark.parametrize(("asked", "given"), [(100, 220), (1502, 1500), (9000, 9000), (20000, 9000)])
def test_packet_size_reads_back_as_it_can_be(bench: Bench, asked: int, given: int) -> None:
    bench.take()
    bench.ask(Code.WRITEREG, struct.pack(">II", Address.PACKET_SIZE, asked))
    assert bench.registers.get(Address.PACKET_SIZE) & 0xFFFF == given


@pytest.mark.parametrize(
    ("code", "body", "status"),
    [
        (Code.READREG, "00000201", Status.BAD_ALIGNMENT),
        (Code.READREG, "00008000", Status.INVALID_ADDRESS),
        (Code.WRITEREG, "00000000 00000001", Status.WRITE_PROTECT),
        (Code.READMEM, "00000200", Status.INVALID_HEADER),
        (0x7000, "", Status.NOT_IMPLEMENTED),
    ],
)
def test_refusal_has_its_status(bench: Bench, code: int, body: str, status: Status) -> None:
    bench.take()
    assert bench.ask(code, bytes.fromhex(body)).status == status


def test_first_write_that_fails_is_named(bench: Bench) -> None:
    bench.take()
    body = WRITE_HEARTBEAT + struct.pack(">II", Address.VERSION, 1)
    answer = bench.ask(Code.WRITEREG, body)
    assert (answer.status, answer.body) == (Status.WRITE_PROTECT, b"\0\0\0\1")


def test_action_for_others_has_no_answer(bench: Bench) -> None:
    command = Command(Code.ACTION, 5, struct.pack(">III", 1, 2, 3))
    bench.control.on_action = lambda request: None
    assert bench.control.handle(command.pack(), OTHER) is None
    bench.control.on_action = lambda request: Status.SUCCESS
    assert bench.control.handle(command.pack(), OTHER) == bytes.fromhex("0000 0101 0000 0005")


def test_action_without_the_common_clock_is_refused(bench: Bench) -> None:
    bench.control.on_action = lambda request: Status.NO_REF_TIME if request.at else Status.SUCCESS
    assert bench.ask(Code.ACTION, struct.pack(">IIIQ", 1, 2, 3, 9), OTHER, 1 | SCHEDULED).status == 0x8013


def test_resend_is_for_the_host_of_the_controller(bench: Bench) -> None:
    asked = []
    bench.control.on_resend = asked.append
    body = struct.pack(">HHII", 0, 1, 2, 3)
    assert bench.ask(Code.PACKETRESEND, body).status == Status.ACCESS_DENIED
    bench.take()
    stream = (ME[0], 9999)
    assert bench.control.handle(Command(Code.PACKETRESEND, 9000, body, 0).pack(), stream) is None
    assert asked == [(0, 1, 2, 3)]
    assert bench.ask(Code.PACKETRESEND, body, OTHER).status == Status.ACCESS_DENIED


@ON_A_BUSY_MACHINE
@given(st.lists(st.tuples(st.sampled_from([*Code, 0x7000]), st.binary(max_size=40)), max_size=8))
def test_no_command_breaks_the_device(commands: list[tuple[int, bytes]]) -> None:
    bench = Bench()
    bench.take()
    for number, (code, body) in enumerate(commands, 2):
        packed = bench.control.handle(Command(code, number, body).pack(), ME)
        assert packed is None or parse_answer(packed).request == number
    assert bench.ask(Code.READREG, struct.pack(">I", Address.VERSION)).body == bytes.fromhex("00010002")


@ON_A_BUSY_MACHINE
@given(st.binary(max_size=60))
def test_no_datagram_breaks_the_device(datagram: bytes) -> None:
    bench = Bench()
    packed = bench.control.handle(datagram, OTHER)
    assert packed is None or parse_answer(packed).request != 0
