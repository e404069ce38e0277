"""Errors of the library in the words of the command line: ``min_disk`` is ``--min-disk`` there."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from llpyspin.errors import ArgumentError, RigConfigError, SettingRangeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

__all__ = ["as_options", "told_as_options"]

_RENAMED = {"on_event": "--notify", "legacy": "--legacy-board"}
_OF_A_FILE = re.compile(r"\(line \d+, column \d+\)")


@contextlib.contextmanager
def told_as_options(command: click.Command) -> Iterator[None]:
    """Have errors about arguments name the options of a command, unless they are about a file."""
    try:
        yield
    except (ArgumentError, RigConfigError, SettingRangeError) as error:
        text = str(error)
        if error.args and error.args[0] == text and not _OF_A_FILE.search(text):
            error.args = (as_options(text, command), *error.args[1:])
        raise


def as_options(text: str, command: click.Command) -> str:
    """The text with options instead of the names of arguments."""
    for name, option in _names(command):
        text = re.sub(rf"\b{name}=True\b", option, text)
        for listed, values in re.findall(rf"(\b{name}=\[([^\]]*)\])", text):
            text = text.replace(listed, _each(option, values))
        text = re.sub(rf"\b{name}='([^']*)'", rf"{option} \1", text)
        if "_" in name:
            text = re.sub(rf"(?<![-\w]){name}\b", option, text)
        else:
            text = re.sub(rf"^{name}(?= (must|is|are)\b)|(?<![-\w]){name}(?= \()", option, text)
            text = re.sub(rf"\b(needs|Leave out) {name}\b", rf"\1 {option}", text)
    return text


def _each(option: str, values: str) -> str:
    return " ".join(f"{option} {value}" for value in re.findall(r"'([^']*)'", values))


def _names(command: click.Command) -> Iterator[tuple[str, str]]:
    """The names of arguments, and the option of each."""
    for param in command.params:
        long = [name for name in param.opts if name.startswith("--")]
        if param.name and long:
            yield param.name.rstrip("_"), long[0]
            for name, option in _RENAMED.items():
                if option == long[0]:
                    yield name, option
