"""The manual's pictures are made by scripts, each is on a page, and drawings show the lines that are used."""

from __future__ import annotations

import importlib
import pathlib
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from llpyspin import roles
from llpyspin.roles import gpio

if TYPE_CHECKING:
    from types import ModuleType

DOCS = pathlib.Path(__file__).parents[3] / "docs"
BY_HAND = {"how-it-works.svg"}


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS / "_diagrams"))
    return importlib.import_module("draw")


def test_the_drawings_are_those_that_the_scripts_make(draw: ModuleType) -> None:
    for name, svg in draw.drawings().items():
        assert (DOCS / "_static" / name).read_text(encoding="utf-8") == svg, (
            f"{name}: run docs/_diagrams/draw.py"
        )


def test_every_family_with_lines_is_drawn_with_these_lines(draw: ModuleType) -> None:
    wiring = importlib.import_module("wiring")
    drawn = {family.name: (family, wiring.draw(family).svg()) for family in wiring.FAMILIES.values()}
    for name, lines in gpio._LINES.items():
        at_hand = [
            (family, svg) for title, (family, svg) in drawn.items() if name in title.split(", board")[0]
        ]
        assert any(roles.lines_of(family.model) == lines for family, _ in at_hand), name
        svg = next(svg for family, svg in at_hand if roles.lines_of(family.model) == lines)
        for line in filter(None, (lines.output, lines.power, lines.input)):
            assert f">{line}: " in svg, f"{name}: {line}"


def test_every_picture_is_on_a_page_and_says_in_words_what_it_shows() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    for path in [*(DOCS / "_static").glob("*.svg"), *(DOCS / "_static").glob("*.png")]:
        assert re.search(rf"_static/{re.escape(path.name)}\n:alt: \S", pages), path.name
    for path in (DOCS / "_static").glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_every_picture_is_made_by_a_script(draw: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_screenshots"))
    made = {*importlib.import_module("make").names(), *draw.drawings(), *BY_HAND}
    pictures = [*(DOCS / "_static").glob("*.svg"), *(DOCS / "_static").glob("*.png")]
    assert {path.name for path in pictures} == made


def test_pictures_of_terminals_need_no_network() -> None:
    for path in (DOCS / "_static").glob("*.svg"):
        assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", path.read_text(encoding="utf-8")), path.name


def test_pictures_show_no_folders_of_the_machine_that_made_them() -> None:
    for path in (DOCS / "_static").glob("*.svg"):
        text = path.read_text(encoding="utf-8").replace("&#160;", " ")
        assert not re.search(r"(?<![\w.])/(?:tmp|root|work|builds?)/", text), path.name
