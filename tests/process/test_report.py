"""Reports at the end of recordings of virtual cameras, and how a browser shows them."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import cli
from llpyspin.recording import check
from llpyspin.report.apart import report_if_possible
from llpyspin.virtual import fault
from tests.process.rig_worlds import FAST, make_rig, wired

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = (255, 243, 214)
"""The colour of the verdict "frames are missing"."""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session of two cameras that lost frames on the way and missed pulses, with its report."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    folder = tmp_path / "session"

    def trouble() -> None:
        fault("20000002", "lose", frames=3)
        fault("20000001", "incomplete", frames=2)

    with make_rig(2, framerate=50) as rig:
        later = threading.Timer(0.8, trouble)
        later.start()
        rig.record(2.0, folder, progress=False, report=True, **FAST)
        later.join()
    return folder


def test_rig_that_records_with_faults_leaves_a_report(faulty: Path) -> None:
    report = json.loads((faulty / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"]["grade"] == "missing"
    assert [cause["key"] for cause in report["causes"]] == ["usb"]
    by_name = {camera["name"]: camera for camera in report["cameras"]}
    assert (by_name["b"]["lost"]["transport"], by_name["a"]["incomplete"]) == (3, 2)
    assert report["series"]["synchronisation"]["frames"] == by_name["b"]["written"]
    assert check(faulty).ok
    assert "Virtual cameras made this recording." in (faulty / "report.html").read_text(encoding="utf-8")


def test_command_that_records_says_where_the_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(1))
    folder = tmp_path / "session"
    words = ["record", "--virtual", "--seconds", "0.3", "--codec", "raw", "--report", "--out", str(folder)]
    assert cli.main(words) == 0
    assert (folder / "report.html").exists()
    assert f"Report: {folder / 'report.html'}" in " ".join(capsys.readouterr().err.split())


def test_report_that_cannot_be_written_only_warns(faulty: Path, caplog: pytest.LogCaptureFixture) -> None:
    (faulty / "report.html").write_text("not ours")
    with caplog.at_level(logging.WARNING, "llpyspin"):
        assert report_if_possible(faulty) is None
    assert "no report of llpyspin left it" in caplog.text
    assert (faulty / "report.html").read_text() == "not ours"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_browser_shows_the_verdict(faulty: Path, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1060,3000"]
    command = [str(CHROMIUM), *options, f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}"]
    subprocess.run(
        [*command, (faulty / "report.html").as_uri()], check=True, timeout=100, capture_output=True
    )
    image = pytest.importorskip("PIL.Image").open(picture).convert("RGB")
    pixels = np.asarray(image)
    assert np.all(pixels[:600] == MISSING, axis=-1).sum() > 10_000
    assert pixels[1200:].std() > 10, "figures or pictures are not shown"
