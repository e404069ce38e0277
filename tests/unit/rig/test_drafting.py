"""The file that describes the connected cameras: it loads, it is commented, and nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.device import FoundCamera
from llpyspin.errors import CameraNotFoundError, RecordingError, RecordingExistsError
from llpyspin.rig.drafting import draft, write_draft
from llpyspin.rig.parsing import load_config

if TYPE_CHECKING:
    from pathlib import Path


def found(count: int, interface: str = "USB3", model: str = "Blackfly S BFS-U3-16S2M") -> list[FoundCamera]:
    return [FoundCamera(f"0123456{number}", model, interface, number == 1) for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("sdk", [None, "virtual", "pyspin"])
@pytest.mark.parametrize("interface", ["USB3", "GigE"])
def test_file_loads_as_the_rig_that_is_connected(
    tmp_path: Path, count: int, sdk: str | None, interface: str
) -> None:
    path = write_draft(tmp_path / "rig.yaml", draft(found(count, interface), sdk=sdk))
    config = load_config(path)
    assert [camera.device for camera in config.cameras] == [f"0123456{number}" for number in range(count)]
    assert [camera.role for camera in config.cameras] == ["primary", *["secondary"] * (count - 1)]
    assert (config.sdk, config.framerate, config.exposure) == (sdk, 30, 1500)
    assert (config.record, config.on_failure) == ({"overflow": "spill"}, "recover")


def test_lines_that_are_comments_work_once_the_mark_is_gone(tmp_path: Path) -> None:
    text = draft(found(2, "GigE"), sdk="virtual")
    examples = [line for line in text.splitlines() if line.strip().startswith("# ") and ": " in line]
    used = [line for line in examples if line.split("# ")[1].split(":")[0].islower()]
    names = {line.split("# ")[1].split(":")[0] for line in used}
    assert {"gain", "roi", "binsize", "exposure", "codec", "quality", "pre_trigger", "sync"} <= names
    lines = [line.replace("# ", "", 1) if line in used else line for line in text.splitlines()]
    config = load_config(write_draft(tmp_path / "rig.yaml", "\n".join(lines)))
    assert config.cameras[0].settings["roi"] == [0, 0, 540, 720] or tuple(
        config.cameras[0].settings["roi"]
    ) == (0, 0, 540, 720)
    assert config.cameras[0].settings["exposure"] == 3000
    assert config.sync == "ptp"
    assert config.record["codec"] == "h264"


def test_odd_names_of_models_stay_in_their_comment(tmp_path: Path) -> None:
    path = write_draft(tmp_path / "rig.yaml", draft(found(1, model="odd\nname: # x")))
    assert load_config(path).cameras[0].device == "01234560"
    assert "odd name: # x" in path.read_text()


def test_without_a_camera_there_is_nothing_to_write() -> None:
    with pytest.raises(CameraNotFoundError, match="no camera is connected"):
        draft([])


def test_existing_file_is_replaced_only_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text("precious")
    with pytest.raises(RecordingExistsError, match="--overwrite"):
        write_draft(path, draft(found(1)))
    assert path.read_text() == "precious"
    write_draft(path, draft(found(1)), overwrite=True)
    assert "precious" not in path.read_text()


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="nowhere"):
        write_draft(tmp_path / "nowhere" / "rig.yaml", draft(found(1)))
