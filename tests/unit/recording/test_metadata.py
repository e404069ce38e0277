"""Metadata of users: what JSON can hold is kept as it is, and all else is refused before anything starts."""

from __future__ import annotations

import datetime
import json
import pathlib
from typing import Any

import numpy as np
import pytest

from llpyspin.errors import RigConfigError, SettingRangeError
from llpyspin.recording.metadata import MOST_BYTES, checked_metadata
from llpyspin.recording.plan import plan_of
from llpyspin.recording.session import Session
from llpyspin.rig import RigConfig
from llpyspin.rig.parsing import cameras_from
from llpyspin.rig.plan import plan_of as rig_plan_of


def test_what_json_can_hold_is_kept() -> None:
    given = {
        "subject": "m42",
        "n": 3,
        "w": 24.1,
        "ok": True,
        "none": None,
        "list": (1, [2, {"a": "ü"}]),
        "": 0,
    }
    kept = checked_metadata(given)
    assert kept == {**given, "list": [1, [2, {"a": "ü"}]]}
    assert json.loads(json.dumps(kept)) == kept
    assert checked_metadata(None) == checked_metadata({}) == {}


def test_numbers_of_numpy_become_those_of_python() -> None:
    kept = checked_metadata({"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(1), "d": np.float64(1.5)})
    assert kept == {"a": 0.5, "b": 3, "c": True, "d": 1.5}
    assert {type(value) for value in kept.values()} == {float, int, bool}


def test_the_copy_is_of_its_own() -> None:
    given: dict[str, Any] = {"list": [1]}
    kept = checked_metadata(given)
    given["list"].append(2)
    assert kept == {"list": [1]}


LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (3, "metadata must be a mapping of names to values, not 3"),
        (["a"], "metadata must be a mapping"),
        ("text", "metadata must be a mapping"),
        ({"when": datetime.date(2026, 3, 1)}, r"metadata\.when: .* is a date.*Write it as text"),
        ({"path": pathlib.PurePosixPath("/a")}, r"metadata\.path: .* is a PurePosixPath"),
        ({"a": {"b": [1, {2, 3}]}}, r"metadata\.a\.b\[1\]: .* is a set"),
        ({"a": np.array([1, 2])}, r"metadata\.a: .* is a ndarray.*\.tolist\(\)"),
        ({"a": float("nan")}, "JSON has no nan"),
        ({"a": np.float32("inf")}, "JSON has no inf"),
        ({1: "a"}, "the name 1 must be text. Write '1'"),
        ({"a": 1 << 64}, "larger number than 64 bits"),
        ({"a": b"x"}, "is a bytes"),
        ({"a": "\ud800"}, "half a character"),
        ({"a": LOOP}, "more than 32 levels deep"),
        ({"a": "x" * MOST_BYTES}, r"metadata has \d+ bytes as JSON"),
        ({"a": object()}, "which JSON cannot hold"),
        ({"a": 1 + 2j}, "is a complex"),
    ],
)
def test_what_json_cannot_hold_is_refused(given: Any, text: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(SettingRangeError, match=text) as caught:
        checked_metadata(given)
    assert caught.value.setting == "metadata"
    with pytest.raises(SettingRangeError, match=text):
        plan_of(tmp_path / "a.mkv", metadata=given)
    config = RigConfig(cameras_from(["1"]))
    with pytest.raises(SettingRangeError, match=text):
        rig_plan_of(config, tmp_path / "session", None, None, {}, metadata=given)
    assert list(tmp_path.iterdir()) == []


def test_all_places_are_named_at_once() -> None:
    with pytest.raises(SettingRangeError) as caught:
        checked_metadata({f"k{number}": object() for number in range(30)})
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "... and 20 more mistakes"


def test_metadata_of_a_rig_is_refused_with_the_rig() -> None:
    with pytest.raises(RigConfigError, match=r"metadata\.a: .* is a set"):
        RigConfig(cameras_from(["1"]), metadata={"a": {1}})


def test_metadata_of_a_recording_goes_over_that_of_the_rig(tmp_path: pathlib.Path) -> None:
    config = RigConfig(cameras_from(["1"]), subject="m1", notes="n", metadata={"a": 1, "b": 2})
    plan = rig_plan_of(config, tmp_path / "s", None, None, {}, metadata={"subject": "m2", "b": 3})
    assert plan.metadata == {"a": 1, "b": 3, "subject": "m2", "notes": "n"}
    assert plan.folder is not None
    plan.folder.release()


def test_metadata_without_a_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="metadata: only for a recording"):
        plan_of(None, metadata={"a": 1})


def test_a_session_says_when_where_who_and_what(tmp_path: pathlib.Path) -> None:
    said = {"subject": "m42", "notes": "first day", "weights": [1, 2.5, None]}
    session = Session(name="s", started="2026-03-01T14:05:59.123+01:00", metadata=said)
    session = session.recorded_here(tmp_path, 5)
    assert session.wall_offset_ns == 5
    session.save(tmp_path / "session.json")
    tree = json.loads((tmp_path / "session.json").read_text())
    assert tree["started_utc"] == session.started_utc == "2026-03-01T13:05:59.123+00:00"
    assert tree["host"] and tree["user"]
    assert tree["folder"] == str(tmp_path)
    assert tree["metadata"] == said
    again = Session.read(tmp_path / "session.json")
    assert (again.metadata, again.subject, again.notes) == (said, "m42", "first day")
    assert (again.host, again.user, again.recorded_in) == (session.host, session.user, str(tmp_path))
    assert "subject m42" in str(again)
    again.save(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == tree


def test_a_session_of_before_says_nothing_of_it(tmp_path: pathlib.Path) -> None:
    Session(name="s").save(tmp_path / "session.json")
    tree = json.loads((tmp_path / "session.json").read_text())
    for key in ("host", "user", "folder", "metadata", "started_utc"):
        del tree[key]
    (tmp_path / "session.json").write_text(json.dumps(tree))
    again = Session.read(tmp_path / "session.json")
    assert (again.host, again.user, again.recorded_in, again.metadata, again.subject) == ("", "", "", {}, "")
    assert again.started_utc
