"""What people type into IPython and Jupyter, and what they see: cells run again, mistakes, other programs."""

from __future__ import annotations

import doctest
import pathlib
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.process.terminals import ipython

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.process.conftest import World

_CHECKER = doctest.OutputChecker()
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SECONDS = 60
MOST_LINES = 12  # of an error with its traceback


class Typed(NamedTuple):
    """A line, and what is shown then; "..." stands for anything."""

    line: str
    shown: str = ""


def session() -> list[Typed]:
    """What is typed, one after the other, as ``transcript.txt`` has it."""
    text = (pathlib.Path(__file__).parent / "transcript.txt").read_text(encoding="utf-8")
    parts = re.split(r"^>>> ", text, flags=re.MULTILINE)[1:]
    return [Typed(*part.partition("\n")[::2]) for part in parts]


def check(typed: Typed, shown: str) -> None:
    text = _COLOUR.sub("", shown).replace("\r", "").strip() + "\n"
    wanted = typed.shown.strip() + "\n"
    if not _CHECKER.check_output(wanted, text, _FLAGS):
        example = doctest.Example(typed.line, wanted)
        pytest.fail(f"{typed.line}\n{_CHECKER.output_difference(example, text, _FLAGS)}", pytrace=False)
    if "Traceback" in text:
        assert len(text.splitlines()) <= MOST_LINES, text
        assert "llpyspin/" not in text


def typed_into(run: Callable[[str], str], folder: pathlib.Path) -> None:
    """Type the whole session."""
    for typed in session():
        check(typed, run(typed.line.replace("pair.mkv", str(folder / "pair.mkv"))))


@pytest.mark.slow
def test_session_in_ipython_shows_what_to_do(world: World, tmp_path: pathlib.Path) -> None:
    with ipython(world.environment) as shell:
        typed_into(lambda line: shell.line(line).partition("\n")[2], tmp_path)


class Kernel:
    """A Jupyter kernel, and what it shows."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, code: str) -> str:
        shown: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                shown.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                shown.append("\n".join(content["traceback"]))

        self._client.execute_interactive(code, timeout=SECONDS, output_hook=hear)
        return "".join(shown)


@pytest.mark.slow
def test_session_in_jupyter_shows_what_to_do(world: World, tmp_path: pathlib.Path) -> None:
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3", env=world.environment)
    try:
        run = Kernel(client).run
        typed_into(run, tmp_path)
        full = run("%env LLPYSPIN_TRACEBACK=full\nVideoStream({}, sdk='virtual')")
        assert "which_camera(device" in _COLOUR.sub("", full)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
        kernel.cleanup_resources()


SCRIPT = """\
import sys
from llpyspin import VideoStream, errors
cap = VideoStream(0, sdk="virtual")
print("open", flush=True)
if sys.argv[1:] == ["again"]:
    VideoStream(0, sdk="virtual")
input()
"""


@pytest.mark.slow
def test_script_is_told_the_line_and_other_programs_the_process(world: World, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "experiment.py"
    script.write_text(SCRIPT)
    again = world.python(script, "again")
    assert (
        "llpyspin.errors.CameraInUseError: camera 20000001 is open in this program already: "
        f"VideoStream opened at {script}:3. Call its release() first, or llpyspin.release_all()\n"
    ) in again.stderr
    assert "(lines inside llpyspin are left out" in again.stderr
    assert len(again.stderr.splitlines()) < MOST_LINES
    other = subprocess.Popen(
        [sys.executable, str(script)],
        env=world.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        said = world.python(script).stderr
        assert re.search(
            rf"is in use by process {other.pid} \(\S+python\S*( |\.\.\.).*/{script.name}\)", said
        ), said
        assert (
            f"end it with: kill {other.pid}. It is a virtual camera: all programs that name the world" in said
        )
        alone = {**world.environment, "LLPYSPIN_VIRTUAL": "", "LLPYSPIN_PROGRAM": "1-aa"}
        done = subprocess.run(
            [sys.executable, str(script)],
            env=alone,
            input="\n",
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert (done.stdout, done.stderr, done.returncode) == ("open\n", "", 0)
    finally:
        other.communicate("\n", timeout=SECONDS)
