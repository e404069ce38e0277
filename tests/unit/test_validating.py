"""Values checked against types: strictly, all mistakes at once, with what is allowed and the nearest name."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
import pytest

from llpyspin.camera.settingstypes import SettingsFileTypes
from llpyspin.recording.optiontypes import RecordTypes
from llpyspin.rig.filetypes import CameraTypes, LineTypes, RigTypes
from llpyspin.virtual.faulttypes import FAULTS
from llpyspin.virtual.worldtypes import VirtualCameraTypes, WireTypes, WorldTypes
from llpyspin.yamlfile import parse_yaml
from llpyspin.yamlfile.complaints import allowed_of, complaint, fields_of, native
from llpyspin.yamlfile.hints import nearest
from llpyspin.yamlfile.validating import Report, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

STRUCTS = [
    *(SettingsFileTypes, RecordTypes, CameraTypes, LineTypes, RigTypes),
    *(VirtualCameraTypes, WireTypes, WorldTypes, *dict.fromkeys(FAULTS.values())),
]


class Example(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    number: Annotated[float, msgspec.Meta(gt=0, extra={"allowed": "a positive number of us"})] | None = None
    count: int = 0
    flag: bool = False
    word: Literal["recover", "stop"] = "stop"
    text: str = ""
    needed: str


def texts(given: Mapping[str, Any], file: str = "") -> list[str]:
    report = Report(file)
    scope = Scope(report, given)
    scope.unknown(Example.__struct_fields__)
    scope.fields(Example)
    return [mistake.text for mistake in report.mistakes]


def of_yaml(text: str) -> list[str]:
    return texts(parse_yaml(text, "a.yaml"), "a.yaml")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(("10", int), (True, int), (10.0, int), ("10", float), (True, float), (1, bool), ("yes", bool)),
        *((1, str), (None, int), (float("nan"), float), (float("inf"), float), ([1, 2.5], list[int])),
        *((b"a", str), (1 + 2j, float), ({1: 2}, dict[str, int]), ("a", Literal["b"])),
    ],
)
def test_nothing_is_converted_silently(value: Any, kind: Any) -> None:
    assert complaint(value, kind) is not None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *((10, int), (10, float), (np.float32(1.5), float), (np.int64(3), int), (np.bool_(True), bool)),
        *((np.array([1, 2]), list[int]), ((1, 2), list[int]), (PurePath("a"), str), (np.str_("a"), str)),
    ],
)
def test_values_of_numpy_and_paths_are_understood(value: Any, kind: Any) -> None:
    assert complaint(value, kind) is None


def test_native_values_are_those_that_yaml_has() -> None:
    found = native({"a": np.float64(1.5), "b": (np.int32(2), PurePath("x")), "c": np.bool_(False)})
    assert found == {"a": 1.5, "b": [2, "x"], "c": False}
    assert [type(each) for each in (found["a"], found["b"][0], found["c"])] == [float, int, bool]


def test_all_mistakes_of_a_mapping_are_found_at_once() -> None:
    found = texts({"numbr": 1, "number": -1, "count": 1.5, "flag": "on", "word": "stpo", "text": 3})
    assert found == [
        "'numbr' is not known; did you mean 'number'?",
        "number must be a positive number of us, not -1",
        "count must be a whole number, not 1.5",
        "flag must be true or false, not 'on'. Write true or false",
        "word must be one of recover, stop, not 'stpo'. Did you mean 'stop'?",
        "text must be text, not 3",
        " needs needed: text",
    ]


def test_mistakes_have_their_file_line_column_path_and_value() -> None:
    report = Report("a.yaml")
    document = parse_yaml("outer:\n  list: [1, x]\n  word: stpo\n", "a.yaml")
    scope = Scope(report, document).inside("outer", document["outer"])
    scope.check("list", document["outer"]["list"], list[Annotated[int, msgspec.Meta(extra={"allowed": "n"})]])
    scope.check("word", "stpo", Literal["recover", "stop"])
    first, second = report.mistakes
    assert first[:6] == ("a.yaml", 2, 13, "outer.list[1]", "x", "n")
    assert first.text == "a.yaml: outer (line 2, column 13): list[1] must be n, not 'x'"
    assert second[:7] == ("a.yaml", 3, 3, "outer.word", "stpo", "one of recover, stop", "stop")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("1e-3", "text in YAML: a number with an exponent needs a point and a sign, like 1.0e-3"),
        ("1e3", "like 1.0e+3"),
        ("1.5e3", "like 1.5e+3"),
        ("-2E5", "like -2.0e+5"),
        ('"10"', "It is text because of its quotes: write 10"),
        ("'1.5'", "because of its quotes: write 1.5"),
        ("010", "A number with zeros before it is text in YAML: write 10"),
        ("1_000", "A number with underscores is text in YAML: write 1000"),
        ('"1,5"', "Write a point, not a comma: 1.5"),
        ("10 us", "Write the number without its unit: 10"),
        ("2.5ms", "2.5 ms is 2500 us: write 2500"),
        ("0.003 s", "0.003 s is 3000 us: write 3000"),
        ("30 Hz", "Write a number of us, without a unit"),
        ("3 parsec", "Write a number of us, without a unit"),
        ("on", "on is a word in YAML, and no number"),
        ("No", "No is a word in YAML, and no number"),
        ("true", "true and false are no numbers"),
        ("fast", "not 'fast'"),
        (".nan", "not nan"),
    ],
)
def test_traps_of_yaml_are_explained(written: str, hint: str) -> None:
    [text] = of_yaml(f"needed: x\nnumber: {written}\n")
    assert text.startswith("a.yaml (line 2, column 1): number must be a positive number of us, not ")
    assert text.endswith(hint)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("count: 2.0", "count must be a whole number, not 2.0. Write 2 without a point"),
        ("flag: 1", "flag must be true or false, not 1. Write true"),
        ("flag: enabled", "Write true or false"),
        ("count:", "The key has no value: write one, or leave the key out"),
        ("text: 12", 'Write it in quotes: "12"'),
        ("text: 1.0e+3", 'Write it in quotes: "1.0e+3"'),
    ],
)
def test_a_value_of_another_kind_is_answered_with_what_to_write(line: str, hint: str) -> None:
    [text] = of_yaml(f"needed: x\n{line}\n")
    assert text.endswith(hint)


@pytest.mark.parametrize("word", ["yes", "On", "true", "no", "off", "False"])
def test_switches_of_files_may_be_words(word: str) -> None:
    assert of_yaml(f"needed: x\nflag: {word}\n") == []


def test_switches_of_code_are_booleans() -> None:
    assert texts({"needed": "x", "flag": True}) == []
    assert len(texts({"needed": "x", "flag": "yes"})) == 1


def test_thousands_of_mistakes_are_told_shortly() -> None:
    report = Report()
    Scope(report, {f"key{number}": 1 for number in range(1000)}).unknown(["a"])
    lines = str(report).splitlines()
    assert len(lines) == 51
    assert lines[-1] == "... and 950 more mistakes"


def test_a_missing_key_is_told_with_the_place_of_the_mapping() -> None:
    document = parse_yaml("a:\n  - {text: x}\n", "a.yaml")
    report = Report("a.yaml")
    Scope(report, document).inside("a", document["a"][0], "[0]").fields(Example)
    assert str(report) == "a.yaml: a[0] needs needed: text (line 2, column 5)"


@pytest.mark.parametrize(
    ("name", "near"),
    [("framrate", "framerate"), ("frame-rate", "framerate"), ("FRAMERATE", "framerate"), ("x", "")],
)
def test_the_nearest_name_is_found(name: str, near: str) -> None:
    assert nearest(name, ["framerate", "exposure"]) == near


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_types_say_what_they_allow(kind: type[msgspec.Struct]) -> None:
    for field in fields_of(kind):
        assert allowed_of(field.type) not in ("", "a value of another kind"), field.name


def test_checks_survive_the_garbage_collector() -> None:
    values = [1, 1.5, "a", True, None, [1, 2], [1, 2, 3, 4], {"a": 1}, [{"a": 1}], -1, 1 << 70, "", [[1]]]
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for kind in STRUCTS:
            for field in fields_of(kind):
                for value in values:
                    complaint(value, field.type)
            msgspec.json.schema(kind)
    finally:
        gc.set_threshold(*threshold)


@pytest.mark.parametrize(
    "module", ["llpyspin", "llpyspin.rig", "llpyspin.recording.writing.service", "llpyspin.worker.main"]
)
def test_imports_do_not_load_the_validating_library(module: str) -> None:
    program = f"import sys, {module}; sys.exit('msgspec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
