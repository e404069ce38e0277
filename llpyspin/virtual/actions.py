"""Action commands: who takes them, when they are carried out, and what the cameras answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.virtual import api
from llpyspin.virtual.clock import host_ns
from llpyspin.virtual.exceptions import INVALID_PARAMETER, raise_error
from llpyspin.virtual.link import Action, Reply, send_action
from llpyspin.virtual.plain import plain_class

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.clock import CameraClock

__all__ = ["ActionQueue", "Taken", "command_cameras"]

_ANSWER_S = 1.0
"""The most that an answer is waited for."""


def _status(name: str) -> int:
    return int(api.constants()[f"SPINNAKER_ACTION_COMMAND_STATUS_{name}"])


class Taken(NamedTuple):
    """What becomes of an action command that is meant for a camera."""

    reply: Reply
    at: int | None
    """When it is carried out (camera time in ns); None: never."""


class ActionQueue:
    """The action commands of one camera that wait for their time."""

    def __init__(self, registers: Registers, clock: CameraClock) -> None:
        self._registers, self._clock = registers, clock
        self._waiting: list[int] = []

    def take(self, action: Action) -> Taken | None:
        """Take an action command, however late this runs; None if it is meant for others.

        A scheduled one needs a common clock and a free place.  One whose time has passed is carried out at
        once, and the answer says so.
        """
        registers, clock = self._registers, self._clock
        keys = registers.get("ActionDeviceKey"), registers.get("ActionGroupKey")
        if keys != action[:2] or not registers.get("ActionGroupMask") & action.group_mask:
            return None
        status, at = self._place(action.at, clock.to_camera(action.sent))
        return Taken(Reply(registers.get("GevCurrentIPAddress"), _status(status)), at)

    def _place(self, at: int, now: int) -> tuple[str, int | None]:
        """The name of the status, and when it is to happen."""
        self._waiting = [each for each in self._waiting if each > now]
        if not at:
            return "OK", now
        if self._clock.following_since is None:
            return "NO_REF_TIME", None
        if at <= now:
            return "ACTION_LATE", now
        if len(self._waiting) >= self._registers.get("ActionQueueSize"):
            return "OVERFLOW", None
        self._waiting.append(at)
        return "OK", at


def command_cameras(addresses: list[str], words: tuple[int, int, int, int], size: Any, results: Any) -> None:
    """Send an action command, and write the answers where the caller wants them.

    Parameters
    ----------
    addresses : list of str
        Of the mailboxes of all GigE cameras.
    words : tuple
        Device key, group key, group mask and time (ns; 0: at once).
    size : object with a ``value``, or None
        How many cameras are expected to answer; afterwards, how many did.  A ``ctypes.c_uint`` is one.
    results : ActionCommandResult, or list of them
        Filled from the front.  What found no place is left out.
    """
    places = _places(size, results)
    answers = send_action(addresses, Action(*words, host_ns()), len(places), _ANSWER_S)
    for place, answer in zip(places, answers, strict=False):
        place.DeviceAddress, place.Status = answer
    if size is not None:
        size.value = len(answers)


def _places(size: Any, results: Any) -> list[Any]:
    """The records that answers are written to; none where none are wanted."""
    if size is not None and not isinstance(getattr(size, "value", None), int):
        _wrong_type(6, "unsigned int *")
    record = plain_class("ActionCommandResult")
    places = [results] if isinstance(results, record) else results or []
    if not isinstance(places, (list, tuple)) or not all(isinstance(each, record) for each in places):
        _wrong_type(7, "Spinnaker::ActionCommandResult []")
    wanted = 0 if size is None else size.value
    if wanted > len(places):
        raise_error(
            f"{wanted} results are expected, and there is room for {len(places)}. Give as many "
            "ActionCommandResult as pResultSize says.",
            INVALID_PARAMETER,
        )
    return list(places[:wanted])


def _wrong_type(number: int, kind: str) -> None:
    raise TypeError(f"in method 'System_SendActionCommand', argument {number} of type '{kind}'")
