"""The judge of the fault campaign finds what is wrong with a recording, and nothing where all is right."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.campaign import judging
from benchmarks.campaign.judging import Finding, diaries_of, is_true, judge
from benchmarks.campaign.kinds import KINDS
from benchmarks.campaign.plan import CameraPlan, FaultPlan, Plan
from benchmarks.campaign.seeds import plan_of
from llpyspin.recording.blank import blank
from llpyspin.recording.rows import HEADER, LOST, WRITTEN, Row, line_of
from llpyspin.recording.sinks import Picture, choose, open_sink
from llpyspin.virtual.stamp import draw_stamp

if TYPE_CHECKING:
    import pathlib

PICTURE = Picture(height=96, width=160, rate=100)
MODEL = "BFS-U3-16S2M"
TRIGGERS = 12
PERIOD_NS = 10_000_000
BEGAN = {"1001": 500, "1002": 600}
LOST_ONE = 5
"""Trigger that the second camera exposes and loses."""


def plan(*faults: FaultPlan) -> Plan:
    cameras = (
        CameraPlan("1001", "top", "BFS-U3-16S2M", 0.0),
        CameraPlan("1002", "side", "BFS-U3-16S2M", 0.0),
    )
    return dataclasses.replace(
        plan_of(1),
        shape="rig",
        cameras=cameras,
        framerate=100.0,
        codec="raw",
        suffix=".raw",
        options={"overflow": "spill"},
        on_failure="recover",
        callback="",
        faults=faults,
    )


class Recording:
    """Two cameras that recorded twelve triggers, of which the second one lost one on its way."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.diary = folder / "session", folder / "diary"
        self.folder.mkdir()
        self.diary.mkdir()
        self.rows = {
            name: [
                self._row(trigger, lost=(name, trigger) == ("side", LOST_ONE)) for trigger in range(TRIGGERS)
            ]
            for name in ("top", "side")
        }
        self.stamps = {name: list(range(TRIGGERS)) for name in self.rows}
        self.events: list[dict[str, Any]] = []
        self.exposed = dict.fromkeys(BEGAN, TRIGGERS)

    @staticmethod
    def _row(trigger: int, *, lost: bool) -> Row:
        if lost:
            return Row(trigger, trigger, LOST, "transport", None, None, None)
        return Row(trigger, trigger, WRITTEN, "", trigger, Recording.end_ns(trigger), 1)

    @staticmethod
    def end_ns(trigger: int) -> int:
        return 10**12 + trigger * PERIOD_NS

    def cut(self, names: tuple[str, ...], count: int) -> None:
        """The rig was stopped while pulses were coming, and files end some triggers before the pulses."""
        for name in names:
            del self.rows[name][-count:]
            del self.stamps[name][-count:]
        last_ns = 1000 + (TRIGGERS - 1) * PERIOD_NS
        text = "the rig was stopped while pulses were still coming; its files end before the pulses"
        self.events.append({"kind": "stopped", "text": text, "camera": "", "host_ns": last_ns})

    def save(self, *, adds_up: bool = True) -> None:
        for (name, rows), serial in zip(self.rows.items(), ("1001", "1002"), strict=True):
            (self.folder / f"{name}.csv").write_text(HEADER + "".join(map(line_of, rows)))
            self._film(name, serial)
            self._diary(serial)
        cameras = [self._counts(name) for name in self.rows]
        account = {"cameras": cameras, "adds_up": adds_up, "reasons": [] if adds_up else ["a reason"]}
        (self.folder / "session.json").write_text(json.dumps({"account": account, "events": self.events}))

    def _film(self, name: str, serial: str) -> None:
        sink = open_sink(self.folder / f"{name}.raw", PICTURE, choose("raw", PICTURE))
        states = {row.frame: row.state for row in self.rows[name]}
        for frame, number in enumerate(self.stamps[name]):
            image = np.full(PICTURE.shape, 60, np.uint8)
            draw_stamp(image, number, serial)
            sink.write(blank(PICTURE) if states.get(frame) == LOST else image)
        sink.close()

    def _diary(self, serial: str) -> None:
        lines = []
        for trigger in range(self.exposed[serial]):
            rest = f"{BEGAN[serial]},{trigger},{1000 + trigger * PERIOD_NS},{self.end_ns(trigger)}"
            gone = serial == "1002" and trigger == LOST_ONE
            lines += [f"exposed,{rest}", f"{'lost' if gone else 'sent'},{rest}"]
        (self.diary / f"{serial}.csv").write_text("\n".join(lines) + "\n")

    def _counts(self, name: str) -> dict[str, Any]:
        states = [row.state for row in self.rows[name]]
        lost = dict(Counter(row.where for row in self.rows[name] if row.state == LOST))
        return {"name": name, "written": states.count(WRITTEN), "incomplete": 0, "lost": lost}

    def judged(self, *faults: FaultPlan, adds_up: bool = True, shape: str = "rig") -> list[str]:
        self.save(adds_up=adds_up)
        asked = dataclasses.replace(plan(*faults), shape=shape)
        findings, _ = judge(asked, self.folder, self.diary, whole=True)
        return [f"{finding.kind}: {finding.text.split(':')[0]}" for finding in findings]


