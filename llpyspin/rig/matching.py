"""The frames of one trigger, from several cameras, whenever each of them arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from llpyspin.errors import FrameTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.deadlines import Deadline

__all__ = ["Matcher", "Source"]

_Item = TypeVar("_Item", covariant=True)


class Source(Protocol[_Item]):
    """One camera, as the matcher sees it."""

    def catch_up(self) -> int:
        """Take note of what has arrived; gives the trigger after the newest one that is accounted for."""

    def wait(self, timeout_s: float) -> None:
        """Block until something more arrives; :class:`FrameTimeoutError` if nothing does."""

    def get(self, trigger: int) -> _Item | None:
        """The frame of a trigger up to the newest one; None where it was lost."""


class Matcher(Generic[_Item]):
    """Gives one trigger after the other, with the frames that all cameras have of it.

    Attributes
    ----------
    trigger : int
        The one that was given last; -1 before the first.
    """

    def __init__(self) -> None:
        self.trigger = -1
        self._late: set[str] = set()

    def next(
        self, sources: Mapping[str, Source[_Item]], backlog: int, deadline: Deadline, *, behind: int = 100
    ) -> dict[str, _Item | None]:
        """The next trigger of which any camera has a frame, by camera; all None when none came in time.

        A camera that was late once is not waited for until it has caught up by itself, so that one that
        has stopped does not hold up the others again and again.

        Parameters
        ----------
        sources : mapping of str to Source
            The cameras that are there.
        backlog : int
            Triggers are given in order while all cameras are at most so many ahead; beyond that all but
            the newest are passed over.
        deadline : Deadline
            Until when to wait for frames of this trigger.
        behind : int
            A camera that is further behind the first one is not waited for, either.
        """
        after = {name: source.catch_up() for name, source in sources.items()}
        wanted = self.trigger + 1
        if after:
            lead = max(after.values())
            self._late = {name for name in self._late & after.keys() if after[name] <= wanted}
            self._late |= {name for name in after if after[name] < lead - behind}
            prompt = [after[name] for name in after.keys() - self._late] or [lead]
            if min(prompt) - wanted > backlog:
                wanted = min(prompt) - 1
        while True:
            self._await(sources, wanted, deadline)
            found = {name: source.get(wanted) for name, source in sources.items()}
            if any(item is not None for item in found.values()):
                self.trigger = wanted
                return found
            if not sources or min(source.catch_up() for source in sources.values()) <= wanted:
                return found  # time is over
            wanted += 1  # lost by all of them

    def _await(self, sources: Mapping[str, Source[_Item]], trigger: int, deadline: Deadline) -> None:
        """Until every camera has accounted for the trigger, as far as the time goes."""
        prompt = [name for name in sources if name not in self._late]
        for name in prompt or sources:
            source = sources[name]
            while source.catch_up() <= trigger:
                try:
                    source.wait(deadline.remaining())
                except FrameTimeoutError:
                    self._late.add(name)
                    break
