"""Recordings of virtual cameras to which something is done at known frames, and what is on disk then."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin.errors import CameraProcessError
from llpyspin.primary import PrimaryCamera
from llpyspin.recording import check, repair
from llpyspin.rig import Rig
from llpyspin.rig.run import RigRun
from llpyspin.secondary import SecondaryCamera
from llpyspin.virtual import fault
from tests.process.conftest import MONO
from tests.process.footage import (
    NAMES,
    RATE,
    SMALL,
    Footage,
    account_tells,
    cameras,
    event_kinds,
    footage,
    frozen,
    gone,
    kill,
    mounted,
    recorded,
    run_of,
    same_moments,
    session_of,
    until,
    world_text,
)

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from llpyspin.recording import Session
    from llpyspin.recording.rows import Row
    from tests.process.conftest import World

TENTHS_NS = 300_000_000
SLOW: dict[str, Any] = {"codec": "libx265", "options": {"preset": "slower"}}  # than any camera gives frames


@pytest.fixture
def stage(worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """Be in a world of so many rigs of so many cameras, the first of each wired to its others."""

    def enter(each: int, rigs: int = 1) -> World:
        world = worlds(*[MONO] * (each * rigs))
        monkeypatch.setenv("LLPYSPIN_VIRTUAL", world_text(world.config, world.serials, each=each))
        return world

    return enter


@pytest.fixture
def pair(stage: Callable[..., World]) -> list[str]:
    """The serial numbers of a primary and a secondary."""
    return stage(2).serials


@pytest.fixture
def rig(pair: list[str]) -> Iterator[Rig]:
    with open_rig(pair) as rig:
        yield rig


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "session"


def open_rig(serials: list[str], **options: Any) -> Rig:
    return Rig(cameras(serials), framerate=RATE, exposure=1000, sdk="virtual", **options)


def run_until(rig: Rig, triggers: int) -> None:
    """Until there were so many triggers, and each camera that gives frames has seen them."""

    def seen() -> bool:
        status = rig.status()
        return status.triggers >= triggers

    until(seen, f"{triggers} triggers")


def begin(rig: Rig, folder: pathlib.Path, triggers: int = 0, **options: Any) -> None:
    """Prime and trigger, and wait until there were so many triggers."""
    rig.prime(folder, **options)
    rig.trigger()
    run_until(rig, triggers)


def run_on(rig: Rig, triggers: int = 30) -> None:
    run_until(rig, rig.status().triggers + triggers)


def seen_by(rig: Rig, name: str) -> int:
    """Triggers that a camera has seen, without asking its writer."""
    stint = rig._members[name].stint
    assert stint is not None
    return stint.follower.catch_up()


def happened(rig: Rig, what: str, times: int = 1) -> Callable[[], bool]:
    return lambda: sum(what in event for event in rig.status().events) >= times


def writer_of(rig: Rig, name: str) -> int:
    recorder = rig._members[name].writers.current
    assert recorder is not None
    return recorder.pid


def process_of(rig: Rig, name: str) -> int:
    process = rig[name]._process
    assert process is not None
    return process.pid


def unplug(rig: Rig, serial: str) -> None:
    """Pull the cable of a camera; the rig has noticed it then."""
    fault(serial, "unplug")
    until(happened(rig, "gives no more frames"), "being lost")


def ended(rig: Rig, folder: pathlib.Path) -> tuple[Footage, Footage, Session]:
    """Stop; what both cameras recorded, and the session, whose account tells of just that."""
    session = rig.stop()
    assert session is not None
    return *told(folder, session), session


def told(folder: pathlib.Path, session: Session) -> tuple[Footage, Footage]:
    """What both cameras recorded: the session tells of just that, on disk too, and checking finds nothing."""
    top, side = footage(folder, "top", "side")
    assert session.account == account_tells(folder, (top, side)).account
    agrees(folder)
    return top, side


def written_on_from(*films: Footage) -> int:
    """The trigger with which the second segments of all begin."""
    (trigger,) = {film.segments[1].rows[0].trigger for film in films}
    return trigger


def came_just_before(when: int, row: Row) -> bool:
    """Whether the frame of a row came at most three tenths of a second before that moment."""
    return row.host_timestamp_ns is not None and row.host_timestamp_ns > when - TENTHS_NS


def agrees(path: pathlib.Path) -> None:
    report = check(path)
    assert report.ok, str(report)


def mended(path: pathlib.Path) -> None:
    """Checking tells that it was killed; after the repair there is nothing to find, nor to repair."""
    assert not check(path).ok
    report = repair(path)
    assert report.ok, str(report)
    agrees(path)
    assert repair(path).done == ()


# -- frames that are damaged or lost on their way --------------------------------------------------------


@pytest.mark.parametrize("fill", [True, False])
def test_each_fault_is_in_the_account_at_its_own_trigger_and_place(
    pair: list[str], rig: Rig, folder: pathlib.Path, fill: bool
) -> None:
    primary, secondary = pair
    rig.prime(folder, fill=fill)
    fault(primary, "incomplete", at=[5, 9])
    fault(primary, "lose", at=[0, 7, 8])
    fault(secondary, "incomplete", at=[6])  # its exposure number 6, after two pulses that it did not see
    fault(secondary, "lose", at=[17])
    fault(secondary, "miss", at=[3, 4, 12])
    rig.trigger()
    run_until(rig, 40)
    top, side, _ = ended(rig, folder)
    assert top.triggers >= 40
    assert (top.incomplete, top.lost) == ([5, 9], {"transport": [0, 7, 8]})
    assert (side.incomplete, side.lost) == ([8], {"sensor": [3, 4, 12], "transport": [20]})
    for film in (top, side):
        lost = [row for row in film.rows if row.state == "lost"]
        assert [row.frame for row in lost] == [row.trigger if fill else None for row in lost]


@pytest.mark.slow
def test_a_primary_and_a_secondary_of_their_own_tell_it_as_exactly(
    pair: list[str], folder: pathlib.Path
) -> None:
    folder.mkdir()
    options: dict[str, Any] = {"sdk": "virtual", "roi": SMALL}
    with (
        PrimaryCamera(pair[0], framerate=RATE, **options) as top,
        SecondaryCamera(pair[1], **options) as side,
    ):
        top.prime(folder / "top.mkv")
        side.prime(folder / "side.mkv", fill=True)
        fault(pair[0], "lose", at=[2, 3])
        fault(pair[0], "incomplete", at=[11])
        fault(pair[1], "miss", at=[2, 5])
        top.trigger()
        until(lambda: side.count_of_frames() >= 30, "30 frames")
        top.stop()
        side.stop()
    first, second = footage(folder, "top", "side")
    assert first.triggers == second.triggers >= 30
    assert (first.incomplete, first.lost) == ([11], {"transport": [2, 3]})
    assert (second.incomplete, second.lost) == ([], {"sensor": [2, 5]})
    for name in ("top", "side"):
        agrees(folder / f"{name}.mkv")


# -- disks and encoders that are too slow ----------------------------------------------------------------


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> int:
    """Rings of so few frames that they are lapped soon."""
    monkeypatch.setattr("llpyspin.rig.member.recording_buffers", lambda *_, **__: 60)
    return 60


@pytest.fixture
def slow_disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A disk that can be frozen."""
    if os.geteuid() != 0:
        pytest.skip("mounting a disk needs root")
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(128 << 20)
    made = subprocess.run(["mkfs.ext4", "-q", image], capture_output=True, check=False)
    try:
        with mounted(tmp_path / "disk", "-o", "loop", str(image)) as disk:
            yield disk
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip(f"no loop device can be mounted here: {made.stderr!r}")


