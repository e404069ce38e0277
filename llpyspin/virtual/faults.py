"""Makes the ordered faults happen in a virtual camera (see :mod:`.fault_kinds`)."""

from __future__ import annotations

import math
import random
import threading
from typing import Any

from llpyspin.errors import CameraError, CameraNotFoundError
from llpyspin.system.holders import held_by_another_user
from llpyspin.virtual.clock import host_ns
from llpyspin.virtual.exceptions import INVALID_PARAMETER, IO_ERROR, SpinnakerException
from llpyspin.virtual.fault_kinds import checked
from llpyspin.virtual.link import ask
from llpyspin.virtual.state import WorldState
from llpyspin.virtual.world import load_world

__all__ = ["Faults", "fault"]

_ANSWER_S = 5.0


def fault(serial: str, kind: str, **args: Any) -> None:
    """Make something go wrong with a virtual camera, in whichever process it is open.

    Parameters
    ----------
    serial : str
    kind : str
        One of the kinds in :mod:`llpyspin.virtual.fault_kinds`.
    **args
        The arguments of the kind: ``fault("12345678", "lose", frames=3)``.

    Raises
    ------
    ValueError
        Unknown kind, or arguments that are wrong for it.
    CameraNotFoundError
        There is no such camera in this world.
    CameraError
        The camera is not open in any process, or its process does not answer within 5 s. Only "unplug",
        "plug" and "hang" in "init" need no open camera.
    """
    serial = str(serial)
    command = checked(kind, args)
    world = load_world()
    if world.camera(serial) is None:
        there = ", ".join(spec.serial for spec in world.specs) or "none"
        raise CameraNotFoundError(f"no virtual camera {serial!r}; there are: {there}", camera=str(serial))
    state = WorldState(world.name)
    if kind in ("unplug", "plug"):
        state.set_unplugged(serial, kind == "unplug")
    elif command.get("where") == "init":
        state.leave_for_opening(serial, command)
        return
    try:
        answer = ask(world.address(serial), command, _ANSWER_S)
    except TimeoutError as error:
        raise CameraError(_why_no_answer(world.address(serial), serial), camera=serial) from error
    if answer is None and kind not in ("unplug", "plug"):
        raise CameraError(f"camera {serial} is not open in any process", camera=serial)
    if answer is not None and "error" in answer:
        raise CameraError(f"camera {serial}: {answer['error']}", camera=serial)


def _why_no_answer(address: str, serial: str) -> str:
    if held_by_another_user(address):
        return f"another user of this computer has taken the name of virtual camera {serial} ({address!r})"
    return f"the process of camera {serial} does not answer"


class _Share:
    """A share of the frames, or the next few, or some by their numbers."""

    def __init__(self, args: dict[str, Any]) -> None:
        self._rate = float(args.get("rate", 0.0))
        self._frames = int(args.get("frames", 0))
        self._at = frozenset(args.get("at", ()))

    def hits(self, dice: random.Random, number: int) -> bool:
        if number in self._at:
            return True
        if self._frames:
            self._frames -= 1
            return True
        return self._rate > 0 and dice.random() < self._rate


class _Accesses:
    """The next few accesses to registers, of any node or of one."""

    def __init__(self, args: dict[str, Any]) -> None:
        self._times = int(args.get("times", 1)) if args else 0
        self._node = args.get("node")

    def hits(self, feature: str) -> bool:
        if not self._times or self._node not in (None, feature):
            return False
        self._times -= 1
        return True


class Faults:
    """The faults of one open camera."""

    def __init__(self, serial: str) -> None:
        self._changed = threading.Condition()
        self._dice = random.Random(serial)
        self.miscounts: dict[str, int] = {}
        """By how much counters are off, from their "start" on or at each "wrap"."""
        self._clear()

    def _clear(self) -> None:
        self._incomplete = _Share({})
        self._lose = _Share({})
        self._miss = _Share({})
        self._slow_s = 0.0
        self._hangs: dict[str, float] = {}  # place: until when, host ns
        self._writes, self._reads = _Accesses({}), _Accesses({})
        self.miscounts.clear()
        self.first_id: int | None = None
        """With which id a stream begins, if not as usual."""
        self._supply_edge_ns = 0
        self._refuses_buffers: tuple[str, str] | None = None

    def apply(self, command: dict[str, Any]) -> None:
        """Take a command of :func:`checked` that concerns this camera's process alone."""
        kind = command["fault"]
        with self._changed:
            if kind == "incomplete":
                self._incomplete = _Share(command)
            elif kind == "lose":
                self._lose = _Share(command)
            elif kind == "miss":
                self._miss = _Share(command)
            elif kind == "slow_nodes":
                self._slow_s = command["ms"] / 1000
            elif kind in ("fail_write", "fail_read"):
                setattr(self, "_writes" if kind == "fail_write" else "_reads", _Accesses(command))
            elif kind == "refuse_buffers":
                self._refuses_buffers = command["where"], command.get("error", "RuntimeError")
            elif kind == "miscount":
                self.miscounts[command["where"]] = command["by"]
            elif kind == "ids":
                self.first_id = command["begin"]
            elif kind == "supply_edge":
                self._supply_edge_ns = round(command["us"] * 1000)
            elif kind == "hang":
                self._hangs[command["where"]] = host_ns() + command.get("seconds", math.inf) * 1e9
            elif kind == "mend":
                self._clear()
            self._changed.notify_all()

    def pass_through(self, place: str) -> None:
        """Come here on the way into the SDK: returns when it does not hang (any more)."""
        if not self._hangs:
            return
        with self._changed:
            while (left := self._hangs.get(place, 0) - host_ns()) > 0:
                self._changed.wait(min(left / 1e9, 3600.0))

    def access(self) -> None:
        """A node is accessed."""
        self.pass_through("node")
        if self._slow_s:
            with self._changed:
                self._changed.wait(self._slow_s)

    def register(self, feature: str, address: int, *, writes: bool) -> None:
        """A register is written or read; raises if it does not succeed."""
        if (self._writes if writes else self._reads).hits(feature):
            doing = "writing to" if writes else "reading from"
            raise SpinnakerException(
                f"Error {doing} device [SN:Unknown], at register address: {address:08X}. ", IO_ERROR
            )

    def supply_edge(self) -> int:
        """Length (ns) of the pulse when the 3.3 V supply is switched; 0: there is none."""
        return self._supply_edge_ns

    def refuses_buffers(self, where: str) -> Exception | None:
        """The error with which memory of the client's is refused at "set" or "begin", if it is."""
        if self._refuses_buffers is None or self._refuses_buffers[0] != where:
            return None
        text = "Invalid user buffer parameters."
        error = "SpinnakerException" if where == "begin" else self._refuses_buffers[1]
        if error == "SpinnakerException":
            return SpinnakerException(text, INVALID_PARAMETER)
        return {"RuntimeError": RuntimeError, "ValueError": ValueError}[error](text)

    def loses(self, number: int) -> bool:
        """Whether the image of exposure ``number`` does not arrive."""
        return self._lose.hits(self._dice, number)

    def damages(self, number: int) -> bool:
        """Whether it arrives incomplete."""
        return self._incomplete.hits(self._dice, number)

    def misses(self, number: int) -> bool:
        """Whether the sensor does not see the trigger pulse ``number`` of the acquisition."""
        return self._miss.hits(self._dice, number)
