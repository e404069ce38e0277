"""Types of the options of a recording, for code and files alike; see :mod:`llpyspin.yamlfile.validating`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

__all__ = ["OptionTypes", "RecordTypes", "Seconds"]

Seconds = Annotated[
    float,
    Meta(
        ge=0,
        description="Seconds before the trigger at which the files begin.",
        extra={"allowed": "a number of seconds from 0"},
    ),
]

Fill = Annotated[
    bool,
    Meta(
        description="Whether a marked blank picture replaces each lost frame.",
        extra={"allowed": "True or False"},
    ),
]


class OptionTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Options of a recording."""

    codec: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(
            description='"h264", "h265", "ffv1", "raw", "tiff" … or the exact name of an encoder.',
            extra={"allowed": "the name of a codec"},
        ),
    ] = None
    container: Annotated[
        Literal["mkv", "mp4", "mov", "avi", "matroska"] | None,
        Meta(
            description="Format of the files, as FFmpeg calls it; by default that of the codec.",
            extra={"allowed": "'mkv', 'mp4', 'mov' or 'avi'"},
        ),
    ] = None
    quality: Annotated[
        float | None,
        Meta(description="The codec's own constant quality.", extra={"allowed": "a number"}),
    ] = None
    overflow: Annotated[
        Literal["spill", "drop", "stop"],
        Meta(
            description="If the encoder is too slow: keep frames on disk, leave frames out, or stop.",
            extra={"allowed": "'spill', 'drop' or 'stop'"},
        ),
    ] = "spill"
    fill: Fill = False
    overwrite: Annotated[
        bool, Meta(description="Whether to replace existing files.", extra={"allowed": "True or False"})
    ] = False
    segment_seconds: Annotated[
        Annotated[float, Meta(ge=0.1)] | None,
        Meta(
            description="Length of each file in seconds.",
            extra={"allowed": "a number of seconds from 0.1"},
        ),
    ] = None
    segment_bytes: Annotated[
        Annotated[int, Meta(ge=1 << 20)] | None,
        Meta(
            description="Size in bytes after which a new file begins.",
            extra={"allowed": "a whole number of bytes from 1048576 (1 MiB)"},
        ),
    ] = None
    options: Annotated[
        dict[Annotated[str, Meta(min_length=1)], Any],
        Meta(
            description="Options of the encoder, under its own names.",
            extra={"allowed": "a mapping of names to values"},
        ),
    ] = {}
    spill_folder: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(
            description="Folder for frames that wait for the encoder; by default beside the video.",
            extra={"allowed": "the path of a folder"},
        ),
    ] = None
    line_status: Annotated[
        bool,
        Meta(
            description="Whether each frame must come with the levels of the camera's lines.",
            extra={"allowed": "True or False"},
        ),
    ] = False


class RecordTypes(OptionTypes, forbid_unknown_fields=True, kw_only=True):
    """What a rig's file says of its recordings."""

    pre_trigger: Seconds | None = None
    fill: Fill = True
