"""The rules that name causes: each is shown by its evidence, and by no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.recording.rows import PLACES
from llpyspin.recording.session import Event
from llpyspin.report.causes import RULES, causes_of
from llpyspin.report.document import Histogram, Spread, Summary
from llpyspin.report.evidence import CameraEvidence, Evidence
from llpyspin.report.headline import verdict_of_report

SPREAD = Spread(100, 0.3, 0.5, 0.9, {}, True, Histogram((0.0, 1.0), (100,)))


def camera(**changes: Any) -> CameraEvidence:
    """A camera without a fault; ``lost`` of the changes is taken from what was written."""
    lost = sum(changes.get("lost", {}).values()) + changes.get("incomplete", 0)
    good = CameraEvidence(
        "top",
        "20000001",
        "secondary",
        "USB3",
        triggers=1000,
        written=1000 - lost,
        rate=100.0,
        requested_rate=100.0,
        exposure_us=1500.0,
        most_framerate=226.0,
        pulses=1000,
        megabytes=155.0,
        sink="h264 (libx264)",
        delay_ms=Summary(1000, 5.0, 6.0, 9.0, 14.0),
    )
    return replace(good, **changes)


def evidence(one: CameraEvidence | None = None, **changes: Any) -> Evidence:
    return Evidence(cameras=(one or camera(),), triggers=1000, spread=SPREAD, **changes)


def lost(event: str, text: str, trigger: int | None = None) -> Event:
    return Event(event, text, "20000001", 0, trigger)


SHOWN = {
    "running": evidence(running=True),
    "killed": evidence(killed=True),
    "not_encoded": evidence(spills=("top.spill",)),
    "damaged": evidence(problems=("top: top.mkv is missing",)),
    "check": evidence(findings=("top: top.mkv has 3 pictures, its sidecar has 4",)),
    "account": evidence(adds_up=False, reasons=("top: 3 exposures were counted, and there are 4",)),
    "no_trigger": evidence(camera(triggers=0, written=0)),
    "unassigned": evidence(camera(unassigned=2)),
    "camera_away": evidence(
        camera(lost={"transport": 30}, away=30, events=(lost("lost", "gives no more frames: unplugged", 5),))
    ),
    "camera_restarted": evidence(camera(clock_restarts=True)),
    "network": evidence(camera(interface="GigE", lost={"transport": 3})),
    "usb": evidence(camera(incomplete=2)),
    "transport": evidence(camera(interface="", lost={"transport": 1})),
    "memory_held": evidence(camera(lost={"transport": 4}, dropped=4)),
    "busy": evidence(camera(lost={"ring": 4})),
    "disk_full": evidence(
        camera(lost={"writer": 4}, texts=("the disk of /data is full (64 MiB left): the recording ended",))
    ),
    "writer_ended": evidence(
        camera(lost={"writer": 4}, events=(lost("writer", "is not written any more: killed"),))
    ),
    "encoder": evidence(camera(lost={"writer": 4})),
    "slow_disk": evidence(camera(lost={"writer": 4}, sink="raw")),
    "cut_off": evidence(camera(lost={"writer": 4}), killed=True, repaired=True),
    "callback": evidence(camera(lost={"callback": 1})),
    "exposure": evidence(camera(lost={"sensor": 9}, exposure_us=9990.0)),
    "pulses": evidence(camera(lost={"sensor": 9}, pulses=991)),
    "not_in_step": replace(evidence(), spread=replace(SPREAD, median_us=5000.0, most_us=5100.0)),
    "rate": evidence(camera(rate=90.0)),
    "late": evidence(camera(delay_ms=Summary(1000, 5.0, 6.0, 400.0, 900.0))),
    "low_disk": evidence(least_disk=1 << 30),
    "hot": evidence(hottest=("top", 82.0)),
    "events": evidence(camera(events=(lost("stopped", "is the primary: no more pulses come"),))),
}
"""What shows each cause."""
TOGETHER = {"cut_off": {"killed"}}
"""Causes that come with another one."""


def test_recording_without_a_fault_has_no_cause() -> None:
    assert causes_of(evidence()) == ()


def test_every_rule_has_an_example() -> None:
    assert [rule.key for rule in RULES] == list(SHOWN)


@pytest.mark.parametrize("key", SHOWN)
def test_evidence_shows_its_cause_and_no_other(key: str) -> None:
    found = causes_of(SHOWN[key])
    assert {cause.key for cause in found} == {key} | TOGETHER.get(key, set())
    assert all(cause.signs and cause.remedies for cause in found)


def test_causes_that_cost_frames_come_first() -> None:
    found = causes_of(evidence(camera(rate=90.0, lost={"ring": 1})))
    assert [(cause.key, cause.serious) for cause in found] == [("busy", True), ("rate", False)]


def test_signs_name_camera_and_numbers() -> None:
    assert causes_of(SHOWN["network"])[0].signs == (
        "top: 3 frames left the sensor and never arrived.",
        "top sends 155 MB/s. A cable of 1 Gbit/s carries 118 MB/s.",
    )
    assert causes_of(SHOWN["pulses"])[0].signs == (
        "top: the sensor did not expose for 9 triggers. Its input saw 991 of 1000 pulses.",
    )


def test_cameras_that_send_too_much_for_their_bus_are_told() -> None:
    busy = camera(lost={"transport": 1}, megabytes=250.0)
    found = causes_of(Evidence(cameras=(busy, replace(busy, label="side")), triggers=1000))
    assert "The USB cameras send 500 MB/s together." in found[0].signs[-1]


def test_camera_that_cannot_follow_the_rate_is_no_missed_pulse() -> None:
    found = causes_of(evidence(camera(lost={"sensor": 500}, most_framerate=60.0)))
    assert [cause.key for cause in found] == ["exposure"]
    assert "It can follow 60.0 triggers per second, and 100.0 came." in found[0].signs[0]


def test_different_exposures_explain_different_timestamps() -> None:
    apart = replace(SPREAD, median_us=5000.0, most_us=5050.0)
    cameras = (camera(), camera(label="side", exposure_us=6500.0))
    assert causes_of(Evidence(cameras=cameras, triggers=1000, spread=apart)) == ()


@pytest.mark.parametrize(
    ("changed", "grade"),
    [
        (evidence(), "complete"),
        (SHOWN["usb"], "missing"),
        (evidence(killed=True, repaired=True), "repaired"),
        (replace(SHOWN["usb"], killed=True, repaired=True), "missing"),
        (SHOWN["killed"], "interrupted"),
        (SHOWN["running"], "running"),
        (SHOWN["damaged"], "wrong"),
        (SHOWN["account"], "wrong"),
        (SHOWN["not_encoded"], "wrong"),
        (SHOWN["no_trigger"], "empty"),
        (replace(SHOWN["no_trigger"], cameras=(camera(), camera(triggers=0, written=0))), "missing"),
    ],
)
def test_worst_fact_decides_the_verdict(changed: Evidence, grade: str) -> None:
    verdict = verdict_of_report(changed, causes_of(changed), 10.0)
    assert verdict.grade == grade
    assert verdict.headline


def test_verdict_counts_what_is_missing() -> None:
    shown = SHOWN["usb"]
    sentences = verdict_of_report(shown, causes_of(shown), 10.0).sentences
    assert sentences == (
        "1 camera, 1000 triggers in 10.0 s, 100 per second.",
        "top has no whole picture of 2 of 1000 triggers (0.2 %).",
        "Cause: Frames were lost on the USB cable or bus.",
    )


COUNTS = st.dictionaries(st.sampled_from(PLACES), st.integers(1, 100), max_size=3)


@given(
    lost=COUNTS,
    incomplete=st.integers(0, 5),
    interface=st.sampled_from(["USB3", "GigE", ""]),
    sink=st.sampled_from(["raw", "h264 (libx264)", ""]),
    killed=st.booleans(),
)
def test_every_loss_has_a_cause(
    lost: dict[str, int], incomplete: int, interface: str, sink: str, killed: bool
) -> None:
    one = camera(lost=lost, incomplete=incomplete, interface=interface, sink=sink)
    shown = evidence(one, killed=killed, repaired=killed)
    causes = causes_of(shown)
    assert bool(lost or incomplete or killed) == bool([cause for cause in causes if cause.serious])
    complete = verdict_of_report(shown, causes, None).grade == "complete"
    assert complete == (not lost and not incomplete and not killed)
