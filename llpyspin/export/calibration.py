"""A calibration of cameras as aniposelib saves it: a TOML file with a table for each camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.foreign import read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llpyspin.export.work import Work

__all__ = ["CameraCalibration", "copied_calibration", "read_calibration"]

_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class CameraCalibration:
    """One camera.

    Attributes
    ----------
    name : str
    size : tuple of int
        Width and height in pixels.
    matrix : list of list of float
        3 x 3, of the lens.
    distortions : list of float
    rotation : list of float
        3, as a rotation vector (Rodrigues), from the world to the camera.
    translation : list of float
        3.
    """

    name: str
    size: tuple[int, int]
    matrix: list[list[float]]
    distortions: list[float]
    rotation: list[float]
    translation: list[float]


def read_calibration(path: Path) -> dict[str, CameraCalibration]:
    """The cameras of a calibration by their names.

    Raises
    ------
    RecordingError
        It is not such a file.
    """
    text = read_bytes(path, _MOST_BYTES).decode("utf-8", errors="replace")
    toml = _toml()
    try:
        tables = toml.loads(text)
        found = [_camera(each) for key, each in sorted(tables.items()) if key != "metadata"]
    except (toml.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise RecordingError(
            f"{path} is not a calibration as aniposelib saves it ({error!r}). Each camera needs a table with "
            "name, size, matrix, distortions, rotation and translation"
        ) from error
    if not found:
        raise RecordingError(f"{path} has no camera")
    return {camera.name: camera for camera in found}


def _toml() -> Any:
    try:
        return library("tomllib", "reading a calibration")
    except ImportError:  # Python 3.10
        return library("tomli", "reading a calibration", package="tomli")


def _camera(table: Any) -> CameraCalibration:
    width, height = (int(each) for each in table["size"])
    matrix = [_numbers(row, 3) for row in table["matrix"]]
    if len(matrix) != 3:
        raise ValueError("the matrix needs 3 rows")
    return CameraCalibration(
        name=str(table["name"]),
        size=(width, height),
        matrix=matrix,
        distortions=_numbers(table["distortions"]),
        rotation=_numbers(table["rotation"], 3),
        translation=_numbers(table["translation"], 3),
    )


def _numbers(values: Sequence[Any], count: int | None = None) -> list[float]:
    numbers = [float(value) for value in values]
    if count is not None and len(numbers) != count:
        raise ValueError(f"{len(numbers)} numbers where {count} are needed")
    return numbers


def copied_calibration(work: Work, file: str) -> None:
    """Copy the calibration into the new folder, once its cameras are known to be those of the recording."""
    assert work.calibration is not None
    cameras = read_calibration(work.calibration)
    names = [name for name, _ in work.cameras()]
    if missing := [name for name in names if name not in cameras]:
        raise RecordingError(
            f"{work.calibration} has no camera {', '.join(missing)}. It has {', '.join(cameras)}. "
            "The names must be those of the recording"
        )
    target = work.folder / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(read_bytes(work.calibration, _MOST_BYTES))
