"""A live page that may change something, at a rig of virtual cameras."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin.recording import load
from tests.process.browser import CHROMIUM
from tests.process.devtools import tab
from tests.process.pages import Page, in_state
from tests.process.rig_worlds import FAST, make_rig, proven, wired

if TYPE_CHECKING:
    import pathlib

LONG_S = 30.0
LOOK_S = 0.05


def test_two_pages_run_a_session_and_see_the_same(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    folder = str(tmp_path / "m1")
    with (
        make_rig(2, record=FAST) as rig,
        rig.serve(port=0, control=True, folder=tmp_path) as server,
        Page(server.url) as one,
        Page(server.url) as other,
    ):
        one.wait_for(lambda status: len(status.get("control", {}).get("settings", ())) > 3)
        assert "gain is now 3 dB" in one.done("set", name="gain", value=3)
        assert rig.gain == pytest.approx(3, abs=0.01)
        assert "is the maximum" in one.refused("set", name="gain", value=1000)
        assert "no camera is called 'z'" in one.refused("set", name="gain", value=1, camera="z")
        assert rig.gain == pytest.approx(3, abs=0.01)

        assert "m1" in one.done("prime", name="m1", subject="m17", metadata={"weight_g": 24.1})
        assert other.wait_for(in_state("primed"))["folder"] == folder
        assert "already primed" in other.refused("prime", name="m2")
        assert "is primed" in other.refused("set", name="gain", value=1)
        assert "Nothing was done" in other.refused("trigger", folder=str(tmp_path / "m0"))
        other.done("trigger", folder=folder)
        one.wait_for(in_state("recording"))
        assert "already triggered" in one.refused("trigger", folder=folder)
        one.wait_for(lambda status: all(each["frames"] > 20 for each in status["cameras"]))
        assert "Nothing is missing" in one.done("stop", folder=folder)
        other.wait_for(in_state("open"))
        assert "nothing to stop" in other.refused("stop", folder=folder)
        assert "m1 is not empty" in other.refused("prime", name="m1")
        assert sorted(each.name for each in tmp_path.iterdir()) == ["m1"]
        proven(rig.session, tmp_path / "m1")
    with load(tmp_path / "m1") as loaded:
        assert loaded.session.metadata == {"subject": "m17", "weight_g": 24.1}


def test_end_of_the_server_leaves_the_recording_to_the_program(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with make_rig(2, record=FAST) as rig:
        server = rig.serve(port=0, control=True, folder=tmp_path)
        with Page(server.url) as page:
            page.done("prime", name="m1")
            page.done("trigger", folder=str(tmp_path / "m1"))
        server.close()
        assert rig.triggered
        rig.read()
        proven(rig.stop(), tmp_path / "m1")


def test_recording_of_the_command_can_be_stopped_by_its_page(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    folder = str(tmp_path / "take")
    words = ["record", "--virtual", "--codec", "raw", "--serve", "--control", "--json", "--out", folder]
    command = [sys.executable, "-m", "llpyspin", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = next(line for line in process.stderr if line.startswith("Live page: ")).split()[-1]
        with Page(url) as page:
            page.wait_for(lambda status: any(each["frames"] > 5 for each in status["cameras"]))
            assert "can stop it" in page.refused("set", name="gain", value=1)
            assert page.client.post("/do/stop", json={"folder": folder}).status_code == 202
        output, errors = process.communicate(timeout=LONG_S)
    assert process.returncode == 0, errors
    assert json.loads(output)["complete"]


STATE = 'document.getElementById("state")?.textContent'
FITS = "[...document.querySelectorAll('*')].every((each) => each.getBoundingClientRect().right <= 361)"
READY = """document.querySelectorAll(".setting").length > 3 && !document.getElementById("prime").hidden"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_browser_runs_a_session_and_asks_before_it_stops(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with (
        make_rig(2, record=FAST) as rig,
        rig.serve(port=0, control=True, folder=tmp_path) as server,
        tab() as page,
    ):
        page.resize(360, 740, mobile=True)
        page.open(server.url)
        page.wait_for(READY)
        page.value('document.getElementById("settings").open = true')
        assert page.value(FITS)
        page.value(
            'const form = document.querySelector(".setting"); form.querySelector("input").value = "2000";'
            "form.requestSubmit()"
        )
        page.wait_for('document.getElementById("answers").textContent.includes("exposure is now 2000 us")')
        page.value(
            'const fields = document.getElementById("prime"); fields.elements.name.value = "m1";'
            'fields.elements.metadata.value = "animal = 007\\nweight_g = 24.1"; fields.requestSubmit()'
        )
        page.wait_for(f'{STATE} === "primed"')
        page.wait_for('!document.getElementById("trigger").disabled')
        page.value('document.getElementById("trigger").click()')
        page.wait_for(f'{STATE} === "recording"')
        page.wait_for('!document.getElementById("stop").disabled')
        page.value('document.getElementById("stop").click()')
        page.wait_for('document.getElementById("question").textContent === "Stop the recording m1?"')
        assert page.value('document.activeElement.id === "goon"')  # Enter stops nothing
        page.value('document.getElementById("goon").click()')
        assert page.value('document.getElementById("sure").hidden')
        assert rig.triggered
        assert page.value(FITS)
        page.value('document.getElementById("stop").click(); document.getElementById("really").click()')
        page.wait_for(f'{STATE} === "open"')
        page.wait_for('document.getElementById("answers").textContent.includes("Nothing is missing")')
        assert not page.complaints
        proven(rig.session, tmp_path / "m1")
    with load(tmp_path / "m1") as loaded:
        assert loaded.session.metadata == {"animal": "007", "weight_g": 24.1}
