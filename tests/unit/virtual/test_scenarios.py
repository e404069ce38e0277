"""Scenarios that the real SDK plays as well: what is seen on virtual cameras is what was recorded."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual as PySpin
from llpyspin.virtual.faults import fault
from tests import scenario_runs
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIALS = ("1001", "1002")
OUTCOMES: dict[str, list[str]] = json.loads((scenario_runs.FOLDER / "outcomes.json").read_text("utf-8"))
DIFFERENCES: list[dict[str, str]] = json.loads((scenario_runs.FOLDER / "differences.json").read_text("utf-8"))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two GigE cameras in a world of their own; afterwards the SDK can be released, if it is not yet."""
    with world(monkeypatch, "BFS-PGE-16S2M", "BFS-PGE-16S2M"):
        monkeypatch.setitem(sys.modules, "PySpin", PySpin)
        yield scenario_runs.Stage(PySpin, "virtual", SERIALS, lambda verb, serial: fault(serial, verb))


@pytest.mark.parametrize("name", scenario_runs.NAMES)
def test_scenario_shows_what_was_recorded(stage: Any, name: str) -> None:
    assert scenario_runs.play(stage, name) == OUTCOMES[name]


def test_each_difference_from_the_real_sdk_names_a_line() -> None:
    assert set(OUTCOMES) == set(scenario_runs.NAMES)
    assert sorted(name for group in scenario_runs.GROUPS for name in group) == list(scenario_runs.NAMES)
    for each in DIFFERENCES:
        assert each["virtual"] in OUTCOMES[each["scenario"]]
        assert each["virtual"] != each["real"]
        assert each["reason"]