def test_stalled_writer_loses_frames_in_the_ring_and_names_them(
    pair: list[str], short_memory: int, rig: Rig, folder: pathlib.Path
) -> None:
    rig.prime(folder)
    fault(pair[1], "miss", at=[50])
    fault(pair[1], "lose", at=[40, 41])  # by the way, among the others
    rig.trigger()
    run_until(rig, 20)
    writer = writer_of(rig, "side")
    os.kill(writer, signal.SIGSTOP)
    try:
        stood = seen_by(rig, "side")
        until(lambda: seen_by(rig, "side") > stood + 2 * short_memory, "a lapped ring")
    finally:
        os.kill(writer, signal.SIGCONT)
    run_on(rig)
    top, side, _ = ended(rig, folder)
    assert top.lost == {}
    lost = side.lost
    assert (lost["sensor"], lost["transport"], "writer" in lost) == ([50], [40, 41], False)
    missing = {*lost["ring"], 40, 41, 50}
    lapped = range(lost["ring"][0], next(n for n in itertools.count(lost["ring"][0]) if n not in missing))
    assert stood <= lapped.start < lapped.stop <= stood + 4 * short_memory
    assert len(lapped) >= short_memory
    agrees(folder / "side.mkv")  # a slow machine loses more, later


@pytest.mark.slow
def test_stalled_disk_loses_nothing_when_another_disk_takes_the_frames(
    rig: Rig, short_memory: int, slow_disk: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    begin(rig, slow_disk / "session", triggers=20, codec="raw", spill_folder=str(tmp_path))
    with frozen(slow_disk):
        run_on(rig, 2 * short_memory)
        assert list(tmp_path.glob("*.spill"))
    run_on(rig)
    top, side, _ = ended(rig, slow_disk / "session")
    assert top.lost == side.lost == {}
    assert top.triggers >= 20 + 2 * short_memory
    assert not list(tmp_path.glob("*.spill"))


def test_stalled_disk_with_the_spill_file_loses_only_named_frames(
    rig: Rig, short_memory: int, slow_disk: pathlib.Path
) -> None:
    begin(rig, slow_disk / "session", triggers=20, codec="raw")
    with frozen(slow_disk):
        stood = rig.status().triggers
        run_on(rig, 2 * short_memory)
    run_on(rig)
    top, side, _ = ended(rig, slow_disk / "session")
    for film in (top, side):
        assert set(film.lost) == {"ring"}
        lost = run_of(film.lost["ring"])
        assert stood - 2 <= lost.start
        assert short_memory <= len(lost) <= 4 * short_memory


def test_slow_encoder_loses_nothing_with_a_spill_file(
    rig: Rig, short_memory: int, folder: pathlib.Path
) -> None:
    begin(rig, folder, **SLOW)
    until(lambda: rig.status().cameras["side"].spilled > 0, "spilled frames")
    top, side, _ = ended(rig, folder)
    for film in (top, side):
        assert film.written == list(range(film.triggers))
    assert not list(folder.glob("*.spill"))


@pytest.mark.slow
def test_slow_encoder_drops_the_frames_that_the_account_names(rig: Rig, folder: pathlib.Path) -> None:
    begin(rig, folder, overflow="drop", fill=False, **SLOW)
    until(lambda: rig.status().cameras["side"].lost.get("writer", 0) > 10, "dropped frames")
    _, side, _ = ended(rig, folder)
    assert set(side.lost) == {"writer"}
    (segment,) = side.segments
    seen = segment.numbers()
    assert sorted([*seen, *side.lost["writer"]]) == list(range(side.triggers))  # type: ignore[type-var]


@pytest.mark.slow
def test_slow_encoder_ends_the_recording_if_chosen(rig: Rig, folder: pathlib.Path) -> None:
    started = time.monotonic()
    session = rig.record(60, folder, overflow="stop", on_failure="stop", progress=False, **SLOW)
    assert time.monotonic() - started < 40
    assert session is not None
    films = told(folder, session)
    assert any("the encoder could not keep up" in event.text for event in session.events)
    stopped = [film for film in films if film.lost]
    assert stopped
    for film in stopped:
        assert set(film.lost) == {"writer"}
        assert run_of(film.lost["writer"]).stop == film.triggers
        assert run_of(film.written).start == 0


# -- cables ----------------------------------------------------------------------------------------------


def test_unplugged_secondary_returns_in_a_new_segment_with_gap_named(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=30)
    before = rig.status().triggers
    unplug(rig, pair[1])
    after = rig.status().triggers
    run_on(rig)
    fault(pair[1], "plug")
    plugged = rig.status().triggers
    until(happened(rig, "gives frames again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert top.written == list(range(top.triggers))
    assert set(side.lost) == {"transport"}
    lost = run_of(side.lost["transport"])
    assert before - 2 <= lost.start <= after + 1
    assert plugged <= lost.stop < side.triggers - 20
    assert [len(film.segments) for film in (top, side)] == [1, 2]
    assert same_moments(side, top, 0)
    assert same_moments(side, top, lost.stop)
    assert event_kinds(session) == [("lost", pair[1]), ("rejoined", pair[1])]


def test_when_the_primary_was_unplugged_all_go_on_together_in_new_segments(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=30)
    unplug(rig, pair[0])
    fault(pair[0], "plug")
    until(happened(rig, "gives pulses again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert [len(film.segments) for film in (top, side)] == [2, 2]
    assert top.triggers == side.triggers >= 60
    again = written_on_from(top, side)
    assert side.lost == {}  # every pulse that there was: they go on until the camera is let go of
    assert top.lost == {"transport": list(range(run_of(top.lost["transport"]).start, again))}
    assert same_moments(side, top, again)
    assert event_kinds(session) == [("lost", pair[0]), ("rejoined", pair[0])]


def unplug_both(rig: Rig, primary: str, secondary: str) -> None:
    for times, serial in enumerate((secondary, primary), 1):
        fault(serial, "unplug")
        until(happened(rig, "gives no more frames", times), "being lost")


@pytest.mark.slow
def test_a_primary_that_is_back_does_not_wait_for_a_secondary_that_is_not(
    pair: list[str], rig: Rig, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llpyspin.rig.recovery.OTHERS_S", 0.1)
    begin(rig, folder, triggers=30)
    unplug_both(rig, *pair)
    fault(pair[0], "plug")
    until(happened(rig, "gives pulses again"), "coming back")
    run_on(rig)
    fault(pair[1], "plug")
    until(happened(rig, "gives frames again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert [len(film.segments) for film in (top, side)] == [2, 2]
    again = top.segments[1].rows[0].trigger
    lost = run_of(side.lost["transport"])
    assert lost.start < again < again + 20 < lost.stop < side.triggers
    assert same_moments(side, top, lost.stop)
    assert event_kinds(session) == [
        ("lost", pair[1]),
        ("lost", pair[0]),
        ("rejoined", pair[0]),
        ("rejoined", pair[1]),
    ]


def test_no_trigger_is_counted_twice_that_only_a_lost_secondary_saw(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    primary, secondary = pair
    begin(rig, folder, triggers=30)
    fault(primary, "lose", rate=1.0)
    until(lambda: seen_by(rig, "side") >= seen_by(rig, "top") + 20, "pulses whose frames the primary loses")
    seen = seen_by(rig, "side")
    unplug_both(rig, primary, secondary)
    fault(primary, "plug")
    fault(secondary, "plug")
    until(happened(rig, "gives pulses again"), "coming back")
    run_on(rig)
    top, side, _ = ended(rig, folder)
    again = top.segments[1].rows[0].trigger
    assert again >= seen
    assert side.segments[0].rows[-1].trigger < again <= side.segments[1].rows[0].trigger
    assert run_of(top.lost["transport"]).stop == again


@pytest.mark.slow
def test_secondary_back_before_the_primary_continues_with_it(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=30)
    unplug_both(rig, *pair)
    fault(pair[1], "plug")
    until(lambda: rig["side"].isOpened(), "being open")
    fault(pair[0], "plug")
    until(happened(rig, "gives pulses again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert [len(film.segments) for film in (top, side)] == [2, 2]
    again = written_on_from(top, side)
    assert run_of(side.lost["transport"]).stop == again
    assert same_moments(side, top, again)
    assert event_kinds(session) == [("lost", pair[1]), ("lost", pair[0]), ("rejoined", pair[0])]


@pytest.mark.slow
def test_secondary_that_dies_during_rearming_is_reopened(
    pair: list[str], rig: Rig, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(rig, folder, triggers=30)
    arm_all = RigRun.arm_all

    def arm_without_one(run: RigRun, base: int, *missing: Any) -> None:
        monkeypatch.setattr(RigRun, "arm_all", arm_all)
        kill(process_of(rig, "side"))
        arm_all(run, base, *missing)

    monkeypatch.setattr(RigRun, "arm_all", arm_without_one)
    kill(process_of(rig, "top"))
    until(happened(rig, "cannot be brought back so far"), "failing to arm all")
    until(happened(rig, "gives pulses again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert side.lost == {}
    assert same_moments(side, top, top.segments[-1].rows[0].trigger)
    assert event_kinds(session) == [("lost", pair[0]), ("lost", pair[0]), ("rejoined", pair[0])]


@pytest.mark.slow
def test_other_cameras_continue_without_an_unplugged_one_if_chosen(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=30, on_failure="continue")
    before = rig.status().triggers
    unplug(rig, pair[1])
    after = rig.status().triggers
    fault(pair[1], "plug")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert top.lost == {}
    lost = run_of(side.lost["transport"])
    assert before - 2 <= lost.start <= after + 1
    assert lost.stop == side.triggers == top.triggers
    assert event_kinds(session) == [("lost", pair[1])]


@pytest.mark.slow
def test_lost_primary_that_still_pulses_ends_all_files_alike(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=10, on_failure="continue")
    unplug(rig, pair[0])  # only the cable to the computer: it has power, and runs on
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert side.lost == {}
    assert side.triggers == top.triggers >= 40
    assert set(top.lost) == {"transport"}
    assert event_kinds(session) == [("lost", pair[0]), ("stopped", pair[0]), ("stopped", "")]


@pytest.mark.slow
def test_recording_stops_at_an_unplugged_camera_if_chosen(pair: list[str], folder: pathlib.Path) -> None:
    with open_rig(pair, on_failure="stop") as rig:
        begin(rig, folder, triggers=30)
        fault(pair[1], "unplug")
        run = rig._runs.current
        assert run is not None
        assert run.over.wait(10)
        top, side, _ = ended(rig, folder)
    assert top.lost == {}
    lost = run_of(side.lost["transport"])
    assert lost.start >= 30 - 2
    assert lost.stop == top.triggers
    assert len(lost) < 4 * RATE


# -- processes that are killed ---------------------------------------------------------------------------


def test_killed_writer_is_replaced_and_its_file_plays_up_to_the_kill(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=40)
    when = kill(writer_of(rig, "side"))
    until(happened(rig, "is written on in segment 1"), "a new writer")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert top.lost == side.lost == {}  # the frames waited in the ring for the new writer
    assert [len(film.segments) for film in (top, side)] == [1, 2]
    assert came_just_before(when, side.segments[0].rows[-1])
    assert event_kinds(session) == [("writer", pair[1]), ("rejoined", pair[1])]


def test_account_names_frames_of_a_killed_writer_without_replacement(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=40, on_failure="continue")
    when = kill(writer_of(rig, "side"))
    until(happened(rig, "is not written any more"), "being told")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert top.lost == {}
    assert side.lost == {"writer": list(range(len(side.written), side.triggers))}
    assert side.last_ns() > when - TENTHS_NS
    assert event_kinds(session) == [("writer", pair[1])]
    assert side.triggers == top.triggers


def test_writer_killed_before_the_first_row_of_a_segment_is_accounted(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=60, on_failure="continue", segment_seconds=0.2)
    until(lambda: len(list(folder.glob("side_*.csv"))) >= 2, "segments")
    kill(writer_of(rig, "side"))
    until(happened(rig, "is not written any more"), "being told")
    newest = max(folder.glob("side_*.csv"))
    newest.write_text(newest.read_text().splitlines(keepends=True)[0])
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert top.lost == {}
    assert side.lost == {"writer": list(range(len(side.written), side.triggers))}
    assert side.triggers == top.triggers
    assert event_kinds(session) == [("writer", pair[1])]


@pytest.mark.slow
def test_writer_killed_before_its_first_picture_is_in_the_account(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    rig.prime(folder, on_failure="continue")
    kill(writer_of(rig, "side"))
    rig.trigger()
    until(happened(rig, "is not written any more"), "being told")
    run_until(rig, 10)
    session = rig.stop()
    assert session is not None
    assert session.account is not None
    assert session.account.adds_up, str(session.account)
    side = session.account.camera("side")
    assert (side.written, side.lost["writer"]) == (0, side.triggers)
    assert side.triggers == session.account.camera("top").triggers >= 10
    agrees(folder)


@pytest.mark.slow
def test_single_camera_repairs_its_file_after_its_writer_was_killed(
    pair: list[str], folder: pathlib.Path
) -> None:
    folder.mkdir()
    with PrimaryCamera(pair[0], framerate=RATE, sdk="virtual", roi=SMALL) as camera:
        camera.prime(folder / "top.mkv")
        fault(pair[0], "lose", at=[4])
        camera.trigger()
        until(lambda: recorded(folder) >= 40, "40 rows")
        assert camera.recording is not None
        when = kill(camera.recording.pid)
        with pytest.raises(CameraProcessError, match="SIGKILL"):
            camera.stop()
    assert Footage(folder, "top").last_ns() > when - TENTHS_NS
    mended(folder / "top.mkv")
    (film,) = footage(folder, "top")
    assert film.lost["transport"] == [4]
    assert len(film.written) >= 39


@pytest.mark.slow
def test_a_secondary_whose_process_was_killed_comes_back_in_a_new_segment(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=40)
    before = rig.status().triggers
    when = kill(process_of(rig, "side"))
    until(happened(rig, "gives frames again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    assert top.lost == {}
    assert set(side.lost) == {"transport"}
    lost = run_of(side.lost["transport"])
    assert before - 3 <= lost.start
    assert came_just_before(when, side.segments[0].rows[lost.start - 1])
    assert same_moments(side, top, lost.stop)
    assert event_kinds(session) == [("lost", pair[1]), ("rejoined", pair[1])]


@pytest.mark.slow
def test_no_writer_of_an_earlier_segment_stays_while_the_recording_goes_on(
    rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=10)
    before = writer_of(rig, "side")
    kill(process_of(rig, "side"))
    until(happened(rig, "gives frames again"), "coming back")
    until(lambda: gone(before), "the end of the writer of the first segment")
    run_on(rig, 10)
    _, side, _ = ended(rig, folder)
    assert len(side.segments) == 2


@pytest.mark.slow
def test_all_continue_in_new_segments_after_the_primary_was_killed(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=40)
    when = kill(process_of(rig, "top"))
    until(happened(rig, "gives pulses again"), "coming back")
    run_on(rig)
    top, side, session = ended(rig, folder)
    again = written_on_from(top, side)
    assert side.lost == {}
    assert len(top.lost.get("transport", [])) <= 3
    kept = [row for row in top.segments[0].rows if row.state == "written"]
    assert came_just_before(when, kept[-1])
    assert same_moments(side, top, again)
    assert event_kinds(session) == [("lost", pair[0]), ("rejoined", pair[0])]


@pytest.mark.slow
def test_recording_ends_where_the_primary_was_killed_if_chosen(
    pair: list[str], rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, triggers=40, on_failure="continue")
    kill(process_of(rig, "top"))
    until(happened(rig, "no more pulses come"), "being told")
    started = time.monotonic()
    session = rig.stop()
    assert time.monotonic() - started < 15
    assert session is not None
    top, side = told(folder, session)
    assert side.lost == {}
    assert top.triggers == side.triggers >= 40
    assert len(top.lost.get("transport", [])) <= 3
    assert event_kinds(session) == [("lost", pair[0]), ("stopped", pair[0])]


@pytest.mark.slow
def test_repair_encodes_spilled_frames_after_a_kill_of_everything(
    short_memory: int, rig: Rig, folder: pathlib.Path
) -> None:
    begin(rig, folder, on_failure="continue", **SLOW)
    until(lambda: rig.status().cameras["side"].spilled >= 20, "spilled frames")
    spilled = rig.status().cameras["side"].spilled
    before = rig.status().triggers
    kill(*[pid for name in ("top", "side") for pid in (process_of(rig, name), writer_of(rig, name))])
    rig.close()  # does not hang
    mended(folder)
    films = footage(folder, "top", "side")
    account_tells(folder, films)
    assert not list(folder.glob("*.spill"))
    side = films[1]
    assert side.triggers >= before - 2
    assert len(side.segments) == 2
    first, second = (
        run_of([row.trigger for row in each.rows if row.frame is not None]) for each in side.segments
    )
    assert len(second) >= spilled - short_memory // 3
    assert set(side.lost) == {"writer"}  # those that waited in memory, and the very last
    assert {*range(first.stop, second.start)} <= {*side.lost["writer"]}
    assert second.stop >= side.triggers - 5


RECORD = """
import sys
from llpyspin.rig import Rig
from llpyspin.rig.run import RigRun
with Rig({cameras!r}, framerate={rate}, exposure=1000, sdk="virtual") as rig:
    rig.record({seconds}, {folder!r}, progress=False)
"""


class Program:
    """A user's program that records with a rig."""

    def __init__(
        self, world: World, serials: list[str], folder: pathlib.Path, seconds: float | None = None
    ) -> None:
        script = RECORD.format(cameras=cameras(serials), rate=RATE, folder=str(folder), seconds=seconds)
        self.folder = folder
        self.process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
        self.children: list[int] = []

    def record(self, triggers: int) -> None:
        """Until so many are on disk."""

        def there() -> bool:
            assert self.process.poll() is None, self.process.communicate()[1]
            return self.folder.is_dir() and all(recorded(self.folder, name) >= triggers for name in NAMES[:2])

        until(there, f"{triggers} rows")
        self.children = [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]
        assert len(self.children) == 4  # two cameras, two writers

    def end(self) -> tuple[int, str]:
        """Wait until all of its processes have ended; exit status, and what it said."""
        said = self.process.communicate(timeout=30)[1]
        until(lambda: all(map(gone, self.children)), "the end of all processes")
        return self.process.returncode, said

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def program(stage: Callable[..., World], folder: pathlib.Path) -> Iterator[Program]:
    world = stage(2)
    with Program(world, world.serials, folder) as program:
        yield program


def test_sigterm_ends_a_recording_in_order_with_its_account(program: Program) -> None:
    program.record(30)
    when = time.monotonic_ns()
    program.process.terminate()
    status, said = program.end()
    assert status == 128 + signal.SIGTERM
    assert "Traceback" not in said
    films = footage(program.folder, "top", "side")
    assert account_tells(program.folder, films).state == "complete"
    for film in films:
        assert film.written == list(range(film.triggers))
        assert film.last_ns() > when - TENTHS_NS
    agrees(program.folder)


def test_writers_finish_after_a_kill_of_the_users_process(
    program: Program,
) -> None:
    program.record(30)
    when = kill(program.process.pid)
    program.end()
    films = footage(program.folder, "top", "side")  # files are in order before any repair
    for film in films:
        assert film.written == list(range(film.triggers))
        assert film.last_ns() > when - TENTHS_NS
    assert session_of(program.folder).state == "recording"
    mended(program.folder)
    films = footage(program.folder, "top", "side")
    assert account_tells(program.folder, films).state == "repaired"


def test_repair_makes_the_account_after_a_kill_of_everything(
    program: Program,
) -> None:
    program.record(60)
    when = kill(program.process.pid, *program.children)
    program.end()
    for name in ("top", "side"):
        film = Footage(program.folder, name)
        (segment,) = film.segments
        numbers = segment.numbers()
        assert numbers == list(range(len(numbers)))
        assert film.last_ns() > when - TENTHS_NS
        assert film.triggers <= len(numbers)
    mended(program.folder)
    films = footage(program.folder, "top", "side")
    assert account_tells(program.folder, films).state == "repaired"
    for film in films:
        assert film.written == list(range(len(film.written)))
        assert set(film.lost) <= {"writer"}


# -- a disk that fills up --------------------------------------------------------------------------------


def test_full_disk_ends_the_files_and_the_rest_is_named(rig: Rig, tmp_path: pathlib.Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=20m", "tmpfs") as disk:
        folder = disk / "session"
        begin(rig, folder, codec="raw")
        until(happened(rig, "no writer is left"), "a full disk")
        top, side, _ = ended(rig, folder)
        for film in (top, side):
            assert set(film.lost) == {"writer"}
            lost = run_of(film.lost["writer"])
            assert film.written == list(range(lost.start))
            assert lost.stop == film.triggers
            assert len(lost) >= 1
        assert any("full" in event.text for event in session_of(folder).events)


@pytest.mark.slow
def test_stop_returns_the_account_on_a_full_disk_and_repair_writes_it(
    rig: Rig, tmp_path: pathlib.Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=30m", "tmpfs") as disk:
        folder = disk / "session"
        begin(rig, folder, triggers=20)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        until(happened(rig, "no writer is left"), "a full disk")
        session = rig.stop()
        assert session is not None
        assert session.account is not None
        # The write-ahead files that are removed at the end may leave just the room that the account needs.
        told = [reason.split(",")[0] for reason in session.account.reasons]
        short = [reason for reason in told if "its account ends with trigger" in reason]  # no room for rows
        assert told == short + (["it is not on the disk"] if session.state == "recording" else [])
        filler.unlink()
        if told:
            mended(folder)
        films = footage(folder, "top", "side")
        account = account_tells(folder, films).account
        assert account is not None
        for film in films:
            told_of, proven = (each.camera(film.name).written for each in (session.account, account))
            assert proven >= 18
            assert told_of <= proven if short else told_of == proven  # rows without room are mended later


# -- several rigs ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_rigs_in_one_process_do_not_know_of_each_other(
    stage: Callable[..., World], tmp_path: pathlib.Path
) -> None:
    serials = stage(2, rigs=2).serials
    with open_rig(serials[:2]) as one, open_rig(serials[2:]) as other:
        begin(one, tmp_path / "one")
        other.prime(tmp_path / "other")
        fault(serials[3], "lose", at=[4, 5])
        other.trigger()
        fault(serials[1], "unplug")
        run_until(other, 40)
        top, side, _ = ended(other, tmp_path / "other")
        until(happened(one, "gives no more frames"), "being lost")
        fault(serials[1], "plug")
        until(happened(one, "gives frames again"), "coming back")
        run_on(one)
        first, second, _ = ended(one, tmp_path / "one")
    assert [top.lost, side.lost] == [{}, {"transport": [4, 5]}]
    assert top.triggers < 40 + 2 * RATE
    assert first.lost == {}
    assert set(second.lost) == {"transport"}


@pytest.mark.slow
def test_rig_records_on_when_the_program_of_another_rig_is_killed(
    stage: Callable[..., World], tmp_path: pathlib.Path
) -> None:
    world = stage(2, rigs=2)
    with Program(world, world.serials[:2], tmp_path / "killed") as killed:
        with Program(world, world.serials[2:], tmp_path / "kept") as kept:
            kept.record(10)
            killed.record(10)
            kill(killed.process.pid)
            killed.end()
            kept.record(recorded(kept.folder) + 30)
            kept.process.send_signal(signal.SIGTERM)
            assert kept.end()[0] == 128 + signal.SIGTERM
    films = footage(kept.folder, "top", "side")
    account_tells(kept.folder, films)
    assert [film.lost for film in films] == [{}, {}]
    agrees(kept.folder)
    mended(killed.folder)
