"""What a run has written and lost so far, and how much room is left on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llpyspin.recording.status import WriterStatus
    from llpyspin.rig.member import Member

__all__ = ["Spent", "spent_by"]


class Spent(NamedTuple):
    """What a run has written so far, and what is left.

    Attributes
    ----------
    written : int
        Bytes of all videos.
    free : int or None
        Bytes on that disk of the videos which has the least; None: nobody knows.
    lost : dict of str to int
        Lost and incomplete frames, by camera.
    """

    written: int
    free: int | None
    lost: dict[str, int]


def spent_by(members: Mapping[str, Member]) -> Spent:
    """By what is known of the writers; nobody is asked: the rig's watch asks them often enough."""
    known = {name: list(_known(member)) for name, member in members.items()}
    free = [writers[-1].disk_free for writers in known.values() if writers and writers[-1].disk_free]
    return Spent(
        written=sum(writer.bytes for writers in known.values() for writer in writers),
        free=min(free, default=None),
        lost={name: sum(map(_lost, writers)) for name, writers in known.items()},
    )


def _known(member: Member) -> Iterator[WriterStatus]:
    for recorder in member.writers.segments:
        if recorder.latest is not None:
            yield recorder.latest


def _lost(writer: WriterStatus) -> int:
    return writer.incomplete + sum(writer.lost.values())
