"""The course of one recording on a host: primed, begun, ended; and when it is to end by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from llpyspin.hosts.answers import RecordingFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.hosts.asks import Prime
    from llpyspin.recording.session import Session

__all__ = ["Course"]

State = Literal["primed", "recording", "ending", "ended", "discarded", "failed"]
OVER = ("ended", "discarded", "failed")


class Course:
    """One recording.

    Parameters
    ----------
    number : str
        Its id.
    ask : Prime
    folder : str
        Of the recording, absolute; "" where nothing is written.
    clock : callable
        Gives the time, in s.

    Attributes
    ----------
    state : str
    """

    def __init__(
        self, number: str, ask: Prime, folder: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.number = number
        self.folder = folder
        self.state: State = "primed"
        self._ask = ask
        self._clock = clock
        self._begun: float | None = None
        self._seconds = 0.0
        self._reason = ""
        self._session: Session | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.state in OVER

    @property
    def seconds(self) -> float:
        """Since it began, or as long as it was."""
        return self._seconds if self._begun is None or self.over else self._clock() - self._begun

    @property
    def ends_by_itself(self) -> bool:
        """Whether it has a planned end."""
        return self._ask.seconds is not None or self._ask.triggers is not None

    def begin(self) -> None:
        """The first trigger has come, or will now."""
        if self._begun is None:
            self.state, self._begun = "recording", self._clock()

    def planned_end(self, triggers: int) -> str:
        """Why it is to end as it was planned, after so many triggers; "" as long as it is not."""
        if self._begun is None:
            return ""
        if self._ask.seconds is not None and self.seconds >= self._ask.seconds:
            return f"its {self._ask.seconds:g} s are over"
        if self._ask.triggers is not None and triggers >= self._ask.triggers:
            return f"its {self._ask.triggers} triggers have come"
        return ""

    def ending(self, reason: str) -> None:
        """It is being ended."""
        if not self.over:
            self.state, self._reason = "ending", self._reason or reason

    def end(self, state: State, session: Session | None = None, reason: str = "") -> None:
        """It is over."""
        seconds = self.seconds
        self.state, self._session, self._seconds = state, session, seconds
        self._reason = reason or self._reason

    @property
    def facts(self) -> RecordingFacts:
        """For whoever asks."""
        session = self._session
        account = None if session is None else session.account
        return RecordingFacts(
            recording=self.number,
            folder=self.folder,
            state=self.state,
            reason=self._reason,
            seconds=self.seconds,
            triggers=None if session is None else session.triggers,
            adds_up=None if account is None else account.adds_up,
            verdict="" if account is None else account.verdict,
            doubts=() if account is None else tuple(account.reasons),
            ends_by_itself=self.ends_by_itself,
        )
