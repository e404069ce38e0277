"""All mistakes in a rig's description at once, from files and from code."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml

from llpyspin.errors import RigConfigError
from llpyspin.rig import CameraConfig, RigConfig
from llpyspin.rig.parsing import cameras_from, config_from, load_config

if TYPE_CHECKING:
    import pathlib

WRONG = """\
framrate: 1e3
exposure: "10"
trigger: exernal
cameras:
- serial: 12345678
  exposur: 5
  roi: [0, 0, 10.5, x]
  framerate: 30
  color: 1
- 87654321
- serial: 2
  role: third
  gain: 10 dB
  lines: {inptu: Line3}
  nodes: {A: [1], B: 2}
- name: x
- [1]
record: {codc: raw, overflow: spil, fill: 1, pre_trigger: 1e-3}
metadata: {a: .nan}
exposure: 5
"""
MISTAKES = [
    (20, 1, "exposure", "'exposure' is given twice, first in line 2, column 1"),
    (1, 1, "framrate", "'framrate' is not known; did you mean 'framerate'?"),
    (
        3,
        1,
        "trigger",
        "trigger must be one of primary, external, or {box: /dev/ttyACM0}, not 'exernal'. "
        "Did you mean 'external'?",
    ),
    (6, 3, "cameras[0].exposur", "'exposur' is not known; did you mean 'exposure'?"),
    (8, 3, "cameras[0].framerate", "framerate is of the whole rig: write it at the top of the file"),
    (7, 15, "cameras[0].roi[2]", "camera 12345678: roi[2] must be a whole number from 0, not 10.5"),
    (9, 3, "cameras[0].color", "color must be true or false, not 1. Write true"),
    (13, 3, "cameras[2].gain", "not '10 dB'. Write the number without its unit: 10"),
    (12, 3, "cameras[2].role", "camera 2: role must be one of primary, secondary, not 'third'"),
    (14, 11, "cameras[2].lines.inptu", "lines 'inptu' is not known. Did you mean 'input'?"),
    (15, 11, "cameras[2].nodes.A", "nodes: A must be one value: text, a number, true or false, not [1]"),
    (16, 3, "cameras[3]", "cameras[3] needs either its serial or its index (line 16, column 3)"),
    (
        17,
        3,
        "cameras[4]",
        "a camera is named by its serial number or index, or a mapping with these, not [1]",
    ),
    (18, 10, "record.codc", "'codc' is not known; did you mean 'codec'?"),
    (18, 21, "record.overflow", "not 'spil'. Did you mean 'spill'?"),
    (18, 37, "record.fill", "fill must be True or False, not 1. Write true"),
    (18, 46, "record.pre_trigger", "a number of seconds from 0, not '1e-3'. This is text in YAML"),
    (19, 1, "metadata", "metadata.a: JSON has no nan"),
]


def test_all_mistakes_of_a_file_are_told_with_their_places(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(WRONG)
    with pytest.raises(RigConfigError) as caught:
        load_config(path)
    found = {mistake.path: mistake for mistake in caught.value.mistakes}
    assert len(caught.value.mistakes) == len(MISTAKES)
    for line, column, key, text in MISTAKES:
        mistake = found[key]
        assert (mistake.file, mistake.line, mistake.column) == (str(path), line, column)
        assert text in mistake.text
    assert str(caught.value).splitlines() == [mistake.text for mistake in caught.value.mistakes]
    assert all(str(path) in line for line in str(caught.value).splitlines())


def test_what_a_dict_says_is_checked_by_the_same_rules() -> None:
    with pytest.raises(RigConfigError) as caught:
        config_from(yaml.safe_load(WRONG.replace("exposure: 5\n", "")), "my rig")
    keys = [mistake.path for mistake in caught.value.mistakes]
    assert sorted(keys) == sorted(key for _, _, key, _ in MISTAKES)
    assert all(mistake.line is None for mistake in caught.value.mistakes)
    assert "my rig: cameras[0]: camera 12345678: roi[2] must be" in str(caught.value)


def test_all_mistakes_of_cameras_in_code_are_told_at_once() -> None:
    given = [{"serial": "1", "gian": 3}, {"serial": "2", "role": "boss"}, {"name": "x"}, 1.5]
    with pytest.raises(RigConfigError) as caught:
        cameras_from(given)
    lines = str(caught.value).splitlines()
    assert lines[0] == "cameras[0]: 'gian' is not known; did you mean 'gain'?"
    assert lines[1] == "cameras[1]: camera 2: role must be one of primary, secondary, not 'boss'"
    assert lines[2] == "cameras[2] needs either its serial or its index"
    assert lines[3].startswith("cameras[3]: a camera is named by its serial number or index")


def test_all_mistakes_of_a_rig_in_code_are_told_at_once() -> None:
    cameras = cameras_from(["1", "2"])
    with pytest.raises(RigConfigError) as caught:
        RigConfig(
            cameras,
            trigger="box",
            framerate="30",  # type: ignore[arg-type]
            settings={"shutter": 1, "gain": "3"},
            record={"overflow": "x", "quality": True},
            metadata={"when": object()},
            allow_lower_rate=1,  # type: ignore[arg-type]
        )
    keys = {mistake.path for mistake in caught.value.mistakes}
    assert keys == {
        *("trigger", "framerate", "settings.shutter", "settings.gain", "record.overflow", "record.quality"),
        *("metadata", "allow_lower_rate"),
    }


def test_mistakes_of_a_camera_in_code_are_told_at_once() -> None:
    with pytest.raises(RigConfigError) as caught:
        CameraConfig("1", settings={"roi": [0, 0, 5], "exposur": 1}, nodes=[("A", [1])], role="boss")  # type: ignore[arg-type]
    assert [mistake.path for mistake in caught.value.mistakes] == [
        *("role", "settings.roi", "settings.exposur", "nodes.A")
    ]


def test_errors_of_rigs_keep_their_mistakes_on_their_way() -> None:
    with pytest.raises(RigConfigError) as caught:
        config_from({"cameras": [], "framrate": 1})
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.mistakes == caught.value.mistakes
    assert str(again) == str(caught.value)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"roi": np.array([0, 0, 540, 720])}, (0, 0, 540, 720)),
        ({"roi": (0, 0, 540, 720)}, (0, 0, 540, 720)),
        ({"gain": np.float32(1.5)}, 1.5),
        ({"gain": "auto"}, "auto"),
        ({"binsize": 2}, 2),
        ({"white_balance": "once"}, "once"),
        ({"white_balance": [1, 2.5]}, (1, 2.5)),
    ],
)
def test_settings_that_a_camera_takes_are_taken(settings: dict[str, Any], kept: object) -> None:
    config = config_from({"cameras": [{"serial": "1", **settings}]})
    assert list(config.cameras[0].settings.values()) == [kept]


def test_subject_notes_and_metadata_are_those_of_each_recording(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text("cameras: [1]\nsubject: 0042\nnotes: first day\nmetadata: {weight_g: 24.1}\n")
    config = load_config(path)
    assert config.said == {"weight_g": 24.1, "subject": "0042", "notes": "first day"}


def test_keys_of_a_camera_at_the_top_are_answered_with_their_place() -> None:
    with pytest.raises(RigConfigError, match="name is of one camera: write it at that camera"):
        config_from({"cameras": ["1"], "name": "top"})


@pytest.mark.parametrize(
    ("item", "device"), [("12345678", "12345678"), ("012", "012"), ("0", 0), ("13", 13), ('"13"', "13")]
)
def test_cameras_of_a_list_are_indices_or_serial_numbers(
    tmp_path: pathlib.Path, item: str, device: str | int
) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(f"cameras:\n- {item}\n")
    assert load_config(path).cameras[0].device == device
