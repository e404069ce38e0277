"""What a rig's configuration must keep to, whether it comes from a file or from code: all mistakes at once.

Types are in ``filetypes``; here are the rules that types cannot say.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RigConfigError
from llpyspin.recording.budget import budget_mistakes
from llpyspin.recording.metadata import metadata_mistakes
from llpyspin.recording.names import MOST_BYTES, belongs, folded, split
from llpyspin.recording.notices.targetrules import on_event_mistakes
from llpyspin.recording.session import SESSION_FILE
from llpyspin.rig.boxes.contract import PulseBox
from llpyspin.rig.elsewhere import of_the_rig, of_wrong_place
from llpyspin.rig.hostconfig import HOST_KEYS, hosts_mistakes
from llpyspin.rig.unattended.schedule import schedule_mistakes
from llpyspin.sdk import NAMES
from llpyspin.settings import brief
from llpyspin.settings.applying import SETTINGS as ABOUT

if TYPE_CHECKING:
    from llpyspin.yamlfile.validating import Mistake, Scope

__all__ = [
    "SETTINGS",
    "between_mistakes",
    "camera_mistakes",
    "check_record",
    "refuse_mistakes",
    "rig_mistakes",
]

SETTINGS = tuple(name for name, about in ABOUT.items() if not about.of_pulses)
"""Settings of a camera that a configuration may name, in the order in which they are set."""
RESERVED = Path(SESSION_FILE).stem
_NAME = re.compile(r"[\w.-]{1,60}")


def refuse_mistakes(mistakes: Iterable[Mistake]) -> None:
    """Raise :class:`RigConfigError` with all of them, if there are any."""
    found = tuple(mistakes)
    if found:
        raise RigConfigError("\n".join(mistake.text for mistake in found), mistakes=found)


# -- one camera


def camera_mistakes(camera: Any) -> list[Mistake]:
    """What is wrong with a camera; the path of each mistake is the key."""
    from llpyspin.rig.filetypes import CameraTypes, LineTypes  # what costs is imported late
    from llpyspin.yamlfile.validating import Report, Scope

    report = Report()
    scope = Scope(report, {"role": camera.role, "color": camera.color}, title="")
    _check_device(scope, camera.device)
    _check_name(scope, camera.name)
    scope.label = f"camera {camera.name}: "
    scope.fields(CameraTypes, but={*SETTINGS, "nodes", "lines"})
    _check_mapping(scope, "settings", camera.settings, CameraTypes, SETTINGS)
    _check_mapping(scope, "lines", camera.lines, LineTypes, LineTypes.__struct_fields__)
    _check_nodes(scope, camera.nodes)
    return report.mistakes


def _check_device(scope: Scope, device: object) -> None:
    if isinstance(device, bool) or not isinstance(device, (str, int)) or device == "":
        text = f"a camera is named by its serial number (text) or its index, not {brief(device)}"
        scope.mistake(text, "serial", value=device, allowed="a serial number, or an index")
    elif isinstance(device, int) and device < 0:
        text = f"a camera's index must be 0 or more, not {device}"
        scope.mistake(text, "index", value=device, allowed="a whole number from 0")


def _check_name(scope: Scope, name: object) -> None:
    """Refuse names whose files would not be told apart from others of a session."""
    if not (isinstance(name, str) and _NAME.fullmatch(name)) or name.startswith("."):
        allowed = "1 to 60 letters, digits, '_', '-' and '.'"
        scope.mistake(
            f"a camera's name must have {allowed}, not {brief(name)}", "name", value=name, allowed=allowed
        )
        return
    stem, suffix = split(name)
    if suffix:
        text = f"camera {name!r}: {suffix} at the end of a name looks like the suffix of a file; call it "
        scope.mistake(f"{text}{stem}_{suffix[1:]}", "name", value=name)
    if folded(name) == RESERVED:
        text = f"a camera cannot be called {name!r}: a session's own file is {RESERVED}.json"
        scope.mistake(text, "name", value=name)
    if len(name.encode()) > MOST_BYTES:
        text = f"the name of a camera can have {MOST_BYTES} bytes in UTF-8: {name!r} is too long"
        scope.mistake(text, "name", value=name)


def _check_mapping(
    scope: Scope, key: str, given: object, kind: Any, known: tuple[str, ...], beside: tuple[str, ...] = ()
) -> None:
    """The settings or the lines of a camera, or the settings of a rig: names, and values of known ones.

    What was meant by another name may also be something ``beside`` the known ones.
    """
    from llpyspin.yamlfile.complaints import fields_of
    from llpyspin.yamlfile.hints import nearest

    if not isinstance(given, Mapping):
        scope.mistake(f"{key} must be a mapping of keys to values, not {brief(given)}", key, value=given)
        return
    types = {field.encode_name: field.type for field in fields_of(kind)}
    what = "lines" if key == "lines" else "setting"
    inner = scope.inside(key, given)
    inner.title, inner.label = scope.title, scope.label
    for name, value in given.items():
        if name not in known:
            meant = of_wrong_place().get(str(name), "") if beside else ""
            near = "" if meant else nearest(str(name), (*known, *beside))
            told = f"Did you mean {near!r}?" if near else meant or f"There are {', '.join(known)}."
            inner.mistake(f"{what} {name!r} is not known. {told}", str(name), value=name, nearest=near)
        else:
            inner.check(name, value, types[name])


def _check_nodes(scope: Scope, nodes: object) -> None:
    """Nodes of a camera: a mapping, or pairs of name and value."""
    from llpyspin.yamlfile.commontypes import Scalar

    pairs = list(nodes.items()) if isinstance(nodes, Mapping) else nodes
    if not isinstance(pairs, (list, tuple)) or not all(_is_pair(pair) for pair in pairs):
        text = f"nodes must be a mapping, or pairs of a name and a value, not {brief(nodes)}"
        scope.mistake(text, "nodes", value=nodes)
        return
    inner = scope.inside("nodes", {})
    inner.title, inner.label = scope.title, f"{scope.label}nodes: "
    for name, value in pairs:
        inner.check(name, value, Scalar)


def _is_pair(pair: object) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], str)


# -- all together


def rig_mistakes(rig: Any) -> list[Mistake]:
    """What is wrong with a rig besides its cameras; the path of each mistake is the key."""
    from llpyspin.rig.filetypes import CameraTypes, RigTypes
    from llpyspin.yamlfile.validating import Report, Scope

    report = Report()
    names = ("framerate", "exposure", "sync", "sdk", "on_failure", "allow_lower_rate")
    given = {name: getattr(rig, name) for name in (*names, "subject", "notes")}
    given["trigger"] = "external" if rig.box is not None else rig.trigger
    scope = Scope(report, given, title="")
    apart = ("cameras", "record", "metadata", "budget", "schedule", "on_event", "hosts", *HOST_KEYS)
    good = scope.fields(RigTypes, but=apart)
    _check_mapping(scope, "settings", rig.settings, CameraTypes, SETTINGS, tuple(given))
    check_record(Scope(report, rig.record, "record"))
    for text in metadata_mistakes(rig.metadata):
        scope.mistake(text, "metadata")
    for key, text in budget_mistakes(rig.budget):
        scope.mistake(text, f"budget.{key}" if key else "budget")
    if rig.schedule:
        for key, text in schedule_mistakes(rig.schedule):
            scope.mistake(text, f"schedule.{key}" if key else "schedule")
    for text in on_event_mistakes(rig.on_event):
        scope.mistake(text, "on_event")
    if good.get("sync") == "ptp" and good.get("trigger") == "external":
        scope.mistake("an external trigger needs wires: sync must be lines, not ptp", "sync", value="ptp")
    if rig.box is not None:
        _check_box(scope, rig.box, good.get("framerate"))
    if isinstance(rig.sdk, str) and rig.sdk.lower() not in NAMES:
        scope.refuse("sdk", rig.sdk, f"one of {', '.join(NAMES)}", choices=NAMES)
    if not rig.cameras:
        scope.mistake("a rig needs at least one camera", "cameras", value=rig.cameras)
    for text in between_mistakes(rig.cameras):
        scope.mistake(text, "cameras")
    for key, text in hosts_mistakes(rig):
        scope.mistake(text, key)
    if not report:
        for text in _role_mistakes(rig.cameras, external=rig.external):
            scope.mistake(text, "cameras")
    return report.mistakes


def _check_box(scope: Scope, trigger: Any, framerate: float | None) -> None:
    """A pulse box: what its rate and its pulses must keep to, whatever box it is."""
    from llpyspin.rig.filetypes import BoxTypes
    from llpyspin.yamlfile.complaints import fields_of

    types = {field.encode_name: field.type for field in fields_of(BoxTypes)}
    values = {"box": trigger.box, "pulse_us": trigger.pulse_us}
    if isinstance(trigger.box, PulseBox):
        del values["box"]
    inner = scope.inside("trigger", values)
    checked = [inner.check(name, value, types[name]) for name, value in values.items()]
    if framerate is None:
        scope.mistake("a pulse box needs the rate of its pulses: set framerate", "framerate")
    elif all(checked) and trigger.pulse_us > 5e5 / framerate:
        text = (
            f"at {framerate:.6g} Hz a pulse lasts at most {5e5 / framerate:.5g} us, half of the time between "
        )
        scope.mistake(f"{text}pulses, not {trigger.pulse_us:.6g}", "trigger", value=trigger.pulse_us)


def check_record(scope: Scope) -> dict[str, Any]:
    """Options of recordings: those that are right; mistakes in the others are reported."""
    from llpyspin.recording.optiontypes import RecordTypes

    scope.unknown(RecordTypes.__struct_fields__, of_the_rig())
    good = scope.fields(RecordTypes)
    if good.get("codec") is not None:
        from llpyspin.recording.options import CONTAINERS
        from llpyspin.recording.sinks.codecnames import codec_mistake

        if mistake := codec_mistake(good["codec"], CONTAINERS.get(good.get("container") or "")):
            scope.mistake(mistake, "codec", value=good.pop("codec"))
    return good


def between_mistakes(cameras: Iterable[Any]) -> Iterator[str]:
    """What is wrong with cameras together that are right one by one."""
    cameras = list(cameras)
    told: list[str] = []
    for what in ("name", "device"):
        values = [getattr(camera, what) for camera in cameras]
        twice = sorted({str(value) for value in values if values.count(value) > 1})
        if twice and twice != told:  # a camera without a name has its device as its name
            told = twice
            yield f"camera {what}s must differ, and {', '.join(twice)} is there more than once"
    names = dict.fromkeys(camera.name for camera in cameras)
    alike = False
    for name, other in itertools.combinations(names, 2):
        if folded(name) == folded(other):
            alike = True
            yield f"cameras {name} and {other}: some disks take these names for one; give one of them another"
    for name, other in itertools.permutations(names if not alike else (), 2):
        if belongs(folded(other), folded(name)):
            yield (
                f"cameras {name} and {other}: files of {name} could be called {other} too: segments are "
                f"{name}_001, what callbacks return is {name}_returned, their logs are {name}.callback; "
                "give one of the cameras another name"
            )


def _role_mistakes(cameras: Iterable[Any], *, external: bool) -> Iterator[str]:
    roles = [camera.role for camera in cameras]
    primaries = [camera.name for camera in cameras if camera.role == "primary"]
    if len(primaries) > 1:
        yield f"a rig has one primary camera, not {len(primaries)}: {', '.join(primaries)}"
    elif external and primaries:
        yield f"camera {primaries[0]} is the primary, but the trigger is external: it must be a secondary"
    elif not external and not primaries and None not in roles:
        yield (
            "no camera is the primary. Give one camera the role primary, or set trigger: external if "
            "a generator sends the pulses"
        )
