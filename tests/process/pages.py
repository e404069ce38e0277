"""A live page that may change something, without a browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Page", "in_state"]

LONG_S = 30.0
LOOK_S = 0.05


class Page:
    """What the page does, by an HTTP client."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        origin = f"{place.scheme}://{place.netloc}"
        self.client = httpx.Client(
            base_url=origin, timeout=LONG_S, headers={"Origin": origin, "X-Llpyspin": "1"}
        )
        assert self.client.get(url).status_code == 200

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def status(self) -> dict[str, Any]:
        return dict(self.client.get("/status.json").json())

    def wait_for(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + LONG_S
        while not what(status := self.status()):
            assert time.monotonic() < deadline, status
            time.sleep(LOOK_S)
        return status

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer to a request."""
        answer = self.client.post(f"/do/{kind}", json=fields)
        assert answer.status_code == 202, answer.text
        number = answer.json()["number"]

        def found(status: dict[str, Any]) -> dict[str, Any]:
            return next(dict(each) for each in status["wishes"] if each["number"] == number)

        return found(self.wait_for(lambda status: found(status)["state"] in ("done", "refused")))

    def done(self, kind: str, **fields: Any) -> str:
        answer = self.ask(kind, **fields)
        assert answer["state"] == "done", answer
        return str(answer["text"])

    def refused(self, kind: str, **fields: Any) -> str:
        answer = self.ask(kind, **fields)
        assert answer["state"] == "refused", answer
        return str(answer["text"])


def in_state(state: str) -> Callable[[dict[str, Any]], bool]:
    return lambda status: bool(status["state"] == state)
