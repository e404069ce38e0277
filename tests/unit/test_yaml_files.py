"""The reader of YAML that people write: what it understands, and what it refuses with its place."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from llpyspin.camera.settable import Settable
from llpyspin.errors import RigConfigError, SettingError
from llpyspin.rig import load_config
from llpyspin.virtual.world import load_world
from llpyspin.yamlfile import YamlError, parse_yaml, place_in, plain, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


class NoCamera(Settable):
    """Reads files of settings, and has nobody to ask."""

    @property
    def info(self) -> Any:
        raise AssertionError

    def _ask(self, operation: str, *arguments: Any, timeout_s: float | None = None) -> Any:
        raise AssertionError(operation)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Off", "Off"),
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("12345678", 12345678),
        ("-7", -7),
        ("0x1f", 31),
        ("012345670", "012345670"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-11-29", "2026-11-29"),
        ("2001-99-99", "2001-99-99"),
        ("2026-11-29 12:30:00", "2026-11-29 12:30:00"),
        ("1.5", 1.5),
        ("1.5e+3", 1500.0),
        ("-.inf", float("-inf")),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("'Off'", "Off"),
        ("!!str 12", "12"),
        ("=", "="),
        ("[1, two]", [1, "two"]),
    ],
)
def test_words_mean_what_people_mean(text: str, value: Any) -> None:
    found = parse_yaml(f"key: {text}", "a")["key"]
    assert (found, type(found)) == (value, type(value))


def test_what_pyyaml_writes_is_read_back_the_same() -> None:
    values = [
        "Off",
        "yes",
        "012",
        "12:30",
        "1e5",
        "0x1F",
        "1_0",
        "<<",
        "",
        "=",
        "a: b",
        "ü",
        "\t",
        "2001-01-01",
    ]
    numbers = [0, -5, 1 << 62, 1.0, 1e-9, 1e300, float("inf"), True, None]
    document = {"settings": {f"key{i}": value for i, value in enumerate([*values, *numbers])}, "1": {"no": 1}}
    assert plain(parse_yaml(yaml.safe_dump(document, sort_keys=False), "a")) == document


def test_keys_are_words_and_know_their_place() -> None:
    found = parse_yaml("on: 1\n007: 2\ncamera: {no: 3}\n", "a")
    assert found == {"on": 1, "007": 2, "camera": {"no": 3}}
    assert place_in(found, "007") == " (line 2, column 1)"
    assert place_in(found["camera"], "no") == " (line 3, column 10)"
    assert place_in({}, "no") == ""


def test_anchors_and_merge_keys_are_understood() -> None:
    text = "base: &b {gain: 1, roi: [1, 2]}\ncameras:\n- {<<: *b, gain: 2}\n- <<: [*b, {name: x}]\n- *b\n"
    base = {"gain": 1, "roi": [1, 2]}
    assert plain(parse_yaml(text, "a"))["cameras"] == [{**base, "gain": 2}, {**base, "name": "x"}, base]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(12)
)
WRONG = [
    ("a: 1\nb:\n  c: 1\n  c: 2\n", r"line 4, column 3, in b: 'c' is given twice, first in line 3, column 3"),
    ("a: 1\n'a': 2\n", "line 2, column 1: 'a' is given twice"),
    ("- {a: 1,\n   a: 1}\n", r"line 2, column 4, in \[0\]: 'a' is given twice"),
    (BOMB, "more than 50000 values"),
    ("a: &a [*a]", r"\*a stands for nothing before it"),
    ("a: *b", r"\*b stands for nothing before it"),
    ("[" * 4000, "line 1, column 33.*more than 32 levels deep"),
    ("a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20, "more than 32 levels deep"),
    ("- " * 4000 + "x", "more than 32 levels deep"),
    ("a: !!python/object/apply:os.system [ls]", "the tag tag:yaml.org,2002:python/object/apply:os.system"),
    ("a: !!int abc", "the tag .*int is not known here; leave it out"),
    ("a: !!timestamp x", "the tag .*timestamp"),
    ("a: !mine {}", "the tag !mine"),
    ("a: 1" + "0" * 400, "in a: a number of 401 digits"),
    ("? [a, b]\n: 1", "a key must be a word"),
    ("? \n: 1", "a key is missing"),
    ("a: {<<: 3}", "<< takes a mapping"),
    ("a: 1\n---\nb: 2\n", "line 2, column 1: a second document begins"),
    ("a:\n\tb: 1", "line 2, column 1: .*spaces, not with tabs"),
    ("a: \0", "is not YAML"),
    ('a: "\\UFFFFFFFF"', "is not YAML"),
    ("%YAML 9.9\n--- a", "is not YAML"),
    ("a: [", "line 1, column 5"),
]


@pytest.mark.parametrize(("text", "why"), WRONG)
def test_what_is_not_plain_data_is_refused_with_its_place(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(YamlError, match=why) as caught:
        read_yaml(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with pytest.raises(YamlError, match="No such file"):
        read_yaml(path)
    with pytest.raises(YamlError, match="not a file"):
        read_yaml(tmp_path)
    os.mkfifo(path)
    with pytest.raises(YamlError, match="not a file"):
        read_yaml(path)
    for device in ("/dev/zero", "/dev/null"):
        with pytest.raises(YamlError, match="not a file"):
            read_yaml(device)
    with pytest.raises(YamlError, match="cannot read"):
        read_yaml("a\0b")
    path.unlink()
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(YamlError, match="line 2: byte 0xff is not UTF-8"):
        read_yaml(path)
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(YamlError, match="more than 1 MiB"):
        read_yaml(path)
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_yaml(path) == {"a": 1, "b": 2}
    path.write_bytes(b"")
    assert read_yaml(path) is None


@pytest.mark.parametrize("text", [text for text, _ in WRONG])
def test_rigs_settings_and_worlds_have_the_same_reader(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(RigConfigError):
        load_config(path)
    with pytest.raises(SettingError):
        NoCamera().load_settings(path)
    with pytest.raises(ValueError, match=r"a\.yaml"):
        load_world(str(path))


def test_a_bad_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(BOMB)
    program = "import sys; from llpyspin.rig import load_config; load_config(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)),
        check=False,
    )
    assert "RigConfigError: " in done.stderr


# -- rigs


def rig(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "rig.yaml"
    path.write_text(text)
    return load_config(path)


def test_serial_numbers_and_names_are_taken_as_they_are_written(tmp_path: Path) -> None:
    config = rig(
        tmp_path,
        "cameras:\n- {serial: 012345670, name: no}\n- {serial: 1234.50, name: 2026-11-29}\n"
        "- {serial: 0x10, name: 007}",
    )
    assert [(each.device, each.name) for each in config.cameras] == [
        ("012345670", "no"),
        ("1234.50", "2026-11-29"),
        ("0x10", "007"),
    ]
    assert load_world("{cameras: [{serial: 012345670}], world: 0x10}").cameras()[0][0] == "012345670"


def test_switches_may_be_written_in_words(tmp_path: Path) -> None:
    config = rig(tmp_path, "cameras: [{serial: 1, color: Off}]\nrecord: {overwrite: yes, fill: no}")
    assert config.cameras[0].color is False
    assert config.record == {"overwrite": True, "fill": False}


@pytest.mark.parametrize(
    "nodes",
    [
        "[{LineSelector: Line1}, {LineInverter: true}, {LineSelector: Line2}, {LineInverter: false}]",
        "[[LineSelector, Line1], [LineInverter, true], [LineSelector, Line2], [LineInverter, false]]",
        "[{LineSelector: Line1, LineInverter: true}, {LineSelector: Line2, LineInverter: false}]",
    ],
)
def test_nodes_may_be_a_list_in_which_a_selector_is_set_twice(tmp_path: Path, nodes: str) -> None:
    [camera] = rig(tmp_path, f"cameras: [{{serial: 1, nodes: {nodes}}}]").cameras
    assert camera.nodes_in_order == (
        ("LineSelector", "Line1"),
        ("LineInverter", True),
        ("LineSelector", "Line2"),
        ("LineInverter", False),
    )


@pytest.mark.parametrize("item", ["3", "[a]", "[1, 2]", "{}", "[a, b, c]"])
def test_an_item_of_nodes_that_is_no_pair_is_refused(tmp_path: Path, item: str) -> None:
    with pytest.raises(RigConfigError, match=r"nodes \(line 1, column 25\)\[0\] must be NAME: VALUE"):
        rig(tmp_path, f"cameras: [{{serial: '1', nodes: [{item}]}}]")


def test_mistakes_of_all_cameras_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    text = "cameras:\n- serial: 1\n  exposur: 5\n  gian: 3\n- serial: 2\n  role: third\n- name: x\n"
    with pytest.raises(RigConfigError) as caught:
        rig(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert "cameras[0] (line 3, column 3): 'exposur' is not known; did you mean 'exposure'" in lines[0]
    assert "cameras[0] (line 4, column 3): 'gian'" in lines[1]
    assert "cameras[1] (line 6, column 3): camera 2: role must be one of" in lines[2]
    assert "cameras[2] needs either its serial or its index" in lines[3]


def test_an_empty_rig_is_called_empty(tmp_path: Path) -> None:
    with pytest.raises(RigConfigError, match="is empty"):
        rig(tmp_path, "# nothing yet\n")
