"""One run: starts the program that records, applies the faults in time, and sees that everything ends."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.campaign.kinds import KINDS
from benchmarks.campaign.plan import BOX
from llpyspin.errors import CameraError
from llpyspin.virtual import fault as virtual_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.campaign.plan import FaultPlan, Plan

__all__ = ["MARK", "Stage", "processes_marked"]

MARK = "LLPYSPIN_CAMPAIGN"
"""Environment variable by which all processes of a run are known, however they came to be."""
MOST_S = 75.0
"""For the whole program, from its start on; the longest that it can reasonably take is the 30 s for which a
callback's frames are waited for, beside what a camera that hangs costs."""
ROLES = {
    "camera": "llpyspin.worker.main",
    "writer": "llpyspin.recording.writing.main",
    "callback": "llpyspin.callbacks.child.main",
}
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Told:
    """What the program said, and how it ended."""

    events: dict[str, float] = field(default_factory=dict)
    closed: dict[str, Any] = field(default_factory=dict)
    left: dict[str, list[str]] | None = None
    errors: str = ""
    status: int | None = None
    ended_ns: int = 0
    """On the host's monotonic clock."""
    timed_out: bool = False
    applied: list[str] = field(default_factory=list)
    """What could not be done of the faults, and why."""


def processes_marked(mark: str) -> list[psutil.Process]:
    """All living processes with this mark."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if f"{MARK}={mark}".encode() in environment and pid != os.getpid():
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
    return found


class Stage:
    """The place where one run happens.

    Parameters
    ----------
    plan : Plan
    work : Path
        An empty folder of this run.
    most_s : float
        After which the program is ended.
    """

    def __init__(self, plan: Plan, work: Path, *, most_s: float = MOST_S) -> None:
        self.plan, self.most_s = plan, most_s
        self.mark = f"{os.getpid()}-{plan.seed}"
        self.disk, self.scratch, self.diary = work / "disk", work / "scratch", work / "diary"
        for each in (self.disk, self.scratch, self.diary):
            each.mkdir()
        self.folder = self.disk / "session"
        self.world = world_of(plan, self.mark, self.diary)
        self._over = threading.Event()
        self._began = {phase: threading.Event() for phase in ("primed", "recording", "stopping")}
        self._program: subprocess.Popen[str] | None = None
        self._busy: list[subprocess.Popen[bytes]] = []
        self.told = Told()

    # -- the run

    def run(self) -> Told:
        """Have the program record, with all faults; come back when everything of it has ended."""
        os.environ["LLPYSPIN_VIRTUAL"] = self.world
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        with self._small_disk():
            self._record()
        return self.told

    @contextlib.contextmanager
    def small_disk(self) -> Iterator[None]:
        """While it is looked at what is on the disk."""
        with self._small_disk():
            yield

    def free_room(self) -> None:
        """What somebody does before a repair: a file that is mended is copied first."""
        if os.path.ismount(self.disk):
            subprocess.run(
                ["mount", "-o", "remount,size=1g", str(self.disk)], check=True, capture_output=True
            )

    @contextlib.contextmanager
    def _small_disk(self) -> Iterator[None]:
        if not self.plan.small_disk or os.geteuid() != 0 or os.path.ismount(self.disk):
            yield
            return
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(self.disk)],
            check=True,
            capture_output=True,
        )
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self.disk)], check=False, capture_output=True)

    def _record(self) -> None:
        path = self.scratch / "plan.json"
        path.write_text(self.plan.text)
        arguments = [str(path), str(self.folder), str(self.scratch)]
        with (self.scratch / "errors").open("w+") as errors:
            self._program = subprocess.Popen(
                [*_as_any_user(), sys.executable, "-m", "benchmarks.campaign.actor", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                env={**os.environ, MARK: self.mark},
            )
            listener = threading.Thread(target=self._listen, daemon=True)
            faults = [threading.Thread(target=self._fault, args=(each,)) for each in self.plan.faults]
            for thread in (listener, *faults):
                thread.start()
            try:
                self.told.status = self._program.wait(self.most_s)
            except subprocess.TimeoutExpired:
                self.told.timed_out = True
                self._dump()
            self.told.ended_ns = time.monotonic_ns()
            self._over.set()
            for event in self._began.values():
                event.set()
            for thread in faults:
                thread.join(20)
            self._end(self._program)
            listener.join(5)
            errors.seek(0)
            self.told.errors = errors.read()

    def _dump(self) -> None:
        """What the program is doing, where py-spy is there to tell."""
        assert self._program is not None
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            found = subprocess.run(
                ["py-spy", "dump", "--pid", str(self._program.pid)],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
            self.told.applied.append(found.stdout[-4000:])

    def _end(self, program: subprocess.Popen[str]) -> None:
        for each in self._busy:
            each.kill()
            each.wait()
        if program.poll() is None:
            program.kill()
            program.wait()

    def _listen(self) -> None:
        assert self._program is not None and self._program.stdout is not None
        for line in self._program.stdout:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            self.told.events[told["event"]] = told["at"]
            if told["event"] == "closed":
                self.told.closed = told
            elif told["event"] == "left":
                self.told.left = {key: told[key] for key in ("descriptors", "threads", "processes")}
            elif told["event"] in self._began:
                self._began[told["event"]].set()

    # -- faults

    def _fault(self, fault: FaultPlan) -> None:
        self._began[fault.phase].wait(self.most_s)
        if self._over.wait(fault.at):
            self.told.applied.append(f"{fault.kind}: it was over before")
            return
        try:
            KINDS[fault.kind].apply(self, fault)
        except (CameraError, OSError, psutil.Error) as error:
            self.told.applied.append(f"{fault.kind}: {error}")

    def camera_fault(self, camera: int, kind: str, **args: Any) -> None:
        """A fault of a virtual camera."""
        virtual_fault(self.plan.cameras[camera].serial, kind, **args)

    def wait(self, seconds: float) -> None:
        """Until so much time has passed, or all is over."""
        self._over.wait(seconds)

    def be_busy(self, seconds: float) -> None:
        """Keep all processors busy for so long."""
        script = f"import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
        self._busy = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(os.cpu_count() or 1)]

    # -- who is there

    def processes(self, role: str, camera: int) -> list[psutil.Process]:
        """Those of a role: "program", "all", or of one camera: "camera", "writer", "callback"."""
        if self._program is None or self._program.poll() is not None:
            return []
        program = psutil.Process(self._program.pid)
        if role == "program":
            return [program]
        if role == "all":
            return [program, *program.children(recursive=True)]
        found = []
        for child in program.children(recursive=True):
            with contextlib.suppress(psutil.Error, OSError):
                line = child.cmdline()
                if any(ROLES[each] in line for each in role.split(" and ")) and self._is_of(child, camera):
                    found.append(child)
        return found

    def _is_of(self, process: psutil.Process, camera: int) -> bool:
        """Whether a process is that of this camera: by its sockets, or by the files it writes."""
        plan = self.plan.cameras[camera]
        ours = {inode for name, inode in _sockets() if plan.serial in name}
        stems = [path.stem for path in self.files(camera)]
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(descriptor)
                if target.startswith("socket:[") and target[8:-1] in ours:
                    return True
                if target.startswith(str(self.disk)) and Path(target).stem in stems:
                    return True
        return False

    def sockets(self) -> list[str]:
        """Names of the abstract sockets on which processes of this run listen."""
        serials = [camera.serial for camera in self.plan.cameras]
        pids = {str(process.pid) for process in self.processes("all", 0)}
        return [
            name
            for name, _ in _sockets()
            if name.startswith("llpyspin-") and name.split("-")[1] in serials and name.split("-")[2] in pids
        ]

    def files(self, camera: int) -> list[Path]:
        """The files of one camera."""
        name = self.plan.cameras[camera].name
        found = []
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.name.startswith(name) and path.name[len(name) : len(name) + 1] in (".", "_"):
                    found.append(path)
        return found

    # -- afterwards

    def end_everything(self) -> list[str]:
        """Processes that are still there after some seconds; they are killed."""
        until = time.monotonic() + 12.0
        while (there := self._others()) and time.monotonic() < until:
            self._reap()
            time.sleep(0.05)
        said = []
        for process in there:
            with contextlib.suppress(psutil.Error):
                said.append(f"{process.pid} {process.status()} {' '.join(process.cmdline())[-70:]}")
                process.resume()
                process.kill()
        psutil.wait_procs(there, timeout=10)
        self._reap()
        return said

    def _others(self) -> list[psutil.Process]:
        return [
            process
            for process in processes_marked(self.mark)
            if "resource_tracker" not in " ".join(process.cmdline())
        ]

    def _reap(self) -> None:
        """Orphans come to us."""
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _as_any_user() -> list[str]:
    """Root may write where nobody may; the program is to be like others in this."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


def _sockets() -> list[tuple[str, str]]:
    """Name and inode of all abstract sockets of ours."""
    found = []
    for line in Path("/proc/net/unix").read_text().splitlines():
        cells = line.split()
        if len(cells) == 8 and cells[7].startswith("@llpyspin"):
            found.append((cells[7][1:], cells[6]))
    return found


def world_of(plan: Plan, mark: str, diary: Path) -> str:
    """The virtual cameras of a plan, wired."""
    cameras = [
        {"serial": each.serial, "model": each.model, "clock_ppm": each.clock_ppm} for each in plan.cameras
    ]
    serials = [each.serial for each in plan.cameras]
    source = serials[0]
    if plan.shape == "external":
        cameras.append({"serial": BOX, "model": "BFS-U3-16S2M"})
        source = BOX
    wires = [f"{source}:Line1 -> {serial}:Line3" for serial in serials if serial != source]
    if plan.shape == "ptp":
        wires = []
    return json.dumps({"world": f"campaign-{mark}", "cameras": cameras, "wires": wires, "diary": str(diary)})
