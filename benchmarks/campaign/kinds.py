"""The kinds of faults: when each can be, how it is done, and which losses it explains."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import psutil

from llpyspin.errors import CameraError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.campaign.plan import FaultPlan, Plan

__all__ = ["KINDS", "Kind", "Scene", "kinds_of"]


class Scene(Protocol):
    """What a fault may touch: the place where the program records.  A camera is its place in the plan."""

    disk: Path
    folder: Path
    scratch: Path

    def camera_fault(self, camera: int, kind: str, **args: Any) -> None: ...
    def wait(self, seconds: float) -> None: ...
    def be_busy(self, seconds: float) -> None: ...
    def processes(self, role: str, camera: int) -> list[psutil.Process]: ...
    def files(self, camera: int) -> list[Path]: ...
    def sockets(self) -> list[str]: ...


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    Attributes
    ----------
    apply : callable
        ``apply(scene, fault)`` does it, and what ends it, if that comes by itself.
    explains : tuple of str
        Places at which images that a camera has sent may be lost by it.
    of_one : bool
        Only those of its camera; else of all, if it hits the primary, on which all depend.
    of_all : bool
        Of all cameras, whichever it hits.
    phases : tuple of str
        When it can come, the usual one first.
    ends_program : bool
        Whether the program that records ends by it.
    breaks_files : bool
        Whether it takes files away, or the right to write them: what is not there cannot be right.
    """

    name: str
    apply: Callable[[Scene, FaultPlan], None]
    draw: Callable[[random.Random], dict[str, Any]] = lambda chance: {}
    suits: Callable[[Plan], bool] = lambda plan: True
    explains: tuple[str, ...] = ()
    of_one: bool = True
    of_all: bool = False
    phases: tuple[str, ...] = ("recording", "stopping")
    ends_program: bool = False
    breaks_files: bool = False
    small_disk: bool = False
    comes_back: bool = False


KINDS: dict[str, Kind] = {}


def kinds_of(plan: Plan) -> tuple[Kind, ...]:
    """The kinds of the faults of a plan, in its order."""
    return tuple(KINDS[fault.kind] for fault in plan.faults)


def _add(name: str, apply: Callable[[Scene, FaultPlan], None], **more: Any) -> None:
    KINDS[name] = Kind(name, apply, **more)


# -- of the cameras themselves ---------------------------------------------------------------------------


def _camera_fault(name: str) -> Callable[[Scene, FaultPlan], None]:
    def apply(scene: Scene, fault: FaultPlan) -> None:
        scene.camera_fault(fault.camera, name, **fault.args)

    return apply


def _then_mend(name: str) -> Callable[[Scene, FaultPlan], None]:
    def apply(scene: Scene, fault: FaultPlan) -> None:
        args = dict(fault.args)
        seconds = args.pop("for_s")
        scene.camera_fault(fault.camera, name, **args)
        scene.wait(seconds)
        with contextlib.suppress(CameraError):  # it is closed meanwhile
            scene.camera_fault(fault.camera, "mend")

    return apply


def _frames(chance: random.Random) -> dict[str, Any]:
    return {"frames": chance.choice((1, 1, 2, 3, 8, 20))}


def _some(chance: random.Random) -> dict[str, Any]:
    return {"rate": chance.choice((0.02, 0.1, 0.5, 1.0)), "for_s": round(chance.uniform(0.05, 0.5), 3)}


def _replug(scene: Scene, fault: FaultPlan) -> None:
    scene.camera_fault(fault.camera, "unplug")
    scene.wait(fault.args["for_s"])
    scene.camera_fault(fault.camera, "plug")


def _replug_into_hang(scene: Scene, fault: FaultPlan) -> None:
    scene.camera_fault(fault.camera, "hang", where="init", seconds=fault.args["hang_s"])
    _replug(scene, fault)


def _away(chance: random.Random) -> dict[str, Any]:
    return {"for_s": round(chance.choice((0.1, 0.6, 1.0, 1.5)) * chance.uniform(0.8, 1.2), 3)}


EVERYWHERE = ("primed", "recording", "stopping")
for _name in ("lose", "incomplete"):
    _add(_name, _camera_fault(_name), draw=_frames, phases=("recording", "primed"))
    _add(f"{_name}_some", _then_mend(_name), draw=_some)
