"""What is sent to a notebook and when, with a clock that tests set; and the thread that sends it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from llpyspin.errors import CameraClosedError
from llpyspin.web import notebookfeed
from llpyspin.web.audience import GRACE_S, SILENT_S, Audience
from llpyspin.web.newestpictures import Picture
from llpyspin.web.newsteller import News
from llpyspin.web.notebookfeed import GONE, PARK_S, Feed, Material, Message

PERIOD_S = 0.1
LONG_S = 10.0
NEWS = News({"state": "open", "cameras": [{"name": "top", "rate": 0.0, "failure": ""}]}, {"top": ""})


class FakeMaterial:
    """Has something new at each look, if it is to."""

    def __init__(self) -> None:
        self.over = ""
        self.new = True
        self.anew: list[bool] = []
        self.closed = threading.Event()

    def start(self) -> None: ...

    def due(self, *, anew: bool) -> Message | None:
        self.anew.append(anew)
        return Message("{}", ["top"], [b"jpeg"]) if self.new else None

    def close(self) -> None:
        self.closed.set()


class Bench:
    """A feed whose steps the test takes, and the browser that it is for."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.over: list[str] = []
        self.material: Any = FakeMaterial()
        self.audience = Audience(lambda: self.now)
        self.feed = Feed(
            self.audience,
            lambda: self.material,
            lambda content, buffers: self.sent.append((content, buffers)),
            self.over.append,
            PERIOD_S,
            lambda: self.now,
        )

    def say(self, what: str, **more: object) -> None:
        self.audience.hear({"view": "a", "say": what, **more})

    def step(self, later_s: float = 0.0) -> float | None:
        self.now += later_s
        return self.feed.step(self.material)

    def show(self) -> None:
        self.say("shown", number=self.sent[-1][0]["number"])


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.say("ready")
    return made


def test_picture_is_sent_once_the_last_one_was_shown(bench: Bench) -> None:
    for _ in range(5):
        bench.step(PERIOD_S)
    assert bench.sent == [({"number": 1, "status": "{}", "names": ["top"]}, [b"jpeg"])]
    bench.show()
    bench.step(PERIOD_S)
    assert [content["number"] for content, _ in bench.sent] == [1, 2]


def test_fast_browser_gets_no_more_pictures_than_the_rate(bench: Bench) -> None:
    for _ in range(100):
        bench.step(PERIOD_S / 10)
        bench.show()
    assert len(bench.sent) == pytest.approx(10, abs=1)


def test_nothing_new_is_nothing_sent(bench: Bench) -> None:
    bench.material.new = False
    assert bench.step(PERIOD_S) == PERIOD_S
    assert not bench.sent
    bench.material.new = True
    bench.step(PERIOD_S)
    assert len(bench.sent) == 1


def test_view_that_comes_later_gets_all_that_is_newest(bench: Bench) -> None:
    bench.step(PERIOD_S)
    bench.show()
    bench.step(PERIOD_S)
    bench.audience.hear({"view": "b", "say": "ready"})
    bench.show()
    bench.step(PERIOD_S)
    assert bench.material.anew == [True, False, True]


def test_browser_that_stopped_answering_costs_nothing(bench: Bench) -> None:
    bench.step(PERIOD_S)
    for _ in range(1000):
        bench.step(SILENT_S)
    assert len(bench.sent) == len(bench.material.anew) == 1


def test_thread_ends_when_nobody_looks_and_a_look_begins_anew(bench: Bench) -> None:
    bench.step(PERIOD_S)
    bench.say("hidden")
    assert bench.step(PARK_S / 2) is not None
    assert bench.step(PARK_S) is None
    assert bench.over == []
    bench.say("ready")
    bench.step()
    assert len(bench.sent) == 2


def test_deleted_cell_ends_the_view(bench: Bench) -> None:
    bench.step(PERIOD_S)
    bench.say("gone")
    assert bench.step(GRACE_S / 2) is not None
    assert bench.step(GRACE_S) is None
    assert bench.over == [GONE]


def test_end_of_the_cameras_ends_the_view(bench: Bench) -> None:
    bench.step(PERIOD_S)
    bench.show()
    bench.material.over = "lost: unplugged"
    assert bench.step(PERIOD_S) is None
    assert bench.over == ["lost: unplugged"]
    assert len(bench.sent) == 1


# -- the thread -------------------------------------------------------------------------------------------


