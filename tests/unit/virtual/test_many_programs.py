"""Small programs in the style of the vendor's examples run unchanged on virtual cameras."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest

import llpyspin.virtual as PySpin
from tests import program_runs
from tests.unit.virtual import facts

OUTCOMES = json.loads((program_runs.FOLDER / "outcomes.json").read_text(encoding="utf-8"))
"""What each program prints; the real library is held to the same."""
SURFACE = json.loads((Path(__file__).parent / "pyspin_surface.json").read_text(encoding="utf-8"))["classes"]


@pytest.fixture(scope="module", autouse=True)
def cameras():
    """Two GigE cameras in a world that keeps their settings."""
    models = [{"serial": serial, "model": "BFS-PGE-16S2M"} for serial in ("1001", "1002")]
    with pytest.MonkeyPatch.context() as patch:
        world = {"cameras": models, "world": f"programs-{uuid.uuid4().hex[:12]}"}
        patch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world))
        program_runs.prepare(PySpin)
        yield


@pytest.mark.parametrize("name", program_runs.NAMES)
def test_program_prints_what_was_recorded(name):
    if name == "image_files":
        pytest.importorskip("cv2")
    if name == "video":
        pytest.importorskip("av")
    assert program_runs.run(PySpin, name) == OUTCOMES[name]


def test_each_program_succeeds_and_there_are_enough():
    assert set(OUTCOMES) == set(program_runs.NAMES)
    assert len(OUTCOMES) >= 30
    assert all(lines[-1] == "success: True" and len(lines) > 1 for lines in OUTCOMES.values())
    assert set(program_runs.WITH_ANY_SDK) <= set(OUTCOMES)


def test_programs_use_every_class_that_a_blackfly_s_can_use():
    sources = [path.read_text(encoding="utf-8") for path in program_runs.FOLDER.glob("*.py")]
    used = set(re.findall(r"PySpin\.(\w+)", "".join(sources)))
    elsewhere = {name for name in SURFACE if name.startswith(("Inference", "DeviceEventInference"))}
    made = {name for name, data in SURFACE.items() if "__init__" in data["methods"]}
    of_pointers = {name for name in made if name.startswith("_SWIG")}
    unbuilt = {"CNodeMapDynPtr", "NodeMap", "EGenApiSchemaVersionClass"}
    assert unbuilt <= set(facts.REFUSED)
    assert made - of_pointers - elsewhere - unbuilt - used == set()
