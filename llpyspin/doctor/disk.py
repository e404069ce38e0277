"""Where recordings would go: what kind of disk it is, how much room it has, and how fast it writes.

The rate is measured with a file without a name, which is gone with the process that writes it.  Data go to
the disk at the end of each piece (``fdatasync``): what the page cache takes says nothing of a long recording.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.doctor.asking import ask
from llpyspin.doctor.finding import Finding, fine, note, problem, unknown
from llpyspin.doctor.memory import sized
from llpyspin.system.openfiles import room_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.doctor.host import System

__all__ = ["Disk", "check_disk", "look_at_disk", "write_here"]

MEASURE_S = 1.5
PIECE = 64 << 20
ANSWER_S = 20.0
LEAST, FEW = 1 << 30, 10 << 30  # bytes that are full at once, and soon
SLOW = 100e6  # bytes a second: a hard disk; one camera of 1.6 megapixels sends 350 MB/s
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.rclone")
_FAT = ("vfat", "msdos", "exfat")


@dataclass(frozen=True)
class Disk:
    """A folder to record to.

    Attributes
    ----------
    folder : str
    kind : str
        Of the file system: "ext4", "nfs4", "" where it is not known.
    device : str
        What is mounted there.
    free : int
        Bytes that this user may still write.
    rate : float or None
        Bytes a second that reach the disk; None where it was not measured.
    why : str
        Why it could not be measured, "" if it was or was not to be.
    """

    folder: str
    kind: str
    device: str
    free: int
    rate: float | None
    why: str = ""


def look_at_disk(system: System, folder: str, *, measure: bool) -> Disk:
    """Look at a folder; measuring takes 2 s, and up to 20 s where the disk hardly answers."""
    path = os.path.realpath(folder)
    kind, device = _mounted(system, path)
    try:
        free = room_at(path).free
    except OSError as error:
        return Disk(path, kind, device, 0, None, error.strerror or str(error))
    if not measure:
        return Disk(path, kind, device, free, None)
    answer = ask(f"{__name__}:write_here", Deadline(ANSWER_S), folder=path, most=free // 4)
    if answer.failure or len(answer.values) < 1:
        return Disk(path, kind, device, free, None, answer.failure or "there is no room to try it")
    written, seconds = answer.values[-1]
    return Disk(path, kind, device, free, written / seconds)


def write_here(folder: str, most: int, seconds: float = MEASURE_S) -> Iterator[tuple[int, float]]:
    """Write for so long, or so many bytes; gives bytes and seconds up to now after each piece on the disk.

    Random bytes, because some file systems compress.
    """
    piece = os.urandom(1 << 20) * (PIECE >> 20)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        written, begun = 0, time.perf_counter()
        while written + PIECE <= most and time.perf_counter() - begun < seconds:
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]
            os.fdatasync(file.fileno())
            written += PIECE
            yield written, time.perf_counter() - begun


def _mounted(system: System, path: str) -> tuple[str, str]:
    """Kind and device of the file system that a folder is on: the last of the longest mount points above."""
    best, found = -1, ("", "")
    for line in (system.text("/proc/self/mountinfo") or "").splitlines():
        fields = line.split()
        if "-" not in fields:
            continue
        point = re.sub(r"\\(\d{3})", lambda each: chr(int(each[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            after = fields[fields.index("-") + 1 :]
            best, found = len(point), (after[0], after[1])
    return found


def check_disk(disk: Disk) -> list[Finding]:
    """Findings about it, for whatever will be recorded."""
    where = f"{disk.folder} ({disk.kind or 'unknown file system'})"
    data: dict[str, Any] = {
        "folder": disk.folder,
        "kind": disk.kind,
        "free_bytes": disk.free,
        "rate_bytes_s": disk.rate,
    }
    findings: list[Finding] = []
    if not os.access(disk.folder, os.W_OK | os.X_OK):
        return [
            problem(
                "disk-not-writable",
                f"The folder {disk.folder} is not writable" + (f": {disk.why}." if disk.why else "."),
                "Pass the folder of your recordings with --folder, or make this folder yours:",
                [f"sudo chown $USER {disk.folder}"],
                **data,
            )
        ]
    if disk.free < FEW:
        bad: Callable[..., Finding] = problem if disk.free < LEAST else note
        findings.append(
            bad(
                "disk-full",
                f"{where} has {sized(disk.free)} left; frames of one camera at 350 MB/s fill that in "
                f"{disk.free / 350e6:.0f} s.",
                "Free some space, or record to another disk (--folder).",
                **data,
            )
        )
    if disk.kind in _REMOTE:
        findings.append(
            note(
                "disk-remote",
                f"{where} is on another computer: its rate depends on the network, and it may stop for "
                "seconds.",
                "Record to a local disk, and copy afterwards.",
                **data,
            )
        )
    if disk.kind in _FAT:
        limit = "holds no file above 4 GiB, and loses much" if disk.kind != "exfat" else "loses much"
        findings.append(
            note("disk-fat", f"{where} {limit} when power fails.", "Format it as ext4 or xfs.", **data)
        )
    if disk.kind == "tmpfs":
        findings.append(
            note(
                "disk-in-memory",
                f"{where} lies in memory: what is recorded there takes memory, and is gone after a restart.",
                "Pass a folder on a disk with --folder.",
                **data,
            )
        )
    return findings + _rated(disk, where, data)


def _rated(disk: Disk, where: str, data: dict[str, Any]) -> list[Finding]:
    room = f"{where} has {sized(disk.free)} left"
    if disk.why:
        return [
            unknown(
                "disk-not-measured",
                f"The writing rate of {disk.folder} could not be measured: {disk.why}.",
                "A disk that does not answer loses recordings. Look for its errors in `dmesg`.",
                **data,
            )
        ]
    if disk.rate is None:
        return [fine("disk", f"{room} (its rate was not measured)", **data)]
    text = f"{room} and takes {disk.rate / 1e6:.0f} MB/s"
    if disk.rate < SLOW:
        return [
            note(
                "disk-slow",
                f"{text}: enough for encoded videos, not for raw frames.",
                "Record to an SSD; or keep codec h264, of which a camera makes some 10 MB/s.",
                **data,
            )
        ]
    return [fine("disk", text, **data)]
