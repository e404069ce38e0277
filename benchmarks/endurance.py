"""One long recording with a fault now and then: ``python -m benchmarks.endurance --hours 1 --cameras 2``.

At the end every picture is compared with what the cameras did, as in :mod:`benchmarks.campaign`, and these
figures are printed: how many frames were dropped, CPU time a camera, how late frames arrived, and whether
memory, descriptors or threads have grown.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks._growth import cores, grown, sample
from benchmarks.campaign.__main__ import machine
from benchmarks.campaign.judging import judge, read_recorded
from benchmarks.campaign.kinds import KINDS
from benchmarks.campaign.leftovers import locked_files, sockets_of_world
from benchmarks.campaign.plan import CameraPlan, FaultPlan, Plan
from benchmarks.campaign.stage import Stage
from llpyspin.recording import check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks._growth import Sample

FAULTS = (
    *("lose", "lose_some", "incomplete", "incomplete_some", "miss", "stall", "replug", "clock_drift"),
    *("slow_nodes", "hang_get_next", "kill_camera", "kill_writer", "stop_camera", "stop_writer"),
    *("stop_program", "odd_messages", "busy_machine"),
)
"""Those after which a recording goes on."""
SETTINGS = {"roi": [0, 0, 240, 320]}
SAMPLE_S = 10.0
AFTER_FAULT_S = 30.0
"""Losses so long after a fault may be its consequence: a camera that was killed is opened again."""
MORE_TIME_S = 600.0
MOST_MEMORY_MIB = 32.0
MOST_DESCRIPTORS = 4
MOST_THREADS = 2


@dataclass
class Report:
    """The figures, and what is wrong."""

    cameras: int
    hours: float
    triggers: int = 0
    pictures: int = 0
    faults: list[str] = field(default_factory=list)
    dropped: int = 0
    """Frames that a camera sent and no file has, away from any fault."""
    dropped_near_faults: int = 0
    cpu_per_camera: float = 0.0
    """Cores."""
    latency_ms: dict[str, float] = field(default_factory=dict)
    growth: dict[str, float] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def plan_for(hours: float, cameras: int, rate: float, every_s: float, seed: int) -> Plan:
    """One recording, with a fault every so many seconds."""
    chance = random.Random(f"endurance {seed}")
    seconds = hours * 3600
    faults = []
    for number in range(1, int(seconds / every_s)):
        kind = KINDS[chance.choice(FAULTS)]
        camera = chance.randrange(cameras)
        faults.append(FaultPlan(kind.name, camera, "recording", number * every_s, kind.draw(chance)))
    return Plan(
        seed=seed,
        shape="rig",
        cameras=tuple(
            CameraPlan(str(20000001 + place), f"cam{place}", "BFS-U3-16S2M", 10.0 * place, dict(SETTINGS))
            for place in range(cameras)
        ),
        framerate=rate,
        exposure=1000.0,
        codec="libx264",
        suffix=".mkv",
        codec_options={"preset": "ultrafast"},
        options={"overflow": "spill", "segment_seconds": 600.0},
        on_failure="recover",
        seconds=seconds,
        callback="",
        reads=False,
        small_disk=False,
        faults=tuple(faults),
    )


class Sampler(threading.Thread):
    """Looks at all processes of the recording now and then."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self._stage = stage
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_S):
            there = self._stage.processes("all", 0)
            if there:
                self.samples.append(sample(there))

    def end(self) -> list[Sample]:
        """Stop looking; what was seen."""
        self._over.set()
        self.join()
        return self.samples


def measure(plan: Plan, work: Path) -> Report:
    """Record, and look at everything."""
    report = Report(len(plan.cameras), plan.seconds / 3600)
    stage = Stage(plan, work, most_s=plan.seconds + MORE_TIME_S)
    sampler = Sampler(stage)
    sampler.start()
    try:
        told = stage.run()
        samples = sampler.end()
        left = stage.end_everything()
        report.findings += [f"a process was left: {each}" for each in left]
        report.findings += [f"a lock was left: {each}" for each in locked_files(stage.folder)]
        report.findings += [f"a socket was left: {each}" for each in sockets_of_world(stage.mark)]
        for kind, names in (told.left or {}).items():
            report.findings += [f"{kind} left: {name}" for name in names]
        if told.closed.get("outcome") != "done":
            report.findings.append(f"it ended with {told.closed or told.errors[-1000:]}")
        report.faults = [f"{fault.at:.0f} s: {fault.kind}" for fault in plan.faults] + told.applied
        _processes(report, samples)
        _recorded(report, plan, stage, told.events["recording"])
    finally:
        stage.end_everything()
    return report


