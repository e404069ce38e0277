"""Short tables of values: text for a terminal, and the same as HTML for a notebook."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Tabular", "TextTable"]

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
        from llpyspin.tables.sheet import folded  # rich is slow to import

        right = [number for number, side in enumerate(self._sides) if side == "right"]
        width = min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)
        return folded(self.columns, self.rows[: self._most], right=right, width=width).splitlines()

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
