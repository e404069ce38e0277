"""Packets of GVCP and GVSP, byte by byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rig.wire import gvcp, gvsp
from tests.rig.wire.gvcp import BadPacket, Code, Command, Refused, Status
from tests.rig.wire.sending import runs

ON_A_BUSY_MACHINE = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def test_read_command_has_the_bytes_of_the_protocol() -> None:
    packed = Command(Code.READREG, 7, struct.pack(">I", 0xA00)).pack()
    assert packed == bytes.fromhex("42 01 0080 0004 0007 00000a00")
    assert gvcp.parse_command(packed) == Command(Code.READREG, 7, b"\0\0\x0a\0")


def test_answer_has_the_code_after_that_of_its_command() -> None:
    packed = gvcp.Answer(Status.ACCESS_DENIED, Code.WRITEREG, 9, b"\0\0\0\1").pack()
    assert packed == bytes.fromhex("8006 0083 0004 0009 00000001")
    assert gvcp.parse_answer(packed) == gvcp.Answer(0x8006, Code.WRITEREG, 9, b"\0\0\0\1")


@pytest.mark.parametrize(
    "packet", ["", "42010080000400", "41 01 0080 0000 0001", "42 01 0080 0004 0001", "42 01 0080 0000 0000"]
)
def test_datagram_that_is_no_command_is_refused(packet: str) -> None:
    with pytest.raises(BadPacket):
        gvcp.parse_command(bytes.fromhex(packet))


def test_resend_request_is_read_in_both_forms() -> None:
    short = Command(Code.PACKETRESEND, 1, struct.pack(">HHII", 0, 12, 3, 5), 0)
    assert gvcp.parse_resend(short) == (0, 12, 3, 5)
    long = struct.pack(">HHIIQ", 0, 0, 3, 2**24 + 1, 2**40)
    assert gvcp.parse_resend(Command(Code.PACKETRESEND, 1, long, gvcp.EXTENDED_IDS)) == (
        0,
        2**40,
        3,
        2**24 + 1,
    )


def test_action_has_a_time_only_with_its_flag() -> None:
    keys = struct.pack(">III", 1, 2, 3)
    assert gvcp.parse_action(Command(Code.ACTION, 1, keys)) == (1, 2, 3, 0)
    timed = Command(Code.ACTION, 1, keys + struct.pack(">Q", 2**40), gvcp.SCHEDULED)
    assert gvcp.parse_action(timed) == (1, 2, 3, 2**40)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("00000200 0000 0003", Status.BAD_ALIGNMENT),
        ("00000201 0000 0004", Status.BAD_ALIGNMENT),
        ("00000200 0000 0000", Status.INVALID_PARAMETER),
        ("00000200 0000 021c", Status.INVALID_PARAMETER),
        ("00000200", Status.INVALID_HEADER),
    ],
)
def test_window_of_memory_is_checked(body: str, status: Status) -> None:
    with pytest.raises(Refused) as caught:
        gvcp.parse_window(bytes.fromhex(body))
    assert caught.value.status is status


@ON_A_BUSY_MACHINE
@given(st.binary(max_size=64), st.sampled_from([*Code]), st.integers(0, 255))
def test_no_body_of_a_command_breaks_its_parser(body: bytes, code: Code, flags: int) -> None:
    command = gvcp.parse_command(Command(code, 1, body, flags).pack())
    for parse in (gvcp.parse_reads, gvcp.parse_writes, gvcp.parse_window, gvcp.parse_memory):
        try:
            parse(command.body)
        except Refused as refused:
            assert refused.status >= Status.NOT_IMPLEMENTED
    for parse_whole in (gvcp.parse_resend, gvcp.parse_action):
        try:
            parse_whole(command)
        except Refused as refused:
            assert refused.status is Status.INVALID_HEADER


def info(kind: int = gvsp.IMAGE) -> gvsp.ImageInfo:
    return gvsp.ImageInfo(2**33 + 5, 0x01080001, 64, 20, 4, 2, kind)


def test_leader_and_trailer_have_the_bytes_of_the_protocol() -> None:
    block = gvsp.Block(1280, 576)
    block.fill(513, np.zeros(1280, np.uint8), info())
    leader = "0000 0201 01 000000" + "0000 0001 00000002 00000005 01080001"
    leader += "00000040 00000014 00000004 00000002 0000 0000"
    assert block.packet(0) == bytes.fromhex(leader)
    assert block.packet(block.count + 1) == bytes.fromhex("0000 0201 02 000004 0000 0001 00000014")


def test_long_ids_have_a_header_of_twenty_bytes() -> None:
    block = gvsp.Block(1000, 576, extended=True)
    block.fill(2**40 + 1, np.zeros(1000, np.uint8), info())
    header = bytes.fromhex("0000 0000 83 000000 0000010000000001 00000002")
    assert block.packet(2)[:20] == header
    assert gvsp.parse_header(block.packet(2)) == (0, 2**40 + 1, gvsp.PAYLOAD, 2, True, 20)


@ON_A_BUSY_MACHINE
@given(st.integers(1, 4000), st.integers(60, 700), st.booleans(), st.binary(max_size=200))
def test_payload_of_a_block_is_the_image_then_its_chunks(
    size: int, packet_size: int, extended: bool, chunks: bytes
) -> None:
    pixels = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    block = gvsp.Block(size + len(chunks), packet_size, extended=extended)
    block.fill(1, pixels, info(gvsp.CHUNKS), chunks)
    packets = [block.packet(number) for number in range(1, block.count + 1)]
    assert b"".join(each[block.header :] for each in packets) == pixels.tobytes() + chunks
    assert b"".join(packets) == bytes(block.rows(1, block.count))
    assert [gvsp.parse_header(each).packet for each in packets] == list(range(1, block.count + 1))
    assert all(len(each) == packet_size - 28 for each in packets[:-1])
    assert len(packets[-1]) <= packet_size - 28


def test_block_is_filled_again_with_nothing_left_of_the_first_image() -> None:
    block = gvsp.Block(1000, 576)
    block.fill(1, np.full(1000, 7, np.uint8), info())
    block.fill(2, np.full(1000, 9, np.uint8), info())
    assert {byte for number in (1, 2) for byte in block.packet(number)[8:]} == {9}
    assert {gvsp.parse_header(block.packet(number)).block for number in range(4)} == {2}


def test_packet_sent_again_says_so() -> None:
    block = gvsp.Block(1000, 576)
    block.fill(1, np.zeros(1000, np.uint8), info())
    again = block.packet(1, Status.PACKET_RESEND)
    assert again == b"\x01\x00" + block.packet(1)[2:]


def test_chunks_are_found_from_the_end() -> None:
    data = bytes(100) + gvsp.chunk_bytes([(5, b"abc"), (6, b"defghijk")], 100, 0xFFFF)
    found = []
    while data:
        number, length = struct.unpack(">II", data[-8:])
        found.append((number, data[-8 - length : -8]))
        data = data[: -8 - length]
    assert found == [(6, b"defghijk"), (5, b"abc\0"), (0xFFFF, bytes(100))]


@ON_A_BUSY_MACHINE
@given(st.sets(st.integers(1, 300)), st.integers(100, 8972))
def test_runs_send_each_packet_once_in_blocks_that_fit(numbers: set[int], size: int) -> None:
    found = list(runs(sorted(numbers), size))
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    assert all(last - first < 64 and (last - first + 1) * size <= 65507 for first, last in found)


@ON_A_BUSY_MACHINE
@given(st.binary(max_size=40))
def test_no_datagram_breaks_the_parser_of_stream_headers(datagram: bytes) -> None:
    try:
        header = gvsp.parse_header(datagram)
    except ValueError:
        assert len(datagram) < 20
    else:
        assert header.size in (8, 20)
