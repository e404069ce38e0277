"""What a rig is told to be: files and code, roles, and mistakes that are named with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RigConfigError
from llpyspin.rig.config import CameraConfig, RigConfig
from llpyspin.rig.parsing import cameras_from, config_from, load_config

if TYPE_CHECKING:
    import pathlib

RIG = """
framerate: 100
exposure: 2000
sdk: virtual
on_failure: continue
cameras:
  - {serial: 12345678, name: top, role: primary, gain: 6, roi: [0, 0, 540, 720]}
  - {serial: "87654321", name: left, exposure: 1000, lines: {input: Line2}, nodes: {GammaEnable: false}}
record: {codec: ffv1, pre_trigger: 1.5}
"""


def test_a_rig_is_read_from_its_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    config = load_config(path)
    assert (config.framerate, config.exposure, config.sdk) == (100, 2000, "virtual")
    assert (config.on_failure, config.trigger) == ("continue", "primary")
    top, left = config.cameras
    assert (top.device, top.name, top.role) == ("12345678", "top", "primary")
    assert top.settings == {"gain": 6, "roi": (0, 0, 540, 720)}
    assert (left.device, left.name, left.role) == ("87654321", "left", "secondary")
    assert left.lines == {"input": "Line2"}
    assert left.nodes == {"GammaEnable": False}
    assert config.record == {"codec": "ffv1", "pre_trigger": 1.5}
    assert config.primary is top


@pytest.mark.parametrize(
    ("cameras", "names"),
    [
        (["111", "222"], ["111", "222"]),
        ([0, 1], ["camera0", "camera1"]),
        ({"top": "111", "left": 1}, ["top", "left"]),
        ({"top": {"serial": 111}, "left": {"index": 1}}, ["top", "left"]),
        ([CameraConfig("111", "top"), {"serial": "222", "name": "left"}], ["top", "left"]),
    ],
)
def test_code_names_cameras_in_several_ways_and_the_first_is_the_primary(
    cameras: Any, names: list[str]
) -> None:
    config = RigConfig(cameras_from(cameras))
    assert [camera.name for camera in config.cameras] == names
    assert [camera.role for camera in config.cameras] == ["primary", "secondary"]


def test_the_first_camera_without_a_role_is_the_primary_unless_another_is() -> None:
    cameras = [{"serial": "1", "role": "secondary"}, "2", "3"]
    assert [each.role for each in RigConfig(cameras_from(cameras)).cameras] == [
        *("secondary", "primary", "secondary")
    ]
    cameras[2] = {"serial": "3", "role": "primary"}
    assert [each.role for each in RigConfig(cameras_from(cameras)).cameras] == [
        *("secondary", "secondary", "primary")
    ]


def test_with_an_external_trigger_all_are_secondaries() -> None:
    config = RigConfig(cameras_from(["1", "2"]), trigger="external")
    assert {camera.role for camera in config.cameras} == {"secondary"}
    assert config.primary is None


def changed(**keys: Any) -> dict[str, Any]:
    return {"cameras": [{"serial": "1"}, {"serial": "2"}], **keys}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (None, "rig.yaml: cameras must be a list of cameras, not None"),
        ([1], r"rig.yaml must be a mapping of keys to values, not \[1\]"),
        (changed(cameras=[]), "at least one camera"),
        (changed(framrate=30), "'framrate' is not known; did you mean 'framerate'"),
        (changed(framerate=-1), "framerate must be a positive number of Hz, not -1"),
        (changed(framerate="fast"), "framerate must be a positive number of Hz, not 'fast'"),
        (changed(framerate=float("nan")), "framerate must be a positive number of Hz, not nan"),
        (changed(exposure=True), "exposure must be a positive number of us, or .* not True"),
        (changed(on_failure="ignore"), "on_failure must be one of .*recover.*, not 'ignore'"),
        (changed(trigger="box"), "trigger must be one of .*external.*, not 'box'"),
        (changed(sync="radio"), "sync must be one of .*ptp.*, not 'radio'"),
        (changed(sync="ptp", trigger="external"), "an external trigger needs wires"),
        (changed(record=3), "rig.yaml: record must be a mapping"),
        (changed(cameras=[{"serial": "1"}, {}]), r"cameras\[1\] needs either its serial or its index"),
        (changed(cameras=[{"serial": "1", "index": 0}]), r"cameras\[0\] needs either"),
        (changed(cameras=[{"index": "0"}]), r"cameras\[0\]: index must be a whole number, not '0'"),
        (changed(cameras=[{"index": -1}]), r"cameras\[0\]: a camera's index must be 0 or more, not -1"),
        (changed(cameras=[{"serial": "1", "expsure": 3}]), r"cameras\[0\]: 'expsure'.*'exposure'"),
        (changed(cameras=[{"serial": "1", "role": "boss"}]), r"cameras\[0\]: camera 1: role must be one of"),
        (changed(cameras=[{"serial": "1", "color": "maybe"}]), "color must be true or false, not 'maybe'"),
        (changed(cameras=[{"serial": "1", "lines": {"in": "Line3"}}]), "lines 'in' is not known. There are"),
        (changed(cameras=[{"serial": "1", "name": "a/b"}]), "a camera's name must have.*not 'a/b'"),
        (changed(cameras=[{"serial": "1", "name": ".."}]), "a camera's name must have"),
        (changed(cameras=["1", "1"]), "camera names must differ, and 1 is there more than once"),
        (
            changed(cameras=[{"serial": "1", "name": "a"}, {"serial": "1", "name": "b"}]),
            "camera devices must",
        ),
        (
            changed(cameras=[{"serial": s, "role": "primary"} for s in "12"]),
            "one primary camera, not 2: 1, 2",
        ),
        (changed(cameras=[{"serial": "1", "role": "secondary"}]), "no camera is the primary.*external"),
        (
            changed(trigger="external", cameras=[{"serial": "1", "role": "primary"}]),
            "the trigger is external",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_what_would_be_right(document: object, text: str) -> None:
    with pytest.raises(RigConfigError, match=text):
        config_from(document, "rig.yaml")


def test_a_file_that_is_not_there_or_no_yaml_is_an_error_with_its_name(tmp_path: pathlib.Path) -> None:
    with pytest.raises(RigConfigError, match=r"cannot read .*none\.yaml"):
        load_config(tmp_path / "none.yaml")
    path = tmp_path / "bad.yaml"
    path.write_text("cameras: [")
    with pytest.raises(RigConfigError, match=r"bad\.yaml is not YAML"):
        load_config(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RigConfigError, match=r"bad\.yaml, line 1: byte 0xff is not UTF-8"):
        load_config(path)


@pytest.mark.parametrize("cameras", ["12345678", 3, None, [1.5], [None], [True], [[]]])
def test_cameras_that_are_none_are_refused(cameras: object) -> None:
    with pytest.raises(RigConfigError):
        RigConfig(cameras_from(cameras))


def test_rig_settings_apply_to_cameras_without_their_own() -> None:
    config = config_from(
        {"binsize": 2, "gain": 3, "cameras": [{"serial": "1"}, {"serial": "2", "gain": 6, "binsize": None}]}
    )
    assert [dict(camera.settings) for camera in config.cameras] == [
        {"binsize": 2, "gain": 3},
        {"binsize": 2, "gain": 6},
    ]
    with pytest.raises(RigConfigError, match="'shutter' is not known"):
        RigConfig(cameras_from(["1"]), settings={"shutter": 1})
