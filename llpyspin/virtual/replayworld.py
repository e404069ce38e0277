"""Reads the entry ``replay`` of a world's configuration; its cameras and wires are those of the recording."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import LlpyspinError
from llpyspin.virtual.footage import open_footage
from llpyspin.virtual.replaying import spec_of
from llpyspin.virtual.specs import Replay
from llpyspin.virtual.worldtypes import ReplayTypes
from llpyspin.yamlfile.validating import Scope

if TYPE_CHECKING:
    from llpyspin.virtual.footage import Footage
    from llpyspin.virtual.specs import CameraSpec

__all__ = ["Recorded", "read_replay"]

_ALLOWED = "the path of a recording, a video or a folder of pictures, or a mapping with path"


class Recorded(NamedTuple):
    """What the recording has of a world."""

    cameras: list[CameraSpec | None]
    wires: list[Scope]


def read_replay(scope: Scope) -> tuple[Replay, Recorded]:
    """What is replayed, and its cameras; mistakes go into the report."""
    nothing = Replay(), Recorded([], [])
    given = scope.given.get("replay")
    if given is None:
        return nothing
    if scope.given.get("cameras"):
        text = "cameras and replay exclude each other: the cameras are those of the recording"
        scope.mistake(text, "cameras", value=scope.given["cameras"], allowed="cameras, or replay")
        return nothing
    own = _entry(scope, given)
    if own is None:
        return nothing
    path = os.path.abspath(os.path.expanduser(own["path"]))
    replay = Replay(path, own.get("pace", "recorded") == "recorded", own.get("repeat", False))
    rate = own.get("framerate")
    try:
        footage = open_footage(path, None if rate is None else float(rate))
    except (LlpyspinError, OSError) as error:
        scope.mistake(f"replay: {error}", "replay", value=own["path"], allowed=_ALLOWED)
        return nothing
    return replay, Recorded([spec_of(camera) for camera in footage.cameras], _wires(scope, footage))


def _entry(scope: Scope, given: Any) -> dict[str, Any] | None:
    """The fields of the entry; None if something is wrong with it."""
    before = len(scope.report.mistakes)
    if not isinstance(given, (str, Mapping)) or not given:
        scope.refuse("replay", given, _ALLOWED)
        return None
    inner = scope.inside("replay", {"path": given} if isinstance(given, str) else given)
    inner.unknown(ReplayTypes.__struct_fields__, what="unknown key {}")
    own = inner.fields(ReplayTypes)
    return own if len(scope.report.mistakes) == before else None


def _wires(scope: Scope, footage: Footage) -> list[Scope]:
    """The recorded wires that lead from one recorded camera to another."""
    serials = {camera.serial for camera in footage.cameras}
    return [
        Scope(scope.report, {"": wire}, "replay")
        for wire in footage.wires
        if {end.split(":")[0].strip() for end in wire.split("->")} <= serials
    ]
