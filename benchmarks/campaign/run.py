"""One seed from plan to findings; ``python -m benchmarks.campaign.run SEED`` prints them as JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.campaign.judging import Finding, diaries_of, is_true, judge
from benchmarks.campaign.kinds import kinds_of
from benchmarks.campaign.leftovers import locked_files, shared_memory, sockets_of_world
from benchmarks.campaign.seeds import plan_of
from benchmarks.campaign.stage import MARK, MOST_S, Stage
from llpyspin.errors import CameraError
from llpyspin.virtual import fault

if TYPE_CHECKING:
    from benchmarks.campaign.plan import Plan
    from benchmarks.campaign.stage import Told

__all__ = ["Verdict", "run_plan"]

AFTERMATH_S = 300.0
STOP_S = 45.0
"""For ``stop()``, with all that was done to it; the recorder's own deadlines add up to less."""


@dataclass
class Verdict:
    """What came out of one run."""

    seed: int
    summary: str
    signature: str
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outcome: str = ""
    pictures: int = 0
    faults: int = 0
    seconds: float = 0.0
    stop_s: float | None = None

    @property
    def good(self) -> bool:
        return not self.findings

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Verdict:
        """From JSON."""
        tree = json.loads(text)
        tree["findings"] = [Finding(**each) for each in tree["findings"]]
        return cls(**tree)


def run_plan(plan: Plan, *, keep: Path | None = None) -> Verdict:
    """Carry a plan out and judge it; ``keep``: where to leave what was recorded, if anything is wrong."""
    verdict = Verdict(plan.seed, plan.summary(), repr(plan.signature), faults=len(plan.faults))
    started = time.monotonic()
    memory = shared_memory()
    work = Path(tempfile.mkdtemp(prefix=f"campaign-{plan.seed}-"))
    stage = Stage(plan, work)
    try:
        with stage.small_disk():
            told = stage.run()
            verdict.findings += _ending(plan, told, stage.end_everything())
            verdict.notes += told.applied
            verdict.outcome = told.closed.get("outcome", f"status {told.status}")
            verdict.notes += [told.closed["said"]] if told.closed.get("said") else []
            if "stopping" in told.events and "closed" in told.events:
                verdict.stop_s = told.events["closed"] - told.events["stopping"]
            _clear(stage)
            verdict.findings += _left(plan, stage, memory)
            verdict.findings += _aftermath(plan, stage, told)
            found, verdict.pictures = judge(
                plan,
                _folder(stage),
                stage.diary,
                whole=_whole(plan, verdict.outcome),
                until_ns=told.ended_ns,
            )
            verdict.findings += found
            verdict.findings += [Finding("left", each) for each in stage.end_everything()]
            if keep is not None and verdict.findings:
                shutil.copytree(work, keep / str(plan.seed), dirs_exist_ok=True)
    finally:
        stage.end_everything()
        shutil.rmtree(work, ignore_errors=True)
    verdict.seconds = time.monotonic() - started
    return verdict


def _whole(plan: Plan, outcome: str) -> bool:
    """Whether it was recorded from the first pulse to the last one."""
    ends_early = any(kind.small_disk or kind.name == "file_limit" for kind in kinds_of(plan))
    return outcome == "done" and plan.on_failure == "recover" and not ends_early


def _clear(stage: Stage) -> None:
    """All cables are in again, the disk has room, the folder can be written to."""
    (stage.disk / "filler").unlink(missing_ok=True)
    for camera in stage.plan.cameras:
        try:
            fault(camera.serial, "plug")
        except CameraError as error:
            raise RuntimeError(f"a camera cannot be plugged in again: {error}") from error
    if stage.folder.is_dir():
        stage.folder.chmod(0o700)


def _folder(stage: Stage) -> Path:
    elsewhere = stage.folder.with_name("elsewhere")
    return elsewhere if elsewhere.is_dir() and not stage.folder.is_dir() else stage.folder


