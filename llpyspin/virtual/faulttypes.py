"""Types of the arguments of faults; see :mod:`llpyspin.yamlfile.validating` and :mod:`.fault_kinds`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = ["FAULTS", "ONE_OF"]

NodeName = Annotated[str, Meta(pattern=r"^[^\W\d]\w*$", extra={"allowed": "the name of a node"})]
Rate = Annotated[float, Meta(ge=0, le=1, extra={"allowed": "a number from 0 to 1"})]
Count = Annotated[int, Meta(ge=0, le=10**9, extra={"allowed": "a whole number from 0 to 1000000000"})]
Numbers = Annotated[
    list[Annotated[int, Meta(ge=0)]], Meta(extra={"allowed": "a list of frame numbers from 0"})
]
Times = Annotated[int, Meta(ge=1, le=10**6, extra={"allowed": "a whole number from 1 to 1000000"})]
Million = Annotated[float, Meta(ge=0, le=1e6, extra={"allowed": "a number from 0 to 1000000"})]


class _Fault(Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class Share(_Fault, forbid_unknown_fields=True, kw_only=True):
    """A share of the frames, or the next few, or some by their numbers: one of these."""

    rate: Rate | UnsetType = UNSET
    frames: Count | UnsetType = UNSET
    at: Numbers | UnsetType = UNSET


class Stall(_Fault, forbid_unknown_fields=True, kw_only=True):
    seconds: Million


class Unplug(_Fault, forbid_unknown_fields=True, kw_only=True):
    says: Literal["removed", "disconnected", "aborted"] | UnsetType = UNSET


class Nothing(_Fault, forbid_unknown_fields=True, kw_only=True):
    pass


class SlowNodes(_Fault, forbid_unknown_fields=True, kw_only=True):
    ms: Million


class ClockDrift(_Fault, forbid_unknown_fields=True, kw_only=True):
    ppm: Annotated[float, Meta(ge=-1000, le=1e6, extra={"allowed": "a number from -1000 to 1000000"})]


class Hang(_Fault, forbid_unknown_fields=True, kw_only=True):
    where: Literal["get_next", "node", "init", "stop"]
    seconds: Million | UnsetType = UNSET


class Access(_Fault, forbid_unknown_fields=True, kw_only=True):
    times: Times | UnsetType = UNSET
    node: NodeName | UnsetType = UNSET


class Unreadable(_Fault, forbid_unknown_fields=True, kw_only=True):
    node: NodeName


class RefuseBuffers(_Fault, forbid_unknown_fields=True, kw_only=True):
    where: Literal["set", "begin"]
    error: Literal["RuntimeError", "ValueError", "SpinnakerException"] | UnsetType = UNSET


class Miscount(_Fault, forbid_unknown_fields=True, kw_only=True):
    by: Annotated[int, Meta(ge=-10, le=10, extra={"allowed": "a whole number from -10 to 10"})]
    where: Literal["start", "wrap"]


class Ids(_Fault, forbid_unknown_fields=True, kw_only=True):
    begin: Annotated[int, Meta(ge=0, le=1 << 40, extra={"allowed": f"a whole number from 0 to {1 << 40}"})]


class SupplyEdge(_Fault, forbid_unknown_fields=True, kw_only=True):
    us: Annotated[float, Meta(ge=1, le=1e6, extra={"allowed": "a number from 1 to 1000000"})]


ONE_OF = (Share,)
FAULTS: dict[str, type[Struct]] = {
    **dict.fromkeys(("incomplete", "lose", "miss"), Share),
    "stall": Stall,
    "unplug": Unplug,
    "plug": Nothing,
    "slow_nodes": SlowNodes,
    "clock_drift": ClockDrift,
    "hang": Hang,
    **dict.fromkeys(("fail_write", "fail_read"), Access),
    "unreadable": Unreadable,
    "refuse_buffers": RefuseBuffers,
    "miscount": Miscount,
    "ids": Ids,
    "supply_edge": SupplyEdge,
    "mend": Nothing,
}
