"""What was written at a wrong place of a rig's configuration: the error says where it belongs."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import ArgumentError, RigConfigError, SettingRangeError
from llpyspin.recording.plan import check_seconds
from llpyspin.rig import Rig, load_config
from llpyspin.rig.calibrating.takerun import request_of
from llpyspin.rig.config import CameraConfig, RigConfig
from llpyspin.rig.elsewhere import of_methods
from llpyspin.rig.plan import options_of

if TYPE_CHECKING:
    from pathlib import Path

CAMERAS = "cameras: [12345678, 87654321]\n"


def refused(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "rig.yaml"
    path.write_text(text)
    with pytest.raises(RigConfigError) as caught:
        load_config(path)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("line_status: true", "write it into record"),
        ("container: mp4", "write it into record"),
        ("codec: h264", "write it into record"),
        ("pre_trigger: 1", "write it into record"),
        ("min_disk: 50GB", "write it into budget"),
        ("max_temperature: 70", "write it into budget"),
        ("every: 1h", "write it into schedule"),
        ("for: 10m", "write it into schedule"),
        ("box: /dev/ttyACM0", "write it into trigger, as trigger: {box: /dev/ttyACM0}"),
        ("notify: mail", "a rig calls it on_event"),
        ("seconds: 10", "llpyspin record --seconds"),
        ("calibration: charuco_7x5", "llpyspin record --calibration"),
        ("serve: true", "llpyspin record --serve"),
        ("control: true", "llpyspin serve --control"),
        ("serial: 12345678", "write it at that camera, below cameras"),
        ("budgt: {min_disk: 50GB}", "did you mean 'budget'?"),
        ("record: {metadata: {a: 1}}", "metadata is of the whole rig: write it at the top of the file"),
        ("record: {on_event: mail}", "on_event is of the whole rig"),
        ("record: {codec: h246}", "did you mean 'h264'?"),
        ("record: {codec: tiff, container: mkv}", "tiff makes .tif or .tiff files, not .mkv"),
        ("record: {codec: raw, container: mp4}", "raw makes .raw files, not .mp4"),
        ("sdk: virtul", "not 'virtul'. Did you mean 'virtual'?"),
        ("framerate: 0.1 kHz", "0.1 kHz is 100 Hz: write 100"),
        ("exposure: 3 ms", "3 ms is 3000 us: write 3000"),
    ],
)
def test_key_at_a_wrong_place_leads_to_the_right_one(tmp_path: Path, line: str, said: str) -> None:
    (text,) = refused(tmp_path, f"{CAMERAS}{line}\n")
    assert text.startswith(f"{tmp_path / 'rig.yaml'}")
    assert "(line 2, column " in text
    assert text.endswith(said) or said in text


@pytest.mark.parametrize("codec", ["h264", "libx264", "hevc_nvenc", "ffv1", "raw", "spinvideo"])
def test_every_codec_can_be_configured(codec: str) -> None:
    assert RigConfig((CameraConfig("1"),), record={"codec": codec}).record == {"codec": codec}


def test_mistakes_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "cameras: {top: 12345678}\nframerate: fast\nrecord: {overflow: spil}\nbudgt: 5\n"
    told = refused(tmp_path, text)
    assert [line.partition("(line ")[2][:1] for line in told] == ["1", "2", "3", "4"]
    assert "a list of cameras, each like - {name: top, serial: 12345678}, not" in told[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"line_status": True}, "write it into record"),
        ({"schedule": {"every": "1h"}}, "write it into a rig's file, or use --every"),
        ({"tigger": "external"}, "Did you mean 'trigger'?"),
    ],
)
def test_rig_says_where_an_argument_belongs(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RigConfigError, match=said):
        Rig([0], sdk="virtual", **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"metdata": {}}, "did you mean 'metadata'?"),
        ({"square": 5}, "did you mean 'square_mm'?"),
        ({"square_mm": 5}, "square_mm is an argument of record_calibration()"),
        ({"progress": False}, "progress is an argument of record()"),
        ({"on_event": "mail"}, "on_event is of the whole rig"),
        ({"line_staus": True}, "did you mean 'line_status'?"),
    ],
)
def test_option_of_another_method_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RigConfigError) as caught:
        options_of(RigConfig((CameraConfig("1"),)), None, given)
    assert str(caught.value).endswith(said) or said in str(caught.value)


def test_arguments_of_methods_are_those_there_are() -> None:
    for name, hint in of_methods().items():
        method = hint.split()[-1].removesuffix("()")
        if name != "budget":  # is among the options of prime
            assert name in inspect.signature(getattr(Rig, method)).parameters


def test_arguments_in_another_order_are_recognised() -> None:
    with pytest.raises(SettingRangeError, match=r"a rig has record\(seconds, folder\)"):
        check_seconds("m17")
    with pytest.raises(ArgumentError, match=r"the folder comes first: record_calibration\('calib', 'cha"):
        request_of("charuco_7x5", "calib", {}, criteria=None)
