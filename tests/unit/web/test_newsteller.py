from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from llpyspin.errors import CameraClosedError, CameraProcessError
from llpyspin.web.newsteller import News, Telling

if TYPE_CHECKING:
    import pytest

NEWS = News({"state": "open"}, {"top": "address"})


def test_news_end_when_there_are_none_any_more() -> None:
    told: list[News] = []
    waiting = [NEWS]
    telling = Telling(lambda: waiting.pop() if waiting else None, told.append)
    assert telling.step()
    assert not telling.step()
    assert told == [NEWS]


def test_news_that_cannot_be_had_now_are_had_later() -> None:
    def news() -> News:
        raise CameraClosedError("closed just now")

    told: list[News] = []
    assert Telling(news, told.append).step()
    assert not told


def test_page_that_has_died_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def tell(news: News) -> None:
        raise CameraProcessError("its process was killed by SIGKILL")

    telling = Telling(lambda: NEWS, tell)
    telling.start()
    assert telling.over.wait(10)
    assert "the live page has ended: its process was killed by SIGKILL" in caplog.text


def test_thread_ends_at_once_when_it_is_to() -> None:
    told = threading.Event()
    telling = Telling(lambda: NEWS, lambda news: told.set())
    telling.start()
    assert told.wait(10)
    telling.end()
    assert telling.over.is_set()