_add("miss", _camera_fault("miss"), draw=_frames, phases=("recording",))
_add("miss_some", _then_mend("miss"), draw=_some, phases=("recording",))
_add("stall", _camera_fault("stall"), draw=lambda chance: {"seconds": round(chance.uniform(0.05, 0.8), 3)})
_add("unplug", _camera_fault("unplug"), explains=("transport",), of_one=False, phases=EVERYWHERE)
_add("replug", _replug, draw=_away, explains=("transport",), of_one=False, comes_back=True)
_add(
    "replug_into_hang",
    _replug_into_hang,
    draw=lambda chance: {"for_s": 0.7, "hang_s": round(chance.uniform(0.2, 2.0), 2)},
    explains=("transport",),
    of_one=False,
    comes_back=True,
)
_add(
    "clock_drift",
    _camera_fault("clock_drift"),
    draw=lambda chance: {"ppm": float(chance.choice((-200, -50, 20, 80, 200)))},
    phases=("recording", "primed"),
)
_add(
    "slow_nodes",
    _then_mend("slow_nodes"),
    draw=lambda chance: {"ms": chance.choice((1, 5, 20)), "for_s": round(chance.uniform(0.2, 1.5), 2)},
    phases=EVERYWHERE,
)
for _where in ("get_next", "node", "stop"):
    _add(
        f"hang_{_where}",
        _camera_fault("hang"),
        draw=lambda chance, where=_where: {"where": where, "seconds": round(chance.uniform(0.1, 1.5), 2)},
        explains=("transport",),
        of_one=False,
    )
_add(
    "hang_for_ever",
    _camera_fault("hang"),
    draw=lambda chance: {"where": chance.choice(("get_next", "node", "stop"))},
    explains=("transport",),
    of_one=False,
)

# -- of processes ----------------------------------------------------------------------------------------


def _signal(role: str, number: int) -> Callable[[Scene, FaultPlan], None]:
    def apply(scene: Scene, fault: FaultPlan) -> None:
        for process in scene.processes(role, fault.camera):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    return apply


def _stop_and_go(role: str) -> Callable[[Scene, FaultPlan], None]:
    def apply(scene: Scene, fault: FaultPlan) -> None:
        stopped = scene.processes(role, fault.camera)
        try:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            scene.wait(fault.args["for_s"])
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    return apply


def _pause(chance: random.Random) -> dict[str, Any]:
    return {"for_s": round(chance.choice((0.05, 0.3, 1.0, 1.6)) * chance.uniform(0.7, 1.3), 3)}


def _calls(plan: Plan) -> bool:
    return bool(plan.callback)


KILLED = ("transport", "ring", "writer")
_add(
    "kill_camera",
    _signal("camera", signal.SIGKILL),
    explains=KILLED,
    of_one=False,
    comes_back=True,
    phases=EVERYWHERE,
)
_add("kill_writer", _signal("writer", signal.SIGKILL), explains=("writer", "ring"), phases=EVERYWHERE)
_add(
    "kill_camera_and_writer",
    _signal("camera and writer", signal.SIGKILL),
    explains=KILLED,
    of_one=False,
    comes_back=True,
)
_add("kill_callback", _signal("callback", signal.SIGKILL), suits=_calls, explains=("callback",))
_add("stop_camera", _stop_and_go("camera"), draw=_pause, explains=("transport",), of_one=False)
_add("stop_writer", _stop_and_go("writer"), draw=_pause, explains=("ring", "writer"))
_add("stop_callback", _stop_and_go("callback"), draw=_pause, suits=_calls, explains=("callback",))
_add("stop_program", _stop_and_go("program"), draw=_pause)
_add("stop_all", _stop_and_go("all"), draw=_pause, explains=("transport", "ring"), of_all=True)
_add(
    "kill_program",
    _signal("program", signal.SIGKILL),
    explains=KILLED,
    of_one=False,
    of_all=True,
    ends_program=True,
)
_add("kill_all", _signal("all", signal.SIGKILL), explains=KILLED, of_all=True, ends_program=True)
for _name, _number in (("ctrl_c", signal.SIGINT), ("sigterm", signal.SIGTERM), ("sighup", signal.SIGHUP)):
    _add(
        _name,
        _signal("program", _number),
        suits=(lambda plan: plan.shape == "record") if _name != "ctrl_c" else (lambda plan: True),
        phases=EVERYWHERE,
        ends_program=True,
    )


