"""Which views of a widget have shown what was sent last, with a clock that tests set."""

from __future__ import annotations

import pytest

from llpyspin.web.audience import FORGET_S, GRACE_S, MOST, SILENT_S, Audience


class Views:
    """An audience and its clock; ``say`` is what a browser sends."""

    def __init__(self) -> None:
        self.now = 100.0
        self.audience = Audience(lambda: self.now)

    def say(self, view: str, what: str, number: int | None = None) -> None:
        message: dict[str, object] = {"view": view, "say": what}
        self.audience.hear(message if number is None else {**message, "number": number})


@pytest.fixture
def views() -> Views:
    return Views()


def test_nothing_is_due_before_a_view_is_ready(views: Views) -> None:
    assert not views.audience.ready()
    views.say("a", "ready")
    assert views.audience.ready()
    assert views.audience.newcomers()
    assert not views.audience.newcomers()


def test_next_message_waits_for_the_last_acknowledgement(views: Views) -> None:
    views.say("a", "ready")
    number = views.audience.sent()
    assert not views.audience.ready()
    views.say("a", "shown", number - 1)
    assert not views.audience.ready()
    views.say("a", "shown", number)
    assert views.audience.ready()


def test_acknowledgement_of_a_later_message_counts_for_the_last_one(views: Views) -> None:
    views.say("a", "ready")
    number = views.audience.sent()
    views.say("a", "shown", number + 1000)
    assert views.audience.ready()
    views.audience.sent()
    assert not views.audience.ready()


def test_slower_of_two_views_sets_the_pace(views: Views) -> None:
    views.say("a", "ready")
    views.say("b", "ready")
    number = views.audience.sent()
    views.say("a", "shown", number)
    assert not views.audience.ready()
    views.say("b", "shown", number)
    assert views.audience.ready()


def test_silent_view_holds_up_no_other_one(views: Views) -> None:
    views.say("a", "ready")
    views.say("dead", "ready")
    number = views.audience.sent()
    views.say("a", "shown", number)
    views.now += SILENT_S + 0.1
    assert views.audience.ready()


def test_silent_view_that_is_alone_gets_nothing_until_it_speaks(views: Views) -> None:
    views.say("a", "ready")
    number = views.audience.sent()
    views.now += SILENT_S + 0.1
    assert not views.audience.looking()
    views.now += FORGET_S  # as in a kernel that was busy with a cell
    assert not views.audience.ready()
    assert not views.audience.empty()
    views.say("a", "shown", number)
    assert views.audience.ready()


def test_view_without_anything_to_show_is_not_silent(views: Views) -> None:
    views.say("a", "ready")
    views.now += 10 * FORGET_S
    assert views.audience.ready()


def test_hidden_view_gets_nothing_and_is_not_forgotten(views: Views) -> None:
    views.say("a", "ready")
    views.audience.sent()
    views.say("a", "hidden")
    views.now += 10 * FORGET_S
    assert not views.audience.looking()
    assert not views.audience.left()
    views.say("a", "ready")
    assert views.audience.ready()


def test_audience_has_left_a_while_after_its_last_view_is_gone(views: Views) -> None:
    views.say("a", "ready")
    views.say("b", "ready")
    views.say("a", "gone")
    assert not views.audience.empty()
    views.say("b", "gone")
    assert views.audience.empty()
    assert not views.audience.left()
    views.now += GRACE_S
    assert views.audience.left()


def test_cell_that_is_moved_keeps_its_view(views: Views) -> None:
    views.say("a", "ready")
    views.say("a", "gone")
    views.say("b", "ready")
    views.now += GRACE_S
    assert not views.audience.left()
    assert views.audience.ready()


def test_number_of_views_is_limited(views: Views) -> None:
    for number in range(10 * MOST):
        views.now += 0.001
        views.say(f"view-{number}", "ready")
    assert len(views.audience._views) == MOST
    assert f"view-{10 * MOST - 1}" in views.audience._views


@pytest.mark.parametrize(
    "message",
    [
        None,
        "ready",
        [],
        {},
        {"say": "ready"},
        {"view": 1, "say": "ready"},
        {"view": "a", "say": "shown"},
        {"view": "a", "say": "shown", "number": "1"},
        {"view": "a", "say": "what"},
    ],
)
def test_message_of_another_kind_is_ignored(views: Views, message: object) -> None:
    views.audience.hear(message)
    assert not views.audience.looking()
    assert views.audience._views == {}


def test_long_name_of_a_view_is_cut(views: Views) -> None:
    views.say("x" * 10_000_000, "ready")
    assert max(map(len, views.audience._views)) <= 64
