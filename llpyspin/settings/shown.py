"""Values as people read them: a short table for a terminal, and the same as HTML for a notebook."""

from __future__ import annotations

import io
import shutil
from abc import ABC, abstractmethod
from html import escape
from typing import TYPE_CHECKING, Any

from llpyspin.naming.known import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Snapshot", "Tabular", "TextTable"]

MOST_ROWS = 20  # of a snapshot, in a terminal
NARROWEST, WIDEST = 60, 120  # columns of a terminal
_CELL = "text-align:{};padding:1px 12px 1px 0;vertical-align:top"
_SCROLL = "max-height:24em;overflow:auto;display:inline-block"


class TextTable:
    """Rows of cells under headings.

    Parameters
    ----------
    columns : sequence of str
        Headings; one that begins with ``>`` is of a column of numbers, and stands on the right.
    rows : iterable of sequences
        Cells, a text each.
    before, after : sequence of str
        Lines above and below.
    most : int, optional
        Rows that are shown as text; how many more there are is said below.  HTML has all of them.
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        most: int | None = None,
    ) -> None:
        self.columns = [column.removeprefix(">") for column in columns]
        self.rows = [tuple(map(str, row)) for row in rows]
        self.before, self.after = list(before), list(after)
        self._sides = ["right" if column.startswith(">") else "left" for column in columns]
        self._most = len(self.rows) if most is None else most

    def __str__(self) -> str:
        lines = [*self.before, *(self._lines() if self.rows else [])]
        hidden = len(self.rows) - self._most
        if hidden > 0:
            lines.append(f"… and {hidden} more")
        return "\n".join([*lines, *self.after])

    def _lines(self) -> list[str]:
        from rich.console import Console  # only where somebody looks
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="")
        for number, (column, side) in enumerate(zip(self.columns, self._sides, strict=True)):
            justify: Any = side
            table.add_column(column, justify=justify, overflow="fold", no_wrap=number == 0)
        for row in self.rows[: self._most]:
            table.add_row(*map(Text, row))
        width = min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)
        out = io.StringIO()
        Console(file=out, width=width, color_system=None, force_terminal=False, force_jupyter=False).print(
            table
        )
        return [line.rstrip() for line in out.getvalue().splitlines()]

    def html(self) -> str:
        """The table for a notebook; a long one can be scrolled."""
        lines = [f"<div>{escape(line)}</div>" for line in self.before]
        if self.rows:
            cells = list(zip(self.columns, self._sides, strict=True))
            head = "".join(f"<th style='{_CELL.format(side)}'>{escape(name)}</th>" for name, side in cells)
            body = "".join(f"<tr>{self._html_row(row)}</tr>" for row in self.rows)
            table = f"<table style='margin:0'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            lines.append(f"<div style='{_SCROLL}'>{table}</div>")
        return "".join([*lines, *(f"<div>{escape(line)}</div>" for line in self.after)])

    def _html_row(self, row: tuple[str, ...]) -> str:
        return "".join(
            f"<td style='{_CELL.format(side)}'>{escape(cell)}</td>"
            for cell, side in zip(row, self._sides, strict=True)
        )


class Tabular(ABC):
    """Something that shows itself as a table, in IPython and in Jupyter."""

    __slots__ = ()

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # IPython takes the first class that has this or __repr__, and subclasses have a __repr__.
        cls._repr_pretty_ = Tabular._repr_pretty_  # type: ignore[method-assign]

    @abstractmethod
    def table(self) -> TextTable:
        """What is shown."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(f"{type(self).__name__}(...)" if cycle else str(self.table()))

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return self.table().html()


@named
class Snapshot(Tabular, dict[str, Any]):
    """All settings of a camera: a dict by the name of the node, which shows itself as a table.

    PyYAML writes it like any other dict.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        from yaml.representer import Representer, SafeRepresenter  # not at the start of every program

        for kind in (SafeRepresenter, Representer):
            kind.add_representer(Snapshot, SafeRepresenter.represent_dict)

    def table(self) -> TextTable:
        rows = [
            (name, f"{value:.6g}" if isinstance(value, float) else str(value)) for name, value in self.items()
        ]
        before = [f"{len(self)} settings"]
        after = [
            "one of them: settings()['ExposureTime']; nodes with a word in their name: nodes.find('exposure')"
        ]
        return TextTable(("setting", "value"), rows, before=before, after=after, most=MOST_ROWS)
