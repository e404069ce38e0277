"""Takes requests in: compares versions, knows repeated ones, has each worked on, and makes the answer."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from llpyspin import __version__
from llpyspin.deadlines import MOST_S, Deadline
from llpyspin.errors import (
    HostMessageError,
    HostRestartedError,
    HostStateError,
    HostTimeoutError,
    HostVersionError,
    without_traceback,
)
from llpyspin.hosts import asks
from llpyspin.hosts.envelopes import PROTOCOL, Envelope, Failure, Reply
from llpyspin.hosts.failures import failure_of
from llpyspin.hosts.requestledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.hosts.answers import Answer
    from llpyspin.hosts.controlled import Controlled

__all__ = ["Reception"]

logger = logging.getLogger("llpyspin")

GONE_S = 0.2
"""Between two looks whether somebody still waits for the answer."""
_ENVELOPE = msgspec.msgpack.Decoder(Envelope)
_ASK: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(asks.AnyAsk)
_ANY_VERSION = ("Hello", "Shutdown")


class Reception:
    """Any thread may call :meth:`answer`; what has an effect is done by one thread, in order.

    Parameters
    ----------
    host : str
        Id of the process.
    controlled : Controlled
    """

    def __init__(self, host: str, controlled: Controlled) -> None:
        self._host = host
        self._controlled = controlled
        self._closed = False
        self._ledger = Ledger()
        self._worker = ThreadPoolExecutor(1, "host-work")
        does = controlled
        self._looks: dict[type, Callable[[Any], Answer]] = {
            asks.Hello: does.hello,
            asks.Ping: does.ping,
            asks.GetStatus: does.status,
            asks.Count: does.count,
            asks.Latest: does.latest,
            asks.GetFacts: does.facts,
        }
        self._effects: dict[type, Callable[[Any], Answer]] = {
            asks.Release: does.do_release,
            asks.Open: does.do_open,
            asks.Prime: does.do_prime,
            asks.Trigger: does.do_trigger,
            asks.Hold: does.do_hold,
            asks.Stop: does.do_stop,
            asks.Close: does.do_close,
            asks.Shutdown: does.do_shutdown,
        }

    def answer(self, body: bytes, gone: Callable[[], bool]) -> bytes | None:
        """The answer to a request; None once nobody waits for it any more, as ``gone`` tells."""
        number = ""
        try:
            envelope = _decoded(body)
            number = envelope.id
            self._check(envelope)
            ask = _asked(envelope)
            if envelope.lease:
                self._controlled.leasing.heard(envelope.lease)
            look = self._looks.get(type(ask))
            if look is not None:
                return self._reply(number, look(ask))
            entry = self._ledger.entry(
                number, bytes(envelope.ask), lambda new: self._begin(new, envelope, ask)
            )
            return self._await(entry, envelope, gone)
        except Exception as error:  # noqa: BLE001 - outermost line: every request gets an answer
            return self._refusal(number, error)

    def refuse(self, error: Exception) -> bytes:
        """The answer to what is no request."""
        return self._refusal("", error)

    def tend(self) -> None:
        """Have done what is to be done without a request, in its turn; waits for that."""
        try:
            looked = self._worker.submit(self._controlled.tend)
        except RuntimeError:  # it takes no more: the session is closed
            return
        looked.result(MOST_S)

    def close(self) -> None:
        """End the session once everything before is done; nothing more is worked on.

        Closing twice is fine.
        """
        if self._closed:
            return
        self._closed = True
        self._worker.submit(self._controlled.close_quietly).result(MOST_S)
        self._worker.shutdown(wait=False, cancel_futures=True)

    # --

    def _check(self, envelope: Envelope) -> None:
        if (envelope.protocol, envelope.version) != (PROTOCOL, __version__):
            if _tag(envelope.ask) in _ANY_VERSION:
                return
            ours = f"{__version__} (protocol {PROTOCOL})"
            theirs = f"{envelope.version} (protocol {envelope.protocol})"
            raise HostVersionError(
                f"the host process has llpyspin {ours}, this program has {theirs}. Install the same version, "
                "and start the host process anew",
                ours=theirs,  # of whoever reads this
                theirs=ours,
            )
        if envelope.host and envelope.host != self._host:
            raise HostRestartedError(
                f"the host process {envelope.host} has ended. {self._host} runs in its place, and does not "
                "have its session"
            )

    def _begin(self, entry: Entry, envelope: Envelope, ask: asks.Ask) -> None:
        if isinstance(ask, asks.Lease):  # at once: it may be there to find out what takes so long
            self._finish(entry, envelope.id, self._controlled.do_lease, ask)
            return
        self._check_lease(envelope, ask)
        try:
            self._worker.submit(self._work, entry, envelope, ask)
        except RuntimeError as error:  # it takes no more
            raise HostStateError("the host process is ending. Start it anew") from error

    def _check_lease(self, envelope: Envelope, ask: asks.Ask) -> None:
        if not isinstance(ask, asks.Shutdown) or self._controlled.has_session:
            self._controlled.leasing.check(envelope.lease)

    def _work(self, entry: Entry, envelope: Envelope, ask: asks.Ask) -> None:
        """What the worker thread does: the lease may have gone to somebody else meanwhile."""

        def work(ask: asks.Ask) -> Answer:
            self._check_lease(envelope, ask)
            return self._effects[type(ask)](ask)

        self._finish(entry, envelope.id, work, ask)

    def _finish(self, entry: Entry, number: str, work: Callable[[Any], Answer], ask: asks.Ask) -> None:
        try:
            entry.finish(self._reply(number, work(ask)))
        except Exception as error:  # noqa: BLE001 - whoever asks is to know, and the thread goes on
            entry.finish(self._refusal(number, error))

    def _await(self, entry: Entry, envelope: Envelope, gone: Callable[[], bool]) -> bytes | None:
        deadline = Deadline(min(max(envelope.wait_s, 0.0), MOST_S))
        while not entry.done.wait(min(GONE_S, deadline.remaining())):
            if gone():
                return None
            if deadline.passed:
                raise HostTimeoutError(
                    f"{_tag(envelope.ask)} takes longer than {deadline.seconds:.3g} s, and goes on. The same "
                    "request again gets its answer"
                )
        return entry.answer

    def _reply(self, number: str, answer: Answer) -> bytes:
        return self._encoded(number, answer)

    def _refusal(self, number: str, error: Exception) -> bytes:
        failure = failure_of(error)
        without_traceback(error)  # it would keep pictures alive
        return self._encoded(number, failure=failure)

    def _encoded(self, number: str, answer: Answer | None = None, failure: Failure | None = None) -> bytes:
        raw = msgspec.Raw(msgspec.msgpack.encode(answer))
        return msgspec.msgpack.encode(Reply(PROTOCOL, __version__, self._host, number, raw, failure))


def _decoded(body: bytes) -> Envelope:
    try:
        return _ENVELOPE.decode(body)
    except msgspec.MsgspecError as error:
        raise HostMessageError(f"{len(body)} bytes are no request: {error}") from error


def _tag(ask: msgspec.Raw) -> str:
    """What kind of request it says it is, also where it is one of another version."""
    try:
        told = msgspec.msgpack.decode(ask)
    except msgspec.MsgspecError:
        return ""
    return str(told.get("type", "")) if isinstance(told, dict) else ""


def _asked(envelope: Envelope) -> asks.Ask:
    if not envelope.id or len(envelope.id) > 64:
        raise HostMessageError(f"the id of a request has 1 to 64 characters, not {len(envelope.id)}")
    try:
        ask: asks.Ask = _ASK.decode(envelope.ask)
    except msgspec.MsgspecError as error:
        raise HostMessageError(f"this is no request: {error}") from error
    return ask
