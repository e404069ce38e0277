"""Help pages: complete, readable in narrow terminals and without UTF-8, with examples that work."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import click
import pytest

from llpyspin import cli
from llpyspin.cli import recording
from llpyspin.cli.common import Command
from llpyspin.cli.program import program
from llpyspin.cli.results import Output
from llpyspin.recording.sinks import choosing

COMMANDS = tuple(program.commands)
EXAMPLES = [
    line for each in program.commands.values() if isinstance(each, Command) for _, line in each.examples
]


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [60, 80])
def test_help_fits_into_the_terminal(
    name: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert cli.main([*name.split(), "--help"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.isascii()
    page, _, examples = told.out.partition("Examples:")
    assert max(map(len, page.splitlines())) <= columns
    assert bool(examples) == bool(name)
    assert max(map(len, examples.splitlines()), default=0) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_sentence_of_help(name: str) -> None:
    for param in program.commands[name].params:
        if isinstance(param, click.Option):
            assert param.help, param.name
            assert param.help[0].isupper() or param.name == "codec", param.help
            assert param.help[-1] in ".]:)", param.help


@pytest.mark.parametrize("line", EXAMPLES)
def test_example_of_the_help_is_a_right_command_line(line: str) -> None:
    words = shlex.split(
        line.partition("$(")[2].partition(")")[0] or line.partition(" | ")[0].partition(" > ")[0]
    )
    assert words[0] == "llpyspin"
    command = program.commands[words[1]]
    with command.make_context(words[1], words[2:], obj=Output()) as context:
        assert context.command is command


def test_help_names_every_codec() -> None:
    assert set(recording.CODECS) == set(choosing.CODECS)


def test_help_starts_without_numpy_and_rich() -> None:
    """What is slow to import is imported by the command that needs it."""
    heavy = ("numpy", "rich", "yaml", "av", "cv2", "llpyspin.rig", "llpyspin.recording", "llpyspin.processes")
    script = (
        "import sys\n"
        "from llpyspin.cli import main\n"
        "status = main(sys.argv[1:])\n"
        f"print([name for name in {heavy!r} if name in sys.modules], status, file=sys.stderr)"
    )
    for call in (["--help"], ["record", "--help"], ["completion", "bash"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *call],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stderr == "[] 0\n", call
