"""Faults on request: what can go wrong with a camera, made to go wrong.

============  ===========================================================================
incomplete    ``rate`` of the images (0 to 1), or the next ``frames``, arrive damaged
lose          ``rate`` of the images, or the next ``frames``, never arrive
stall         nothing arrives for ``seconds``; what the camera can keep comes after that
unplug, plug  the cable is pulled, and put in again
slow_nodes    every node access takes ``ms`` longer
clock_drift   the camera's clock runs ``ppm`` faster from now on
hang          ``where`` ("get_next", "node", "init" or "stop") the SDK does not come back,
              for ``seconds`` or until the fault is mended
mend          all of these but unplug are over
============  ===========================================================================
"""

from __future__ import annotations

import math
import random
import threading
from typing import Any

from llpyspin.errors import CameraError, CameraNotFoundError
from llpyspin.virtual.clock import host_ns
from llpyspin.virtual.link import ask
from llpyspin.virtual.state import WorldState
from llpyspin.virtual.world import World, load_world

__all__ = ["KINDS", "Faults", "checked", "fault"]

PLACES = ("get_next", "node", "init", "stop")
KINDS: dict[str, tuple[str, ...]] = {
    "incomplete": ("rate", "frames"),
    "lose": ("rate", "frames"),
    "stall": ("seconds",),
    "unplug": (),
    "plug": (),
    "slow_nodes": ("ms",),
    "clock_drift": ("ppm",),
    "hang": ("where", "seconds"),
    "mend": (),
}
_ANSWER_S = 5.0


def fault(serial: str, kind: str, **args: Any) -> None:
    """Make something go wrong with a virtual camera, in whichever process it is open.

    Parameters
    ----------
    serial : str
    kind : str
        One of the kinds in :mod:`llpyspin.virtual.faults`.
    **args
        The arguments of the kind: ``fault("12345678", "lose", frames=3)``.

    Raises
    ------
    ValueError
        Unknown kind, or arguments that are wrong for it.
    CameraNotFoundError
        There is no such camera in this world.
    CameraError
        The camera is not open in any process (only "unplug", "plug" and "hang" in "init" need no open
        camera), or its process does not answer within 5 s.
    """
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
        raise CameraError(f"the process of camera {serial} does not answer", camera=serial) from error
    if answer is None and kind not in ("unplug", "plug"):
        raise CameraError(f"camera {serial} is not open in any process", camera=serial)
    if answer is not None and "error" in answer:
        raise CameraError(f"camera {serial}: {answer['error']}", camera=serial)


def checked(kind: str, args: dict[str, Any]) -> dict[str, Any]:
    """The command for a fault, after a look at its arguments; ``ValueError`` says what is wrong."""
    if kind not in KINDS:
        raise ValueError(f"unknown fault {kind!r}; there are {', '.join(KINDS)}")
    unknown = [name for name in args if name not in KINDS[kind]]
    if unknown:
        takes = ", ".join(KINDS[kind]) or "no arguments"
        raise ValueError(f"the fault {kind!r} takes {takes}; not {', '.join(unknown)}")
    if kind in ("incomplete", "lose"):
        if len(args) != 1:
            raise ValueError(f"the fault {kind!r} takes either rate or frames")
        _number(args, "rate", 0, 1)
        _number(args, "frames", 0, 10**9, whole=True)
    elif kind == "hang":
        if args.get("where") not in PLACES:
            raise ValueError(f"a hang needs where=, one of {', '.join(PLACES)}; not {args.get('where')!r}")
        _number(args, "seconds", 0, 1e6)
    else:
        for name in KINDS[kind]:
            if name not in args:
                raise ValueError(f"the fault {kind!r} needs {name}=")
            _number(args, name, -1000 if name == "ppm" else 0, 1e6)
    return {"fault": kind, **args}


def _number(args: dict[str, Any], name: str, low: float, high: float, *, whole: bool = False) -> None:
    if name not in args:
        return
    value = args[name]
    kinds = int if whole else (int, float)
    if (
        isinstance(value, bool)
        or not isinstance(value, kinds)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise ValueError(
            f"{name} must be a {'whole ' if whole else ''}number from {low} to {high}, not {value!r}"
        )


class _Share:
    """A share of the frames, or the next few."""

    def __init__(self, args: dict[str, Any]) -> None:
        self._rate = float(args.get("rate", 0.0))
        self._frames = int(args.get("frames", 0))

    def hits(self, dice: random.Random) -> bool:
        if self._frames:
            self._frames -= 1
            return True
        return self._rate > 0 and dice.random() < self._rate


class Faults:
    """The faults of one open camera."""

    def __init__(self, serial: str) -> None:
        self._changed = threading.Condition()
        self._dice = random.Random(serial)
        self._clear()

    def _clear(self) -> None:
        self._incomplete = _Share({})
        self._lose = _Share({})
        self._slow_s = 0.0
        self._hangs: dict[str, float] = {}  # place: until when, host ns

    def apply(self, command: dict[str, Any]) -> None:
        """Take a command of :func:`checked` that concerns this camera's process alone."""
        kind = command["fault"]
        with self._changed:
            if kind == "incomplete":
                self._incomplete = _Share(command)
            elif kind == "lose":
                self._lose = _Share(command)
            elif kind == "slow_nodes":
                self._slow_s = command["ms"] / 1000
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

    def loses(self) -> bool:
        """Whether the next image does not arrive."""
        return self._lose.hits(self._dice)

    def damages(self) -> bool:
        """Whether the next image arrives incomplete."""
        return self._incomplete.hits(self._dice)


def initial_faults(world: World, serial: str) -> list[dict[str, Any]]:
    """The faults that the configuration gives a camera from its opening on."""
    entries = [dict(entry) for entry in world.faults if entry["serial"] == serial]
    return [
        checked(entry["kind"], {k: v for k, v in entry.items() if k not in ("serial", "kind")})
        for entry in entries
    ]
