"""The whole examination: everything is looked at once, and each finding put under its heading."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from llpyspin import sdk
from llpyspin.doctor.access import check_access
from llpyspin.doctor.cameras import Camera, ask_sdk, check_cameras, merge
from llpyspin.doctor.codecs import check_encoders, look_at_encoders
from llpyspin.doctor.demand import demand_of
from llpyspin.doctor.disk import Disk, check_disk, look_at_disk
from llpyspin.doctor.finding import Diagnosis, Finding, problem, unknown
from llpyspin.doctor.holders import check_holders, find_holders
from llpyspin.doctor.host import System
from llpyspin.doctor.machine import check_machine, describe_machine
from llpyspin.doctor.memory import PROCESSES, Memory, check_memory, read_memory
from llpyspin.doctor.models import frame_bytes
from llpyspin.doctor.network import check_network
from llpyspin.doctor.nics import Nic, read_nics
from llpyspin.doctor.packages import versions
from llpyspin.doctor.planning import plan_links, plan_memory, plan_sensors
from llpyspin.doctor.sdks import check_sdks, chosen, try_all
from llpyspin.doctor.storing import measure_rig, plan_storing
from llpyspin.doctor.usb import check_speeds, check_usbfs
from llpyspin.doctor.usbtree import UsbTree, read_usb
from llpyspin.frames.buffers import recording_buffers
from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named
from llpyspin.recording.sinks import Picture
from llpyspin.system.holders import Holder
from llpyspin.system.processtable import read_processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.rig.config import RigConfig
    from llpyspin.system.processtable import Processes

__all__ = ["Options", "diagnose"]

USUAL_SIZE = (1440, 1080)
USUAL_RATE = 60.0  # frames a second that buffers are reckoned for where nobody says
_VARIABLES = ("LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "DISPLAY", "WAYLAND_DISPLAY")


@checked_arguments
@named
@dataclass(frozen=True)
class Options:
    """What to examine.

    Attributes
    ----------
    sdk : str or None
        As in :func:`llpyspin.sdk.load`.
    plan : RigConfig or None
        A rig; the result says whether it fits this machine.
    folder : str
        Folder for recordings.
    size : tuple of int or None
        (width, height) of the pictures with which encoders are measured; None: size of the largest camera.
    rate : float or None
        Pictures per second that an encoder should reach.
    measure : bool
        Whether to measure disk and encoders.  This takes about 10 s and writes an unnamed file.
    anyway : bool
        Whether to measure, and to ask the SDK, even while a camera is in use.  Both may cost frames.
    """

    sdk: str | None = None
    plan: RigConfig | None = None
    folder: str = "."
    size: tuple[int, int] | None = None
    rate: float | None = None
    measure: bool = True
    anyway: bool = False


@dataclass
class _Seen:
    """What was read; the parts of the examination add to it."""

    tree: UsbTree
    nics: list[Nic]
    memory: Memory
    processes: Processes
    cameras: list[Camera] = field(default_factory=list)
    held: dict[str, list[Holder]] = field(default_factory=dict)
    asked: bool = False


def diagnose(
    options: Options | None = None, system: System | None = None, say: Callable[[str], None] = lambda _: None
) -> Diagnosis:
    """Examine this machine, and change nothing.

    Blocks for about 15 s, with the real SDK about 20 s.  Parts that hang are stopped after 60 s at most.

    Parameters
    ----------
    options : Options, optional
    system : System, optional
        The machine to examine; by default this one.
    say : callable, optional
        Called with a text about the step that runs now.

    Raises
    ------
    ValueError
        The configuration of virtual cameras (``LLPYSPIN_VIRTUAL``) is wrong.
    """
    asked, system = options or Options(), system or System()
    wanted = (
        asked.sdk
        or (asked.plan.sdk if asked.plan else None)
        or system.environment.get(sdk.ENVIRONMENT)
        or None
    )
    wanted = wanted.lower() if wanted is not None else None
    sections: dict[str, list[Finding]] = {}
    machine = describe_machine(system)
    sections["Machine"] = check_machine(machine)
    seen = _Seen(
        read_usb(system), read_nics(system), read_memory(system), read_processes(system, {os.getpid()})
    )

    say("loading the SDKs")
    loaded = try_all()
    sections["SDKs"] = _unknown_sdk(wanted) or check_sdks(system, wanted, loaded)
    used = chosen(wanted, loaded)
    virtual = wanted == "virtual"
    sections["Cameras"] = _look_at_cameras(system, seen, used, virtual, asked.anyway, say)
    if not virtual:
        sections["Access"] = check_access(system, seen.cameras)
        sections["USB"] = check_speeds(seen.cameras, seen.tree, planned=asked.plan is not None)
        if asked.plan is None:
            sections["USB"] += check_usbfs(system, seen.cameras)
        sections["Network"] = check_network(system, seen.cameras, seen.nics, asked=seen.asked)
    if asked.plan is None:
        sections["Memory"] = check_memory(seen.memory, *_usual_memory(seen.cameras))
    busy = bool(seen.held or seen.processes.with_sdk) and not asked.anyway
    measure = asked.measure and not busy
    say("writing to the disk" if measure else "looking at the disk")
    disk = look_at_disk(system, asked.folder, measure=measure)
    sections["Disk"] = [*check_disk(disk), *([_not_measured()] if asked.measure and busy else [])]
    measured: Any = None
    if asked.plan is not None:
        sections["Plan"], measured = _plan(asked.plan, system, seen, disk, virtual, say if measure else None)
    else:
        sections["Encoders"], measured = _encoders(asked, seen, measure, say)
    facts = {
        "machine": machine,
        "packages": versions(system),
        "environment": _variables(system),
        "sdks": {name: asdict(each) for name, each in loaded.items()},
        "cameras": [asdict(each) for each in seen.cameras],
        "usb": {
            name: f"{each}, {each.speed:g} Mbit/s, on {each.parent or each.controller}"
            for name, each in seen.tree.devices.items()
        },
        "controllers": [asdict(each) for each in seen.tree.controllers.values()],
        "interfaces": [asdict(each) for each in seen.nics],
        "memory": asdict(seen.memory),
        "disk": asdict(disk),
        "encoders": measured,
        "commands": sorted(
            {each.command for holders in seen.held.values() for each in holders}
            | {seen.processes.commands[pid] for pid in seen.processes.with_sdk}
        ),
    }
    return Diagnosis({name: tuple(found) for name, found in sections.items() if found}, facts)


def _unknown_sdk(wanted: str | None) -> list[Finding]:
    if wanted is None or wanted in sdk.NAMES:
        return []
    text = f"There is no SDK named {wanted!r}."
    return [problem("sdk-unknown", text, f"Choose one of {', '.join(sdk.NAMES)} (LLPYSPIN_SDK or --sdk).")]


def _not_measured() -> Finding:
    return unknown(
        "not-measured-in-use",
        "Neither disk nor encoders were measured, because somebody uses a camera: it would take both from "
        "them.",
        "Look again when that program has ended; or with --anyway, if lost frames do no harm.",
    )


def _look_at_cameras(
    system: System, seen: _Seen, used: str | None, virtual: bool, anyway: bool, say: Callable[[str], None]
) -> list[Finding]:
    """Find cameras and who holds them; fills in what was seen."""
    on_usb = [] if virtual else merge([], seen.tree, virtual=False)
    held = find_holders(system, seen.processes, on_usb)
    busy = [holder for holders in held.values() for holder in holders]
    busy += [Holder(pid, pid, seen.processes.commands[pid]) for pid in sorted(seen.processes.with_sdk)]
    say("asking the SDK for cameras" if used not in (None, "virtual") else "asking for cameras")
    found, findings = ask_sdk(used, busy, anyway=anyway)
    asked = seen.asked = used is not None and not findings
    seen.cameras = merge(found, seen.tree, virtual=virtual)
    seen.held = find_holders(system, seen.processes, seen.cameras, _world() if virtual and asked else None)
    return [
        *findings,
        *check_cameras(seen.cameras, asked=asked),
        *check_holders(seen.cameras, seen.held, seen.processes),
    ]


def _world() -> str:
    from llpyspin.virtual.world import load_world

    return load_world().name


def _usual_memory(cameras: list[Camera]) -> tuple[int, str]:
    """Bytes that a recording with all connected cameras takes, and what for."""
    needed = 0
    for camera in cameras:
        sensor = camera.sensor
        payload = frame_bytes(sensor.width, sensor.height) if sensor is not None else 1 << 20
        rate = sensor.fastest if sensor is not None and sensor.fastest is not None else USUAL_RATE
        needed += recording_buffers(payload, rate) * payload + PROCESSES
    return needed, f"buffers and processes of {len(cameras)} cameras that record" if cameras else ""


def _plan(
    plan: RigConfig,
    system: System,
    seen: _Seen,
    disk: Disk,
    virtual: bool,
    say: Callable[[str], None] | None,
) -> tuple[list[Finding], Any]:
    """Findings about a rig; ``say`` is None where nothing is to be measured."""
    rig, findings = demand_of(plan, seen.cameras, virtual=virtual)
    if rig is None or not rig.cameras:
        return findings, None
    findings += plan_sensors(rig)
    findings += plan_links(rig, seen.tree, seen.nics)
    findings += plan_memory(system, rig, seen.memory)
    if say is None:
        findings.append(
            unknown("plan-encoder-unmeasured", "Whether encoder and disk are fast enough was not measured.")
        )
        return findings, None
    say("encoding")
    encoded = measure_rig(rig)
    return [*findings, *plan_storing(rig, encoded, disk)], asdict(encoded) if encoded is not None else None


def _encoders(
    asked: Options, seen: _Seen, measure: bool, say: Callable[[str], None]
) -> tuple[list[Finding], Any]:
    sensors = [camera.sensor for camera in seen.cameras if camera.sensor is not None]
    largest = max(sensors, key=lambda each: each.width * each.height, default=None)
    width, height = asked.size or ((largest.width, largest.height) if largest is not None else USUAL_SIZE)
    picture = Picture(
        height, width, color=largest is not None and largest.color, rate=asked.rate or USUAL_RATE
    )
    say(f"trying encoders with pictures of {picture}")
    tried, rates = look_at_encoders(picture, measured=measure)
    measured = {"picture": asdict(picture), "tried": [asdict(each) for each in tried]}
    return check_encoders(picture, tried, rates, asked.rate), {
        **measured,
        "rates": [asdict(each) for each in rates],
    }


def _variables(system: System) -> dict[str, str]:
    return {
        name: value
        for name, value in sorted(system.environment.items())
        if name in _VARIABLES or name.startswith("LLPYSPIN_") or "GENTL" in name
    }
