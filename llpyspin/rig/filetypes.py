"""Types of a rig's YAML file, and its JSON schema for editors; see :mod:`llpyspin.yamlfile.validating`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from llpyspin.recording.optiontypes import RecordTypes
from llpyspin.roles import Lines
from llpyspin.yamlfile.commontypes import Positive, Scalar, Size, Whole, Word

__all__ = [
    "BoxTypes",
    "BudgetTypes",
    "CameraTypes",
    "CollectTypes",
    "HostTypes",
    "LineTypes",
    "RigTypes",
    "ScheduleTypes",
    "SettingTypes",
]

# Lists of a fixed length, not tuples: msgspec 0.23 crashes where a tuple of fixed length and a number with
# limits are alternatives of one type (the garbage collector then follows what is no pointer).
Pair = Annotated[list[Size], Meta(min_length=2, max_length=2)]
Ratios = Annotated[list[float], Meta(min_length=2, max_length=2)]
Auto = Literal["auto", "once", "continuous", "off"]
_MODES = "auto, once, continuous or off"


class SettingTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Settings of a camera, as the properties of a camera."""

    pixel_format: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(
            description="GenICam pixel format: Mono8, Mono16, BayerRG8, BGR8 …",
            extra={"allowed": "the name of a pixel format, like Mono8"},
        ),
    ] = None
    binsize: Annotated[
        Size | Pair | None,
        Meta(
            description="Binning in pixels: one number, or [vertical, horizontal].",
            extra={"allowed": "a whole number from 1, or two of them: [vertical, horizontal]"},
        ),
    ] = None
    roi: Annotated[
        Annotated[list[Whole], Meta(min_length=4, max_length=4)] | None,
        Meta(
            description="Region of interest in pixels: [y, x, height, width].",
            extra={"allowed": "four whole numbers: [y, x, height, width]"},
        ),
    ] = None
    gain: Annotated[
        float | Auto | None,
        Meta(description="Gain in dB.", extra={"allowed": f"a number of dB, or {_MODES}"}),
    ] = None
    black_level: Annotated[
        float | Auto | None,
        Meta(description="Black level in % of full scale.", extra={"allowed": f"a number of %, or {_MODES}"}),
    ] = None
    gamma: Annotated[
        float | None, Meta(description="Gamma; 1 is linear.", extra={"allowed": "a number, like 1 or 0.8"})
    ] = None
    white_balance: Annotated[
        Ratios | Auto | None,
        Meta(
            description="Ratios of a colour camera, [red, blue]; or once, or continuous.",
            extra={"allowed": f"two numbers: [red, blue], or {_MODES}"},
        ),
    ] = None


class LineTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """GPIO lines that differ from those of the camera's family."""

    output: str | UnsetType | None = UNSET
    output_source: str | UnsetType = UNSET
    power: str | UnsetType | None = UNSET
    input: str | UnsetType = UNSET
    activation: str | UnsetType = UNSET
    overlap: str | UnsetType = UNSET


assert LineTypes.__struct_fields__ == tuple(Lines.__dataclass_fields__)


class CameraTypes(SettingTypes, forbid_unknown_fields=True, kw_only=True):
    """One camera of a rig; it needs ``serial`` or ``index``."""

    serial: Annotated[Word | UnsetType, Meta(description="Serial number.", extra={"allowed": "one word"})] = (
        UNSET
    )
    index: Annotated[
        Annotated[int, Meta(ge=0)] | UnsetType,
        Meta(
            description="Index among the connected cameras; serial numbers are better.",
            extra={"allowed": "a whole number"},
        ),
    ] = UNSET
    name: Annotated[
        Word | UnsetType,
        Meta(description="Name in files, messages and results.", extra={"allowed": "one word"}),
    ] = UNSET
    role: Annotated[
        Literal["primary", "secondary"] | None,
        Meta(
            description="The primary sends the trigger pulses; by default it is the first camera.",
            extra={"allowed": "one of primary, secondary"},
        ),
    ] = None
    color: Annotated[
        bool | None,
        Meta(description="Whether a colour camera gives colour images.", extra={"allowed": "true or false"}),
    ] = None
    exposure: Annotated[
        Positive | Auto | None,
        Meta(description="Exposure time in us.", extra={"allowed": f"a positive number of us, or {_MODES}"}),
    ] = None
    nodes: Annotated[
        dict[str, Scalar] | list[dict[str, Scalar] | list[Scalar]] | None,
        Meta(
            description="GenICam nodes by name, set after the settings; a list where one is set twice.",
            extra={"allowed": "a mapping of nodes to values, or a list of NAME: VALUE"},
        ),
    ] = None
    lines: LineTypes | None = None
    host: Annotated[
        Word | UnsetType,
        Meta(description="The host that owns the camera, one of hosts.", extra={"allowed": "one word"}),
    ] = UNSET


class BoxTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """A pulse box that sends the trigger pulses."""

    box: Annotated[
        Annotated[str, Meta(min_length=1)],
        Meta(
            description="Serial port of the pulse box, like /dev/ttyACM0.",
            extra={"allowed": "a serial port, like /dev/ttyACM0"},
        ),
    ]
    pulse_us: Annotated[
        Positive,
        Meta(
            description="Length of each pulse in us, at most half of the time between pulses.",
            extra={"allowed": "a positive number of us"},
        ),
    ] = 200.0


_SizeText = Annotated[str | int, Meta(extra={"allowed": "a size with its unit, like 50GB"})]


class BudgetTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Limits at which a recording ends."""

    min_disk: Annotated[
        _SizeText | None, Meta(description="Bytes that stay free on the disk, like 50GB.")
    ] = None
    max_size: Annotated[_SizeText | None, Meta(description="Size of all videos together, like 500GB.")] = None
    max_temperature: Annotated[
        float | None,
        Meta(
            description="Temperature of each camera in °C, read before a recording begins and every 15 s.",
            extra={"allowed": "a number of °C"},
        ),
    ] = None


_SpanText = Annotated[str | float, Meta(extra={"allowed": "a time like 90s, 10m or 1h30m"})]


class ScheduleTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Sessions at fixed times, for ``llpyspin record``."""

    every: Annotated[_SpanText, Meta(description="From one beginning to the next, like 1h.")]
    duration: Annotated[_SpanText, Meta(description="How long each session lasts, like 10m.")] = field(
        name="for"
    )
    until: Annotated[
        str | None, Meta(description="When it is over: the time, like 08:00, or date and time.")
    ] = None
    sessions: Annotated[Size | None, Meta(description="How many sessions.")] = None
    name: Annotated[
        str | None, Meta(description="Name of each session's folder, with {time} or {number} in it.")
    ] = None


_Text = Annotated[str, Meta(min_length=1)]


class HostTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """One computer of a rig."""

    worker: Annotated[
        _Text | None,
        Meta(description="Name of the Dask worker on it.", extra={"allowed": "a name, like rig-left"}),
    ] = None
    folder: Annotated[
        _Text | None,
        Meta(
            description="Where it writes its recordings: an absolute path there.",
            extra={"allowed": "an absolute path, like /data"},
        ),
    ] = None
    process: Annotated[
        _Text | None,
        Meta(
            description="Folder of the host process, if it is not the default.",
            extra={"allowed": "a folder"},
        ),
    ] = None


class CollectTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the files of all hosts are copied after a recording."""

    to: Annotated[
        _Text,
        Meta(
            description="A folder that exists, and that all hosts see by this path.",
            extra={"allowed": "an absolute path, like /server"},
        ),
    ]
    verify: Annotated[
        Literal["sha256"],
        Meta(description="How copies are compared.", extra={"allowed": "sha256"}),
    ] = "sha256"


class RigTypes(SettingTypes, forbid_unknown_fields=True, kw_only=True):
    """Several cameras that are used as one."""

    cameras: Annotated[
        list[CameraTypes | Word],
        Meta(description="The cameras of the rig.", extra={"allowed": "a list of cameras"}),
    ]
    trigger: Annotated[
        Literal["primary", "external"] | BoxTypes,
        Meta(
            description="Who sends the trigger pulses; a mapping with box names a pulse box.",
            extra={"allowed": "one of primary, external, or {box: /dev/ttyACM0}"},
        ),
    ] = "primary"
    framerate: Annotated[
        Positive | None,
        Meta(
            description="Pulses per second (Hz); with an external trigger, the expected rate.",
            extra={"allowed": "a positive number of Hz"},
        ),
    ] = None
    exposure: Annotated[
        Positive | Auto | None,
        Meta(
            description="Exposure time in us of all cameras without their own.",
            extra={"allowed": f"a positive number of us, or {_MODES}"},
        ),
    ] = None
    sync: Annotated[
        Literal["lines", "ptp"],
        Meta(
            description="Pulses over wires, or one clock for GigE cameras (IEEE 1588).",
            extra={"allowed": "one of lines, ptp"},
        ),
    ] = "lines"
    sdk: Annotated[
        str | None,
        Meta(
            description="SDK that drives the cameras; by default the one that is installed.",
            extra={"allowed": "one of pyspin, rotpy, virtual"},
            extra_json_schema={"enum": ["pyspin", "rotpy", "virtual", None]},
        ),
    ] = None
    on_failure: Annotated[
        Literal["recover", "continue", "stop"],
        Meta(
            description="What a recording does when a camera or one of its processes fails.",
            extra={"allowed": "one of recover, continue, stop"},
        ),
    ] = "recover"
    record: RecordTypes | None = None
    allow_lower_rate: Annotated[
        bool,
        Meta(
            description="Whether the primary may run slower than framerate if its settings require it.",
            extra={"allowed": "true or false"},
        ),
    ] = False
    subject: Annotated[
        Word | None, Meta(description="What is recorded, like the animal.", extra={"allowed": "one word"})
    ] = None
    notes: Annotated[
        str | None, Meta(description="Free text about the recordings.", extra={"allowed": "text"})
    ] = None
    metadata: Annotated[
        dict[str, Any] | None,
        Meta(
            description="Anything else to keep with each recording.",
            extra={"allowed": "a mapping of names to values"},
        ),
    ] = None
    budget: BudgetTypes | None = None
    schedule: ScheduleTypes | None = None
    on_event: Annotated[
        str | list[str] | None,
        Meta(
            description="Command or URL, or a list of these, that gets a notice (JSON) of what happens.",
            extra={"allowed": "a command, a URL, or a list of these"},
        ),
    ] = None
    hosts: Annotated[
        dict[str, HostTypes] | None,
        Meta(
            description="Computers that own the cameras, by name; for a rig of several.",
            extra={"allowed": "a mapping of names to hosts, as left: {worker: rig-left, folder: /data}"},
        ),
    ] = None
    scheduler: Annotated[
        _Text | None,
        Meta(
            description="Address of the Dask scheduler that reaches the hosts.",
            extra={"allowed": "an address, like tls://server:8786"},
        ),
    ] = None
    certificates: Annotated[
        _Text | None,
        Meta(description="Folder of llpyspin certificates.", extra={"allowed": "a folder"}),
    ] = None
    insecure: Annotated[
        bool,
        Meta(
            description="Whether an open connection to the scheduler is allowed.",
            extra={"allowed": "true or false"},
        ),
    ] = False
    on_host_lost: Annotated[
        Literal["continue", "stop"],
        Meta(
            description="What the other hosts do when one does not answer any more.",
            extra={"allowed": "one of continue, stop"},
        ),
    ] = "continue"
    lost_after_s: Annotated[
        Annotated[float, Meta(ge=0.5, le=600.0)],
        Meta(
            description="Seconds without an answer after which a host is lost.",
            extra={"allowed": "a number of seconds from 0.5 to 600"},
        ),
    ] = 3.0
    orphan_after_s: Annotated[
        Annotated[float, Meta(ge=1.0, le=86400.0)],
        Meta(
            description="Seconds without word of the controlling program after which a host ends by itself.",
            extra={"allowed": "a number of seconds from 1 to 86400"},
        ),
    ] = 60.0
    collect: CollectTypes | None = None
