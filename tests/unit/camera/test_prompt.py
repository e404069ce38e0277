"""Lines at a prompt: where they go in a terminal and in a notebook, and the block of an opening."""

from __future__ import annotations

import logging
import sys
import threading
import types
from typing import TYPE_CHECKING

import pytest

from llpyspin.camera.prompt import one_block, show_lines, without_infos

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def logger(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The package's logger, as it is before the first camera."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest adds its own when the test is called
    logger = logging.getLogger("llpyspin")
    monkeypatch.setattr(logger, "handlers", [])
    before = logger.level
    yield logger
    logger.setLevel(before)


@pytest.fixture
def notebook(logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    module = types.ModuleType("IPython")
    module.get_ipython = lambda: types.SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", module)
    show_lines(logger)
    return logger


@pytest.fixture
def terminal(logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    show_lines(logger)
    return logger


def test_notebook_has_information_among_what_is_printed(
    notebook: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    print("before")
    notebook.info("setting gain to 3 dB")
    print("after")
    notebook.warning("failed to set the gain to 99 dB")
    said = capsys.readouterr()
    assert said.out == "before\nINFO : setting gain to 3 dB\nafter\n"
    assert said.err == "WARNING : failed to set the gain to 99 dB\n"


def test_terminal_has_all_lines_on_standard_error(
    terminal: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    with one_block("camera[0]"):
        terminal.info("Opening the video stream.")
        terminal.info("setting gain to 3 dB")
    terminal.warning("watch out")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "INFO : Opening the video stream.",
        "INFO : setting gain to 3 dB",
        "WARNING : watch out",
    ]


def test_opening_is_one_line_in_a_notebook(
    notebook: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    with one_block("camera[0]"):
        notebook.info("Opening the video stream.")
        notebook.info("setting framerate to 30 fps")
        with one_block("inner"):  # the other camera of a pair
            notebook.info("setting exposure to 1500 us")
        notebook.warning("failed to set the gain")
        notebook.info("the camera rounded the exposure to 1500.15")
    said = capsys.readouterr()
    assert said.out == (
        "INFO : Opening the video stream: framerate 30 fps, exposure 1500 us, "
        "the camera rounded the exposure to 1500.15\n"
    )
    assert said.err == "WARNING : failed to set the gain\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], ""),
        (["Opening the video stream."], "INFO : Opening the video stream.\n"),
        (["setting binsize to 1 pixel(s)"], "INFO : camera[0]: binsize 1 pixel(s)\n"),
    ],
)
def test_block_of_few_lines_reads_well(
    notebook: logging.Logger, capsys: pytest.CaptureFixture[str], lines: list[str], said: str
) -> None:
    with one_block("camera[0]"):
        for line in lines:
            notebook.info(line)
    assert capsys.readouterr().out == said


def test_block_that_fails_says_what_it_has_and_ends(
    notebook: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="no camera"), one_block("camera[0]"):
        notebook.info("Opening the video stream.")
        raise ValueError("no camera")
    notebook.info("next")
    assert capsys.readouterr().out == "INFO : Opening the video stream.\nINFO : next\n"


def test_other_threads_and_other_handlers_have_their_lines(
    notebook: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    notebook.addHandler(Keeping())
    with one_block("camera[0]"):
        notebook.info("Opening the video stream.")
        notebook.info("setting gain to 3 dB")
        thread = threading.Thread(target=lambda: notebook.info("from another camera"))
        thread.start()
        thread.join()
        assert capsys.readouterr().out == "INFO : from another camera\n"
    assert seen == ["Opening the video stream.", "setting gain to 3 dB", "from another camera"]
    assert capsys.readouterr().out == "INFO : Opening the video stream: gain 3 dB\n"
    with without_infos(), one_block("hushed"):
        notebook.info("setting gain to 3 dB")
    assert capsys.readouterr().out == ""
