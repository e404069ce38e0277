"""The programs that run on virtual cameras, through the vendor's SDK: they print the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests import program_runs
from tests.rig.rig import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

OUTCOMES = json.loads((program_runs.FOLDER / "outcomes.json").read_text(encoding="utf-8"))

OTHERWISE = {
    # library 2.6 fills all buffers; by the example of 4.2 two fewer hold images
    ("buffer_handling", "OldestFirstOverwrite: [7, 8, 9, 10], then -1011"): (
        "OldestFirstOverwrite: [5, 6, 7, 8, 9, 10], then -1011"
    ),
}
"""Lines that the real library prints otherwise; the manual's page on fidelity has the reasons."""

RUN = f"""if True:
    import os, sys
    sys.path.insert(0, {str(ROOT)!r})
    sys.argv = ["program_runs", "rotpy", *sys.argv[1:]]
    from tests.program_runs import main
    main()
    os._exit(0)
"""


@pytest.fixture(scope="module")
def printed(make_rig: Callable[..., object]) -> dict[str, list[str]]:
    """What each program prints: one process runs them all, for the SDK takes 5 s to start."""
    crowd = make_rig(2, max_fps=60)
    with crowd.inside():  # type: ignore[attr-defined]
        done = crowd.run(RUN, *program_runs.WITH_ANY_SDK, timeout=240)  # type: ignore[attr-defined]
    assert done.returncode == 0, done.stderr[-2000:]
    lines: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("name", program_runs.WITH_ANY_SDK)
def test_program_prints_the_same_through_the_real_sdk(printed: dict[str, list[str]], name: str) -> None:
    assert printed[name] == [OTHERWISE.get((name, line), line) for line in OUTCOMES[name]]