def _processes(report: Report, samples: Sequence[Sample]) -> None:
    report.cpu_per_camera = cores(samples) / report.cameras
    if len(samples) < 10:
        return
    for name, most in (
        ("memory_mib", MOST_MEMORY_MIB),
        ("descriptors", MOST_DESCRIPTORS),
        ("threads", MOST_THREADS),
    ):
        report.growth[name] = grown(samples, name)
        if report.growth[name] > most:
            report.findings.append(f"{name} has grown by {report.growth[name]:.1f}")


def _recorded(report: Report, plan: Plan, stage: Stage, began_s: float) -> None:
    findings, report.pictures = judge(plan, stage.folder, stage.diary, whole=True)
    report.findings += [f"{finding.kind}: {finding.text}" for finding in findings]
    checked = check(stage.folder)
    report.findings += [f"check: {each}" for each in checked.findings]
    report.triggers = checked.account.triggers or 0
    near = [(began_s + fault.at) * 1e9 for fault in plan.faults]
    late = []
    for one in read_recorded(plan, stage.folder, stage.diary, pictures=False):
        ends = {exposure.end_ns: exposure.start_ns + plan.exposure * 1e3 for exposure in one.truth.exposures}
        written = set()
        for film in one.films:
            for row in film.rows:
                if row.camera_ns in ends and row.host_ns is not None:
                    written.add(row.camera_ns)
                    late.append((row.host_ns - ends[row.camera_ns]) / 1e6)
        first = min(written, default=0)
        for exposure in one.truth.exposures:
            if exposure.end_ns in written or exposure.end_ns < first or one.truth.fate(exposure) != "sent":
                continue
            if any(0 <= exposure.start_ns - at <= AFTER_FAULT_S * 1e9 for at in near):
                report.dropped_near_faults += 1
            else:
                report.dropped += 1
    if report.dropped:
        report.findings.append(f"{report.dropped} frames were dropped without a fault")
    report.latency_ms = {
        f"p{share:g}": float(np.percentile(late, share)) for share in (50, 95, 99, 99.9, 100) if late
    }


def text_of(report: Report) -> str:
    """The report, for people."""
    sent = report.triggers * report.cameras
    lines = [
        f"machine: {machine()}",
        f"{report.cameras} cameras, {report.hours:g} h, {report.triggers} triggers, "
        f"{report.pictures} pictures compared",
        f"faults: {'; '.join(report.faults)}",
        f"dropped without a fault: {report.dropped} of {sent} frames; "
        f"within {AFTER_FAULT_S:.0f} s after a fault: {report.dropped_near_faults}",
        f"CPU: {report.cpu_per_camera:.2f} cores a camera",
        "frames arrive after the end of their exposure, ms: "
        + ", ".join(f"{name} {value:.2f}" for name, value in report.latency_ms.items()),
        "growth: " + ", ".join(f"{name} {value:+.1f}" for name, value in report.growth.items()),
        *(f"WRONG: {finding}" for finding in report.findings),
        f"VERDICT: {'SOMETHING IS WRONG' if report.findings else 'nothing was wrong, left, or has grown'}",
    ]
    return "\n".join(lines)


def main() -> int:
    """The command; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--framerate", type=float, default=50.0)
    parser.add_argument("--every", type=float, default=240.0, metavar="SECONDS", help="from fault to fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where to record; by default where temporary files go")
    parser.add_argument("--keep", action="store_true", help="leave the recording there")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    plan = plan_for(arguments.hours, arguments.cameras, arguments.framerate, arguments.every, arguments.seed)
    work = Path(tempfile.mkdtemp(prefix="endurance-", dir=arguments.folder))
    try:
        report = measure(plan, work)
    finally:
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(asdict(report)) if arguments.json else text_of(report))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
