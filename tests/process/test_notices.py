"""Notices and budgets of a rig's recordings, on virtual cameras."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import BudgetError, RigError
from llpyspin.rig import Rig, noticing, thermometers
from llpyspin.virtual import fault
from tests.process.rig_worlds import FAST, make_rig, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


@pytest.fixture
def inbox(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where :func:`keeping` puts notices."""
    return tmp_path / "notices"


def keeping(inbox: pathlib.Path) -> str:
    """A command that appends each notice to a file."""
    program = inbox.with_suffix(".py")
    program.write_text(f"import sys\nopen({str(inbox)!r}, 'a').write(sys.stdin.read() + '\\n')\n")
    return f"{sys.executable} -S -E {program} --token s3cret"


def notices(inbox: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in inbox.read_text().splitlines()] if inbox.exists() else []


def events(inbox: pathlib.Path) -> list[str]:
    return [notice["event"] for notice in notices(inbox)]


def until(holds: Callable[[], bool], rig: Rig) -> None:
    deadline = Deadline(30)
    while not holds():
        assert not deadline.passed, rig.status()
        time.sleep(0.02)


def test_recording_tells_of_its_start_and_end(tmp_path: pathlib.Path, inbox: pathlib.Path) -> None:
    folder = tmp_path / "s"
    with make_rig(on_event=keeping(inbox)) as rig:
        session = rig.record(0.5, folder, progress=False, **FAST)
    assert events(inbox) == ["started", "stopped", "finished"]
    started, stopped, finished = notices(inbox)
    assert {each["folder"] for each in notices(inbox)} == {str(folder)}
    assert started["text"] == "2 cameras record at 100 Hz"
    assert stopped["text"] == "the recording has ended: its 0.5 s are over"
    assert session.account is not None
    assert finished["text"] == session.account.verdict
    assert session.options["on_event"] == [sys.executable]
    assert "s3cret" not in (folder / "session.json").read_text()


def test_losses_and_lost_cameras_become_notices(tmp_path: pathlib.Path, inbox: pathlib.Path) -> None:
    with make_rig(on_event=keeping(inbox)) as rig:
        rig.prime(tmp_path / "s", **FAST)
        rig.trigger()
        until(lambda: rig.status().triggers > 20, rig)
        fault("20000002", "lose", frames=5)
        until(lambda: "frame_lost" in events(inbox), rig)
        fault("20000002", "unplug")
        until(lambda: "camera_lost" in events(inbox), rig)
        fault("20000002", "plug")
        until(lambda: "camera_back" in events(inbox), rig)
        rig.stop()
    told = notices(inbox)
    assert {each["camera"] for each in told if each["event"] in ("camera_lost", "camera_back")} == {"b"}
    lost = [each for each in told if each["event"] == "frame_lost"]
    assert lost[0]["camera"] == "b"
    assert sum(each["count"] for each in lost) >= 5
    assert [each["text"] for each in told if each["event"] == "stopped"] == [
        "the recording has ended: stop() was called"
    ]


def test_targets_that_fail_or_hang_cost_no_frame(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "DEADLINE_S", 1.5)
    with make_rig(on_event=["sh -c 'echo no network >&2; exit 3'", "sleep 60"]) as rig:
        session = rig.record(0.5, tmp_path / "s", progress=False, **FAST)
    assert session.account is not None
    assert session.account.complete, str(session.account)
    kept = json.loads((tmp_path / "s" / "session.json").read_text())["events"]
    told = [event["text"] for event in kept if event["kind"] == "notice"]
    assert "the notice 'started' did not arrive: sh ended with exit status 3: no network" in told
    assert "the notice 'started' did not arrive: sleep took longer than 1.5 s" in told


def test_notice_of_the_end_that_does_not_arrive_is_in_the_account(tmp_path: pathlib.Path) -> None:
    with make_rig(on_event="sh -c 'grep -v finished'") as rig:
        session = rig.record(0.5, tmp_path / "s", progress=False, **FAST)
        assert rig.session is session
    said = "the notice 'finished' did not arrive: sh ended with exit status 1"
    assert session.account is not None
    assert session.account.complete, str(session.account)
    assert [event.text for event in session.events if event.kind == "notice"] == [said]
    assert said in str(session.account)
    kept = json.loads((tmp_path / "s" / "session.json").read_text())
    assert [event["text"] for event in kept["events"]][-1] == said
    assert kept["account"]["events"][-1] == said


def test_size_budget_ends_the_recording_with_its_reason(tmp_path: pathlib.Path, inbox: pathlib.Path) -> None:
    with make_rig(on_event=keeping(inbox), budget={"max_size": "10MB"}) as rig:
        session = rig.record(60, tmp_path / "s", progress=False, **FAST)
    assert session.account is not None
    assert session.account.complete, str(session.account)
    (event,) = [event for event in session.events if event.kind == "budget"]
    assert event.text.startswith("the recording was ended: the videos have 1")
    assert event.text.endswith("MB, and max_size is 10.0 MB")
    assert "max_size is 10.0 MB" in notices(inbox)[1]["text"]
    assert session.options["budget"] == {"max_size": 10_000_000}


def test_status_has_the_reason_while_nobody_has_stopped_it_yet(tmp_path: pathlib.Path) -> None:
    with make_rig() as rig:
        rig.prime(tmp_path / "s", budget={"max_size": "5MB"}, **FAST)
        rig.trigger()
        assert rig.status().stop_reason == ""
        until(lambda: rig.status().stop_reason != "", rig)
        assert "max_size is 5.0 MB" in rig.status().stop_reason
        triggers = rig.status().triggers
        session = rig.stop()
    assert session is not None
    assert session.triggers is not None
    assert session.triggers <= triggers + 5


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"min_disk": "9000TB"}, "are free on the disk, and min_disk is 9000.0 TB"),
        ({"max_temperature": 5}, "°C, and max_temperature is 5 °C"),
    ],
)
def test_recording_that_its_budget_would_end_at_once_does_not_begin(
    tmp_path: pathlib.Path, inbox: pathlib.Path, budget: dict[str, Any], said: str
) -> None:
    with make_rig(on_event=keeping(inbox), budget=budget) as rig:
        with pytest.raises(BudgetError, match="the recording does not begin: ") as error:
            rig.record(1, tmp_path / "s", progress=False, **FAST)
        assert str(error.value).endswith(said)
        assert not (tmp_path / "s").exists()
        session = rig.record(0.2, tmp_path / "s", progress=False, budget={"max_size": "1GB"}, **FAST)
    assert session.account is not None
    assert "started" in events(inbox)
    assert ("temperature_high" in events(inbox)) == ("max_temperature" in budget)


def test_target_that_cannot_be_is_refused_before_cameras_are_opened() -> None:
    with pytest.raises(ValueError, match="there is no program 'notfy-me'"):
        make_rig(on_event="notfy-me")
    with pytest.raises(RigError):
        Rig(["99999999"], sdk="virtual", on_event="true")


def test_camera_that_gets_too_hot_ends_the_recording(
    tmp_path: pathlib.Path, inbox: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thermometers, "_temperature", lambda member: 90.0 if member.name == "b" else 40.0)
    with make_rig(on_event=keeping(inbox), budget={"max_temperature": 75}) as rig:
        session = rig.record(60, tmp_path / "s", progress=False, **FAST)
    assert session.account is not None
    assert session.account.complete, str(session.account)
    (event,) = [event for event in session.events if event.kind == "budget"]
    assert event.text == "the recording was ended: camera b has 90.0 °C, and max_temperature is 75 °C"
    assert "temperature_high" in events(inbox)
