"""What all hosts of a rig are asked to record: the same plan for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors import ArgumentError
from llpyspin.hosts import asks

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plan_of_hosts"]

REFUSED = {
    "overwrite": "an older session is not replaced over several hosts: choose a new folder",
    "pre_trigger": "the files of several hosts cannot begin before the trigger, with the same frame",
    "spill_folder": "spill_folder is a folder of one computer",
}
"""Options of a recording that several hosts cannot carry out, and why."""


def plan_of_hosts(
    options: Mapping[str, Any],
    *,
    on_failure: str | None,
    allow_lower_rate: bool | None,
    seconds: float | None,
    triggers: int | None,
) -> asks.Prime:
    """The request, without folder and rate, which differ from host to host.

    Raises
    ------
    ArgumentError
        An option is not possible with hosts.
    """
    for name, why in REFUSED.items():
        if options.get(name):
            raise ArgumentError(f"{name} is not possible with hosts: {why}")
    return asks.Prime(
        options={name: each for name, each in options.items() if each is not None},
        on_failure=on_failure,
        allow_lower_rate=allow_lower_rate,
        seconds=seconds,
        triggers=triggers,
    )
