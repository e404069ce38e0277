"""Which other processes hold a camera, or use the SDK: what the doctor says of them.

Of a GigE camera mostly no more can be told than that the SDK is in the memory of some processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.system.holders import Holder, holders_of, named_socket, peer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.host import System
    from llpyspin.system.processtable import Processes

__all__ = ["check_holders", "find_holders"]


def find_holders(
    system: System, processes: Processes, cameras: Sequence[Camera], world: str | None = None
) -> dict[str, list[Holder]]:
    """Who holds which camera, by serial number; a program with several processes is there once.

    Parameters
    ----------
    world : str, optional
        Name of the world of the virtual cameras.
    """
    found: dict[str, list[Holder]] = {}
    for camera in cameras:
        if camera.virtual:
            targets = named_socket(f"llpyspin.virtual/{world}/{camera.serial}", system)
        elif camera.usb is not None:
            targets = [camera.usb.node]
        else:
            targets = peer_of(camera.address, system)
        programs = {each.program: each for each in holders_of(processes, targets)}
        if programs:
            found[camera.serial] = [programs[pid] for pid in sorted(programs)]
    return found


def check_holders(
    cameras: Sequence[Camera], held: Mapping[str, list[Holder]], processes: Processes
) -> list[Finding]:
    """A finding for each camera that is held, and for processes that use the SDK."""
    sure = {each.program for holders in held.values() for each in holders}
    others = [Holder(pid, pid, processes.commands[pid]) for pid in sorted(processes.with_sdk - sure)]
    findings: list[Finding] = []
    for camera in cameras:
        holders = held.get(camera.serial, [])
        if holders:
            findings.append(_held(camera, holders, "is held by"))
        elif camera.in_use and others:
            findings.append(_held(camera, others, "is controlled by somebody, probably by"))
        elif camera.in_use:
            findings.append(
                problem(
                    "camera-held-unseen",
                    f"Camera {camera} is controlled by somebody, and no process that can be seen here does "
                    "it.",
                    "Another computer on its network may hold it, or another user's process (`sudo llpyspin "
                    "doctor` sees those). After a program was killed it takes the camera 3 s to notice.",
                    serial=camera.serial,
                )
            )
    told = {pid for finding in findings for pid in finding.data.get("pids", ())}
    quiet = [each for each in others if each.program not in told]
    if quiet:
        findings.append(
            note(
                "sdk-in-use",
                f"The Spinnaker SDK is in use by {_who(quiet)}, which may hold GigE cameras.",
                "Close it if a camera cannot be opened.",
                pids=[each.program for each in quiet],
            )
        )
    if not findings and cameras:
        count = processes.hidden
        hidden = f" ({count} processes of other users could not be looked into)" if count else ""
        findings.append(fine("no-camera-held", f"No other process holds a camera{hidden}", hidden=count))
    return findings


def _who(holders: Sequence[Holder]) -> str:
    return " and ".join(map(str, holders))


def _held(camera: Camera, holders: Sequence[Holder], how: str) -> Finding:
    return problem(
        "camera-held",
        f"Camera {camera} {how} {_who(holders)}: nobody else can open it.",
        "Close that program, or end it:",
        [f"kill {each.program}" for each in holders],
        serial=camera.serial,
        pids=[each.program for each in holders],
    )