@pytest.fixture
def recording(tmp_path: pathlib.Path) -> Recording:
    return Recording(tmp_path)


def test_judge_finds_nothing_in_a_recording_that_is_right(recording: Recording) -> None:
    assert recording.judged() == []


def test_judge_finds_pictures_whose_triggers_are_shifted(recording: Recording) -> None:
    side = [row for row in recording.rows["side"] if row.trigger != LOST_ONE]
    recording.rows["side"] = [row._replace(trigger=number, frame=number) for number, row in enumerate(side)]
    recording.stamps["side"] = [number for number in range(TRIGGERS) if number != LOST_ONE]
    assert "data: a picture under a wrong trigger" in recording.judged()


def test_judge_finds_a_picture_that_is_not_that_of_its_row(recording: Recording) -> None:
    recording.stamps["top"][7] = 8
    assert recording.judged() == ["data: a picture under a wrong timestamp"]


def test_judge_finds_a_picture_without_a_row(recording: Recording) -> None:
    recording.stamps["top"].append(TRIGGERS)
    assert recording.judged() == ["data: pictures and rows differ"]


def test_judge_finds_a_row_that_is_missing(recording: Recording) -> None:
    del recording.rows["top"][-1]
    del recording.stamps["top"][-1]
    assert recording.judged() == ["data: rows end elsewhere"]


def test_judge_takes_files_that_were_cut_and_say_so(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "CUT_WITHIN_NS", 3 * PERIOD_NS)
    recording.cut(("top", "side"), 2)
    assert recording.judged() == []


def test_judge_finds_files_that_were_cut_too_early(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "CUT_WITHIN_NS", 3 * PERIOD_NS)
    recording.cut(("top", "side"), 5)
    assert set(recording.judged()) == {"data: rows end elsewhere"}


def test_judge_finds_cut_files_with_different_ends(recording: Recording) -> None:
    recording.cut(("side",), 2)
    assert recording.judged() == ["data: files end with different triggers"]


@pytest.mark.parametrize(
    ("place", "away", "right"),
    [("sensor", 3, True), ("transport", 3, True), ("sensor", 0, True), ("transport", 0, False)],
)
def test_judge_knows_exposures_that_were_asked_for_and_not_made(
    recording: Recording, place: str, away: int, right: bool
) -> None:
    """On a common clock, where the second camera was away before the end, or was not."""
    recording.exposed["1002"] = TRIGGERS - away
    for trigger in range(TRIGGERS - away, TRIGGERS + 2):
        lost = Recording._row(trigger, lost=True)
        recording.rows["side"][trigger:] = [lost._replace(where=place)]
        if trigger >= TRIGGERS:
            recording.rows["top"].append(lost._replace(where="sensor"))
            for stamps in recording.stamps.values():
                stamps.append(trigger)
    found = recording.judged(FaultPlan("replug", 1, "recording", 0.1), shape="ptp")
    assert found == ([] if right else ["data: rows end elsewhere"])


