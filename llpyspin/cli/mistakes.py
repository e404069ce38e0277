"""What is said to a wrong command line: what is wrong, what was meant, and whose help has more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from llpyspin.cli.otherwords import COMMANDS, OF_FILES, OPTIONS
from llpyspin.naming.nearest import nearest_words

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["sentence_of"]

_CLOSE = 0.65
_MOST_NAMED = 4


def sentence_of(error: click.UsageError) -> str:
    """The error as one line."""
    path = error.ctx.command_path if error.ctx is not None else "llpyspin"
    if isinstance(error, click.NoSuchOption):
        text = _option(error.option_name, error.ctx)
    elif isinstance(error, click.exceptions.NoSuchCommand):
        text = _command(error.command_name, error.ctx)
    else:
        text = _extra(" ".join(error.format_message().split()).rstrip("."), error.ctx)
    return f"{path}: {text}{'' if text.endswith('?') else '.'} See {path} --help"


def _option(name: str, ctx: click.Context | None) -> str:
    text = f"there is no option {name}"
    if ctx is None:
        return text
    near = _near(name, _options_of(ctx.command, ctx), OPTIONS)
    if near:
        return f"{text}. Did you mean {near}?"
    if "--config" in _options_of(ctx.command, ctx) and name.lstrip("-") in OF_FILES:
        return f"{text}. It is a key of a rig's file: write one with llpyspin init, then --config rig.yaml"
    if name in ("--cameras", "--serial", "--device") and ctx.info_name == "view":
        return f"{text}. Write the cameras behind the command, as in: llpyspin view 0 1"
    root = ctx.find_root()
    others = [
        f"{root.command_path} {word}"
        for word, command in _commands_of(root).items()
        if command is not ctx.command and name in _options_of(command, root)
    ]
    if others and ctx is root:
        return f"{name} goes behind a command, as in: {others[0]} {name}"
    more = " and others" if len(others) > _MOST_NAMED else ""
    return text + (f" here. These have it: {', '.join(others[:_MOST_NAMED])}{more}" if others else "")


def _extra(text: str, ctx: click.Context | None) -> str:
    """What was meant by a word behind the options, where the command takes none."""
    found = re.fullmatch(r"Got unexpected extra arguments? \((\S+).*\)", text)
    if found is None or ctx is None:
        return text
    is_file = found[1].endswith((".yaml", ".yml", ".json"))
    for option in ("--config",) if is_file else ("--out",):
        if option in _options_of(ctx.command, ctx):
            return f"{text}. Did you mean {option} {found[1]}?"
    return text


def _command(name: str, ctx: click.Context | None) -> str:
    words = _commands_of(ctx.find_root()) if ctx is not None else {}
    near = _near(name, [*words, "--help", "--version"], COMMANDS)
    text = f"there is no command {name}"
    return f"{text}. Did you mean {near}?" if near else f"{text}. There are: {', '.join(words)}"


def _near(name: str, words: Iterable[str], synonyms: dict[str, str]) -> str:
    words = list(words)
    other: str | None = name
    for _ in range(2):  # --output is --out, and where there is no --out, --to
        other = synonyms.get(other or "")
        if other is not None and other.partition(" ")[0] in (*words, "-vv"):
            return other
    if name.startswith("--") and len(name) > 3:
        longer = [word for word in words if word.startswith(name)]
        if longer:
            return " or ".join(longer)
    bare = {word.lstrip("-"): word for word in words}
    return " or ".join(bare[found] for found in nearest_words(name.lstrip("-"), bare, close=_CLOSE))


def _options_of(command: click.Command, ctx: click.Context) -> list[str]:
    return [
        name
        for param in command.get_params(ctx)
        for name in (*param.opts, *param.secondary_opts)
        if name[:1] == "-"
    ]


def _commands_of(root: click.Context) -> dict[str, click.Command]:
    return dict(root.command.commands) if isinstance(root.command, click.Group) else {}
