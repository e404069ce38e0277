"""``llpyspin record --every``: sessions in folders of their own, a log, and an end that is in order."""

from __future__ import annotations

import csv
import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.recording import check
from llpyspin.virtual import fault
from tests.process.commands import command
from tests.process.rig_worlds import ROI, wired

if TYPE_CHECKING:
    import contextlib
    import pathlib
    import subprocess
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


@pytest.fixture
def config(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "rig.yaml"
    cameras = [
        {"serial": serial, "name": name, "roi": ROI}
        for serial, name in (("20000001", "a"), ("20000002", "b"))
    ]
    schedule = {"every": "5s", "for": "0.5s"}
    path.write_text(
        json.dumps({"cameras": cameras, "framerate": 100, "sdk": "virtual", "schedule": schedule})
    )
    return str(path)


def recording(
    config: str, out: pathlib.Path, *more: str
) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    return command("record", "--config", config, "--codec", "raw", "--out", str(out), "--json", *more)


def rows(out: pathlib.Path) -> list[dict[str, str]]:
    path = out / "schedule.csv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def events(out: pathlib.Path) -> list[str]:
    return [row["event"] for row in rows(out)]


def until(holds: Callable[[], bool], what: Callable[[], Any]) -> None:
    deadline = Deadline(60)
    while not holds():
        assert not deadline.passed, what()
        time.sleep(0.02)


def test_sessions_have_folders_of_their_own_and_a_summary(tmp_path: pathlib.Path, config: str) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--sessions", "2", "--name", "s-{number}", "--notify", "true") as running:
        told, errors = running.communicate(timeout=100)
    assert running.returncode == 0, errors
    result = json.loads(told)
    assert result["counts"] == {"complete": 2}
    assert [entry["folder"] for entry in result["sessions"]] == ["s-0", "s-1"]
    assert events(out) == ["begun", "started", "complete", "started", "complete", "ended"]
    for folder in ("s-0", "s-1"):
        assert check(out / folder).ok
    started = [row for row in rows(out) if row["event"] == "started"]
    assert started[0]["planned"] != started[1]["planned"]


def test_failed_session_is_told_and_the_next_slot_records(tmp_path: pathlib.Path, config: str) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--sessions", "3") as running:
        until(lambda: "complete" in events(out), lambda: rows(out))
        fault("20000002", "unplug")
        until(lambda: "failed" in events(out), lambda: rows(out))
        fault("20000002", "plug")
        told, errors = running.communicate(timeout=100)
    assert running.returncode == 1, errors
    assert json.loads(told)["counts"] == {"complete": 2, "failed": 1}
    (failed,) = [row for row in rows(out) if row["event"] == "failed"]
    assert "20000002" in failed["text"] or "b:" in failed["text"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_session_and_the_schedule(
    tmp_path: pathlib.Path, config: str, number: signal.Signals
) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--every", "1h", "--for", "30m") as running:
        until(lambda: any(out.glob("*/session.json")), lambda: rows(out))
        (session,) = out.glob("*/session.json")
        until(lambda: any(session.parent.glob("session.health.csv")), lambda: rows(out))
        running.send_signal(number)
        told, errors = running.communicate(timeout=60)
    assert running.returncode == 128 + number, errors
    assert json.loads(told)["counts"] == {"interrupted": 1}
    assert events(out) == ["begun", "started", "interrupted", "ended"]
    assert check(session.parent).ok


def test_signal_while_cameras_are_opened_leaves_an_end(tmp_path: pathlib.Path, config: str) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--every", "1h", "--for", "30m") as running:
        until(lambda: "begun" in events(out), lambda: rows(out))
        running.send_signal(signal.SIGTERM)
        told, errors = running.communicate(timeout=60)
    assert running.returncode == 143, errors
    assert json.loads(told)["reason"] == "it was ended from outside"
    assert (events(out)[0], events(out)[-1]) == ("begun", "ended")


def test_signal_between_sessions_ends_the_schedule_at_once(tmp_path: pathlib.Path, config: str) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--every", "1h") as running:
        until(lambda: "complete" in events(out), lambda: rows(out))
        running.send_signal(signal.SIGINT)
        told, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert json.loads(told)["counts"] == {"complete": 1}


def test_log_outlives_a_kill_and_another_schedule_goes_on_in_it(tmp_path: pathlib.Path, config: str) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--every", "1h", "--for", "30m") as running:
        until(lambda: any(out.glob("*/session.json")), lambda: rows(out))
        running.kill()
    assert events(out) == ["begun", "started"]
    with recording(config, out, "--every", "1h", "--sessions", "1") as running:
        told, errors = running.communicate(timeout=100)
    assert running.returncode == 0, errors
    assert json.loads(told)["counts"] == {"complete": 1}
    assert events(out) == ["begun", "started", "begun", "started", "complete", "ended"]
    assert len(list(out.glob("*/session.json"))) == 2


def test_size_budget_ends_the_schedule(tmp_path: pathlib.Path, config: str) -> None:
    out = tmp_path / "night"
    with recording(config, out, "--every", "6s", "--for", "4s", "--max-size", "8MB") as running:
        told, errors = running.communicate(timeout=100)
    assert running.returncode == 4, errors
    result = json.loads(told)
    assert result["over_budget"]
    assert "max_size is 8.0 MB" in result["reason"]
