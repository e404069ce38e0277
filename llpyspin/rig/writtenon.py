"""A writer that died: its camera is written on in a new segment, without a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.numbering import numbered_by
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.rig.elapsed import when_written_on
from llpyspin.rig.folder import next_part, sidecars

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun

__all__ = ["write_on"]


def write_on(run: RigRun, member: Member) -> None:
    """Start another writer for a camera whose stream goes on.

    Raises
    ------
    LlpyspinError, OSError
        It cannot be started; or somebody has removed files meanwhile.
    """
    stint, folder = member.stint, run.plan.folder
    assert folder is not None and stint is not None
    following = _last_trigger(folder.path, member.name, run.first_trigger - 1) + 1
    stint.follower.catch_up()
    found = stint.follower.first_at_or_after(following)
    known = found or stint.follower.newest()
    part = next_part(folder.path, member.name)
    more: dict[str, object] = {"part": part, "next_trigger": following, **when_written_on(run, member)}
    more["since"] = stint.reader.newest + 1 if found is None else found[1].index
    if known is not None:
        trigger, info = known
        more |= numbered_by(info, trigger, following, stint.period_ns, stint.armed.first_id)
    member.start_recorder(folder.video(member.name), run.plan.options, run.rate, same_stream=True, **more)
    run.note("rejoined", f"is written on in segment {part}", member, following)


def _last_trigger(folder: Path, name: str, otherwise: int) -> int:
    """The last trigger that has a row in the files of a camera."""
    rows = [row for path in sidecars(folder, name).values() for row in read_sidecar(path)[-1:]]
    return max((row.trigger for row in rows), default=otherwise)
