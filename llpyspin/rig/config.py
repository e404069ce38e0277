"""What a rig is to be: plain, validated values; from code, or from a YAML file through ``parsing``."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from llpyspin.applying import ORDER
from llpyspin.errors import RigConfigError
from llpyspin.recording.names import MOST_BYTES, belongs, folded, split
from llpyspin.recording.session import SESSION_FILE
from llpyspin.roles import Lines
from llpyspin.settings import brief

__all__ = ["ON_FAILURE", "SETTINGS", "CameraConfig", "OnFailure", "RigConfig", "with_roles"]

OnFailure = Literal["recover", "continue", "stop"]
ON_FAILURE: tuple[str, ...] = ("recover", "continue", "stop")
TRIGGERS = ("primary", "external")
SYNCS = ("lines", "ptp")
ROLES = ("primary", "secondary")
SETTINGS = tuple(name for name in ORDER if name != "framerate")
"""Settings of a camera that a configuration may name, in the order in which they are set."""
LINE_FIELDS = tuple(Lines.__dataclass_fields__)

RESERVED = Path(SESSION_FILE).stem
_NAME = re.compile(r"[\w.-]{1,60}")


@dataclass(frozen=True)
class CameraConfig:
    """One camera of a rig.

    Attributes
    ----------
    device : str or int
        Serial number, or index among the connected cameras.  Serial numbers are better: the order of the
        list is the SDK's.
    name : str
        What it is called in files, messages and results; by default the serial number or ``camera0``.
    role : {"primary", "secondary"}, optional
        None: see :func:`with_roles`.
    color : bool, optional
        As in :class:`llpyspin.camera.Camera`.
    settings : mapping
        Of :data:`SETTINGS`; ``exposure`` in us, ``gain`` in dB, ``roi`` as (y, x, height, width).
    nodes : mapping, or sequence of pairs
        GenICam nodes by name, set after the settings, in this order; as pairs of name and value where one is
        set more than once, as a selector.
    lines : mapping
        What differs from the lines that the camera's model uses: fields of :class:`llpyspin.roles.Lines`.
    """

    device: str | int
    name: str = ""
    role: str | None = None
    color: bool | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Any] | tuple[tuple[str, Any], ...] = field(default_factory=dict)
    lines: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        device = self.device
        if isinstance(device, bool) or not isinstance(device, (str, int)) or device == "":
            raise RigConfigError(
                f"a camera is named by its serial number (text) or its index, not {brief(device)}"
            )
        if isinstance(device, int) and device < 0:
            raise RigConfigError(f"a camera's index must be 0 or more, not {device}")
        if not self.name:
            object.__setattr__(self, "name", device if isinstance(device, str) else f"camera{device}")
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name)) or self.name.startswith("."):
            raise RigConfigError(
                f"a camera's name must have 1 to 60 letters, digits, '_', '-' and '.', not {self.name!r}"
            )
        _check_name(self.name)
        if self.role is not None and self.role not in ROLES:
            raise RigConfigError(f"camera {self.name}: role must be one of {ROLES}, not {brief(self.role)}")
        if self.color is not None and not isinstance(self.color, bool):
            raise RigConfigError(f"camera {self.name}: color must be true or false, not {brief(self.color)}")
        _known(self.settings, SETTINGS, f"camera {self.name}: setting")
        _known(self.lines, LINE_FIELDS, f"camera {self.name}: lines")

    @property
    def nodes_in_order(self) -> tuple[tuple[str, Any], ...]:
        """Names and values of :attr:`nodes`."""
        return tuple(self.nodes.items()) if isinstance(self.nodes, Mapping) else tuple(self.nodes)


@dataclass(frozen=True)
class RigConfig:
    """Several cameras that are used as one.

    Attributes
    ----------
    cameras : tuple of CameraConfig
        At least one, at most one of them the primary; names and devices are unique.
    trigger : {"primary", "external"}
        Who makes the pulses: the primary camera, or a box outside.
    framerate : float, optional
        Of the pulses, in Hz; with an external trigger the rate that is expected (None: unknown).
    exposure : float, optional
        Of all cameras that say nothing else, in us.
    sync : {"lines", "ptp"}
        "lines": pulses come over wires.  "ptp": GigE cameras share one clock (IEEE 1588), and expose at times
        that the primary's process tells them; no wires.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        As in :class:`llpyspin.camera.Camera`.
    on_failure : {"recover", "continue", "stop"}
        What a recording does when a camera or one of its processes fails.
    record : mapping
        Fields of :class:`llpyspin.recording.options.RecordingOptions`, and ``pre_trigger`` in s.
    settings : mapping
        Of :data:`SETTINGS`, for all cameras that say nothing else.
    allow_lower_rate : bool
        Whether the primary may run slower than ``framerate`` where its other settings allow no more.
    """

    cameras: tuple[CameraConfig, ...]
    trigger: str = "primary"
    framerate: float | None = None
    exposure: float | None = None
    sync: Literal["lines", "ptp"] = "lines"
    sdk: str | None = None
    on_failure: OnFailure = "recover"
    record: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    allow_lower_rate: bool = False

    def __post_init__(self) -> None:
        if not self.cameras:
            raise RigConfigError("a rig needs at least one camera")
        _known(self.settings, SETTINGS, "setting")
        for what in ("name", "device"):
            _unique([getattr(camera, what) for camera in self.cameras], f"camera {what}s")
        _apart([camera.name for camera in self.cameras])
        if self.trigger not in TRIGGERS:
            raise RigConfigError(f"trigger must be one of {TRIGGERS}, not {brief(self.trigger)}")
        if self.sync not in SYNCS:
            raise RigConfigError(f"sync must be one of {SYNCS}, not {brief(self.sync)}")
        if self.sync == "ptp" and self.trigger == "external":
            raise RigConfigError("an external trigger needs wires: sync must be lines, not ptp")
        if self.on_failure not in ON_FAILURE:
            raise RigConfigError(f"on_failure must be one of {ON_FAILURE}, not {brief(self.on_failure)}")
        if not isinstance(self.allow_lower_rate, bool):
            raise RigConfigError(
                f"allow_lower_rate must be true or false, not {brief(self.allow_lower_rate)}"
            )
        for what, unit in (("framerate", "Hz"), ("exposure", "us")):
            _positive(getattr(self, what), what, unit)
        cameras = tuple(
            replace(camera, settings={**self.settings, **camera.settings}) for camera in self.cameras
        )
        object.__setattr__(self, "cameras", with_roles(cameras, self.trigger))

    @property
    def primary(self) -> CameraConfig | None:
        """The camera that makes the pulses; None with an external trigger."""
        return next((camera for camera in self.cameras if camera.role == "primary"), None)


def with_roles(cameras: tuple[CameraConfig, ...], trigger: str) -> tuple[CameraConfig, ...]:
    """The cameras with a role each.

    With an external trigger all are secondaries.  Otherwise one is the primary: the one that is said to be,
    else the first one that has no role.

    Raises
    ------
    RigConfigError
        Several primaries, or none can be.
    """
    primaries = [camera.name for camera in cameras if camera.role == "primary"]
    if len(primaries) > 1:
        raise RigConfigError(f"a rig has one primary camera, not {len(primaries)}: {', '.join(primaries)}")
    if trigger == "external":
        if primaries:
            raise RigConfigError(
                f"camera {primaries[0]} is the primary, but the trigger is external: it must be a secondary"
            )
    elif not primaries:
        free = next((camera.name for camera in cameras if camera.role is None), None)
        if free is None:
            raise RigConfigError(
                "no camera is the primary. Give one camera the role primary, or set trigger: external if "
                "a generator sends the pulses"
            )
        primaries = [free]
    return tuple(
        replace(camera, role="primary" if camera.name in primaries else "secondary") for camera in cameras
    )


def _known(given: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for key in given:
        if key not in known:
            raise RigConfigError(f"{what} {key!r} is not known. Known are {', '.join(known)}")


def _unique(values: list[Any], what: str) -> None:
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise RigConfigError(f"{what} must differ, and {', '.join(twice)} is there more than once")


def _check_name(name: str) -> None:
    """Refuse names whose files would not be told apart from others of a session."""
    stem, suffix = split(name)
    if suffix:
        raise RigConfigError(
            f"camera {name!r}: {suffix} at the end of a name looks like the suffix of a file; call it "
            f"{stem}_{suffix[1:]}"
        )
    if folded(name) == RESERVED:
        raise RigConfigError(f"a camera cannot be called {name!r}: a session's own file is {RESERVED}.json")
    if len(name.encode()) > MOST_BYTES:
        raise RigConfigError(
            f"the name of a camera can have {MOST_BYTES} bytes in UTF-8: {name!r} is too long"
        )


def _apart(names: list[str]) -> None:
    """Refuse cameras whose files could meet, also on disks that do not tell capitals from small letters."""
    for name, other in itertools.permutations(names, 2):
        if folded(name) == folded(other):
            raise RigConfigError(
                f"cameras {name} and {other}: some disks take these names for one; give one of them another"
            )
        if belongs(folded(other), folded(name)):
            raise RigConfigError(
                f"cameras {name} and {other}: files of {name} could be called {other} too: segments are "
                f"{name}_001, what callbacks return is {name}_returned, their logs are {name}.callback; "
                "give one of the cameras another name"
            )


def _positive(value: object, what: str, unit: str) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise RigConfigError(f"{what} must be a positive number of {unit}, not {brief(value)}")
