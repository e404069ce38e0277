"""What a recording says of itself, on disk and again."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.errors import RecordingError
from llpyspin.recording.account.account import Account, CameraAccount, Spread
from llpyspin.recording.clockfit import ClockFit
from llpyspin.recording.session import (
    CameraRecord,
    Event,
    FileRecord,
    Pulse,
    Session,
    versions,
    wall_offset_ns,
)
from llpyspin.recording.tree import to_tree, write_json
from llpyspin.roles import ClockSample, Lines, Tally
from tests.unit.recordings import record

FULL = Session(
    cameras=(
        CameraRecord(
            serial="12345678",
            name="oben links",
            role="primary",
            virtual=True,
            files=(FileRecord("a.mkv", "a.csv"), FileRecord("a_001.mkv", "a_001.csv", 1)),
            settings={"exposure": 1500.0, "roi": [0, 0, 1080, 1440]},
            lines=to_tree(Lines("Line1", "ExposureActive", "Line2", "Line3")),
            notes=("h264_nvenc: no such device",),
            tally=Tally(10, 0, 1, 0, 11, None, 10, 123),
            clocks=(ClockSample(1, 2, 3),),
            pulse=Pulse(4, 5),
        ),
    ),
    state="complete",
    name="Maus 3",
    triggers=11,
    events=(Event("lost", "unplugged", "12345678", 5, 6),),
    account=Account(
        triggers=11,
        cameras=(
            CameraAccount(
                "12345678", lost={"ring": 1}, clock=ClockFit(1, 2, 3.0, None, 4.0, None, 5), notes=("x",)
            ),
        ),
        spread=Spread(1, 1, 1.0, 2.0, 3.0, {"12345678": 0.0}),
        reasons=("none",),
    ),
)


def test_a_session_is_the_same_after_its_way_through_the_file(tmp_path: Path) -> None:
    FULL.save(tmp_path / "session.json")
    assert Session.read(tmp_path / "session.json") == FULL
    tree = json.loads((tmp_path / "session.json").read_text())
    assert tree["virtual"] is True
    assert tree["cameras"][0]["name"] == "oben links"


@pytest.mark.parametrize("reasons", [(), ("a frame is missing",)])
def test_the_file_says_whether_the_account_adds_up(tmp_path: Path, reasons: tuple[str, ...]) -> None:
    Session(account=Account(reasons=reasons)).save(tmp_path / "session.json")
    assert json.loads((tmp_path / "session.json").read_text())["account"]["adds_up"] is not bool(reasons)


def test_what_a_newer_version_added_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    FULL.save(path)
    tree = json.loads(path.read_text())
    tree["moon"] = "full"
    tree["cameras"][0]["mood"] = 7
    path.write_text(json.dumps(tree))
    assert Session.read(path) == FULL


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON"),
        ("[]", "does not hold"),
        ("{}", "not the account of a recording"),
        ('{"state": "complete", "cameras": [{}]}', "not what it should be"),
        ('{"state": "complete", "cameras": [{"serial": 5}]}', "not what it should be"),
        ('{"state": "complete", "cameras": [], "format": 2}', "newer"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "session.json"
    path.write_text(text)
    with pytest.raises(RecordingError, match=told):
        Session.read(path)
    with pytest.raises(RecordingError, match="cannot be read"):
        Session.read(tmp_path / "nothing.json")


def test_a_file_that_cannot_be_replaced_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "session.json"
    FULL.save(path)
    before = path.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordingError, match=r"session\.json cannot be written: No space left"):
        FULL.replace(name="other").save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["session.json"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda tree: st.lists(tree) | st.dictionaries(st.text(), tree),
        max_leaves=10,
    )
)
def test_any_settings_can_be_kept(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    write_json(path, to_tree({"value": value}))
    assert "value" in json.loads(path.read_text())


def test_values_of_numpy_and_others_become_plain_ones() -> None:
    tree = to_tree({"a": np.float32(1.5), "b": np.arange(3), "c": Path("/x"), "d": float("nan"), "e": (1, 2)})
    assert tree == {"a": 1.5, "b": [0, 1, 2], "c": "/x", "d": None, "e": [1, 2]}


def test_versions_name_what_may_matter() -> None:
    found = versions("virtual", "1.2")
    assert found["sdk"] == "virtual 1.2"
    assert {"llpyspin", "python", "platform", "numpy"} <= set(found)
    assert "sdk" not in versions()


def test_the_offset_of_the_wall_clock_makes_dates_of_monotonic_times() -> None:
    assert abs(time.monotonic_ns() + wall_offset_ns() - time.time_ns()) < 10**9


def test_a_session_is_being_recorded_until_told_otherwise(tmp_path: Path) -> None:
    assert Session().state == "recording"
    assert record(tmp_path, ["..."]).state == "complete"
