"""What is said to a wrong command line: what is wrong, what was meant, and whose help has more."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["sentence_of"]

_OPTIONS = {
    "--fps": "--framerate",
    "--rate": "--framerate",
    "--frame-rate": "--framerate",
    "--frequency": "--framerate",
    "--hz": "--framerate",
    "--shutter": "--exposure",
    "--output": "--out",
    "--folder": "--out",
    "--dir": "--out",
    "--directory": "--out",
    "-o": "--out",
    "--duration": "--seconds",
    "--time": "--seconds",
    "-t": "--seconds",
    "--serial": "--cameras",
    "--serials": "--cameras",
    "--devices": "--cameras",
    "--device": "--cameras",
    "-n": "--cameras",
    "--encoder": "--codec",
    "--crf": "--quality",
    "--trigger": "--external",
    "--force": "--overwrite",
    "-f": "--overwrite",
    "--simulate": "--virtual",
    "--simulated": "--virtual",
    "--rig": "--config",
    "--yaml": "--config",
    "-c": "--config",
    "--speed": "--pace",
    "--loop": "--repeat",
    "--silent": "--quiet",
    "--debug": "-vv",
}
"""Words of other programs for our options."""
_COMMANDS = {
    "ls": "list",
    "cameras": "list",
    "show": "view",
    "live": "view",
    "display": "view",
    "preview": "view",
    "capture": "record",
    "acquire": "record",
    "rec": "record",
    "play": "replay",
    "playback": "replay",
    "verify": "check",
    "validate": "check",
    "copy": "collect",
    "sync": "collect",
    "archive": "collect",
    "fix": "repair",
    "recover": "repair",
    "diagnose": "doctor",
    "test": "doctor",
    "new": "init",
    "setup": "init",
    "configure": "init",
    "help": "--help",
    "version": "--version",
}
"""Words of other programs for our commands."""


def sentence_of(error: click.UsageError) -> str:
    """The error as one line."""
    path = error.ctx.command_path if error.ctx is not None else "llpyspin"
    if isinstance(error, click.NoSuchOption):
        text = _option(error.option_name, error.ctx)
    elif isinstance(error, click.exceptions.NoSuchCommand):
        text = _command(error.command_name, error.ctx)
    else:
        text = error.format_message().rstrip(".")
    return f"{path}: {text}{'' if text.endswith('?') else '.'} See {path} --help"


def _option(name: str, ctx: click.Context | None) -> str:
    text = f"there is no option {name}"
    if ctx is None:
        return text
    near = _near(name, _options_of(ctx.command, ctx), _OPTIONS)
    if near:
        return f"{text}. Did you mean {near}?"
    root = ctx.find_root()
    others = [
        f"{root.command_path} {word}"
        for word, command in _commands_of(root).items()
        if command is not ctx.command and name in _options_of(command, root)
    ]
    if others and ctx is root:
        return f"{name} goes behind a command, as in: {others[0]} {name}"
    return text + (f" here. These have it: {', '.join(others)}" if others else "")


def _command(name: str, ctx: click.Context | None) -> str:
    words = _commands_of(ctx.find_root()) if ctx is not None else {}
    near = _near(name, [*words, "--help", "--version"], _COMMANDS)
    text = f"there is no command {name}"
    return f"{text}. Did you mean {near}?" if near else f"{text}. There are: {', '.join(words)}"


def _near(name: str, words: Iterable[str], synonyms: dict[str, str]) -> str:
    words = list(words)
    if synonyms.get(name) in (*words, "-vv"):
        return synonyms[name]
    if name.startswith("--") and len(name) > 3:
        longer = [word for word in words if word.startswith(name)]
        if longer:
            return " or ".join(longer)
    bare = {word.lstrip("-"): word for word in words}
    return " or ".join(bare[found] for found in difflib.get_close_matches(name.lstrip("-"), bare, n=1))


def _options_of(command: click.Command, ctx: click.Context) -> list[str]:
    return [
        name
        for param in command.get_params(ctx)
        for name in (*param.opts, *param.secondary_opts)
        if name[:1] == "-"
    ]


def _commands_of(root: click.Context) -> dict[str, click.Command]:
    return dict(root.command.commands) if isinstance(root.command, click.Group) else {}
