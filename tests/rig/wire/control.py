"""What a device answers to commands: who may do what, and a status in every answer.  No sockets here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from tests.rig.wire import bootstrap
from tests.rig.wire.bootstrap import CAPABILITIES, Address
from tests.rig.wire.gvcp import (
    Answer,
    BadPacket,
    Code,
    Command,
    Refused,
    Status,
    parse_action,
    parse_command,
    parse_memory,
    parse_reads,
    parse_resend,
    parse_window,
    parse_writes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rig.wire.gvcp import ActionRequest, ResendRequest

__all__ = ["Control", "Memory", "Sender"]

Sender = tuple[str, int]
_EXCLUSIVE, _CONTROL = 1, 2
_MOST_MISSED = 8
"""Requests of the controller in a row that may have been lost before one arrives."""


class Memory(Protocol):
    """Everything that has an address."""

    def read(self, address: int, count: int) -> bytes: ...

    def write(self, address: int, data: bytes) -> None: ...


class Control:
    """The control channel of one device.

    Parameters
    ----------
    registers : Bootstrap
    memory : Memory
        All addresses, the bootstrap registers among them.
    """

    def __init__(self, registers: bootstrap.Bootstrap, memory: Memory) -> None:
        self._registers, self._memory = registers, memory
        self.controller: Sender | None = None
        self.on_resend: Callable[[ResendRequest], None] = lambda request: None
        self.on_action: Callable[[ActionRequest], Status | None] = lambda request: None
        """Gives the status of the answer, None if the action is for others."""
        self.on_released: Callable[[], None] = lambda: None
        """The controller has let go of the device, or died."""
        self._heard, self._request = 0.0, 0
        self._last: tuple[Sender, bytes, bytes] | None = None
        self.counts: dict[str, int] = {}
        """How often each command came, by name."""

    def handle(self, datagram: bytes, sender: Sender) -> bytes | None:
        """The answer to a datagram, None where there is none."""
        try:
            command = parse_command(datagram)
        except BadPacket:
            return None
        self._recognise(command, sender)
        if self._last is not None and self._last[:2] == (sender, datagram):
            return self._last[2]  # the answer was lost: to do it again could do harm
        answer = self._answer(command, sender)
        if answer is None:
            return None
        packed = answer.pack()
        if command.code not in (Code.DISCOVERY, Code.ACTION):
            self._last = sender, datagram, packed
        return packed if command.wants_answer else None

    def watch(self) -> None:
        """Let go of a controller that was not heard for as long as the heartbeat may take."""
        off = self._registers.get(Address.CONFIGURATION) & bootstrap.HEARTBEAT_DISABLE
        silence = time.monotonic() - self._heard
        if self.controller and not off and silence > self._registers.get(Address.HEARTBEAT) / 1000:
            self._registers.put(Address.PRIVILEGE, 0)
            self._release()

    def pending(self, datagram: bytes, ms: int) -> bytes | None:
        """The notice that the answer to a command takes longer, if clients get such notices."""
        if not self._can("pending"):
            return None
        command = parse_command(datagram)
        body = ms.to_bytes(4, "big")
        return Answer(Status.SUCCESS, Code.PENDING, command.request, body).pack()

    # -- inside

    def _recognise(self, command: Command, sender: Sender) -> None:
        """Know the controller again, who may go on from another port, and that it lives.

        The Spinnaker SDK opens another socket when an answer did not come in time.  The numbers of its
        requests go on.
        """
        if self.controller is None:
            return
        ahead = (command.request - self._request) % 0x10000
        goes_on = sender[0] == self.controller[0] and 0 < ahead <= _MOST_MISSED
        if goes_on and command.code not in (Code.DISCOVERY, Code.PACKETRESEND):
            self.controller = sender
        if sender == self.controller:
            self._heard, self._request = time.monotonic(), command.request

    def _answer(self, command: Command, sender: Sender) -> Answer | None:
        known = {code.value: code for code in Code}.get(command.code)
        name = known.name if known else f"{command.code:#06x}"
        self.counts[name] = self.counts.get(name, 0) + 1
        doing = {
            Code.DISCOVERY: lambda: self._registers.discovered(),
            Code.PACKETRESEND: lambda: self._resend(command, sender),
            Code.READREG: lambda: self._read_registers(command, sender),
            Code.WRITEREG: lambda: self._write_registers(command, sender),
            Code.READMEM: lambda: self._read_memory(command, sender),
            Code.WRITEMEM: lambda: self._write_memory(command, sender),
            Code.ACTION: lambda: self._act(command),
            Code.FORCEIP: lambda: None,  # for others: this one has its address from its configuration
        }.get(known)  # type: ignore[arg-type]
        try:
            if doing is None:
                raise Refused(Status.NOT_IMPLEMENTED)
            body = doing()
        except _Partly as partly:
            return Answer(partly.status, command.code, command.request, partly.body)
        except Refused as refused:
            return Answer(refused.status, command.code, command.request)
        return None if body is None else Answer(Status.SUCCESS, command.code, command.request, body)

    def _can(self, capability: str) -> bool:
        return bool(self._registers.get(Address.CAPABILITY) & CAPABILITIES[capability])

    def _read_registers(self, command: Command, sender: Sender) -> bytes:
        self._may_read(sender)
        addresses = parse_reads(command.body)
        if len(addresses) > 1 and not self._can("concatenation"):
            raise Refused(Status.NOT_IMPLEMENTED)
        out = b""
        for address in addresses:
            try:
                out += self._memory.read(address, 4)
            except Refused as refused:
                raise _Partly(refused.status, out) from None
        return out

    def _write_registers(self, command: Command, sender: Sender) -> bytes:
        writes = parse_writes(command.body)
        if len(writes) > 1 and not self._can("concatenation"):
            raise Refused(Status.NOT_IMPLEMENTED)
        for index, (address, value) in enumerate(writes):
            try:
                self._write(address, value, sender, command.request)
            except Refused as refused:
                raise _Partly(refused.status, index.to_bytes(4, "big")) from None
        return len(writes).to_bytes(4, "big")

    def _read_memory(self, command: Command, sender: Sender) -> bytes:
        self._may_read(sender)
        address, count = parse_window(command.body)
        return command.body[:4] + self._memory.read(address, count)

    def _write_memory(self, command: Command, sender: Sender) -> bytes:
        if not self._can("writemem"):
            raise Refused(Status.NOT_IMPLEMENTED)
        address, data = parse_memory(command.body)
        self._write(address, data, sender, command.request)
        return len(data).to_bytes(4, "big")

    def _write(self, address: int, data: bytes, sender: Sender, request: int) -> None:
        if address == Address.PRIVILEGE and len(data) == 4:
            self._take(int.from_bytes(data, "big"), sender, request)
            return
        if sender != self.controller:
            raise Refused(Status.ACCESS_DENIED)
        self._memory.write(address, data)

    def _take(self, value: int, sender: Sender, request: int) -> None:
        """Take the device, or let go of it."""
        if self.controller not in (None, sender):
            raise Refused(Status.ACCESS_DENIED)
        self._registers.put(Address.PRIVILEGE, value)
        if value & (_EXCLUSIVE | _CONTROL):
            self.controller, self._heard, self._request = sender, time.monotonic(), request
        elif self.controller is not None:
            self._release()

    def _release(self) -> None:
        self.controller = None
        self.on_released()

    def _may_read(self, sender: Sender) -> None:
        exclusive = self._registers.get(Address.PRIVILEGE) & _EXCLUSIVE
        if exclusive and self.controller not in (None, sender):
            raise Refused(Status.ACCESS_DENIED)

    def _resend(self, command: Command, sender: Sender) -> None:
        request = parse_resend(command)  # it never has an answer but for a refusal
        if not self._can("resend"):
            raise Refused(Status.NOT_IMPLEMENTED)
        if self.controller is None or sender[0] != self.controller[0]:
            raise Refused(Status.ACCESS_DENIED)
        if request.channel != 0 or request.first > request.last:
            raise Refused(Status.INVALID_PARAMETER)
        self.on_resend(request)

    def _act(self, command: Command) -> bytes | None:
        status = self.on_action(parse_action(command))
        if status is None:
            return None
        if status:
            raise Refused(status)
        return b""


class _Partly(Refused):
    """Refused, with what was done before it."""

    def __init__(self, status: Status, body: bytes) -> None:
        super().__init__(status)
        self.body = body
