"""The cameras of an NWB file: devices, calibrated ones where there is a calibration, and their settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.export.calibration import read_calibration
from llpyspin.extras import library
from llpyspin.recording.tree import to_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llpyspin.export.calibration import CameraCalibration
    from llpyspin.export.material import View
    from llpyspin.export.work import Work

__all__ = ["add_devices", "rotation_matrix", "settings_of"]

UNKNOWN_MODEL = "unknown model"


def add_devices(work: Work, file: Any) -> list[Any]:
    """A device for each camera, in their order."""
    devices = library("pynwb.device", "an export to nwb", extra="nwb")
    calibrations = None if work.calibration is None else read_calibration(work.calibration)
    models: dict[str, Any] = {}
    found = []
    for name, view in work.cameras():
        model = view.record.model or UNKNOWN_MODEL
        if model not in models:
            models[model] = devices.DeviceModel(
                name=model, manufacturer="FLIR (Teledyne)", description="machine vision camera"
            )
            file.add_device_model(models[model])
        words: dict[str, Any] = {
            "name": f"camera_{name}",
            "description": _description(view),
            "serial_number": view.record.serial or "unknown",
            "model": models[model],
        }
        made = (
            devices.Device(**words) if calibrations is None else _calibrated(words, name, calibrations, work)
        )
        file.add_device(made)
        found.append(made)
    return found


def _description(view: View) -> str:
    record = view.record
    kind = "A virtual camera: its pictures are made up. " if record.virtual else ""
    if record.replay_of:
        kind = f"A virtual camera: its pictures are those of the recording {record.replay_of}. "
    lines = json.dumps(to_tree(record.lines))
    return f"{kind}role {record.role}, interface {record.interface or 'unknown'}, lines {lines}"


def _calibrated(
    words: dict[str, Any], name: str, calibrations: dict[str, CameraCalibration], work: Work
) -> Any:
    if name not in calibrations:
        raise RecordingError(
            f"{work.calibration} has no camera {name}. It has {', '.join(calibrations)}. "
            "The names must be those of the recording"
        )
    pose = library("ndx_pose", "a calibration in an export to nwb", extra="nwb")
    one = calibrations[name]
    return pose.CalibratedCamera(
        **words,
        intrinsic_matrix=np.array(one.matrix),
        distortion_coefficients=np.array(one.distortions),
        rotation_matrix=rotation_matrix(one.rotation),
        translation_vector=np.array(one.translation),
    )


def rotation_matrix(vector: Sequence[float]) -> np.ndarray[Any, Any]:
    """The 3 x 3 matrix of a rotation vector, whose length is the angle (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle == 0:
        return np.eye(3)
    x, y, z = np.asarray(vector, float) / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned: np.ndarray[Any, Any] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return turned


def settings_of(work: Work) -> list[tuple[str, str, str]]:
    """(camera, setting, value as JSON) of all settings that were recorded."""
    found = []
    for name, view in work.cameras():
        for kind in ("settings", "armed", "picture"):
            values = getattr(view.record, kind)
            found += [(name, key, value) for key, value in _flat(kind, to_tree(values))]
    return found


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each value of a mapping in mappings, with the names that lead to it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}", each)
    else:
        yield name, json.dumps(value)
