"""Errors of the library name the options of the command line."""

from __future__ import annotations

import pytest

from llpyspin.cli.livepage import serve
from llpyspin.cli.optionnames import as_options, told_as_options
from llpyspin.cli.recording import record
from llpyspin.errors import RigConfigError


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("min_disk must be a size", "--min-disk must be a size"),
        ("on_event: a URL must begin", "--notify: a URL must begin"),
        ("for (10 min) must be less than every (1 s)", "--for (10 min) must be less than --every (1 s)"),
        ("a schedule needs for: how long", "a schedule needs --for: how long"),
        ("until must be a time", "--until must be a time"),
        ("--until must be a time", "--until must be a time"),
        ("for people who wait for a report", "for people who wait for a report"),
    ],
)
def test_argument_is_told_as_an_option_of_record(text: str, told: str) -> None:
    assert as_options(text, record) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pages, which need control=True", "pages, which need --control"),
        ("port must be a number", "--port must be a number"),
        ("host='::' listens: names=['a', 'b']", "--host :: listens: --name a --name b"),
        ("the name of a host", "the name of a host"),
    ],
)
def test_argument_is_told_as_an_option_of_serve(text: str, told: str) -> None:
    assert as_options(text, serve) == told


def test_error_about_a_file_keeps_the_keys_of_the_file() -> None:
    text = "rig.yaml (line 4, column 10): min_disk must be a size"
    with pytest.raises(RigConfigError) as caught, told_as_options(record):
        raise RigConfigError(text)
    assert str(caught.value) == text
    with pytest.raises(RigConfigError) as caught, told_as_options(record):
        raise RigConfigError("min_disk must be a size")
    assert str(caught.value) == "--min-disk must be a size"
