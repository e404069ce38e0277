"""Tables that objects show themselves with: in a terminal and in a notebook."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import yaml
from IPython.lib.pretty import pretty

from llpyspin.settings.shown import Snapshot
from llpyspin.tables.texttable import Tabular, TextTable

if TYPE_CHECKING:
    import pytest


class Two(Tabular):
    def table(self) -> TextTable:
        return TextTable(
            ("name", ">value"), [("gain", "3.0"), ("exposure", "1500.0")], before=["Two settings"]
        )


class Named(Two):
    def __repr__(self) -> str:
        return "<Named>"


class Printer:
    def __init__(self) -> None:
        self.written = ""

    def text(self, text: str) -> None:
        self.written += text


def test_columns_are_aligned() -> None:
    assert str(Two().table()).splitlines() == [
        "Two settings",
        "name       value",
        "gain         3.0",
        "exposure  1500.0",
    ]


def test_long_cells_wrap_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = "limits of this setting depend on the frame rate " * 4
    lines = str(TextTable(("setting", "why"), [("ExposureTime", text)])).splitlines()
    assert max(map(len, lines)) <= 60
    assert " ".join(" ".join(lines[1:]).split()) == "ExposureTime " + text.strip()


def test_markup_in_cells_is_shown_as_it_is() -> None:
    assert "LineSource[Line1]" in str(TextTable(("name",), [("LineSource[Line1]",)]))


def test_rows_beyond_the_most_are_counted_and_html_has_them() -> None:
    table = TextTable(("n",), [(str(number),) for number in range(50)], most=10, after=["that is all"])
    lines = str(table).splitlines()
    assert lines[-2:] == ["… and 40 more", "that is all"]
    assert len(lines) == 13
    assert table.html().count("<tr>") == 51


def test_table_without_rows_has_no_headings() -> None:
    table = TextTable(("name",), [], before=["nothing"])
    assert str(table) == "nothing"
    assert "<table" not in table.html()


def test_html_is_escaped() -> None:
    html = TextTable(("<a>",), [("x < y & z",)], before=["<b>"]).html()
    assert "<a>" not in html
    assert "<b>" not in html
    assert "x &lt; y &amp; z" in html


def test_settings_are_a_dict_that_is_written_like_any_other() -> None:
    plain = {"Gain": 3.0, "GainAuto": "Off", "TriggerMode[FrameStart]": "Off", "Width": 1440}
    settings = Snapshot(plain)
    assert settings == plain
    for dump in (yaml.safe_dump, yaml.dump):
        assert dump(settings) == dump(plain)
    assert json.loads(json.dumps(settings)) == plain
    copy = pickle.loads(pickle.dumps(settings))
    assert (type(copy), copy) == (Snapshot, plain)


def test_long_settings_are_cut_in_a_terminal_only() -> None:
    settings = Snapshot({f"Node{number}": number for number in range(300)})
    lines = str(settings.table()).splitlines()
    assert lines[0] == "300 settings"
    assert len(lines) < 30
    assert settings._repr_html_().count("<tr>") == 301


def test_ipython_and_jupyter_show_the_table() -> None:
    assert pretty(Two()) == pretty(Named()) == str(Two().table())  # also with a repr() of its own
    assert pretty(Snapshot({"Gain": 3.0})).startswith("1 settings\n")
    printer = Printer()
    Two()._repr_pretty_(printer, cycle=False)
    assert printer.written == str(Two().table())
    assert "<table" in Two()._repr_html_()