class Browser:
    """Acknowledges what a real feed sends, until it is to stop."""

    def __init__(self, make: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self.shown = threading.Semaphore(0)
        self.over = threading.Event()
        self.answers = True
        self.feed = Feed(Audience(), make, self.take, lambda why: self.over.set(), 0.001)

    def take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        del buffers
        self.messages.append(content)
        self.shown.release()
        if self.answers:
            self.feed.hear({"view": "a", "say": "shown", "number": content["number"]})

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.shown.acquire(timeout=LONG_S)


def test_thread_starts_with_the_first_look_and_closes_what_it_used() -> None:
    material: Any = FakeMaterial()
    browser = Browser(lambda: material)
    assert browser.feed._thread is None
    browser.feed.hear({"view": "a", "say": "ready"})
    browser.wait(20)
    thread = browser.feed._thread
    browser.feed.end()
    browser.feed.join()
    assert thread is not None
    thread.join(LONG_S)
    assert not thread.is_alive()
    assert material.closed.is_set()
    browser.feed.hear({"view": "a", "say": "ready"})
    assert browser.feed._thread is None


def test_view_that_was_forgotten_goes_on_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebookfeed, "PARK_S", 0.0)
    made: list[FakeMaterial] = []

    def make() -> Any:
        made.append(FakeMaterial())
        return made[-1]

    browser = Browser(make)
    browser.feed.hear({"view": "a", "say": "ready"})
    browser.wait(3)
    browser.feed.hear({"view": "a", "say": "hidden"})
    assert made[0].closed.wait(LONG_S)
    while browser.shown.acquire(blocking=False):
        pass
    browser.feed.hear({"view": "a", "say": "ready"})
    browser.wait(3)
    assert len(made) == 2
    browser.feed.end()
    assert made[1].closed.wait(LONG_S)


def test_kernel_that_takes_no_messages_ends_the_view(caplog: pytest.LogCaptureFixture) -> None:
    material: Any = FakeMaterial()
    why: list[str] = []

    def send(content: dict[str, Any], buffers: list[bytes]) -> None:
        raise RuntimeError("socket closed")

    feed = Feed(Audience(), lambda: material, send, why.append, 0.001)
    feed.hear({"view": "a", "say": "ready"})
    assert material.closed.wait(LONG_S)
    assert why == ["RuntimeError: socket closed"]
    assert "the live view has ended: RuntimeError: socket closed" in caplog.text


# -- what there is to send --------------------------------------------------------------------------------


@pytest.fixture
def material(monkeypatch: pytest.MonkeyPatch) -> Any:
    """News and pictures that the test makes."""

    class FakePictures:
        names = ("top",)

        def __init__(self, rate: float, edge: int) -> None:
            self.picture: Picture | None = None

        def point_at(self, addresses: dict[str, str]) -> None: ...

        def rate(self, name: str) -> float:
            return 29.97

        def fresh(self, shown: dict[str, int], names: tuple[str, ...]) -> list[tuple[str, Picture]]:
            picture = self.picture
            return [] if picture is None or shown.get("top") == picture.number else [("top", picture)]

        def close(self) -> None: ...

    monkeypatch.setattr(notebookfeed, "Pictures", FakePictures)
    made = Material(lambda: NEWS, 15.0, 480)
    yield made
    made.close()


def test_status_and_pictures_are_sent_when_they_are_new(material: Any) -> None:
    assert material.due(anew=False) is None
    material._telling.step()
    material._pictures.picture = Picture(1, 17, b"jpeg")
    first = material.due(anew=False)
    assert json.loads(first.status)["cameras"] == [{"name": "top", "rate": 29.97, "failure": ""}]
    assert (first.names, first.jpegs) == (["top"], [b"jpeg"])
    assert material.due(anew=False) is None
    assert material.due(anew=True) == first
    material._pictures.picture = Picture(2, 18, b"other")
    assert material.due(anew=False) == Message("", ["top"], [b"other"])
    assert NEWS.status["cameras"][0]["rate"] == 0.0  # it is not the feed's to change


@pytest.mark.parametrize(
    ("state", "failure", "over"),
    [("lost", "unplugged", "lost: unplugged"), ("closed", "", "closed"), ("recording", "slow", "")],
)
def test_state_of_the_cameras_says_whether_more_pictures_come(
    material: Any, state: str, failure: str, over: str
) -> None:
    material._take(News({"state": state, "cameras": [{"name": "a", "rate": 1.0, "failure": failure}]}, {}))
    assert material.over == over


def test_cameras_that_nobody_uses_any_more_are_closed() -> None:
    material = Material(lambda: None, 15.0, 480)
    material.start()
    material.due(anew=False)
    assert material.over == "closed"
    material.close()


def test_camera_that_is_being_closed_is_asked_again() -> None:
    def news() -> News:
        raise CameraClosedError("closed just now")

    material = Material(news, 15.0, 480)
    material.start()
    assert material.due(anew=False) is None
    assert not material.over
    material.close()
