"""Attack recordings with random faults: ``python -m benchmarks.campaign --runs 100 --seed 1``.

Each run records with virtual cameras in processes of its own, while one to four faults are done to it.  What
is on disk afterwards is held against what the cameras really did.  Prints a verdict, and the seeds of runs
in which something was wrong; ``--runs 1 --seed S`` does one of them again.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.campaign.judging import Finding
from benchmarks.campaign.run import Verdict
from benchmarks.campaign.seeds import plan_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_S = 240.0
"""For one run, with all that is looked at afterwards."""


def run_seed(seed: int, keep: str) -> Verdict:
    """One run in a process of its own, whatever becomes of that."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.campaign.run", str(seed), keep],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, errors = process.communicate(timeout=MOST_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, errors = process.communicate()
            errors += f"\nthe run did not end within {MOST_S:.0f} s"
    try:
        return Verdict.read(out.splitlines()[-1])
    except (ValueError, IndexError):
        plan = plan_of(seed)
        finding = Finding("error", f"the campaign's own run failed: {errors[-2000:]}")
        return Verdict(seed, plan.summary(), repr(plan.signature), [finding])


def machine() -> str:
    """On what this ran."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    system = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} CPUs ({cpu}), {memory:.1f} GiB, {system}"


def summary_of(verdicts: Sequence[Verdict], seconds: float) -> str:
    """The figures of all runs."""
    bad = [verdict for verdict in verdicts if not verdict.good]
    kinds = Counter(finding.kind for verdict in bad for finding in verdict.findings)
    stops = sorted(verdict.stop_s for verdict in verdicts if verdict.stop_s is not None)
    lines = [
        "",
        f"machine: {machine()}",
        f"{len(verdicts)} runs of {len({verdict.signature for verdict in verdicts})} different plans, "
        f"{sum(verdict.faults for verdict in verdicts)} faults, "
        f"{sum(verdict.pictures for verdict in verdicts)} pictures compared, in {seconds:.0f} s",
    ]
    if stops:
        lines.append(
            f"time from stop to closed: median {stops[len(stops) // 2]:.2f} s, longest {stops[-1]:.2f} s"
        )
    lines.append(f"runs in which something was wrong: {len(bad)} ({dict(kinds)})")
    if bad:
        lines.append(f"their seeds: {' '.join(str(verdict.seed) for verdict in bad)}")
    lines.append(
        "VERDICT: " + ("nothing was wrong, nothing was left behind" if not bad else "SOMETHING IS WRONG")
    )
    return "\n".join(lines)


def show(verdict: Verdict, *, long: bool) -> None:
    """One run, in a line, and what is wrong."""
    mark = "ok " if verdict.good else "BAD"
    print(f"{mark} seed {verdict.seed} ({verdict.seconds:.0f} s, {verdict.outcome}): {verdict.summary}")
    for finding in verdict.findings:
        print(f"      {finding.kind}: {finding.text}")
    if long or verdict.outcome == "refused":
        for note in verdict.notes:
            print(f"      note: {note[:300]}")
    sys.stdout.flush()


def main() -> int:
    """The command; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaign", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next ones count on")
    parser.add_argument("--seeds", type=int, nargs="+", help="just these")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--keep", default="", metavar="FOLDER", help="copy what bad runs recorded here")
    parser.add_argument("--json", metavar="FILE", help="write all verdicts here, one a line")
    parser.add_argument("--show", action="store_true", help="only print the plans")
    arguments = parser.parse_args()
    seeds = arguments.seeds or [arguments.seed + number for number in range(arguments.runs)]
    if arguments.show:
        for seed in seeds:
            print(plan_of(seed).text if len(seeds) == 1 else f"{seed}: {plan_of(seed).summary()}")
        return 0
    started = time.monotonic()
    verdicts = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for verdict in pool.map(lambda seed: run_seed(seed, arguments.keep), seeds):
            show(verdict, long=len(seeds) == 1)
            verdicts.append(verdict)
            if arguments.json:
                with open(arguments.json, "a") as file:
                    file.write(verdict.text + "\n")
    print(summary_of(verdicts, time.monotonic() - started))
    return 0 if all(verdict.good for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
