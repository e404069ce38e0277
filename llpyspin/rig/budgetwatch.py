"""Ends a run whose budget is used up; and has losses and a disk that gets full told by notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.budget import BUDGET
from llpyspin.rig.spending import spent_by

if TYPE_CHECKING:
    from llpyspin.rig.run import RigRun

__all__ = ["over_budget"]


def over_budget(run: RigRun) -> str:
    """Why the run must end now; "" where it may go on.  Losses and a disk that gets full become notices."""
    if run.begun is None or run.plan.folder is None:
        return ""
    for text in run.notices.taken_failures():
        run.note("notice", text)
    spent, budget = spent_by(run.members), run.plan.budget
    run.notices.look(spent, budget)
    reason = budget.disk_reason(spent.free) or budget.size_reason(spent.written) or run.heat
    if not reason or run.over.is_set():
        return ""
    run.note(BUDGET, f"the recording was ended: {reason}")
    return reason
