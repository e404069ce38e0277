"""A pulse box at a serial port: an Arduino or Teensy with the sketch in ``examples/pulse_box``."""

from __future__ import annotations

import errno
import secrets
import time
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import PulseBoxError, SettingRangeError
from llpyspin.extras import library
from llpyspin.naming.known import named
from llpyspin.rig.boxes.boxlines import BOOT, GREETING, MOST_LINE, NOBODY, VERSION, Line, line_of, parsed
from llpyspin.rig.boxes.contract import BoxCount, BoxIdentity, BoxState, FirstPulse

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _T = TypeVar("_T")

__all__ = ["PULSE_US", "WATCHDOG_MS", "SerialBox"]

BAUD = 115200
PULSE_US = 200.0
WATCHDOG_MS = 10_000
"""So long after the last command the box ends its pulses by itself."""
LOOK_S = 0.05  # of one read
ANSWER_S, ALL_S = 0.5, 1.5  # of one try, and of all
MOST_TRIES = 10
WRITE_S = 1.0
OPEN_S = 8.0  # an Arduino starts anew when its port is opened, and its boot loader waits for 1 to 2 s
QUIET_S = 2.5  # in which a boot loader hears nothing: some wait longer if bytes come
TURN_S = 10.0
LOOKS = 4  # at the box's clock before the first pulse
MOST_COUNT = 2**32 - 1
_NO_RUN = -1
"""What no box says: the board has forgotten the run."""
_WRAP = 1 << 32  # of the box's clock, us


class _Answer(NamedTuple):
    words: tuple[str, ...]
    sent_ns: int
    came_ns: int

    def number(self, index: int) -> int:
        return int(self.words[index])


