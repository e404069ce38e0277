"""Scenarios on the real SDK and our own test devices: what is seen is what virtual cameras show.

What differs has its reason in ``tests/scenarios/differences.json``, and stands in the manual.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from tests import scenario_runs
from tests.rig.rig import ROOT, wait_for_line

if TYPE_CHECKING:
    from tests.rig.rig import WireRig

OUTCOMES: dict[str, list[str]] = json.loads((scenario_runs.FOLDER / "outcomes.json").read_text("utf-8"))
OTHERWISE = {
    (each["scenario"], each["virtual"]): each["real"]
    for each in json.loads((scenario_runs.FOLDER / "differences.json").read_text("utf-8"))
}
RUN = f"""if True:
    import os, sys
    sys.path.insert(0, {str(ROOT)!r})
    from tests.scenario_runs import main
    main()
    os._exit(0)
"""
PLAY_S = 200.0


def play(wire: WireRig, names: tuple[str, ...]) -> dict[str, list[str]]:
    """The lines of scenarios in one process, whose wishes for its cameras are fulfilled meanwhile."""
    deadline = Deadline(PLAY_S)
    with wire.popen(RUN, "rotpy", ",".join(wire.serials), *names) as process:
        try:
            while True:
                said: dict[str, Any] = json.loads(wait_for_line(process, "{", deadline.remaining()))
                if "do" not in said:
                    return said
                wire.command(*said["do"])
                print("done", file=process.stdin, flush=True)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def seen(two_devices: WireRig) -> dict[str, list[str]]:
    """What each scenario showed: few processes play them all, for the SDK takes 5 s to start."""
    found: dict[str, list[str]] = {}
    for group in scenario_runs.GROUPS:
        for serial in two_devices.serials:
            two_devices.command("restore", serial)
        found |= play(two_devices, group)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", scenario_runs.NAMES)
def test_scenario_shows_the_same_through_the_real_sdk(seen: dict[str, list[str]], name: str) -> None:
    assert seen[name] == [OTHERWISE.get((name, line), line) for line in OUTCOMES[name]]
