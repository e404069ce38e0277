"""Short runs of the fault campaign whose plans follow from fixed seeds: nothing is wrong, nothing is left."""

from __future__ import annotations

import pytest

from benchmarks.campaign.__main__ import run_seed

SEEDS = (3, 4, 6, 7, 18, 20, 26, 29, 101, 102, 103, 104, 105, 107, 108, 109, 112, 113, 114, 117)


@pytest.mark.slow
@pytest.mark.timeout(250)
@pytest.mark.parametrize("seed", SEEDS)
def test_recording_is_right_after_the_faults_of_seed(seed: int) -> None:
    verdict = run_seed(seed, "")
    assert verdict.good, f"{verdict.summary}\n" + "\n".join(
        f"{finding.kind}: {finding.text}" for finding in verdict.findings
    )
