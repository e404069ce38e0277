"""Cameras that come back while the rig ends: what they are compared with may be gone at any moment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from llpyspin.errors import CameraClosedError
from llpyspin.rig.anchoring import anchor_of, note_lags, observed_period_ns, reference_for
from llpyspin.roles import ClockSample


class LetGo:
    """A camera whose stint is there at the first look and gone at the next."""

    failure = lag_ns = None
    name, primary = "top", True
    clocks = (ClockSample(0, 0, 1),)

    def __init__(self, looks: int) -> None:
        self._looks = looks

    @property
    def stint(self) -> Any:
        self._looks -= 1
        if self._looks < 0:
            return None
        follower = SimpleNamespace(newest=lambda: None, catch_up=lambda: 0)
        return SimpleNamespace(follower=follower, period_ns=10_000_000, clock=None)


def test_reference_that_was_closed_is_an_error_that_recovery_knows() -> None:
    gone: Any = LetGo(0)
    with pytest.raises(CameraClosedError, match="top, whose triggers are known, was closed"):
        anchor_of(gone, gone, ClockSample(0, 0, 1))
    assert observed_period_ns(gone) is None


@pytest.mark.parametrize("looks", range(4))
def test_reference_may_be_let_go_between_two_looks(looks: int) -> None:
    member: Any = LetGo(looks)
    run: Any = SimpleNamespace(primary=member, members={"top": member}, alive=lambda: {"top": member})
    assert reference_for(run, SimpleNamespace(name="other")) is None  # type: ignore[arg-type]
    note_lags(run)
    assert observed_period_ns(member) is None
