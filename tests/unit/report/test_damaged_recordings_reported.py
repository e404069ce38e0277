"""Reports of recordings that somebody damaged: each has one, or an error that says why not."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llpyspin.errors import RecordingError
from llpyspin.recording.locating import find
from llpyspin.report.compose import compose
from llpyspin.report.drawings import drawings_of
from llpyspin.report.headline import GRADES
from llpyspin.report.outputs import json_of
from tests.unit.recordings import record

CELL = st.one_of(
    st.integers(-(2**63), 2**63).map(str),
    st.integers(0, 60).map(str),
    st.sampled_from(["", "nan", "1e308", "written", "lost", "transport", "incomplete", "x", "-1", "\0", "é"]),
)
CHANGE = st.tuples(st.integers(1, 40), st.integers(0, 11), CELL)
VALUE = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(), st.text(max_size=5))
COUNTS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reported(folder: Path) -> None:
    """A report that can be written, or an error that is ours."""
    try:
        document, _ = compose(find(folder))
    except RecordingError:
        return
    assert drawings_of(document) or document.series.losses is None
    assert document.verdict.grade in GRADES
    assert json.loads(json_of(document))["version"] == 1


@pytest.mark.slow
@COUNTS
@given(changes=st.lists(CHANGE, min_size=1, max_size=12), cut=st.integers(0, 200))
def test_damaged_sidecar_has_a_report(changes: list[tuple[int, int, str]], cut: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(folder, ["." * 20 + "ttt" + "." * 20, "." * 43], fill=True)
        sidecar = folder / "camera0.csv"
        lines = [line.split(",") for line in sidecar.read_text().splitlines()]
        for line, cell, value in changes:
            lines[line][cell] = value
        text = "\n".join(",".join(cells) for cells in lines) + "\n"
        sidecar.write_text(text[: len(text) - cut], encoding="utf-8")
        reported(folder)


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a tree."""
    found: list[tuple[Any, Any]] = []
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(pairs):
        found.append((tree, key))
        found += places(value)
    return found


@COUNTS
@given(data=st.data())
def test_damaged_session_file_has_a_report_or_an_error(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(folder, ["." * 10, "..t......."])
        path = folder / "session.json"
        tree = json.loads(path.read_text())
        for _ in range(data.draw(st.integers(1, 4))):
            container, key = data.draw(st.sampled_from(places(tree)))
            container[key] = data.draw(VALUE)
        path.write_text(json.dumps(tree))
        reported(folder)
