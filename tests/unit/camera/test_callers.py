"""Which line of the user's program opened a camera, and which cameras a program has open."""

from __future__ import annotations

import pathlib
import threading

import pytest

import llpyspin
from llpyspin.camera.callers import calling_line, from_here, users_line

PACKAGE = pathlib.Path(llpyspin.__file__).parent


def test_calling_line_is_the_users_line() -> None:
    said = calling_line()
    file, _, line = said.rpartition(":")
    assert file == f"at {__file__}"
    assert line.isdigit()


def test_calling_line_can_be_handed_to_a_thread() -> None:
    found: list[str] = []
    thread = threading.Thread(target=from_here(lambda: found.append(calling_line())))
    thread.start()
    thread.join(10)
    assert found[0].startswith(f"at {__file__}:")


def test_thread_of_this_package_is_named() -> None:
    assert calling_line.__module__ == "llpyspin.camera.callers"
    found: list[str] = []
    names = {"calling_line": calling_line, "found": found}
    code = compile("found.append(calling_line())", str(PACKAGE / "x.py"), "exec")
    thread = threading.Thread(target=exec, args=(code, names), name="reader")
    thread.start()
    thread.join(10)
    assert found == ["in thread 'reader'"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("<stdin>", "at the prompt"),
        ("<python-input-7>", "at the prompt"),
        ("<string>", "at <string>:1"),
        ("/data/exp.py", "at /data/exp.py:1"),
    ],
)
def test_places_are_named_for_people(file: str, said: str) -> None:
    names: dict[str, object] = {"users_line": users_line}
    exec(compile("found = users_line()", file, "exec"), names)
    assert names["found"] == said
