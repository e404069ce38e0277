"""Types of the file of a virtual world, and its JSON schema; see :mod:`llpyspin.yamlfile.validating`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from llpyspin.yamlfile.commontypes import Positive, Word

__all__ = ["ReplayTypes", "VirtualCameraTypes", "WireTypes", "WorldTypes"]

_SERIAL = r"^[A-Za-z0-9_.-]{1,32}$"
Serial = Annotated[
    Annotated[str, Meta(pattern=_SERIAL)] | int,
    Meta(
        description="Serial number: 1 to 32 letters or digits.",
        extra={"allowed": "1 to 32 letters or digits"},
    ),
]


class VirtualCameraTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """One camera."""

    serial: Serial
    model: Annotated[
        str, Meta(description="Model, with or without its family.", extra={"allowed": "the name of a model"})
    ] = "BFS-U3-16S2M"
    name: Annotated[Word, Meta(description="Its user-defined name.")] = ""
    clock_ppm: Annotated[
        float,
        Meta(
            ge=-1000,
            le=1000,
            description="How much faster its clock runs, in ppm.",
            extra={"allowed": "a number from -1000 to 1000"},
        ),
    ] = 0.0


class WireTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """A wire from an output line to an input line, as ``12345678:Line1``."""

    source: Annotated[str, Meta(extra={"allowed": 'a camera and a line, like "12345678:Line1"'})] = field(
        name="from"
    )
    to: Annotated[str, Meta(extra={"allowed": 'a camera and a line, like "87654321:Line3"'})]
    pull_up: Annotated[
        str | None,
        Meta(description="What lifts an output that can only pull down: Line2, or external."),
    ] = None


class ReplayTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """A recording that the cameras replay."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            description="Folder of a session, file of a recording, video, or folder of pictures.",
            extra={"allowed": "the path of a recording, a video, or a folder of pictures"},
        ),
    ]
    pace: Annotated[
        Literal["recorded", "read"],
        Meta(description="At the recorded times, or as fast as the frames are read."),
    ] = "recorded"
    repeat: Annotated[
        bool,
        Meta(
            description="Whether the recording begins again when it is over.",
            extra={"allowed": "true or false"},
        ),
    ] = False
    framerate: Annotated[
        Positive | None, Meta(description="Of pictures without timestamps, in frames per second.")
    ] = None


class WorldTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which virtual cameras there are and how they are wired."""

    cameras: list[VirtualCameraTypes] | None = None
    wires: Annotated[
        list[str | WireTypes] | None,
        Meta(description='Like "12345678:Line1 -> 87654321:Line3".'),
    ] = None
    faults: Annotated[
        list[dict[str, Any]] | None,
        Meta(description="Faults from the opening of a camera on: serial, kind and the kind's arguments."),
    ] = None
    replay: Annotated[
        str | ReplayTypes | None,
        Meta(description="A recording whose cameras there are, instead of the list of cameras."),
    ] = None
    world: Annotated[
        Word | None, Meta(description="Name of the world; programs with the same name see the same cameras.")
    ] = None
    diary: Annotated[
        str | None,
        Meta(
            description="Folder in which each camera writes down what it does.",
            extra={"allowed": "the path of a folder that exists"},
        ),
    ] = None
    sockets: Annotated[
        str | None,
        Meta(
            description="Folder of the cameras' sockets, for network namespaces that share the cameras.",
            extra={"allowed": "the absolute path of a folder that exists"},
        ),
    ] = None
