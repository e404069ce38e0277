"""What to know of a recording before everything else: is anything missing?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.recording.account.data import AccountData

__all__ = ["counted", "verdict_of"]


def verdict_of(account: AccountData) -> str:
    """What to know before everything else: is anything missing?"""
    bad = [camera for camera in account.cameras if camera.all_lost or camera.incomplete]
    if bad:
        each = [
            f"{camera.label} has no whole picture of {camera.all_lost + camera.incomplete} of "
            f"{counted(camera.triggers, 'trigger')}."
            for camera in bad
        ]
        return "FRAMES ARE MISSING:" + (
            f" {each[0]}" if len(each) == 1 else "".join(f"\n  {one}" for one in each)
        )
    if not account.adds_up:
        return ""
    if not any(camera.triggers for camera in account.cameras):
        return "THERE IS NO PICTURE: no trigger came to any camera."
    if account.killed:
        return "Nothing is missing up to the kill: there is a whole picture of every trigger that is known."
    return "Nothing is missing: there is a whole picture of every trigger, from every camera."


def counted(number: int, thing: str) -> str:
    """The number of things: "1 trigger", "2 triggers"."""
    return f"{number} {thing}" + ("" if number == 1 else "s")