@named
class SerialBox:
    """A :class:`~llpyspin.rig.boxes.contract.PulseBox` at a serial port.

    Nothing is opened before :meth:`identify`.

    Parameters
    ----------
    port : str
        Such as ``/dev/ttyACM0``, or better its name in ``/dev/serial/by-id``, which stays the same.
    pulse_us : float
        Length of each pulse, at most half of the time between pulses.
    """

    port: str
    pulse_us: float

    def __init__(self, port: str, *, pulse_us: float = PULSE_US) -> None:
        self.port = port
        self.pulse_us = pulse_us
        self._serial: Any = None
        self._turn = Turn()
        self._number = 0
        self._run = 0
        self._identity: BoxIdentity | None = None
        self._received = b""
        self._odd = b""
        """What came and was no line of a box: for messages."""

    def __repr__(self) -> str:
        return f"<SerialBox at {self.port}, {'open' if self._serial is not None else 'closed'}>"

    # -- the contract

    def identify(self) -> BoxIdentity:
        """Open the port if it is not open; end all pulses; return what the box is.  Blocks up to 8 s.

        Raises
        ------
        PulseBoxError
            The port cannot be opened, or no pulse box answers there.
        MissingExtraError
            pyserial is not installed.
        """
        return self._in_turn(self._identify)

    def start(self, rate_hz: float, count: int | None = None) -> FirstPulse:
        """Count from 0 and send pulses: ``count`` of them, or until :meth:`stop`.

        Raises
        ------
        SettingRangeError
            The box cannot make this rate, or this number of pulses.
        PulseBoxError
            It does not answer, or refuses.
        """
        period_ns = self._period_ns(rate_hz)
        if count is not None and not 1 <= count <= MOST_COUNT:
            raise SettingRangeError(
                f"a pulse box sends 1 to {MOST_COUNT} pulses, not {count!r}", setting="count", value=count
            )
        return self._in_turn(lambda: self._start(period_ns, count or 0))

    def count(self) -> BoxCount:
        """Return the count.

        Raises
        ------
        PulseBoxError
            The box does not answer, or has started anew, so that nobody knows the count.
        """
        return self._in_turn(lambda: self._counted("COUNT"))

    def stop(self) -> BoxCount:
        """End the pulses and return the count.  Raises as :meth:`count` does."""
        return self._in_turn(lambda: self._counted("STOP"))

    def close(self) -> None:
        """Close the port.  A box that still sends pulses ends them 10 s later."""
        port, self._serial = self._serial, None
        if port is not None:
            port.close()

    # -- what it does in its turn

    def _in_turn(self, work: Callable[[], _T]) -> _T:
        busy = PulseBoxError(f"another thread uses the pulse box at {self.port}", port=self.port)
        return self._turn.insist(TURN_S, work, busy)

    def _identify(self) -> BoxIdentity:
        self._run = 0
        if self._serial is not None and self._identity is not None:
            try:
                return self._greeted(self._ask("HELLO", boots=True))
            except PulseBoxError:  # unplugged and plugged in again meanwhile, perhaps
                self.close()
        self._open()
        try:
            return self._greeted(self._first_answer())
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        serial = library("serial", "a pulse box", extra="serial")
        self._received = self._odd = b""
        try:
            self._serial = serial.Serial(
                self.port, BAUD, timeout=LOOK_S, write_timeout=WRITE_S, exclusive=True
            )
        except (OSError, ValueError) as error:
            hint = ""
            if getattr(error, "errno", None) == errno.EACCES:
                hint = ". Add your user to the group of the port: sudo usermod -aG dialout $USER"
            raise self._error(f"cannot be opened: {error}{hint}") from error

    def _first_answer(self) -> _Answer:
        """The answer to a greeting: at once, or when the board has started anew."""
        deadline = Deadline(OPEN_S)
        wait_s = QUIET_S
        while not deadline.passed:
            number, sent_ns = self._send("HELLO")
            answer = self._answer(
                number, sent_ns, Deadline(min(wait_s, deadline.remaining())), until_boot=True
            )
            if answer is not None:
                return answer
            wait_s = ANSWER_S
        raise self._error(
            f"does not answer as a pulse box{self._heard()}. Load examples/pulse_box/pulse_box.ino onto the "
            "board, and check the port"
        )

    def _greeted(self, answer: _Answer) -> BoxIdentity:
        words = answer.words
        if len(words) != 5 or words[0] != GREETING:
            raise self._error(f"answers {' '.join(words)!r}, and is no pulse box")
        if words[1] != str(VERSION):
            raise self._error(
                f"speaks version {words[1]} of the protocol, and this llpyspin version {VERSION}. Load "
                "examples/pulse_box/pulse_box.ino of this version onto the board"
            )
        least_ns, most_ns = self._numbers(answer, 3, 4)
        self._identity = BoxIdentity(words[2], self.port, VERSION, 1e9 / most_ns, 1e9 / least_ns)
        return self._identity

    def _period_ns(self, rate_hz: float) -> int:
        identity = self._identity
        if identity is None:
            raise self._error("was not identified. Call identify() before start()")
        if not identity.least_hz <= rate_hz <= identity.most_hz:
            raise SettingRangeError(
                f"the pulse box at {self.port} sends {identity.least_hz:.4g} to {identity.most_hz:.4g} "
                f"pulses per second, not {rate_hz:.6g}",
                setting="framerate",
                value=rate_hz,
            )
        most_us = 5e5 / rate_hz
        if not 1 <= self.pulse_us <= most_us:
            raise SettingRangeError(
                f"at {rate_hz:.6g} Hz a pulse lasts 1 to {most_us:.0f} us, not {self.pulse_us:.6g}: at most "
                "half of the time between pulses",
                setting="pulse_us",
                value=self.pulse_us,
            )
        return round(1e9 / rate_hz)

    def _start(self, period_ns: int, count: int) -> FirstPulse:
        self._run = secrets.randbelow(65535) + 1
        looks = [self._ask("COUNT") for _ in range(LOOKS)]
        best = min(looks, key=lambda each: each.came_ns - each.sent_ns)
        answer = self._ask("START", self._run, period_ns, round(self.pulse_us), count, WATCHDOG_MS)
        run, first_us = self._numbers(answer, 0, 1)
        if run != self._run:
            raise self._error(f"started run {run}, not {self._run}")
        (now_us,) = self._numbers(best, 4)
        half_ns = (best.came_ns - best.sent_ns) // 2
        return FirstPulse(best.sent_ns + half_ns + (first_us - now_us) % _WRAP * 1000, half_ns)

    def _counted(self, command: str) -> BoxCount:
        answer = self._ask(command)
        run, pulses, late_us = self._numbers(answer, 0, 2, 3)
        state = answer.words[1]
        if run != self._run:
            raise self._restarted()
        if state not in get_args(BoxState):
            raise self._error(f"is in the state {state!r}, which is not known")
        return BoxCount(pulses, cast("BoxState", state), float(late_us))

    # -- lines

    def _ask(self, *words: object, boots: bool = False) -> _Answer:
        """The answer to a command; it is sent again if none comes.  ``boots``: the board may start anew."""
        deadline, tries = Deadline(ALL_S), 0
        while tries < MOST_TRIES and not deadline.passed:
            tries += 1
            number, sent_ns = self._send(*words)
            answer = self._answer(number, sent_ns, Deadline(ANSWER_S), until_boot=boots)
            if answer is not None:
                return answer
        raise self._error(f"did not answer {words[0]}, sent {tries} times{self._heard()}")

    def _send(self, *words: object) -> tuple[int, int]:
        """The number of the command, and when it was sent."""
        self._number = self._number % 65535 + 1
        sent_ns = time.monotonic_ns()
        self._io(lambda port: port.write(line_of(self._number, *words)))
        return self._number, sent_ns

    def _answer(self, number: int, sent_ns: int, deadline: Deadline, *, until_boot: bool) -> _Answer | None:
        """None if it does not come in time, or if it is worth while to ask again at once."""
        while not deadline.passed:
            line = self._next_line(deadline)
            if line is None:
                continue
            if line.number == BOOT:
                if until_boot:
                    return None
                raise self._restarted()
            if line.number == NOBODY:  # it got the command damaged
                return None
            if line.number != str(number):  # the answer to an earlier try
                continue
            verdict, *words = line.words
            if verdict != "OK":
                raise self._error(f"refused: {' '.join(line.words)}")
            return _Answer(tuple(words), sent_ns, time.monotonic_ns())
        return None

    def _next_line(self, deadline: Deadline) -> Line | None:
        while b"\n" not in self._received:
            if deadline.passed:
                return None
            self._received += self._io(lambda port: port.read(max(1, min(port.in_waiting, MOST_LINE))))
            if len(self._received) > MOST_LINE and b"\n" not in self._received:  # garbage
                self._odd, self._received = self._received[:MOST_LINE], b""
        text, _, self._received = self._received.partition(b"\n")
        line = parsed(text)
        if line is None:
            self._odd = text[:MOST_LINE]
        return line

    def _io(self, work: Callable[[Any], Any]) -> Any:
        port = self._serial
        if port is None:
            raise self._error("is not open")
        try:
            return work(port)
        except (OSError, TypeError) as error:  # TypeError: pyserial, when another thread closes the port
            self.close()
            raise self._error(f"is gone: {error}") from error

    def _numbers(self, answer: _Answer, *indices: int) -> list[int]:
        try:
            return [answer.number(index) for index in indices]
        except (IndexError, ValueError) as error:
            raise self._error(f"answered {' '.join(answer.words)!r}, which makes no sense") from error

    # -- errors

    def _heard(self) -> str:
        return f" (it sent {self._odd[:40]!r})" if self._odd else ""

    def _restarted(self) -> PulseBoxError:
        self._run = _NO_RUN
        return self._error("started anew, so its pulses ended and their number is not known")

    def _error(self, text: str) -> PulseBoxError:
        return PulseBoxError(f"the pulse box at {self.port} {text}", port=self.port)
