"""The lines that a serial pulse box and this program send each other.

A line is ASCII: a number, words, ``*``, and a CRC-8 of all before the ``*`` as two hexadecimal digits.  The
box repeats the number of a command in its answer.  So an answer that comes late is not taken for another one.

====================================================  ======================================================
``1 HELLO*CC``                                        ``1 OK PULSEBOX version name least_ns most_ns*CC``
``2 START run period_ns width_us count watchdog*CC``  ``2 OK run first_us now_us*CC``
``3 COUNT*CC``                                        ``3 OK run state pulses late_us now_us*CC``
``4 STOP*CC``                                         the same as of COUNT
a command that it refuses                             ``5 ERR reason*CC``
a line that is damaged                                ``- ERR line*CC``
once after each start of the board                    ``! PULSEBOX version name*CC``
====================================================  ======================================================

``run`` is a number that the program chooses.  A box that started anew has run 0.  ``watchdog`` is in ms.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BOOT", "GREETING", "MOST_LINE", "NOBODY", "VERSION", "Line", "crc8", "line_of", "parsed"]

VERSION = 1
GREETING = "PULSEBOX"
BOOT = "!"
"""In the place of the number: the board has just started."""
NOBODY = "-"
"""The same: the box could not read the number."""
MOST_LINE = 96
"""Bytes of one line."""
_POLYNOMIAL = 0x07


class Line(NamedTuple):
    """A line whose checksum is right."""

    number: str
    words: tuple[str, ...]


def crc8(data: bytes) -> int:
    """The CRC-8 of the lines: polynomial 0x07, from 0, not reflected."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ _POLYNOMIAL if crc & 0x80 else crc << 1
        crc &= 0xFF
    return crc


def line_of(number: object, *words: object) -> bytes:
    """The line with its checksum and its end."""
    body = " ".join(str(word) for word in (number, *words)).encode("ascii")
    return body + b"*%02X\n" % crc8(body)


def parsed(line: bytes) -> Line | None:
    """The line without its end, checked; None if it is damaged or is something else."""
    body, star, check = line.strip().rpartition(b"*")
    if not star or check != b"%02X" % crc8(body) or not body.isascii():
        return None
    number, *words = body.decode("ascii").split(" ")
    return Line(number, tuple(words)) if words else None
