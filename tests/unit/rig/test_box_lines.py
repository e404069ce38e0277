"""Lines between this program and a pulse box: what is damaged is no line."""

from __future__ import annotations

import pytest

from llpyspin.rig.boxes.boxlines import Line, crc8, line_of, parsed


def test_checksum_is_the_usual_crc8() -> None:
    assert crc8(b"123456789") == 0xF4  # the check value of CRC-8 with polynomial 0x07


def test_line_is_read_as_it_was_written() -> None:
    written = line_of(7, "START", 12, 4_000_000_000)
    assert written.endswith(b"\n")
    assert parsed(written) == Line("7", ("START", "12", "4000000000"))


def test_any_changed_letter_is_noticed() -> None:
    line = line_of(7, "OK", 12, "running", 5000).rstrip()
    for index in range(len(line)):
        for bit in range(8):
            changed = bytearray(line)
            changed[index] ^= 1 << bit
            assert parsed(bytes(changed)) is None


@pytest.mark.parametrize("text", [b"", b"*", b"*00", b"OK", b"\xff\xfe*12", b"1*00", line_of("1")])
def test_what_is_no_line_is_none(text: bytes) -> None:
    assert parsed(text) is None


def test_line_with_a_carriage_return_is_read() -> None:
    assert parsed(line_of("-", "ERR", "line").rstrip() + b"\r") == Line("-", ("ERR", "line"))