def _ending(plan: Plan, told: Told, left: list[str]) -> list[Finding]:
    """How the program ended, in time, and what it left."""
    findings = [Finding("left", f"a process: {each}") for each in left]
    if told.timed_out:
        findings.append(Finding("time", f"the program did not end within {MOST_S:.0f} s"))
    elif "stopping" in told.events and "closed" in told.events:
        took = told.events["closed"] - told.events["stopping"]
        if took > STOP_S:
            findings.append(Finding("time", f"stop() took {took:.1f} s"))
    early = any(fault.phase == "primed" for fault in plan.faults)
    if told.closed.get("outcome") == "refused" and "recording" not in told.events and not early:
        findings.append(Finding("plan", f"refused before any fault: {told.closed['said']}"))
    if told.closed.get("outcome") == "raw error":
        findings.append(Finding("error", told.closed["said"][-1500:]))
    elif not told.closed and not told.timed_out and not any(kind.ends_program for kind in kinds_of(plan)):
        findings.append(Finding("error", f"the program died, status {told.status}: {told.errors[-1500:]}"))
    findings += [Finding("error", f"on standard error: {text}") for text in _tracebacks(told.errors)]
    for kind, names in (told.left or {}).items():
        findings += [Finding("left", f"{kind}: {name}") for name in names]
    return findings


def _tracebacks(errors: str) -> list[str]:
    """Tracebacks on standard error, but for those of callbacks that were to fail, and of Ctrl-C."""
    found = []
    for part in errors.split("Traceback (most recent call last)")[1:]:
        if "a callback of the campaign raises this" in part or "KeyboardInterrupt" in part:
            continue
        found.append(part[:1500])
    return found


def _left(plan: Plan, stage: Stage, memory: dict[str, int]) -> list[Finding]:
    findings = [Finding("left", f"a lock on {name}") for name in locked_files(_folder(stage))]
    findings += [Finding("left", f"a socket {name}") for name in sockets_of_world(stage.mark)]
    more = {name: inode for name, inode in shared_memory().items() if memory.get(name) != inode}
    findings += [Finding("left", f"/dev/shm/{name}") for name in more if f"-{os.getpid()}-" in name]
    return findings


def _aftermath(plan: Plan, stage: Stage, told: Told) -> list[Finding]:
    stage.free_room()
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.campaign.aftermath",
                stage.scratch / "plan.json",
                _folder(stage),
            ],
            capture_output=True,
            text=True,
            timeout=AFTERMATH_S,
            check=False,
            env={**os.environ, MARK: stage.mark},
        )
    except subprocess.TimeoutExpired:
        return [Finding("time", f"check, repair and load took more than {AFTERMATH_S:.0f} s")]
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return [Finding("error", f"check, repair and load died: {done.stderr[-1500:]}")]
    findings = [Finding("left", f"a camera: {each}") for each in said["cameras"]]
    findings += [Finding("error", text) for text in _tracebacks(done.stderr)]
    broken = any(kind.breaks_files for kind in kinds_of(plan))
    if "recording" not in told.events:  # it had not begun: there need not be any
        return findings
    diaries = diaries_of(plan, stage.diary, told.ended_ns)
    for each in said["recordings"]:
        each["after"] = [text for text in each.get("after", ()) if not is_true(text, diaries)]
        findings += _of_recording(each, broken=broken)
    return findings


def _of_recording(said: dict[str, Any], *, broken: bool) -> list[Finding]:
    name = said["path"]
    if "raw" in said:
        return [Finding("error", f"{name}: {said['raw']}")]
    if broken:  # what was taken away cannot be complete again; it only has to say so
        return []
    if "refused" in said:
        return [Finding("check", f"{name}: {said['refused']}")]
    findings = [Finding("check", f"{name}, after repair: {text}") for text in said["after"][:4]]
    findings += [Finding("check", f"{name}, left by repair: {text}") for text in said["left"][:4]]
    findings += [Finding("check", f"{name}, a second repair: {text}") for text in said["again"][:4]]
    return findings


def main() -> None:
    """Run one seed."""
    seed = int(sys.argv[1])
    keep = Path(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
    print(run_plan(plan_of(seed), keep=keep).text)


if __name__ == "__main__":
    main()
