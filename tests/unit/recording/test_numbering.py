"""Which trigger a frame belongs to, under any schedule of losses."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llpyspin.frames import FrameFlags, FrameInfo
from llpyspin.recording.numbering import Anchor, Numbering, place_of

if TYPE_CHECKING:
    from llpyspin.recording.rows import Row

NAN = float("nan")
PERIOD = 4_424_784  # 226 fps


def info(index: int, frame_id: int, camera_ns: int, flags: FrameFlags = FrameFlags.NONE) -> FrameInfo:
    return FrameInfo(index, frame_id, camera_ns, camera_ns + 10**12, flags, 0, NAN, NAN, -1)


class Delivered(NamedTuple):
    """A frame that the reader gets, and those that it was too late for."""

    info: FrameInfo
    lapped: list[FrameInfo | None]
    trigger: int
    fates: list[str]  # of the triggers since the delivered frame before


def filmed(
    fates: list[str],
    *,
    first_id: int = 0,
    period_ns: int = PERIOD,
    ppm: float = 0.0,
    jitter_ns: int = 0,
    wraps: bool = False,
    seed: int = 0,
    first_trigger: int = 0,
) -> list[Delivered]:
    """What a camera and its process make of pulses: one letter a pulse.

    ``.`` delivered, ``i`` incomplete, ``s`` not exposed, ``t`` lost on the way, ``r`` overwritten before it
    was read, ``f`` the same and forgotten by the journal.
    """
    chance = random.Random(seed)
    delivered, lapped, since = [], [], ""
    index, exposures = 0, 0
    for number, fate in enumerate(fates):
        if fate == "s":
            since += fate
            continue
        frame_id = first_id + exposures
        if wraps:
            frame_id = (frame_id - 1) % 65535 + 1
        exposures += 1
        moment = 7 * 10**11 + number * period_ns + chance.randint(-jitter_ns, jitter_ns)
        flags = FrameFlags.INCOMPLETE if fate == "i" else FrameFlags.NONE
        made = info(index, frame_id, round(moment * (1 + ppm * 1e-6)), flags)
        if fate == "t":
            since += fate
            continue
        index += 1
        if fate in "rf":
            since += fate
            lapped.append(made if fate == "r" else None)
            continue
        delivered.append(Delivered(made, lapped, first_trigger + number, list(since)))
        lapped, since = [], ""
    return delivered


PLACE = {"s": "sensor", "t": "transport", "r": "ring", "f": "ring"}


def check_all(numbering: Numbering, delivered: list[Delivered], next_trigger: int = 0) -> list[Row]:
    rows: list[Row] = []
    for each in delivered:
        new = numbering.frame(each.info, each.lapped)
        own = new[-1]
        assert own.trigger == each.trigger
        assert own.state == ("incomplete" if each.info.flags & FrameFlags.INCOMPLETE else "written")
        assert own[4:7] == each.info[1:4]
        assert all(row.state == "lost" and row.frame is None for row in new[:-1])
        assert sorted(row.where for row in new[:-1]) == sorted(PLACE[fate] for fate in each.fates)
        rows += new
    assert [row.trigger for row in rows] == list(range(next_trigger, next_trigger + len(rows)))
    return rows


schedules = st.lists(
    st.tuples(st.sampled_from("...............istrf"), st.integers(1, 40)), min_size=1, max_size=40
).map(lambda runs: [fate for fate, length in runs for _ in range(length)])


@settings(max_examples=150, deadline=None)
@given(
    schedules,
    st.floats(-100, 100),
    st.floats(-100, 100),
    st.sampled_from([522, 226, 75, 30, 1]),
    st.booleans(),
    st.integers(0, 2**32),
)
@example(list("." * 10 + "s" * 600 + "."), 100.0, -100.0, 522, True, 0)
def test_any_schedule_of_losses_is_numbered_exactly(
    fates: list[str], ppm: float, primary_ppm: float, rate: int, gige: bool, seed: int
) -> None:
    """Two clocks up to 100 ppm off each, 20 us of jitter, losses in any place and any order."""
    fates = [fates[0].replace("s", "."), *fates]  # pulses before the first exposure leave no trace
    fates = [
        "t" if fate == "s" and not set(".ir") & set(fates[:at]) else fate for at, fate in enumerate(fates)
    ]
    announced = round(1e9 / rate)
    delivered = filmed(
        fates,
        first_id=int(gige),
        period_ns=round(announced * (1 + primary_ppm * 1e-6)),
        ppm=ppm,
        jitter_ns=20_000,
        seed=seed,
    )
    numbering = Numbering(first_id=int(gige), period_ns=announced)
    rows = check_all(numbering, delivered)
    assert numbering.doubts == []
    rows += numbering.end(len(fates) - 1)
    assert [row.trigger for row in rows] == list(range(len(fates)))


# -- exposures that change


def exposed(delivered: list[Delivered], exposures_us: list[float], told: list[bool]) -> list[Delivered]:
    """The same, with exposures: timestamps are of their end, and some frames do not say how long."""
    changed = {}

    def with_exposure(one: FrameInfo) -> FrameInfo:
        if one.frame_id not in changed:
            at = len(changed)
            exposure_us = exposures_us[at % len(exposures_us)]
            changed[one.frame_id] = one._replace(
                camera_timestamp_ns=one.camera_timestamp_ns + round(exposure_us * 1e3),
                exposure_us=exposure_us if told[at % len(told)] else NAN,
            )
        return changed[one.frame_id]

    return [
        each._replace(
            lapped=[None if passed is None else with_exposure(passed) for passed in each.lapped],
            info=with_exposure(each.info),
        )
        for each in delivered
    ]


@settings(max_examples=200, deadline=None)
@given(
    schedules,
    st.lists(st.floats(5.0, PERIOD * 3 / 1e3), min_size=1, max_size=30),
    st.booleans(),
    st.floats(-100, 100),
    st.integers(0, 2**32),
)
@example(list("....."), [100.0, PERIOD / 1e3], False, 0.0, 0)  # the time steps by two periods
@example(list("..s.."), [PERIOD / 1e3, 100.0], False, 0.0, 0)  # or by one where a pulse was missed
def test_an_automatic_exposure_is_no_missed_pulse_and_hides_none(
    fates: list[str], exposures_us: list[float], gige: bool, ppm: float, seed: int
) -> None:
    fates = [
        "t" if fate == "s" and not set(".ir") & set(fates[:at]) else fate for at, fate in enumerate(fates)
    ]
    fates = [".", *fates]
    delivered = filmed(fates, first_id=int(gige), ppm=ppm, jitter_ns=20_000, seed=seed)
    delivered = exposed(delivered, exposures_us, [True])
    numbering = Numbering(first_id=int(gige), period_ns=PERIOD)
    check_all(numbering, delivered)
    assert numbering.doubts == []


@settings(max_examples=100, deadline=None)
@given(schedules, st.floats(5.0, PERIOD * 3 / 1e3), st.lists(st.booleans(), min_size=1, max_size=9))
@example(list("..s.i.s"), 4000.0, [False, True])
@example(list("..s.i.s"), 4000.0, [True, False])
def test_a_frame_without_its_exposure_is_taken_to_have_that_of_the_others(
    fates: list[str], exposure_us: float, told: list[bool]
) -> None:
    delivered = exposed(filmed([".", *fates], jitter_ns=20_000), [exposure_us], told)
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    check_all(numbering, delivered)
    assert numbering.doubts == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(5.0, PERIOD * 2 / 1e3), st.booleans()), max_size=40),
    st.lists(st.floats(5.0, PERIOD * 2 / 1e3), min_size=1, max_size=9),
)
def test_where_exposures_differ_a_frame_without_one_is_numbered_by_its_id(
    frames: list[tuple[float, bool]], more: list[float]
) -> None:
    """Also the next one that says how long it was is right again."""
    all_frames = [(100.0, True), (PERIOD / 1e3, True), *frames, *((each, True) for each in more)]
    delivered = filmed(["."] * len(all_frames), jitter_ns=20_000)
    delivered = exposed(delivered, [each for each, _ in all_frames], [told for _, told in all_frames])
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    check_all(numbering, delivered)
    assert numbering.doubts == []


def test_a_wrong_guess_of_an_exposure_that_is_not_told_leaves_a_doubt() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    short, long = 100_000, 100_000 + PERIOD
    frames = [(0, short, True), (1, short, True), (2, long, False), (3, long, True)]
    for at, exposure_ns, told in frames:
        one = info(at, at, at * PERIOD + exposure_ns)
        numbering.frame(one._replace(exposure_us=exposure_ns / 1e3 if told else NAN))
    assert len(numbering.doubts) == 1
    assert "Whether it missed pulses is not certain" in numbering.doubts[0]


def test_camera_with_another_exposure_is_numbered_by_its_start() -> None:
    longer = 2.0 * PERIOD / 1e3
    first = info(0, 0, 10 * PERIOD + round(longer * 1e3))._replace(exposure_us=longer)
    for anchor in (Anchor(0, 3, 0.0), Anchor(PERIOD, 3, PERIOD / 1e3)):
        numbering = Numbering(first_id=0, period_ns=PERIOD, next_trigger=3, anchor=anchor)
        assert numbering.frame(first)[-1].trigger == 13
        assert numbering.doubts == []


@settings(max_examples=100, deadline=None)
@given(schedules, st.booleans(), st.integers(0, 2**32))
def test_without_a_period_ids_alone_number_whatever_was_exposed(
    fates: list[str], gige: bool, seed: int
) -> None:
    """An external trigger box of any rhythm; pulses that were not exposed cannot be known of."""
    fates = [fate for fate in fates if fate != "s"] + ["."]
    delivered = filmed(fates, first_id=int(gige), jitter_ns=PERIOD // 3, seed=seed)
    check_all(Numbering(first_id=int(gige), period_ns=None), delivered)


@pytest.mark.parametrize("period", [PERIOD, None])
@pytest.mark.parametrize("around", ["....", "ttt.", ".ttt", "rrt.", "f.t.", ".fff"])
def test_ids_of_gige_cameras_go_from_65535_to_1(period: int | None, around: str) -> None:
    fates = ["."] + ["t"] * 65529 + list("..." + around * 3 + ".")
    delivered = filmed(fates, first_id=1, wraps=True, jitter_ns=20_000)
    rows = check_all(Numbering(first_id=1, period_ns=period), delivered)
    assert [row.frame_id for row in rows] == [number % 65535 + 1 for number in range(len(fates))]


def test_loss_of_over_65535_gige_ids_is_counted_by_the_period() -> None:
    fates = ["."] * 2000 + ["t"] * 100_000 + ["."] + ["t"] * 65534 + ["."]
    delivered = filmed(fates, first_id=1, wraps=True, ppm=80, jitter_ns=20_000)
    check_all(Numbering(first_id=1, period_ns=PERIOD), delivered)


def test_usb_ids_do_not_wrap_at_65535() -> None:
    fates = ["."] * 65530 + ["t"] * 20 + ["."]
    rows = check_all(Numbering(first_id=0, period_ns=PERIOD), filmed(fates, first_id=0))
    assert [row.frame_id for row in rows] == list(range(len(fates)))


def test_long_gap_is_not_taken_for_missed_triggers_by_clock_drift() -> None:
    fates = ["."] * 3 + ["t"] * 5000 + ["."] * 3
    delivered = filmed(fates, ppm=100, period_ns=round(PERIOD * 1.0001))
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    check_all(numbering, delivered)
    assert len(numbering.doubts) == 1
    assert "not certain" in numbering.doubts[0]


def test_long_gap_leaves_no_doubt_after_a_minute() -> None:
    fates = ["."] * 13_560 + list("t" * 5000 + "s" * 3) + ["."]
    delivered = filmed(fates, ppm=100, period_ns=round(PERIOD * 1.0001), jitter_ns=20_000)
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    check_all(numbering, delivered)
    assert numbering.doubts == []


def test_irregular_triggers_are_doubtful_and_not_counted_as_missed() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    numbering.frame(info(0, 0, 0))
    assert [row.trigger for row in numbering.frame(info(1, 1, round(2.4 * PERIOD)))] == [1]
    assert "2.40 periods" in numbering.doubts[0]


def test_pulse_that_is_less_than_a_period_late_is_no_doubt() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    for number, late in enumerate((0.0, 0.0, 0.6, 0.0)):
        (row,) = numbering.frame(info(number, number, 10**9 + round((number + late) * PERIOD)), [])
        assert row.trigger == number
    assert numbering.doubts == []


def test_skipped_frame_is_lost_at_the_callback_only_if_it_says_so() -> None:
    flags = FrameFlags
    places = {
        flags.NONE: "ring",
        flags.INCOMPLETE: "ring",
        flags.SKIPPED: "callback",
        flags.SKIPPED | flags.INCOMPLETE: "callback",
    }
    for flag, place in places.items():
        assert place_of(info(0, 0, 1, flag)) == place


def test_frames_lost_before_the_first_one_that_came_are_accounted_for() -> None:
    rows = Numbering(first_id=1, period_ns=PERIOD).frame(info(0, 4, 5 * PERIOD))
    assert [(row.trigger, row.where, row.frame_id) for row in rows] == [
        (0, "transport", 1),
        (1, "transport", 2),
        (2, "transport", 3),
        (3, "", 4),
    ]


@given(st.integers(0, 900), st.integers(0, 300), st.floats(-200, 200))
def test_a_camera_that_joins_later_is_numbered_from_a_known_moment(away: int, lost: int, ppm: float) -> None:
    anchor = Anchor(10**12, 1000)
    first = info(0, lost, 10**12 + round((away + lost) * PERIOD * (1 + ppm * 1e-6)))
    numbering = Numbering(first_id=0, period_ns=PERIOD, next_trigger=990, anchor=anchor)
    rows = numbering.frame(first)
    assert [row.trigger for row in rows] == list(range(990, 1000 + away + lost + 1))
    assert all(row.where == "transport" for row in rows[:-1])
    assert rows[-1].state == "written"
    assert numbering.frame(info(1, lost + 1, first.camera_timestamp_ns + PERIOD))[0].trigger == (
        1001 + away + lost
    )
    assert bool(numbering.doubts) == ((away + lost) * 3e-4 >= 0.25)


def test_a_camera_that_came_back_without_a_frame_was_away_until_the_end() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD, next_trigger=298, anchor=Anchor(10**12, 1000))
    rows = numbering.end(301, "sensor")
    assert [(row.trigger, row.where) for row in rows] == [(each, "transport") for each in range(298, 302)]


def test_an_anchor_between_two_pulses_leaves_a_doubt() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD, anchor=Anchor(0, 0))
    numbering.frame(info(0, 0, round(2.45 * PERIOD)))
    assert "off by one" in numbering.doubts[0]


@pytest.mark.parametrize(("period", "places"), [(PERIOD, "sstt"), (None, "tt")])
def test_a_camera_that_began_to_count_anew_is_numbered_by_its_clock(period: int | None, places: str) -> None:
    numbering = Numbering(first_id=0, period_ns=period)
    numbering.frame(info(0, 0, 0))
    numbering.frame(info(1, 1, PERIOD))
    rows = numbering.frame(info(2, 2, 6 * PERIOD, FrameFlags.RESTARTED))
    assert [row.where for row in rows] == [PLACE[place] for place in places] + [""]
    assert numbering.next_trigger == 2 + len(rows)


@pytest.mark.parametrize(
    ("periods", "frame_id", "period", "doubt"),
    [
        (5.0, 2, PERIOD, ""),
        (5.2, 2, PERIOD, ""),
        (4.5, 2, PERIOD, "4.50 periods passed with 2 exposures"),
        (4.3, 0, PERIOD, "4.30 periods passed with 0 exposures"),
        (2.0, 2, PERIOD, "2.00 periods passed with 2 exposures"),
        (3000.0, 0, PERIOD, "3000.00 periods passed"),
        (-7.0, 0, PERIOD, "does not show how many"),
        (5.0, 0, None, "does not show how many"),
    ],
)
def test_a_count_that_begins_anew_leaves_a_doubt_where_nothing_is_certain(
    periods: float, frame_id: int, period: int | None, doubt: str
) -> None:
    numbering = Numbering(first_id=0, period_ns=period)
    numbering.frame(info(0, 0, 10 * PERIOD))
    numbering.frame(info(1, 1, 11 * PERIOD))
    numbering.frame(info(2, frame_id, round((11 + periods) * PERIOD), FrameFlags.RESTARTED))
    assert len(numbering.doubts) == bool(doubt)
    assert all(doubt in each and "after trigger 1 the camera began" in each for each in numbering.doubts)


def test_a_first_frame_after_a_restart_belongs_to_the_first_trigger() -> None:
    rows = Numbering(first_id=0, period_ns=PERIOD).frame(info(77, 0, 10**15, FrameFlags.RESTARTED))
    assert [row.trigger for row in rows] == [0]


def test_what_a_camera_does_not_tell_is_left_empty() -> None:
    numbering = Numbering(first_id=0, period_ns=None)
    [row] = numbering.frame(info(0, 0, 5))
    assert (row.exposure_us, row.gain_db, row.line_status) == (None, None, None)
    told = FrameInfo(1, 1, 9, 10, FrameFlags.NONE, 0, 1500.5, 0.0, 12)
    [row] = numbering.frame(told)
    assert (row.exposure_us, row.gain_db, row.line_status) == (1500.5, 0.0, 12)


def test_end_names_frames_up_to_the_last_trigger_if_it_is_known() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD, next_trigger=3)
    numbering.frame(info(0, 0, 0))
    assert numbering.end(None) == []
    assert [(row.trigger, row.where) for row in numbering.end(6)] == [
        (4, "transport"),
        (5, "transport"),
        (6, "transport"),
    ]
    assert numbering.end(6) == []
    assert [row.where for row in numbering.end(7, "writer")] == ["writer"]
    with pytest.raises(ValueError, match="heaven"):
        numbering.end(8, "heaven")


@pytest.mark.parametrize(
    "arguments",
    [
        {"first_id": 0, "period_ns": 0},
        {"first_id": -1, "period_ns": None},
        {"first_id": 0, "period_ns": None, "next_trigger": -1},
        {"first_id": 0, "period_ns": None, "anchor": Anchor(0, 0)},
    ],
)
def test_what_cannot_be_numbered_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Numbering(**arguments)  # type: ignore[arg-type]


# -- a first frame whose id began elsewhere


def counted(frame_id: int, missed: int) -> FrameInfo:
    """The first frame of a stream, of which the camera process knows how many were lost before it."""
    return info(0, frame_id, 10**9, FrameFlags.COUNTED)._replace(missed=missed)


@pytest.mark.parametrize(("first_id", "frame_id"), [(0, 6), (1, 7), (1, 40_000), (0, 40_000), (1, 2)])
@pytest.mark.parametrize("missed", [0, 2])
def test_first_frame_has_the_trigger_that_was_counted(first_id: int, frame_id: int, missed: int) -> None:
    numbering = Numbering(first_id=first_id, period_ns=PERIOD)
    rows = numbering.frame(counted(frame_id, missed))
    before = [(frame_id - missed + at - first_id) % 65535 + first_id for at in range(missed)]
    assert [row.frame_id for row in rows] == [*before, frame_id]
    assert [row.where for row in rows] == ["transport"] * missed + [""]
    assert rows[-1].trigger == missed
    assert numbering.frame(info(1, frame_id + 1, 10**9 + PERIOD))[-1].trigger == missed + 1


def test_frame_that_a_recording_begins_with_has_the_trigger_it_was_given() -> None:
    numbering = Numbering(first_id=40_000, period_ns=None, next_trigger=5)
    assert numbering.frame(counted(40_000, 5))[-1].trigger == 5


def test_frames_that_count_anew_have_the_triggers_that_were_counted() -> None:
    numbering = Numbering(first_id=0, period_ns=None)
    numbering.frame(info(0, 0, 0))
    again = counted(500, 3)._replace(index=1, flags=FrameFlags.COUNTED | FrameFlags.RESTARTED)
    assert len(numbering.frame(again)) == 4


def test_doubts_do_not_grow_without_end() -> None:
    numbering = Numbering(first_id=0, period_ns=PERIOD)
    for at in range(100):
        numbering.frame(info(at, at, round(at * 2.4 * PERIOD)))
    assert len(numbering.doubts) == 11
    assert "more triggers" in numbering.doubts[-1]
