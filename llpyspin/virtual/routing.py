"""Brings events and edges to what acts on them: the acquisition that runs, else lines and counters alone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.acquiring import Acquisition
    from llpyspin.virtual.clock import CameraClock
    from llpyspin.virtual.link import Edge
    from llpyspin.virtual.peripherals import Event, Peripherals

__all__ = ["Routing"]


class Routing:
    """What an open camera consists of, and what comes to it from outside.

    Parameters
    ----------
    clock : CameraClock

    Attributes
    ----------
    lock : threading.Condition
        Held by whoever changes or asks one of the two.  The acquisition waits with it.
    peripherals : Peripherals or None
        While the camera is open.
    acquisition : Acquisition or None
        While it streams.
    """

    def __init__(self, clock: CameraClock) -> None:
        self._clock = clock
        self.lock = threading.Condition()
        self.peripherals: Peripherals | None = None
        self.acquisition: Acquisition | None = None

    def open(self, peripherals: Peripherals, registers: Registers) -> None:
        """The camera has these lines and counters now, with the settings of the registers."""
        with self.lock:
            self.peripherals = peripherals
            peripherals.configure(registers, self._clock.now())

    def close(self) -> None:
        """The camera is closed."""
        with self.lock:
            if self.peripherals is not None:
                self.peripherals.connector.close()
                self.peripherals = None

    # -- what the client does

    def configure(self, registers: Registers) -> None:
        """Give lines and counters the settings of the registers (lock held)."""
        if self.peripherals is not None:
            for event in self.peripherals.configure(registers, self._clock.now()):
                self.schedule(event)

    def reset_counter(self, name: str) -> None:
        """Have a counter begin at 0 again."""
        with self.lock:
            if self.peripherals is not None:
                self.peripherals.counters[name].reset()

    def expose(self, on: bool) -> None:
        """Have the acquisition that runs expose again, or no more."""
        with self.lock:
            if self.acquisition is not None:
                (self.acquisition.resume if on else self.acquisition.halt)()

    # -- what comes from outside

    def stall(self, duration: int) -> None:
        """Let no frame leave the camera for so many ns."""
        with self.lock:
            if self.acquisition is not None:
                self.acquisition.stall(duration)

    def happen(self, event: Event) -> None:
        """An event has come."""
        with self.lock:
            self.schedule(event)

    def schedule(self, event: Event) -> None:
        """Have an event happen (lock held)."""
        if self.acquisition is not None:
            self.acquisition.schedule(event)
        elif self.peripherals is not None:
            waiting = [event]
            while waiting:
                done = waiting.pop(0)
                following = self.peripherals.happened(done)
                # a counter that a held level starts anew when it ends would never come to an end here
                waiting += [e for e in following if not e.name.endswith("End") or e.at == done.at]

    def edges(self, edges: list[Edge]) -> None:
        """Edges have come along wires; some may lie ahead."""
        with self.lock:
            for edge in edges:
                at = self._clock.to_camera(edge.host_ns)
                if self.acquisition is not None:
                    self.acquisition.schedule_edge(edge.line, edge.level, at)
                elif self.peripherals is not None:
                    self.peripherals.keep_edges([(at, edge.line, edge.level)])
            self.settle_inputs()

    def settle_inputs(self) -> None:
        """Give the inputs the levels of now, where no acquisition does it (lock held)."""
        if self.acquisition is None and self.peripherals is not None:
            for event in self.peripherals.edges_due(self._clock.now()):
                self.schedule(event)

    # -- what can be asked

    def line_status(self, at: int) -> int:
        """The levels of all lines at a camera time, a bit each."""
        with self.lock:
            self.settle_inputs()
            peripherals = self.peripherals
            return 0 if peripherals is None else peripherals.connector.status_all(at)

    def line_level(self, name: str | None) -> bool:
        """The level of a line now."""
        with self.lock:
            self.settle_inputs()
            peripherals, now = self.peripherals, self._clock.now()
            return peripherals is not None and peripherals.connector.level(name or "Line0", now)

    def counter(self, name: str | None, question: str, otherwise: Any) -> Any:
        """The answer of a counter to ``value_at`` or ``status_at``, or what is so in a closed camera."""
        with self.lock:
            self.settle_inputs()
        peripherals = self.peripherals
        if peripherals is None:
            return otherwise
        return getattr(peripherals.counters[name or "Counter0"], question)(self._clock.now())

    def queue(self, figure: str) -> int:
        """A figure of the frames that wait in the camera: ``queued`` or ``overflowed``."""
        with self.lock:
            return 0 if self.acquisition is None else int(getattr(self.acquisition, figure))

    def active_set(self) -> int | None:
        """The set of the sequencer that is active; None where nothing runs."""
        with self.lock:
            return None if self.acquisition is None else int(self.acquisition.sequence.active)