def _ctrl_c_twice(scene: Scene, fault: FaultPlan) -> None:
    _signal("program", signal.SIGINT)(scene, fault)
    scene.wait(fault.args["for_s"])
    _signal("program", signal.SIGINT)(scene, fault)


_add(
    "ctrl_c_twice",
    _ctrl_c_twice,
    draw=lambda chance: {"for_s": round(chance.choice((0.01, 0.2, 1.0)) * chance.uniform(0.5, 1.5), 3)},
    explains=KILLED,
    of_one=False,
    of_all=True,
    ends_program=True,
)

# -- of the disk -----------------------------------------------------------------------------------------


def _fill_disk(scene: Scene, fault: FaultPlan) -> None:
    filler = scene.disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    if "for_s" in fault.args:
        scene.wait(fault.args["for_s"])
        filler.unlink(missing_ok=True)


def _file_limit(scene: Scene, fault: FaultPlan) -> None:
    """No file of the writer may become larger than it is about now (what a quota does)."""
    for process in scene.processes("writer", fault.camera):
        with contextlib.suppress(psutil.NoSuchProcess):
            largest = max((size_of(path) for path in scene.files(fault.camera)), default=0)
            process.rlimit(psutil.RLIMIT_FSIZE, (largest + 30_000, resource.RLIM_INFINITY))


def size_of(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _delete(suffixes: tuple[str, ...]) -> Callable[[Scene, FaultPlan], None]:
    def apply(scene: Scene, fault: FaultPlan) -> None:
        for path in scene.files(fault.camera):
            if (path.suffix in suffixes) or (not suffixes and path.suffix not in (".csv", ".json", ".yaml")):
                path.unlink(missing_ok=True)

    return apply


def _delete_json(scene: Scene, fault: FaultPlan) -> None:
    for path in scene.folder.glob("*.json"):
        path.unlink(missing_ok=True)


def _delete_folder(scene: Scene, fault: FaultPlan) -> None:
    shutil.rmtree(scene.folder, ignore_errors=True)


def _rename_folder(scene: Scene, fault: FaultPlan) -> None:
    with contextlib.suppress(OSError):
        scene.folder.rename(scene.folder.with_name("elsewhere"))


def _take_permissions(scene: Scene, fault: FaultPlan) -> None:
    with contextlib.suppress(OSError):
        os.chmod(scene.folder, 0o500)
        scene.wait(fault.args["for_s"])
        os.chmod(scene.folder, 0o700)


FULL = ("writer", "ring")
_add("disk_full", _fill_disk, explains=FULL, of_all=True, small_disk=True)
_add("disk_full_and_freed", _fill_disk, draw=_pause, explains=FULL, of_all=True, small_disk=True)
_add("file_limit", _file_limit, explains=FULL, phases=("recording",))
_add("delete_video", _delete(()), explains=FULL, breaks_files=True)
_add("delete_sidecar", _delete((".csv",)), explains=FULL, breaks_files=True)
_add("delete_json", _delete_json, breaks_files=True, of_all=True)
_add("delete_folder", _delete_folder, explains=FULL, of_all=True, breaks_files=True)
_add("rename_folder", _rename_folder, explains=FULL, of_all=True, breaks_files=True)
_add("take_permissions", _take_permissions, draw=_pause, explains=FULL, of_all=True)

# -- of callbacks, which the actor has commit them -------------------------------------------------------


def _tell_callback(what: str) -> Callable[[Scene, FaultPlan], None]:
    def apply(scene: Scene, fault: FaultPlan) -> None:
        (scene.scratch / f"callback-{fault.camera}").write_text(what)

    return apply


for _what in ("raises", "exits", "hangs"):
    _add(f"callback_{_what}", _tell_callback(_what), suits=_calls, explains=("callback",))

# -- of the neighbourhood --------------------------------------------------------------------------------


def _odd_messages(scene: Scene, fault: FaultPlan) -> None:
    """A process of the same user talks nonsense to every socket of the camera's processes."""
    for address in scene.sockets():
        for content in (b"", b"\x00" * 7, b"\xff" * 4096):
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
                probe.settimeout(0.2)
                probe.connect("\0" + address)
                if content:
                    probe.send(content)


def _busy(scene: Scene, fault: FaultPlan) -> None:
    """Another program wants all processors."""
    scene.be_busy(fault.args["for_s"])


_add("odd_messages", _odd_messages)
_add("busy_machine", _busy, draw=_pause)
