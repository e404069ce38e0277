"""Tables: aligned, never cut, and right at every width, without colours and without UTF-8."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, Group
from rich.text import Text

from llpyspin.tables.sheet import Indented, Sheet, plain

COUNTS = Sheet(
    ("camera", "role", "triggers", "=", "written", "+", "lost", "where"),
    [
        ("left", "primary", "1000", "997", Text("3", "bold red"), "sensor 2, writer 1"),
        ("right", "secondary", "1000", "1000", "0", ""),
    ],
    right=("triggers", "written", "lost"),
    below="lost by {0}: {1}",
)
FIGURES = ("left", "right", "primary", "secondary", "1000", "997", "3", "sensor", "2,", "writer")


def test_table_is_aligned_below_its_headings() -> None:
    assert plain(COUNTS).splitlines() == [
        "camera  role       triggers   written   lost  where",
        "-" * 64,
        "left    primary        1000 =     997 +    3  sensor 2, writer 1",
        "right   secondary      1000 =    1000 +    0",
    ]


def test_last_column_goes_below_a_table_that_is_too_wide() -> None:
    assert plain(COUNTS, 60).splitlines()[2:] == [
        "left    primary        1000 =     997 +    3",
        "right   secondary      1000 =    1000 +    0",
        "",
        "lost by left: sensor 2, writer 1",
    ]


def test_table_becomes_blocks_in_a_narrow_terminal() -> None:
    assert plain(COUNTS, 40).splitlines() == [
        "camera left",
        "  role      primary",
        "  triggers  1000",
        "  written   997",
        "  lost      3",
        "  where     sensor 2, writer 1",
        "",
        "camera right",
        "  role      secondary",
        "  triggers  1000",
        "  written   1000",
        "  lost      0",
    ]


def test_table_of_a_file_stays_a_table_at_any_width() -> None:
    rows = [("a" * 90, "1", "here"), ("b", "2", "")]
    sheet = Sheet(
        ("camera", "lost", "where"), rows, right=("lost",), below="lost by {0}: {1}", optional=("lost",)
    )
    lines = plain(sheet).splitlines()
    assert lines[0].split() == ["camera", "lost"]
    assert lines[2].split() == ["a" * 90, "1"]
    assert lines[-1] == f"lost by {'a' * 90}: here"
    assert plain(Sheet(("camera", "lost"), [("a" * 90, "1")])).splitlines()[2].split() == ["a" * 90, "1"]


def test_optional_columns_are_left_out_first() -> None:
    sheet = Sheet(
        ("camera", "frames", "disk", "left"), [("a", "12", "59.4 GB", "7 s")], optional=("left", "disk")
    )
    assert plain(sheet, 80).splitlines()[0] == "camera  frames  disk     left"
    assert plain(sheet, 26).splitlines()[0] == "camera  frames  disk"
    assert plain(sheet, 15).splitlines()[0] == "camera  frames"
    assert plain(sheet, 10).splitlines()[0] == "camera a"


@pytest.mark.parametrize("width", range(24, 90))
def test_no_figure_is_cut_at_any_width(width: int) -> None:
    text = plain(COUNTS, width)
    assert all(each in text for each in FIGURES)
    assert max(map(len, text.splitlines())) <= width


def test_sentence_is_broken_in_a_terminal_and_whole_in_a_file() -> None:
    sentence = "a sentence that is longer than the terminal is wide"
    shown = Group(Indented(sentence), Indented(sentence, 4, Text("->")))
    assert plain(shown).splitlines() == [f"  {sentence}", f"->  {sentence}"]
    file = io.StringIO()
    Console(file=file, width=30, force_terminal=True, color_system=None).print(shown)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines == [
        "  a sentence that is longer",
        "  than the terminal is wide",
        "->  a sentence that is longer",
        "    than the terminal is wide",
    ]


def test_table_is_ascii_where_its_cells_are() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    Console(file=stream, force_terminal=True, width=80, no_color=True).print(COUNTS)
    stream.flush()
    assert b"left    primary        1000 =     997 +" in raw.getvalue()
    assert b"\x1b[31m" not in raw.getvalue()


def test_columns_stay_aligned_without_utf_8() -> None:
    sheet = Sheet(("drift", "rate"), [("+0.1 ± 7.5", "1"), ("+0.1 ± 17.5", "…")])
    assert plain(sheet, encoding="ascii").splitlines() == [
        "drift         rate",
        "------------------",
        "+0.1 +- 7.5   1",
        "+0.1 +- 17.5  ...",
    ]
