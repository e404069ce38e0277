"""Opens exported recordings by the readers of other programs: ``python check.py FOLDER STAMP.PY``.

Runs without llpyspin, in an environment that has those readers.  Frame n has to be frame n in each of them,
read in order and out of order.  The pixels say which frame it is.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import pathlib
import random
import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import types

EXPORTS = ("mp4", "nwb", "caliscope", "anipose", "sleap", "dlc")


def module_at(path: str) -> types.ModuleType:
    """A module of one file."""
    spec = importlib.util.spec_from_file_location("stamp", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["stamp"] = module
    spec.loader.exec_module(module)
    return module


def gray(image: object) -> np.ndarray:
    """(h, w) of a picture of any reader."""
    array = np.asarray(image)
    return array[..., 0] if array.ndim == 3 else array


class Cv2:
    """OpenCV."""

    def __init__(self, path: pathlib.Path) -> None:
        import cv2

        self._cv2, self._video = cv2, cv2.VideoCapture(str(path))
        self.count = int(self._video.get(cv2.CAP_PROP_FRAME_COUNT))
        self._next = 0

    def read(self, number: int) -> np.ndarray:
        if number != self._next:
            self._video.set(self._cv2.CAP_PROP_POS_FRAMES, number)
        self._next = number + 1
        ok, image = self._video.read()
        assert ok, number
        return gray(image)


class Pyav:
    """PyAV: seeks to the time of a frame, and decodes up to it."""

    def __init__(self, path: pathlib.Path) -> None:
        import av

        self._container = av.open(str(path))
        self._stream = self._container.streams.video[0]
        self.count = self._stream.frames

    def read(self, number: int) -> np.ndarray:
        wanted = number / self._stream.average_rate
        self._container.seek(round(wanted / self._stream.time_base), stream=self._stream)
        for frame in self._container.decode(self._stream):
            if abs(frame.pts * self._stream.time_base - wanted) < 1 / self._stream.average_rate / 2:
                return gray(frame.to_ndarray(format="gray"))
        raise AssertionError(f"there is no frame {number}")


class Imageio:
    """imageio with its plug-in for PyAV."""

    plugin = "pyav"

    def __init__(self, path: pathlib.Path) -> None:
        import imageio.v3 as iio

        self._file = iio.imopen(str(path), "r", plugin=self.plugin)
        self.count = self._count()

    def _count(self) -> int:
        return int(self._file.properties(index=...).shape[0])

    def read(self, number: int) -> np.ndarray:
        return gray(self._file.read(index=number))


class ImageioFfmpeg(Imageio):
    """imageio with its plug-in for the program ffmpeg, which begins anew for each frame out of order."""

    plugin = "FFMPEG"

    def _count(self) -> int:
        import imageio

        self._old = imageio.get_reader(self._file.request.raw_uri, "ffmpeg")
        return int(self._old.count_frames())

    def read(self, number: int) -> np.ndarray:
        return gray(self._old.get_data(number))


class Decord:
    """decord."""

    def __init__(self, path: pathlib.Path) -> None:
        import decord

        self._video = decord.VideoReader(str(path))
        self.count = len(self._video)

    def read(self, number: int) -> np.ndarray:
        return gray(self._video[number].asnumpy())


class SleapIo:
    """sleap-io, which SLEAP reads by."""

    def __init__(self, path: pathlib.Path) -> None:
        import sleap_io

        self._video = sleap_io.load_video(str(path))
        self.count = len(self._video)

    def read(self, number: int) -> np.ndarray:
        return gray(self._video[number])


READERS = (Cv2, Pyav, Imageio, ImageioFfmpeg, Decord, SleapIo)


def table(path: pathlib.Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_video(stamp: types.ModuleType, path: pathlib.Path, rows: list[dict[str, str]]) -> None:
    """Read a video by every reader, in order and out of order."""
    in_order = [*range(8), len(rows) - 1]
    for reader in READERS:
        video = reader(path)
        order = in_order + ([] if reader is ImageioFfmpeg else random.Random(1).sample(range(len(rows)), 12))
        where = f"{path} by {reader.__name__}"
        assert video.count == len(rows), f"{where}: {video.count} frames of {len(rows)}"
        for number in order:
            image, row = video.read(number), rows[number]
            if row["blank"] == "1":
                assert image[5, image.shape[1] // 2] < 40, f"{where}: frame {number} is not blank"
            else:
                found = stamp.read_stamp(image).frame
                assert found == int(row["frame_id"]), (
                    f"{where}: frame {number} is {found}, not {row['frame_id']}"
                )


def check_nwb(folder: pathlib.Path, rows: dict[str, list[dict[str, str]]]) -> None:
    """Read an NWB file by pynwb, and have nwbinspector judge it."""
    import nwbinspector
    import pynwb

    (path,) = folder.glob("*.nwb")
    worst = nwbinspector.Importance.CRITICAL.value
    found = [
        message
        for message in nwbinspector.inspect_nwbfile(nwbfile_path=str(path))
        if message.importance.value >= worst
    ]
    assert not found, found
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        assert "VIRTUAL" in file.session_description
        for name, expected in rows.items():
            series = file.acquisition[name]
            times = np.asarray(series.timestamps)
            assert len(times) == len(expected)
            assert (np.diff(times) > 0).all()
            assert [str(int(each > 1)) for each in series.control] == [row["blank"] for row in expected]
            assert series.device.intrinsic_matrix.shape == (3, 3)
            assert np.allclose(np.linalg.det(series.device.rotation_matrix), 1)


def check_calibration(path: pathlib.Path) -> None:
    """Read a calibration by aniposelib."""
    from aniposelib.cameras import CameraGroup

    assert CameraGroup.load(str(path)).get_names() == ["camera0", "camera1", "camera2"]


def main(folder: pathlib.Path, stamp: types.ModuleType) -> int:
    """Check all exports in a folder; gives how many videos were read."""
    videos = 0
    for session in sorted(folder.glob("mouse-*_csv")):
        base = session.name.removesuffix("_csv")
        names = [row["camera"] for row in table(session / "cameras.csv")]
        rows = {name: table(session / "frames" / f"{name}.csv") for name in names}
        for to in EXPORTS:
            exported = folder / f"{base}_{to}"
            about = json.loads((exported / "export.json").read_text())
            assert about["virtual"], about
            for video in about["videos"]:
                check_video(stamp, exported / video["file"], rows[video["camera"]])
                videos += 1
        check_nwb(folder / f"{base}_nwb", rows)
        plain = base.replace(".", "-")
        check_calibration(folder / f"{base}_anipose" / plain / "calibration" / "calibration.toml")
        check_calibration(folder / f"{base}_sleap" / "calibration.toml")
    return videos


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    count = main(pathlib.Path(sys.argv[1]), module_at(sys.argv[2]))
    assert count == 3 * 3 * len(EXPORTS), count
    print(
        f"{count} videos were read by {', '.join(reader.__name__ for reader in READERS)}: frame n is frame n"
    )
