"""Describes a camera for the writer and for the JSON file of its recording."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from llpyspin.recording.options import WriterSpec
from llpyspin.recording.session import CameraRecord, local_time, new_id, wall_offset_ns
from llpyspin.recording.sessiontime import Elapsed

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Mapping

    from llpyspin.recording.options import RecordingOptions
    from llpyspin.roles import Armed
    from llpyspin.sync.acquisition import Acquisition

__all__ = ["camera_record", "writer_spec"]


def writer_spec(
    acquisition: Acquisition,
    armed: Armed,
    path: pathlib.Path,
    options: RecordingOptions,
    rate: float,
    **more: Any,
) -> WriterSpec:
    """The settings of the writer of an armed camera; ``more`` are other fields."""
    info = acquisition.info
    fields: dict[str, Any] = {
        "address": acquisition.address,
        "path": str(path),
        "picture": acquisition.picture(rate),
        "color": acquisition.frames.limits.convert,
        "serial": info.serial,
        "virtual": info.virtual,
        "replay_of": info.replay_of,
        "first_id": armed.first_id,
        "since": armed.published,
        "options": options.of_camera(info.sdk),
        "elapsed": Elapsed(more.get("next_trigger", 0)),
        "wall_offset_ns": wall_offset_ns(),
        "session": new_id(),
        "started": local_time(),
    }
    return WriterSpec(**{**fields, **more})


def camera_record(
    acquisition: Acquisition,
    armed: Armed,
    name: str,
    settings: Mapping[str, Any],
    picture: Mapping[str, Any],
    **more: Any,
) -> CameraRecord:
    """What a session says of a camera that is armed; ``more`` are other fields of it."""
    info, told = acquisition.info, dataclasses.asdict(armed)
    return CameraRecord(
        serial=info.serial,
        name=name,
        role=acquisition.kind,
        model=info.model,
        interface=info.interface,
        virtual=info.virtual,
        replay_of=info.replay_of,
        settings=dict(settings),
        lines=told.pop("lines"),
        armed=told,
        picture=dict(picture),
        published=armed.published,
        **more,
    )
