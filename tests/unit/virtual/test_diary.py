"""The diary of a virtual camera: every exposure, and what became of its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.campaign.truth import read_diary
from llpyspin.virtual import read_stamp
from llpyspin.virtual.world import load_world
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    import pathlib


def test_diary_says_of_every_exposure_what_became_of_its_image(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    faults = [
        {"serial": "1001", "kind": "lose", "at": [2]},
        {"serial": "1001", "kind": "incomplete", "at": [3]},
    ]
    with world(monkeypatch, "BFS-U3-16S2M", diary=str(tmp_path), faults=faults) as system:
        cameras = system.GetCameras()
        camera = cameras.GetByIndex(0)
        camera.Init()
        camera.Width.SetValue(320)
        camera.Height.SetValue(64)
        camera.BeginAcquisition()
        frames = {}
        while not frames or max(frames) < 6:
            image = camera.GetNextImage(5000)
            frames[read_stamp(image.GetNDArray()).frame] = image.GetTimeStamp()
            image.Release()
        camera.EndAcquisition()
        camera.DeInit()
        del image, camera
        cameras.Clear()
    truth = read_diary(tmp_path / "1001.csv")
    fates = {exposure.number: truth.fate(exposure) for exposure in truth.exposures}
    assert fates[2] == "lost"
    assert fates[3] == "damaged"
    assert {fates[number] for number in frames if number != 3} == {"sent"}
    for number, timestamp in frames.items():
        exposure = truth.of_timestamp(timestamp)
        assert exposure is not None
        assert exposure.number == number


def test_diary_must_be_a_folder_that_exists(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="diary must be the path of a folder that exists"):
        load_world(f"cameras: []\ndiary: {tmp_path / 'nowhere'}")
