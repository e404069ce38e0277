"""JSON schemas for editors: they are those that are published, and agree with what is read."""

from __future__ import annotations

import inspect
import json
import pathlib
import re
import subprocess
import sys
from typing import Any

import jsonschema
import pytest
import yaml

from llpyspin.errors import RigConfigError
from llpyspin.rig.parsing import config_from
from llpyspin.rig.schemas import NAMES, schema_of, schema_text

TOP = pathlib.Path(__file__).parents[3]
BOTH = {"cameras": ["1", "2"]}


def unordered(node: Any) -> Any:
    """The same schema from any version of msgspec.

    Old ones order differently, name no empty defaults, and leave descriptions indented.
    """
    if isinstance(node, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else unordered(value)
            for key, value in node.items()
            if key != "default" or not isinstance(value, dict | list) or value
        }
    if isinstance(node, list):
        return sorted((unordered(each) for each in node), key=lambda each: json.dumps(each, sort_keys=True))
    return node


@pytest.mark.parametrize("name", NAMES)
def test_published_schema_is_up_to_date(name: str) -> None:
    path = TOP / "docs" / "_static" / "schemas" / f"{name}.schema.json"
    assert unordered(json.loads(path.read_text(encoding="utf-8"))) == unordered(schema_of(name)), (
        "make schemas"
    )
    jsonschema.Draft202012Validator.check_schema(schema_of(name))


def test_a_schema_is_printed_by_its_module() -> None:
    program = [sys.executable, "-m", "llpyspin.rig.schemas"]
    done = subprocess.run([*program, "rig"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == schema_text("rig")
    done = subprocess.run([*program, "rigg"], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (
        1,
        "there is no schema 'rigg'. Did you mean 'rig'?\n",
    )


@pytest.mark.parametrize(
    "document",
    [
        BOTH,
        {"cameras": [{"serial": 1, "name": "top", "role": "primary", "color": False}, {"index": 1}]},
        {**BOTH, "framerate": 100, "exposure": 1.5, "sync": "ptp", "sdk": "virtual", "on_failure": "stop"},
        {**BOTH, "record": {"codec": "ffv1", "pre_trigger": 1.5, "options": {"crf": 20}}},
        {**BOTH, "roi": [0, 0, 540, 720], "binsize": [2, 2], "gain": 3, "subject": 42, "notes": "n"},
        {**BOTH, "metadata": {"weights": [1, 2]}, "allow_lower_rate": True},
        {"cameras": [{"serial": "1", "nodes": [{"A": 1}, ["B", True]], "lines": {"power": None}}]},
        {"cameras": [{"serial": "1", "exposure": "auto", "white_balance": [1.5, 2], "binsize": 2}]},
    ],
)
def test_what_is_read_is_right_by_the_schema(document: dict[str, object]) -> None:
    config_from(document)
    jsonschema.validate(document, schema_of("rig"))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {**BOTH, "framrate": 30},
        {**BOTH, "framerate": 0},
        {**BOTH, "framerate": "30"},
        {**BOTH, "trigger": "box"},
        {**BOTH, "sdk": "aravis"},
        {**BOTH, "record": {"codc": "raw"}},
        {**BOTH, "record": {"segment_bytes": 1}},
        {**BOTH, "roi": [0, 0, 540]},
        {"cameras": [{"serial": "1", "color": "maybe"}]},
        {"cameras": [{"serial": "1", "lines": {"in": "Line3"}}]},
        {"cameras": [{"serial": "1", "nodes": {"A": [1]}}]},
    ],
)
def test_what_is_refused_is_wrong_by_the_schema(document: dict[str, object]) -> None:
    with pytest.raises(RigConfigError):
        config_from(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema_of("rig"))


def test_rigs_of_the_manual_are_right_by_the_schema() -> None:
    found = 0
    for page in (TOP / "docs").rglob("*.md"):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            document = yaml.safe_load(block)
            if isinstance(document, dict) and "cameras" in document and "wires" not in document:
                found += 1
                jsonschema.validate(document, schema_of("rig"))
    assert found


def test_settings_and_worlds_have_schemas_of_their_own() -> None:
    jsonschema.validate(
        {"settings": {"Gain": 1.5, "Mode": "Off"}, "camera": {"serial": "1"}}, schema_of("settings")
    )
    world = {
        "cameras": [{"serial": 1}],
        "wires": ["1:Line1 -> 2:Line3"],
        "faults": [{"serial": 1, "kind": "lose"}],
    }
    jsonschema.validate(world, schema_of("world"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"settings": {"Gain": [1]}}, schema_of("settings"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"cameras": [{"modle": "x"}]}, schema_of("world"))
