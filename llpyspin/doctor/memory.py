"""Memory for frames: what the machine, or the container around this program, can spare; and ``/dev/shm``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.doctor.finding import Finding, fine, note, problem

if TYPE_CHECKING:
    from llpyspin.doctor.host import System

__all__ = ["Memory", "check_memory", "read_memory", "sized"]

PROCESSES = 200 << 20  # bytes of a camera's process and its writer's beside the frames
LEAST_SHM = 256 << 20
_SHM = "/dev/shm"
_SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "": 1}


@dataclass(frozen=True)
class Memory:
    """In bytes.

    Attributes
    ----------
    total, available : int
        Of the machine, as the kernel reckons it.
    allowed : int or None
        What the container may still take; None where nothing limits it.
    shm : int or None
        Size of ``/dev/shm``; None if there is none.
    """

    total: int
    available: int
    allowed: int | None
    shm: int | None

    @property
    def spare(self) -> int:
        return self.available if self.allowed is None else min(self.available, self.allowed)


def read_memory(system: System) -> Memory:
    """What there is now."""
    figures = {}
    for line in (system.text("/proc/meminfo") or "").splitlines():
        name, _, rest = line.partition(":")
        if rest.split() and rest.split()[0].isdigit():
            figures[name] = int(rest.split()[0]) * 1024
    total = figures.get("MemTotal", 0)
    return Memory(total, figures.get("MemAvailable", 0), _allowed(system), _shm(system, total))


def _allowed(system: System) -> int | None:
    """What the groups that this process is in leave: cgroup version 2, of which the tightest counts."""
    found = re.search(r"^0::(/.*)$", system.text("/proc/self/cgroup") or "", re.MULTILINE)
    path = found[1].rstrip("/") if found else ""
    left = []
    while True:
        folder = f"/sys/fs/cgroup{path}"
        most, used = system.number(f"{folder}/memory.max"), system.number(f"{folder}/memory.current")
        if most is not None and used is not None:
            left.append(max(0, most - used))
        if not path:
            return min(left, default=None)
        path = path.rpartition("/")[0]


def _shm(system: System, total: int) -> int | None:
    """From the options of the mount; without a size it has half of the memory."""
    for line in (system.text("/proc/self/mountinfo") or "").splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[4] == _SHM and "-" in fields:
            size = re.search(r"(?:^|,)size=(\d+)([kmg]?)", fields[-1])
            return int(size[1]) * _SIZES[size[2]] if size else total // 2
    return None


def check_memory(memory: Memory, needed: int, whose: str) -> list[Finding]:
    """Findings; ``needed`` are bytes of frames and processes, ``whose`` says for what, "" for nothing."""
    data: dict[str, Any] = {
        "total_bytes": memory.total,
        "spare_bytes": memory.spare,
        "needed_bytes": needed,
        "container_bytes": memory.allowed,
    }
    where = (
        "This container may take" if memory.allowed is not None and memory.spare < memory.available else ""
    )
    have = f"{where or 'The machine can spare'} {sized(memory.spare)} of memory"
    if not whose:
        findings = [fine("memory", have, **data)]
    elif needed <= memory.spare:
        findings = [fine("memory", f"{have}; {whose} take {sized(needed)}", **data)]
    else:
        findings = [
            problem(
                "memory-low",
                f"{have}, and {whose} take {sized(needed)}.",
                "Close other programs; or smaller frames, a shorter pre-trigger, fewer cameras"
                + ("; or a larger limit for the container (`docker run --memory`)." if where else "."),
                **data,
            )
        ]
    if memory.shm is not None and memory.shm < LEAST_SHM:
        findings.append(
            note(
                "shm-small",
                f"/dev/shm has {sized(memory.shm)}. llpyspin does not use it (its frames lie in memory "
                "without a name), but other libraries that share arrays between processes do, and are killed "
                "when it is full.",
                "In a container: `docker run --shm-size=1g`. Elsewhere:",
                ["sudo mount -o remount,size=50% /dev/shm"],
                shm_bytes=memory.shm,
            )
        )
    return findings


def sized(count: float) -> str:
    """Bytes for people."""
    for unit, size in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20)):
        if count >= size:
            return f"{count / size:.3g} {unit}" if count < 1000 * size else f"{count / size:.0f} {unit}"
    return f"{count / 1024:.0f} KiB"
