"""Commands in a terminal, and pictures of what it shows."""

from __future__ import annotations

import io
import platform
import re
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pyte
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Mapping, Sequence

COLUMNS = 96
ROWS = 80
LONGEST_S = 120
HOME = "/home/anna/data"
"""What readers see in the place of the folder in which the commands are run."""
PAPER, INK = "#1e1f29", "#e6e6e6"
COLOURS = {
    "black": "#44475a",
    "red": "#ff6e6e",
    "green": "#69d58c",
    "brown": "#f1c46b",
    "blue": "#7aa2f7",
    "magenta": "#c99bf0",
    "cyan": "#74d4e4",
    "white": INK,
}
"""What the eight colours of terminals look like here; `brown` is pyte's name of yellow."""


class Piece(NamedTuple):
    """Characters of a line that look alike."""

    text: str
    colour: str
    bold: bool


class Shot(NamedTuple):
    """What a terminal showed after a command was typed, line by line."""

    command: str
    lines: list[list[Piece]]


def run(command: str, folder: pathlib.Path, environment: Mapping[str, str]) -> Shot:
    """Run a command to its end; gives what the terminal shows then."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn(
        "/bin/sh", ["-c", command], cwd=str(folder), env=dict(environment), dimensions=(ROWS, COLUMNS)
    )
    try:
        while child.expect([r".+", pexpect.EOF], timeout=LONGEST_S) == 0:
            stream.feed(child.after)
    finally:
        child.close(force=True)
    return Shot(command, [_of_a_reader(line, str(folder)) for line in _lines(screen)])


def shows(shot: Shot, text: str) -> bool:
    """Whether the text is on the screen."""
    return text in " ".join(_plain(line).strip() for line in shot.lines)


def _of_a_reader(line: list[Piece], folder: str) -> list[Piece]:
    """The line as on another machine: neither this one's folders nor its build of the kernel."""
    release = platform.release()
    shown = {folder: HOME, release: release.split("-")[0]}
    for ours, theirs in shown.items():
        line = [piece._replace(text=piece.text.replace(ours, theirs)) for piece in line]
    return line


def _lines(screen: pyte.Screen) -> list[list[Piece]]:
    """The lines of a screen up to the last that is not empty."""
    last = max((row for row, line in enumerate(screen.display) if line.strip()), default=-1)
    return [_pieces(screen.buffer[row]) for row in range(last + 1)]


def _pieces(row: Mapping[int, pyte.screens.Char]) -> list[Piece]:
    pieces: list[Piece] = []
    for column in range(COLUMNS):
        char = row[column]
        look = (_colour(char.fg), char.bold)
        if pieces and pieces[-1][1:] == look:
            pieces[-1] = Piece(pieces[-1].text + char.data, *look)
        else:
            pieces.append(Piece(char.data, *look))
    return pieces


def _colour(name: str) -> str:
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return COLOURS.get(name.removeprefix("bright"), INK)


def svg(shot: Shot, title: str) -> str:
    """A picture of a terminal for a page."""
    width = max([len(shot.command) + 3, *(len(_plain(line)) for line in shot.lines)])
    console = Console(record=True, width=max(width, 60), file=io.StringIO())
    console.print(Text.assemble(("$ ", COLOURS["green"]), (shot.command, "bold")))
    for line in shot.lines:
        text = Text.assemble(*((piece.text, Style(color=piece.colour, bold=piece.bold)) for piece in line))
        text.rstrip()
        console.print(text, no_wrap=True, overflow="ignore")
    drawn = console.export_svg(title=title, unique_id=re.sub(r"\W+", "-", title))
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # a page needs no network


def _plain(line: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in line).rstrip()


def image(shot: Shot, font_path: str, size: int = 17) -> Image.Image:
    """The same as an image."""
    font = ImageFont.truetype(font_path, size)
    advance = font.getlength("M")
    step = round(size * 1.35)
    lines = [[Piece("$ ", COLOURS["green"], True), Piece(shot.command, INK, True)], *shot.lines]
    width = round(max(len(_plain(line)) for line in lines) * advance) + 40
    picture = Image.new("RGB", (width, step * len(lines) + 32), PAPER)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        column = 0
        for piece in line:
            draw.text((20 + column * advance, 16 + row * step), piece.text, piece.colour, font)
            column += len(piece.text)
    return picture
