"""Accounts that add up, and the reasons why others do not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.recording.account.account import Account, CameraAccount, Spread
from llpyspin.recording.account.making import account_of, finish
from llpyspin.recording.clockfit import ClockFit
from llpyspin.recording.columns import digest
from llpyspin.recording.rows import ALWAYS, PLACES, Row
from llpyspin.recording.session import CameraRecord, Event, FileRecord, Pulse, Session
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from llpyspin.roles import ClockSample
from tests.unit.recordings import EPOCH, PERIOD, SERIALS, rows_of, tally_of

if TYPE_CHECKING:
    from pathlib import Path


def session_of(folder: Path, *fates: str, clocks: bool = True, first: int = 0, **fields: Any) -> Session:
    cameras = []
    for number, each in enumerate(fates):
        write_sidecar(folder / f"{number}.csv", rows_of(each, number, first=first), overwrite=True)
        cameras.append(
            CameraRecord(
                serial=SERIALS[number],
                name=f"camera{number}",
                role="secondary" if number else "primary",
                virtual=True,
                files=(FileRecord(f"{number}.raw", f"{number}.csv"),),
                tally=tally_of(each, first),
                clocks=(ClockSample((number + 1) * 10**9, EPOCH, 1000),) if clocks else (),
            )
        )
    fields.setdefault("triggers", len(fates[0]))
    return Session(cameras=tuple(cameras), first_trigger=first, **fields)


def with_tally(session: Session, number: int, **changes: Any) -> Session:
    cameras = list(session.cameras)
    tally = cameras[number].tally
    assert tally is not None
    cameras[number] = cameras[number].replace(tally=replace(tally, **changes))
    return session.replace(cameras=tuple(cameras))


@settings(deadline=None, max_examples=60)
@given(st.text("....istrw", min_size=1, max_size=80), st.integers(0, 2000))
def test_triggers_are_written_and_incomplete_and_lost_for_any_losses(
    tmp_path_factory: pytest.TempPathFactory, fates: str, first: int
) -> None:
    folder = tmp_path_factory.mktemp("session")
    account = account_of(session_of(folder, fates, first=first), folder)
    camera = account.cameras[0]
    assert account.adds_up, account.reasons
    assert camera.triggers == len(fates) == camera.written + camera.incomplete + camera.all_lost
    assert camera.written == fates.count(".")
    assert camera.incomplete == fates.count("i")
    assert camera.lost == {place: fates.count(place[0]) for place in ALWAYS}
    assert (camera.first_trigger, camera.last_trigger) == (first, first + len(fates) - 1)


@settings(deadline=None, max_examples=30)
@given(st.text(".istrw", max_size=60), st.booleans(), st.integers(1, 7))
def test_a_digest_counts_as_reading_every_row_does(
    tmp_path_factory: pytest.TempPathFactory, fates: str, fill: bool, step: int
) -> None:
    path = tmp_path_factory.mktemp("digest") / "a.csv"
    write_sidecar(path, rows_of(fates, fill=fill, first=3))
    rows, short = read_sidecar(path), digest(path, step)
    assert short.rows == len(rows)
    assert short.written == sum(row.state == "written" for row in rows)
    assert short.incomplete == sum(row.state == "incomplete" for row in rows)
    assert short.lost == {place: sum(row.where == place for row in rows) for place in PLACES}
    assert short.blanks == sum(row.blank for row in rows)
    assert short.sample == [row for row in rows if row.trigger % step == 0]
    came = [row for row in rows if row.state != "lost"]
    assert (short.first, short.last) == ((rows[0], rows[-1]) if rows else (None, None))
    assert (short.first_frame, short.last_frame) == ((came[0], came[-1]) if came else (None, None))


def test_the_table_says_it_all_at_a_glance(tmp_path: Path) -> None:
    session = session_of(
        tmp_path,
        "." * 100,
        "." * 50 + "tti" + "." * 47,
        events=(Event("lost", "the camera was unplugged", SERIALS[1], trigger=50),),
    )
    text = str(account_of(session, tmp_path))
    assert text.startswith("2 virtual cameras, 100 triggers\n")
    lines = [line.split() for line in text.splitlines()]
    assert ["camera0", "12345678", "primary", "100", "=", "100", "+", "0", "+", "0"] in lines
    assert ["camera1", "87654321", "secondary", "100", "=", "97", "+", "1", "+", "2"] in lines
    assert "  lost by camera1: transport 2\n" in text
    assert "camera1: the camera was unplugged (trigger 50)" in text
    assert text.endswith("The account adds up: triggers = written + incomplete + lost, for every camera.")
    assert max(map(len, text.splitlines())) <= 80


def test_the_account_says_in_a_sentence_whether_anything_is_missing(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 30, "." * 30)
    killed = account_of(session, tmp_path)
    assert killed.killed
    assert killed.verdict.startswith("Nothing is missing up to the kill")
    whole = account_of(session.replace(state="complete"), tmp_path)
    assert (
        whole.verdict == "Nothing is missing: there is a whole picture of every trigger, from every camera."
    )
    torn = account_of(session_of(tmp_path, "." * 30, "." * 10 + "tti" + "." * 17), tmp_path)
    assert torn.adds_up
    assert torn.verdict == "FRAMES ARE MISSING: camera1 has no whole picture of 3 of 30 triggers."
    assert torn.verdict in str(torn)
    both = account_of(session_of(tmp_path, "." * 29 + "t", "t" + "." * 29), tmp_path)
    assert both.verdict.splitlines() == [
        "FRAMES ARE MISSING:",
        "  camera0 has no whole picture of 1 of 30 triggers.",
        "  camera1 has no whole picture of 1 of 30 triggers.",
    ]
    nothing = account_of(session_of(tmp_path, "", triggers=None), tmp_path)
    assert nothing.verdict == "THERE IS NO PICTURE: no trigger came to any camera."


def test_times_in_the_account_have_units_that_suit_them(tmp_path: Path) -> None:
    text = str(account_of(session_of(tmp_path, "." * 100, "." * 100), tmp_path))
    header = next(line for line in text.splitlines() if "first to last" in line)
    assert re.split(r"\s{2,}", header)[-2:] == ["clock drift", "delay (fastest)"]
    assert re.search(r"Hz +[+-]\d+\.\d ± \d+\.\d ppm +[\d.]+ [um]s \([\d.]+ [um]s\)", text)
    assert re.search(
        r"synchronisation: [\d.]+ us \(median\), [\d.]+ us \(worst\)\n  \(100 triggers compared\)", text
    )


@pytest.mark.parametrize("name", ["", "top", "a-camera-with-a-very-long-name"])
def test_the_account_is_readable_in_80_columns(name: str) -> None:
    lost = {"sensor": 12, "transport": 12345, "ring": 1, "writer": 123456}
    clock = ClockFit(0, 0, -123.4, 56.7, 12345.0, 23456.0, 9)
    cameras = tuple(
        CameraAccount(
            f"1234567{number}",
            name=name and f"{name}{number}",
            role="secondary",
            triggers=12345678,
            written=12209864,
            lost=lost if number else {},
            first_camera_ns=0,
            last_camera_ns=54_624_238_938_053,
            rate=226.0,
            clock=clock,
        )
        for number in range(2)
    )
    spread = Spread(1234567, 10, 1234.5, 23456.7, 99999.9)
    lines = str(Account(0, 12345678, cameras, spread=spread)).splitlines()
    table = [line for line in lines if line.startswith("  ")]
    width = 80 if len(name) < 8 else 110
    assert [line for line in table if len(line) > width] == []
    assert all(any(f"{place} {count}" in line for line in lines) for place, count in lost.items())
    assert ("serial" in lines[2]) == bool(name)


def test_ipython_shows_account_and_session_as_text(tmp_path: Path) -> None:
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    session = finish(session_of(tmp_path, "." * 30, "." * 30), tmp_path / "session.json")
    assert pretty(session.account) == str(session.account)
    assert pretty(session).splitlines()[0].endswith("complete: camera0, camera1")
    assert str(session.account) in pretty(session)


def test_the_table_of_a_recording_in_which_nothing_came(tmp_path: Path) -> None:
    account = account_of(session_of(tmp_path, "", triggers=None), tmp_path)
    assert account.triggers is None
    assert "no frame came" in str(account)
    assert "unknown number of triggers" in str(account)


def reasons(session: Session, folder: Path) -> str:
    account = account_of(session, folder)
    assert not account.adds_up
    assert "THE ACCOUNT DOES NOT ADD UP" in str(account)
    assert all(reason in str(account) for reason in account.reasons)
    return "\n".join(account.reasons)


def test_triggers_that_no_row_tells_of_are_a_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10, "." * 9)
    assert "camera1: its account ends with trigger 8, but there were triggers to 9" in reasons(
        session, tmp_path
    )
    session = session_of(tmp_path, "." * 10, "." * 9, triggers=None)
    assert "camera1: its account ends with trigger 8, but another camera's goes to 9" in reasons(
        session, tmp_path
    )


def test_an_account_that_begins_late_is_a_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10)
    write_sidecar(tmp_path / "0.csv", rows_of("." * 7, first=3), overwrite=True)
    assert "begins with trigger 3, not 0" in reasons(session, tmp_path)


def test_a_row_that_is_there_twice_or_not_at_all_is_a_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10)
    rows = rows_of("." * 10)
    write_sidecar(tmp_path / "0.csv", [*rows[:5], *rows[6:]], overwrite=True)
    assert "rows of 9 triggers, where there are 10" in reasons(session, tmp_path)


def test_a_gap_between_segments_is_a_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10)
    rows = rows_of("." * 10)
    write_sidecar(tmp_path / "0.csv", rows[:5], overwrite=True)
    write_sidecar(tmp_path / "1.csv", rows[6:])
    files = (FileRecord("0.raw", "0.csv"), FileRecord("1.raw", "1.csv", 1))
    session = session.replace(cameras=(session.cameras[0].replace(files=files),))
    assert "after trigger 4 the next segment begins with 6" in reasons(session, tmp_path)


def test_a_sidecar_that_cannot_be_read_is_a_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10)
    (tmp_path / "0.csv").write_text("something else\n")
    assert "cannot be read" in reasons(session, tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"exposures": 11, "lost": 1},
            "the camera counted 11 exposures, its account has 10 by timestamps, and 11 by frame ids",
        ),
        (
            {"exposures": 8, "lost": 1},
            "the camera counted 8 exposures, its account has 10 by timestamps, and 11 by frame ids",
        ),
        ({"pulses": 12, "lost": 2}, "its input line had 12 pulses, but there were 10 triggers"),
        ({"published": 11}, "11 frames came from the camera, its account has 10"),
    ],
)
def test_a_counter_that_says_otherwise_is_a_reason(
    tmp_path: Path, changes: dict[str, int], reason: str
) -> None:
    session = with_tally(session_of(tmp_path, "." * 10, "." * 10), 1, **changes)
    assert reasons(session, tmp_path) == f"camera1: {reason}"


@pytest.mark.parametrize(("pulses", "sure"), [(10, True), (9, False), (None, False)])
def test_pulse_missed_while_a_camera_hung_is_a_note(tmp_path: Path, pulses: int | None, sure: bool) -> None:
    """Of four triggers after its last frame it exposed three, and which one it missed nobody can know."""
    session = with_tally(session_of(tmp_path, "." * 10, "......tttt"), 1, exposures=9, pulses=pulses)
    session = with_tally(session, 1, lost=0, published=6)
    known = tuple(camera.replace(picture={"rate": 100.0}) for camera in session.cameras)
    account = account_of(session.replace(cameras=known), tmp_path)
    text = "it missed 1 of the 4 after its last frame"
    assert account.adds_up == sure, account.reasons
    assert any(text in note for note in account.cameras[1].notes) == sure


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"exposures": 11}, "the camera counted 11 exposures, its account has 10: frame ids and timestamps"),
        ({"exposures": 9}, "its counter of exposures is off by -1"),
        ({"pulses": 12}, "its input line had 12 pulses, but there were 10 triggers"),
        ({"pulses": 9}, "its counter of pulses is off by -1"),
    ],
)
def test_a_counter_alone_against_ids_and_timestamps_is_a_note(
    tmp_path: Path, changes: dict[str, int], note: str
) -> None:
    session = with_tally(session_of(tmp_path, "." * 10, "." * 10), 1, **changes)
    account = account_of(session, tmp_path)
    assert account.adds_up
    [told] = account.cameras[1].notes
    assert note in told
    assert told in str(account)


def test_line_without_a_pulse_is_found_by_its_counter(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10, "s" * 10)
    assert session.cameras[1].tally is not None
    session = with_tally(session, 1, pulses=0)
    assert "its input line had 0 pulses" in reasons(session, tmp_path)


def test_counters_of_a_camera_that_was_in_trouble_prove_nothing(tmp_path: Path) -> None:
    session = with_tally(session_of(tmp_path, "." * 10, "." * 10), 1, exposures=3)
    session = session.replace(events=(Event("lost", "gone", SERIALS[1]),))
    assert account_of(session, tmp_path).adds_up


def test_trouble_of_one_camera_excuses_no_counter_of_another(tmp_path: Path) -> None:
    for other in (0, 2):  # whose serial numbers are before and after
        session = with_tally(session_of(tmp_path, "." * 10, "." * 10, "." * 10), 1, exposures=3, lost=2)
        session = session.replace(events=(Event("lost", "gone", SERIALS[other]),))
        assert "the camera counted 3 exposures" in reasons(session, tmp_path)


@pytest.mark.parametrize(
    ("fates", "changes", "told"),
    [
        ("." * 10, {"late": 6, "before": 0}, "by its counter of exposures none was lost before it"),
        ("ttt......", {"late": 3, "before": 3}, "by its counter of exposures 3 frames were lost before it"),
        ("." * 10, {"late": 1, "before": 0, "proven": True}, "by the time since it was fired none was"),
        ("." * 10, {"late": 6, "before": 0, "exposures": None, "counted": 0}, "by its counter of exposures"),
        ("." * 10, {"late": 1, "before": 0}, None),  # one witness against another, off by one
        ("t.........", {"late": 1, "before": 1, "exposures": 9}, None),
        ("." * 10, {"late": 6, "before": 0, "exposures": None}, None),
        ("." * 10, {"late": 6, "before": 0, "counted": 3}, None),
        ("ttt.......", {"late": 9, "before": 3}, None),  # the counter alone
        ("." * 10, {"late": 6, "before": 0, "exposures": 12}, None),
    ],
)
def test_first_id_that_is_too_large_needs_two_witnesses(
    tmp_path: Path, fates: str, changes: dict[str, Any], told: str | None
) -> None:
    account = account_of(with_tally(session_of(tmp_path, fates), 0, **changes), tmp_path)
    assert account.adds_up == (told is not None), str(account)
    if told is None:
        assert "it is not known whether" in str(account)
        assert "may be off by" in str(account)
    else:
        assert told in " ".join(account.cameras[0].notes)


def test_clocks_confirm_a_first_id_that_is_too_large(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 30, "t" + "." * 29)
    session = with_tally(session, 1, late=1, before=1, exposures=29)
    account = account_of(session, tmp_path)
    assert account.adds_up, str(account)
    assert "by the clocks 1 frame was lost before it" in str(account)
    alike = with_tally(session, 0, late=1, before=0)  # no camera is left whose beginning is certain
    assert "camera1: its first frame had the id 1, not 0: it is not known" in reasons(alike, tmp_path)


def test_doubts_of_a_writer_are_in_the_account(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10)
    (camera,) = session.cameras
    session = session.replace(cameras=(camera.replace(doubts=("whether it missed pulses is not certain",)),))
    assert "camera0: whether it missed pulses is not certain" in str(account_of(session, tmp_path))


def test_camera_one_trigger_off_another_does_not_add_up(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 50)
    last = read_sidecar(tmp_path / "0.csv")[-1]
    assert last.camera_timestamp_ns is not None
    for late, told in ((0, ""), (1, "1.00 periods late"), (-2, "-2.00 periods late")):
        pulse = Pulse(last.camera_timestamp_ns - late * PERIOD, last.trigger)
        (camera,) = session.cameras
        account = account_of(session.replace(cameras=(camera.replace(pulse=pulse),)), tmp_path)
        assert account.adds_up == (not told)
        assert told in " ".join(account.reasons)


def test_pulses_say_nothing_once_the_clock_of_the_camera_has_begun_anew(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 50)
    rows = read_sidecar(tmp_path / "0.csv")
    back = 40 * 10**9
    rows[30:] = [
        row._replace(camera_timestamp_ns=row.camera_timestamp_ns + back)
        for row in rows[30:]
        if row.camera_timestamp_ns is not None
    ]
    write_sidecar(tmp_path / "0.csv", rows, overwrite=True)
    (camera,) = session.cameras
    assert rows[20].camera_timestamp_ns is not None
    pulse = Pulse(rows[20].camera_timestamp_ns - PERIOD, 20)
    account = account_of(session.replace(cameras=(camera.replace(pulse=pulse, tally=None),)), tmp_path)
    assert "periods late" not in " ".join(account.reasons)


def test_damaged_frames_without_a_number_differ_from_lost_frames(tmp_path: Path) -> None:
    session = with_tally(session_of(tmp_path, "...tt...."), 0, incomplete=1, dropped=1)
    camera = account_of(session, tmp_path).cameras[0]
    assert (camera.unnumbered, camera.dropped, camera.lost["transport"]) == (1, 1, 2)
    assert any("came damaged" in note for note in camera.notes)
    assert any("dropped" in note for note in camera.notes)


def shifted(rows: list[Row], by: int) -> list[Row]:
    """The same frames, each numbered as if it were of a later trigger."""
    return [row._replace(trigger=row.trigger + by) for row in rows]


def test_the_spread_is_that_between_the_cameras_on_the_clock_of_the_host(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 100, "." * 100)
    rows = [
        row._replace(
            camera_timestamp_ns=(row.camera_timestamp_ns or 0) + 25_000 + (row.trigger == 7) * 50_000
        )
        for row in rows_of("." * 100, 1)
    ]
    write_sidecar(tmp_path / "1.csv", rows, overwrite=True)
    spread = account_of(session, tmp_path).spread
    assert spread is not None
    assert (spread.frames, spread.every, spread.read_together) == (100, 1, True)
    assert spread.median_us == pytest.approx(25, abs=2)
    assert spread.most_us == pytest.approx(75, abs=2)
    assert spread.offsets_us[SERIALS[1]] == pytest.approx(25, abs=2)
    assert spread.offsets_us[SERIALS[0]] == 0


def test_a_camera_that_is_a_whole_trigger_off_is_found_by_its_clock(tmp_path: Path) -> None:
    """As where the camera missed the first pulse: its own account cannot show that."""
    session = session_of(tmp_path, "." * 60, "." * 60)
    rows = rows_of("." * 61, 1)
    write_sidecar(tmp_path / "1.csv", shifted(rows[1:], -1), overwrite=True)
    assert "camera1: its frames are 1.00 periods later than those of camera0" in reasons(session, tmp_path)


@pytest.mark.parametrize("missed", [0, 1])
def test_longer_exposure_is_not_taken_for_a_trigger_offset(tmp_path: Path, missed: int) -> None:
    """Timestamps are of the end of the exposure, and it is the beginning that a pulse gives."""
    session = session_of(tmp_path, "." * 60, "." * 60)
    session = session.replace(
        cameras=tuple(
            camera.replace(armed={"exposure_us": exposure_us})
            for camera, exposure_us in zip(session.cameras, (100.0, 8500.0), strict=True)
        )
    )
    rows = [
        row._replace(camera_timestamp_ns=(row.camera_timestamp_ns or 0) + 8_400_000)
        for row in rows_of("." * (60 + missed), 1)
    ]
    write_sidecar(tmp_path / "1.csv", shifted(rows[missed:], -missed), overwrite=True)
    account = account_of(session, tmp_path)
    assert account.adds_up is (not missed), account.reasons
    if missed:
        assert "camera1: its frames are 1.00 periods later than those of camera0" in account.reasons[0]


def test_camera_back_one_trigger_off_is_found_by_arrival_times(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 60, "." * 60)
    rows = rows_of("." * 60, 1)
    for by, adds_up in ((0, True), (1, False)):
        back = [
            row._replace(
                frame_id=at,
                camera_timestamp_ns=at * PERIOD + 5,
                host_timestamp_ns=(row.host_timestamp_ns or 0) + by * PERIOD,
            )
            for at, row in enumerate(rows[30:])
        ]
        write_sidecar(tmp_path / "1.csv", rows[:30] + back, overwrite=True)
        # as after a power cycle of a camera whose clock had run for long
        far = [row._replace(camera_timestamp_ns=(row.camera_timestamp_ns or 0) + 10**13) for row in rows[:30]]
        write_sidecar(tmp_path / "1.csv", far + back, overwrite=True)
        account = account_of(session, tmp_path)
        assert account.adds_up is adds_up
        assert "began anew 1 times" in account.cameras[1].notes[0]
        assert account.cameras[1].rate is None
        if not adds_up:
            assert "since it came back its frames are 1.00 periods off" in account.reasons[0]


def test_long_recordings_are_compared_by_every_nth_trigger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llpyspin.recording.account.oneclock.COMPARED", 50)
    session = session_of(tmp_path, "." * 300, "." * 100 + "t" + "." * 199)
    account = account_of(session, tmp_path)
    assert account.spread is not None
    assert account.spread.every > 1
    assert account.adds_up
    assert account.cameras[1].all_lost == 1
    clock = account.cameras[1].clock
    assert clock is not None
    assert clock.frames <= 100


def test_clocks_that_were_not_read_together_are_said_to_be(tmp_path: Path) -> None:
    account = account_of(session_of(tmp_path, "." * 60, "." * 60, clocks=False), tmp_path)
    assert account.spread is not None
    assert not account.spread.read_together
    assert "not read together" in str(account)


def test_a_camera_is_found_by_name_or_serial_number() -> None:
    account = Account(cameras=(CameraAccount("123", "top"),))
    assert account.camera("123") is account.camera("top")
    with pytest.raises(KeyError, match="side"):
        account.camera("side")


def test_finishing_writes_the_account_and_names_new_segments(tmp_path: Path) -> None:
    session = session_of(tmp_path, "." * 10, triggers=13)
    write_sidecar(tmp_path / "0_001.csv", rows_of("...", first=10))
    session = session.replace(cameras=(session.cameras[0].replace(tally=None),))
    (tmp_path / "0.raw").touch()
    unfinished = finish(session, tmp_path / "session.json")
    assert unfinished.account is not None
    assert unfinished.account.reasons == ("camera0: 0_001.raw is missing: its pictures are lost",)
    (tmp_path / "0_001.raw").touch()
    done = finish(session, tmp_path / "session.json")
    assert done.account is not None
    assert done.account.adds_up
    assert done.account.cameras[0].files == ("0.raw", "0_001.raw")
    assert Session.read(tmp_path / "session.json") == done
