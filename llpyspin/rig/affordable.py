"""Whether a run that is about to begin keeps to its budget: free disk space, heat of the cameras."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from llpyspin.errors import BudgetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.rig.member import Member
    from llpyspin.rig.noticing import RigNotices
    from llpyspin.rig.plan import RigPlan

__all__ = ["check_disk", "check_heat"]


def check_disk(plan: RigPlan) -> None:
    """Refuse a run that its budget would end at once.

    Raises
    ------
    BudgetError
    """
    folder, budget = plan.folder, plan.budget
    if folder is None or not budget:
        return
    try:
        free: int | None = shutil.disk_usage(folder.path).free
    except OSError:  # a disk that does not say: the writers tell of it
        free = None
    for limit, reason in (("min_disk", budget.disk_reason(free)), ("max_size", budget.size_reason(0))):
        if reason:
            raise _over(limit, reason)


def check_heat(members: Mapping[str, Member], plan: RigPlan, notices: RigNotices) -> None:
    """The same with the temperatures that the cameras had just before their streams began."""
    for name, member in members.items():
        stint = member.stint
        reason = plan.budget.heat_reason(name, None if stint is None else stint.armed.temperature_c)
        if reason:
            notices.tell("temperature_high", reason, camera=name)
            raise _over("max_temperature", reason)


def _over(limit: str, reason: str) -> BudgetError:
    error = BudgetError(f"the recording does not begin: {reason}")
    error.limit = limit
    return error
