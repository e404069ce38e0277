"""What the report says of backlog, disk, load and temperatures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.recording.health.healthfile import HealthFile
from llpyspin.recording.health.samples import HEADER, Sample
from llpyspin.recording.locating import find
from llpyspin.recording.session import Session
from llpyspin.report.compose import compose
from llpyspin.report.drawings import drawings_of
from llpyspin.report.page import page_of
from tests.unit.recordings import EPOCH, record

if TYPE_CHECKING:
    from pathlib import Path

S = 10**9
GB = 10**9


def sampled(folder: Path, **more: Any) -> None:
    """Two cameras over 3 s."""
    file = HealthFile(folder / "session.health.csv", 0)
    for second in range(3):
        file.add(
            Sample(
                EPOCH + second * S,
                camera,
                **{"frames": 100, "backlog": second, "spilled": 0, "disk_free": 90 * GB, "cpu_percent": 40.0}
                | more,
            )
            for camera in ("camera0", "camera1")
        )


def warmed(folder: Path, begin: Any, end: float | None) -> None:
    path = folder / "session.json"
    session = Session.read(path)
    first, *others = session.cameras
    assert first.tally is not None
    tally = replace(first.tally, temperature_c=end)
    camera = first.replace(armed={"temperature_c": begin}, tally=tally)
    session.replace(cameras=(camera, *others)).save(path)


def test_report_has_the_samples_of_each_camera(tmp_path: Path) -> None:
    record(tmp_path, ["." * 300] * 2)
    sampled(tmp_path)
    document, _ = compose(find(tmp_path))
    health = document.series.health
    assert health is not None
    assert list(health.cameras) == ["camera0", "camera1"]
    assert health.cameras["camera0"].backlog == (0, 1, 2)
    assert health.cameras["camera1"].disk_free == (90 * GB,) * 3
    steps = health.cameras["camera0"].seconds
    assert [later - sooner for sooner, later in pairwise(steps)] == pytest.approx([1, 1])
    names = [drawing.name for drawing in drawings_of(document)]
    assert {"backlog", "disk", "load"} <= set(names)
    assert document.causes == ()
    assert not any("Backlog" in text for text in document.not_recorded)
    assert any("Temperatures" in text for text in document.not_recorded)


def test_report_warns_of_little_disk_space_and_heat(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2)
    sampled(tmp_path, disk_free=2 * GB)
    warmed(tmp_path, 61.0, 78.5)
    document, _ = compose(find(tmp_path))
    signs = {cause.key: cause.signs for cause in document.causes}
    assert signs == {
        "low_disk": ("Only 2.0 GB of the disk were free.",),
        "hot": ("camera0 reached 78 °C.",),
    }
    assert not any(cause.serious for cause in document.causes)
    assert document.verdict.grade == "complete"


def test_report_without_samples_says_so(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2)
    document, _ = compose(find(tmp_path))
    assert document.series.health is None
    assert any("Backlog" in text for text in document.not_recorded)
    assert "backlog" not in [drawing.name for drawing in drawings_of(document)]


@pytest.mark.parametrize("begin", [None, True, "warm", [1.0]])
def test_report_passes_over_a_temperature_that_is_none(tmp_path: Path, begin: Any) -> None:
    record(tmp_path, ["." * 30] * 2)
    warmed(tmp_path, begin, None)
    assert compose(find(tmp_path))[0].series.health is None


def test_report_of_unknown_disk_and_load_has_the_backlog(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2)
    sampled(tmp_path, disk_free=None, cpu_percent=None)
    warmed(tmp_path, 40.0, None)
    document, _ = compose(find(tmp_path))
    names = [drawing.name for drawing in drawings_of(document)]
    assert "backlog" in names
    assert not {"disk", "load"} & set(names)


@pytest.mark.parametrize(
    "text", ["", "\0\0", "a,b\n1,2\n", f"{HEADER}\n", f"{HEADER}\n9223372036854775807,,camera0,1,1,1,1,1\n"]
)
def test_damaged_health_costs_the_report_nothing_else(tmp_path: Path, text: str) -> None:
    record(tmp_path, ["." * 30] * 2)
    (tmp_path / "session.health.csv").write_text(text)
    document, _ = compose(find(tmp_path))
    assert document.verdict.grade == "complete"
    drawings_of(document)


def test_page_shows_both_temperatures(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2)
    warmed(tmp_path, 40.25, None)
    document, tiles = compose(find(tmp_path))
    assert "camera0 40.2 °C, –." in page_of(document, [], tiles)
