"""Tables of an export: row n is frame n."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.errors import RecordingError
from llpyspin.export import export
from llpyspin.export.csvfiles import write_table
from llpyspin.recording import load
from tests.unit.export.sessions import add_segment, session_in

if TYPE_CHECKING:
    from pathlib import Path


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_table_has_a_row_for_each_trigger(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 40, "..t" + "." * 30], fill=True, first=3)
    folder = export(session, "csv").path
    first, second = (rows_in(folder / "frames" / f"camera{n}.csv") for n in (0, 1))
    assert [row["frame"] for row in second] == [str(n) for n in range(40)]
    assert [row["trigger"] for row in second] == [str(n) for n in range(3, 43)]
    assert [row["blank"] for row in second] == ["0", "0", "1", *["0"] * 30, *["1"] * 7]
    assert [row["state"] for row in second[32:34]] == ["written", ""]
    assert second[2]["time_measured"] == "0"
    assert abs(float(second[2]["time_s"]) - float(first[2]["time_s"])) < 1e-4
    times = [float(row["time_s"]) for row in second]
    assert all(np.diff(times) > 0)
    with load(session) as recording:
        measured = recording["camera0"].host_ns
    assert [int(row["host_ns"]) for row in first] == measured.tolist()


def test_table_names_the_file_of_each_picture(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["..."])
    add_segment(session, "..", 3, suffix=".raw", codec="raw")
    rows = rows_in(export(session, "csv").path / "frames" / "camera0.csv")
    assert [(row["video"], row["video_frame"]) for row in rows[2:4]] == [
        ("camera0.raw", "2"),
        ("camera0_001.raw", "0"),
    ]


def test_cameras_say_that_they_are_virtual_and_what_they_lost(tmp_path: Path) -> None:
    rows = rows_in(export(session_in(tmp_path, ["." * 9, "...tt...i"]), "csv").path / "cameras.csv")
    assert [(row["camera"], row["virtual"], row["lost"], row["incomplete"]) for row in rows] == [
        ("camera0", "1", "0", "0"),
        ("camera1", "1", "2", "1"),
    ]


def test_table_that_exists_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(RecordingError, match=r"a\.csv cannot be written"):
        write_table(path, ("a",), [["1"]])
    assert path.read_text() == "mine"
