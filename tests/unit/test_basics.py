"""Deadlines, console lines, values, and what importing the package costs."""

from __future__ import annotations

import logging
import math
import pathlib
import pickle
import subprocess
import sys

import pytest

import llpyspin
from llpyspin.camera.prompt import show_lines
from llpyspin.deadlines import Deadline
from llpyspin.roles import Tally
from llpyspin.settings import Limits, NodeInfo, RestoreReport


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, "1", None])
def test_a_deadline_refuses_times_that_are_none(seconds: object) -> None:
    with pytest.raises(ValueError, match="finite"):
        Deadline(seconds)  # type: ignore[arg-type]


def test_a_deadline_passes_and_has_no_time_left_then() -> None:
    assert not Deadline(60).passed
    assert 59 < Deadline(60).remaining() <= 60
    assert Deadline(0).passed
    assert Deadline(0).remaining() == 0


def test_import_loads_no_sdk_and_starts_nothing() -> None:
    script = (
        "import sys, threading, llpyspin\n"
        "heavy = ['cv2', 'av', 'genicam', 'rotpy', 'PySpin', 'IPython', 'rich', 'yaml', 'llpyspin.virtual']\n"
        "print([name for name in heavy if name in sys.modules], threading.active_count())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[] 1\n"


def test_the_version_is_said_once() -> None:
    root = pathlib.Path(__file__).parents[2]
    assert 'dynamic = ["version"]' in (root / "pyproject.toml").read_text()
    assert llpyspin.__version__.count(".") == 2


@pytest.fixture
def fresh_logger() -> logging.Logger:
    logger = logging.Logger("fresh")
    logger.setLevel(logging.NOTSET)
    return logger


def without_root_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest adds its own when the test is called


def test_lines_are_shown_at_a_prompt(
    fresh_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_root_handlers(monkeypatch)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    show_lines(fresh_logger)
    show_lines(fresh_logger)
    fresh_logger.info("setting framerate to 30 fps")
    fresh_logger.debug("not this")
    assert capsys.readouterr().err == "INFO : setting framerate to 30 fps\n"


def test_a_script_gets_no_handler(fresh_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    without_root_handlers(monkeypatch)
    show_lines(fresh_logger)
    assert not fresh_logger.handlers


def test_a_program_that_has_set_up_logging_is_left_alone(
    fresh_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_root_handlers(monkeypatch)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    own = logging.NullHandler()
    fresh_logger.addHandler(own)
    show_lines(fresh_logger)
    assert fresh_logger.handlers == [own]


def test_limits_and_nodes_print_for_people() -> None:
    assert str(Limits(min=1.0, max=226.0, unit="Hz")) == "1.0 to 226.0 Hz"
    assert str(Limits(min=4, max=1440, inc=4, unit="px")) == "4 to 1440 px in steps of 4"
    assert str(Limits(entries=("Off", "On"))) == "one of Off, On"
    info = NodeInfo("Gain", "Float", "RW", 3.0, Limits(0.0, 47.9, None, "dB"), description="Amplification.")
    assert str(info) == "Gain = 3.0 dB  (Float, RW)\n  0.0 to 47.9 dB\n  Amplification."


def test_a_restore_report_says_what_did_not_take() -> None:
    assert RestoreReport(applied=("Gain",)).ok
    report = RestoreReport(("Gain",), {"ExposureTime": (100.4, 100.0)}, {"Width": "locked"}, ("Nope",))
    assert not report.ok
    text = str(report)
    assert text.splitlines()[0] == "1 of 4 settings applied, 1 rounded, 1 refused, 1 missing"
    assert all(word in text for word in ("100.4", "rounded to 100.0", "refused: locked", "no such node"))
    assert repr(report) == "<RestoreReport: 1 of 4 settings applied, 1 rounded, 1 refused, 1 missing>"
    assert str(RestoreReport(applied=("Gain", "Gamma"))) == "2 settings applied"
    assert pickle.loads(pickle.dumps(report)) == report


def test_limits_and_nodes_are_brief_at_the_prompt() -> None:
    assert repr(Limits(min=1.0, max=226.0, unit="Hz")) == "<Limits: 1.0 to 226.0 Hz>"
    assert repr(Limits()) == "<Limits: none>"
    info = NodeInfo(
        "Gain", "Float", "RW", 3.0, Limits(0.0, 47.9, None, "dB"), description="Amplification. " * 9
    )
    assert repr(info) == "<NodeInfo Gain = 3.0 dB (Float, RW)>"
    assert pickle.loads(pickle.dumps(info)) == info


@pytest.mark.parametrize(
    ("frames", "lost", "counted", "most", "exposed"),
    [
        (10, 0, 10, None, 10),
        (8, 2, 10, 10, 10),
        (10, 0, None, None, 10),  # it has no counter
        (10, 0, 9, None, 10),  # there is a frame that was not counted
        (10, 0, 11, None, 11),  # the last frame may have been lost on the way
        (10, 0, 11, 11, 11),
        (10, 0, 11, 10, 10),  # but there was no time for it
        (10, 0, 14, 10, 14),  # that is more than a counter is off by
        (10, 0, 3, None, 3),
        (131_070, 0, 131_073, 131_070, 131_070),  # off by one at each wrap
        (131_070, 0, 131_067, None, 131_070),
    ],
)
def test_ids_counter_and_time_tell_how_often_a_camera_exposed(
    frames: int, lost: int, counted: int | None, most: int | None, exposed: int
) -> None:
    tally = Tally(frames + 5, 0, lost, 0, counted, None, None, None, since=5)
    assert tally.exposed(most) == exposed


@pytest.mark.parametrize(
    ("exposures", "last_id", "first_id", "where"),
    [
        (0, None, 0, "sensor"),  # no pulse was seen
        (10, 9, 0, "sensor"),
        (10, 10, 1, "sensor"),
        (11, 9, 0, "transport"),  # one that was exposed did not come
        (1, None, 0, "transport"),
        (None, 9, 0, "transport"),  # it does not count
        (65546, 10, 1, "transport"),  # the ids have wrapped
    ],
)
def test_what_a_camera_counted_tells_where_its_last_frames_are(
    exposures: int | None, last_id: int | None, first_id: int, where: str
) -> None:
    tally = Tally(10, 0, 0, 0, exposures, None, last_id, None)
    assert tally.end_lost_in(first_id) == where


@pytest.mark.parametrize("name", llpyspin.__all__)
def test_public_name_of_the_package_can_be_imported(name: str) -> None:
    assert getattr(llpyspin, name) is not None
