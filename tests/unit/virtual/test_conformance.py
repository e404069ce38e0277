"""The virtual module against PySpin's own names, and the page of the manual that says how they compare."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import llpyspin.virtual as PySpin
from tests.unit.virtual import facts

HERE = Path(__file__).parent
TOP = HERE.parents[2]


@cache
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("fidelity", TOP / "tools" / "fidelity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_constant_of_pyspin_has_its_value():
    constants = tool().surface()["constants"]
    assert {name: getattr(PySpin, name) for name in constants} == constants


def test_every_class_and_function_of_pyspin_is_there():
    known = tool().surface()
    for name in (*known["classes"], *known["enumerations"]):
        assert isinstance(getattr(PySpin, name), type), name
    for name in known["functions"]:
        assert callable(getattr(PySpin, name)), name


@pytest.mark.parametrize("name", sorted(tool().surface()["classes"]))
def test_every_method_of_pyspin_has_its_parameters(name):
    data = tool().surface()["classes"][name]
    for method, text in data["methods"].items():
        found = getattr(getattr(PySpin, name), method)
        if text == "*" or method.startswith("__"):
            continue
        given = [p for p in inspect.signature(found).parameters.values() if p.name != "self"]
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given):
            continue
        wanted = [part.partition("=")[0].strip() for part in text.split(",") if part]
        assert [p.name for p in given if p.kind is p.POSITIONAL_OR_KEYWORD] == wanted, method


@pytest.mark.parametrize("name", sorted(tool().surface()["classes"]))
def test_every_property_of_a_record_is_there(name):
    data = tool().surface()["classes"][name]
    if data["methods"].keys() <= {"__init__"} and data.get("properties"):
        if name == "ChannelStatistics":
            record = PySpin.Image.Create(1, 1, 0, 0, 0, np.zeros(1, np.uint8)).CalculateChannelStatistics(0)
        else:
            record = getattr(PySpin, name)()
        for field in data["properties"]:
            assert hasattr(record, field), field


@pytest.mark.parametrize("group", ["TLDevice", "TLStream", "TLInterface", "TLSystem", "camera"])
def test_every_quickspin_node_is_an_attribute(group):
    owners = {"camera": "Camera", "TLDevice": "TransportLayerDevice", "TLStream": "TransportLayerStream"}
    owners |= {"TLInterface": "TransportLayerInterface", "TLSystem": "TransportLayerSystem"}
    for names in tool().surface()["quickspin"][group].values():
        for name in names:
            assert isinstance(getattr(getattr(PySpin, owners[group]), name), property), name


def test_whatever_is_not_built_has_a_reason():
    refused = {name for name, methods in tool().refused_methods().items() if methods}
    assert refused == set(facts.REFUSED)


@pytest.mark.parametrize("name", sorted(facts.REFUSED))
def test_whatever_is_not_built_raises_its_code(name):
    methods = tool().refused_methods()[name]
    owner = PySpin if name == "functions" else getattr(PySpin, name)
    for method in methods:
        with pytest.raises(PySpin.SpinnakerException) as caught:
            inspect.unwrap(getattr(owner, method))()
        assert caught.value.errorcode == PySpin.SPINNAKER_ERR_NOT_IMPLEMENTED


def test_every_node_without_an_effect_has_a_reason():
    nodes = tool().stored_nodes()
    assert [node for node in nodes if tool().reason_of_stored(node) is None] == []
    assert "ExposureTime" not in nodes


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fact_names_a_test_that_is_there():
    for entries in facts.FACTS.values():
        for _, file, test in entries:
            assert test in names_in(file), test


def test_page_on_fidelity_is_up_to_date():
    page = (TOP / "docs" / "reference" / "fidelity.md").read_text(encoding="utf-8")
    assert page == tool().page(), "run python tools/fidelity.py > docs/reference/fidelity.md"