def test_judge_finds_a_loss_that_no_fault_explains(recording: Recording) -> None:
    recording.rows["side"][3] = Recording._row(3, lost=True)
    assert recording.judged() == ["data: a loss that no fault explains"]


def test_judge_takes_a_loss_that_a_fault_explains(recording: Recording) -> None:
    recording.rows["side"][3] = Recording._row(3, lost=True)
    assert recording.judged(FaultPlan("replug", 1, "recording", 0.1)) == []


def test_judge_finds_a_loss_told_in_the_wrong_place(recording: Recording) -> None:
    lost = Recording._row(3, lost=True)
    recording.rows["side"][3] = lost._replace(where="sensor")
    told = recording.judged(FaultPlan("replug", 1, "recording", 0.1))
    assert told[0] == "data: a loss told in the sensor of a frame that was sent"


def test_judge_finds_a_picture_that_lost_its_number(recording: Recording) -> None:
    recording.save()
    path = recording.folder / "top.raw"
    content = bytearray(path.read_bytes())
    content[4096 : 4096 + PICTURE.nbytes] = bytes([77]) * PICTURE.nbytes
    path.write_bytes(content)
    findings, pictures = judge(plan(), recording.folder, recording.diary, whole=True)
    assert [finding.text.split(":")[0] for finding in findings] == ["a picture without its number"]
    assert pictures == 2 * TRIGGERS


def test_judge_finds_an_account_that_differs_or_does_not_add_up(recording: Recording) -> None:
    assert recording.judged(adds_up=False) == ["account: session.json"]
    tree = json.loads((recording.folder / "session.json").read_text())
    tree["account"]["adds_up"] = True
    tree["account"]["cameras"][0]["written"] += 1
    (recording.folder / "session.json").write_text(json.dumps(tree))
    findings, _ = judge(plan(), recording.folder, recording.diary, whole=True)
    assert findings == [
        Finding("account", f"session.json: top: rows ({TRIGGERS}, 0, {{}}), account {(TRIGGERS + 1, 0, {})}")
    ]


def test_judge_takes_a_reason_for_true_only_where_the_diary_says_so(recording: Recording) -> None:
    recording.save()
    diaries = diaries_of(plan(), recording.diary, None)
    assert is_true(f"side: its input line had {TRIGGERS} pulses, but there were 15 triggers", diaries)
    assert not is_true("side: its input line had 11 pulses, but there were 15 triggers", diaries)
    assert is_true(f"side: its input line had {TRIGGERS} pulses, but there were 9 triggers", diaries)
    assert is_true("side: its input line had 10 pulses, but there were 9 triggers", diaries)  # the rest later
    assert not is_true("side: its input line had 13 pulses, but there were 9 triggers", diaries)
    assert not is_true(f"other: its input line had {TRIGGERS} pulses, but there were 15 triggers", diaries)
    assert is_true("side: the camera counted 12 exposures, its account has 11 by timestamps", diaries)
    assert not is_true("side: the camera counted 13 exposures, its account has 11 by timestamps", diaries)
    assert not is_true("side: the camera counted 11 exposures, its account has 12 by timestamps", diaries)


def test_plan_follows_from_its_seed_and_survives_json() -> None:
    for seed in range(50):
        assert plan_of(seed) == plan_of(seed)
        assert Plan.read(plan_of(seed).text).text == plan_of(seed).text


def test_plans_differ_and_use_every_kind_of_fault() -> None:
    plans = [plan_of(seed) for seed in range(500)]
    assert len({each.signature for each in plans}) >= 60
    assert {fault.kind for each in plans for fault in each.faults} == set(KINDS)
    assert len(KINDS) >= 25
    assert {len(each.faults) for each in plans} == {1, 2, 3, 4}
