"""What the wire lost, and what a recording misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording import load
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rig.rig import WireRig

__all__ = ["lost_triggers", "missing_triggers"]


def lost_triggers(wire: WireRig, serial: str, triggers: int) -> tuple[set[int], set[int]]:
    """Triggers whose frames lost packets on the wire, and those of them that lost the first or last one."""
    losses = [each for each in wire.command("losses", serial) if each[0] <= triggers]
    ends = [block for block, packets, lost in losses if {0, packets - 1} & set(lost)]
    return {block - 1 for block, _, _ in losses}, {block - 1 for block in ends}


def missing_triggers(folder: Path, camera: str) -> set[int]:
    """Triggers of a recording without a whole picture; those with one show the frame of that trigger."""
    with load(folder) as session:
        rows = session[camera].columns
        shown = zip(rows[rows["frame"] >= 0], session[camera].frames, strict=True)
        stamps = {row["trigger"]: read_stamp(each) for row, each in shown if row["state"] == "written"}
    assert all(stamp.frame == trigger for trigger, stamp in stamps.items())
    return {int(row["trigger"]) for row in rows} - {int(trigger) for trigger in stamps}
