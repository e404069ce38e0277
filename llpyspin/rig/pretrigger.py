"""Begins the files of all cameras with the same trigger, some seconds before ``trigger()`` came."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.rig.together import together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.rig.member import Member

__all__ = ["LOOK_S", "begin_files", "first_of"]

BEGIN_S = 1.0  # for a frame of the first trigger to come from a camera that is later than the others
LOOK_S = 0.02
ROUNDS = 20  # of looking for a trigger that all cameras have a frame of


def first_of(members: Mapping[str, Member], lead: str, back: int, least: int) -> tuple[int, int]:
    """The first trigger of the files, and the newest one, which is ``back`` triggers later where it can be.

    ``lead`` is the camera that says which one is newest, if it is there; ``least`` is the first one of all.
    """
    ends = {name: member.stint.follower.catch_up() for name, member in members.items() if member.stint}
    newest = ends[lead] if lead in ends else max(ends.values())
    return _common(members, max(least, newest - back)), newest


def begin_files(members: Mapping[str, Member], first: int, timeout_s: float) -> None:
    """Have all files begin with this trigger.

    Raises
    ------
    RigError
        Some files cannot begin.
    """

    def begin(member: Member) -> None:
        assert member.stint is not None
        follower, deadline = member.stint.follower, Deadline(BEGIN_S)
        while (found := follower.first_at_or_after(first)) is None and not deadline.passed:
            time.sleep(LOOK_S)
            follower.catch_up()
        if found is None:  # it gives no frames now: what it gives next is the first one
            member.writers.begin(first, follower.position, first)
        else:
            member.writers.begin(found[0], found[1].index, first)

    together(begin, members, timeout_s).or_raise("some files cannot begin:")


def _common(members: Mapping[str, Member], first: int) -> int:
    """The first trigger from ``first`` on of which every camera has a frame, if that is to be found."""
    for _ in range(ROUNDS):
        found = [
            member.stint.follower.first_at_or_after(first) for member in members.values() if member.stint
        ]
        latest = max((each[0] for each in found if each is not None), default=first)
        if latest == first:
            return first
        first = latest
    return first
