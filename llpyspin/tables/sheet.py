"""Tables for people: headings above a line, right at every width, and in ASCII.

A table that is wider than the terminal becomes a block for each row.  No figure is ever cut or broken.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.box import Box
from rich.console import Console, Group
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from llpyspin.tables.ascii import NEAREST, in_ascii

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from rich.console import ConsoleOptions, JustifyMethod, RenderableType, RenderResult

__all__ = ["PLAIN_WIDTH", "Indented", "Sheet", "folded", "plain"]

PLAIN_WIDTH = 80
"""Columns of what is not made for a certain terminal: ``str()`` of an account, a log."""

_LINE_BELOW_HEADINGS = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_SIGNS = ("=", "+")
_WIDE = 100_000  # columns of what is no terminal


class Sheet:
    """A table for ``rich``.

    Parameters
    ----------
    columns : sequence of str
        The headings.  ``=`` and ``+`` have no heading: the sign stands between the figures of each row.
    rows : sequence of sequences
        A cell, text or :class:`rich.text.Text`, for each heading that is no sign.
    right : collection of str
        Headings of the columns that are aligned to the right.
    below : str
        How the last cell of a row is written below the table where it does not fit: "lost by {0}: {1}", with
        the first cell and the last one.
    optional : sequence of str
        Headings of columns that are left out where they do not fit, the first one first.
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str | Text]],
        *,
        right: Iterable[str] = (),
        below: str = "",
        optional: Sequence[str] = (),
    ) -> None:
        self._columns = tuple(columns)
        self._right = frozenset(right)
        self._below = below
        self._optional = tuple(optional)
        self._rows = [[Text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.ascii_only and not all(cell.plain.isascii() for row in self._rows for cell in row):
            yield self._in_ascii()  # before anything is measured
            return
        unlimited = options.max_width > _WIDE // 2
        room = options.max_width - (_WIDE - PLAIN_WIDTH if unlimited else 0)
        wide = options.update(width=_WIDE)

        def fits(table: Table) -> bool:
            return Measurement.get(console, wide, table).maximum <= room

        for left_out in range(1 + (0 if unlimited else len(self._optional))):
            if fits(table := self._table(self._optional[:left_out])):
                yield table
                return
        if self._below and (unlimited or fits(self._table(self._columns[-1:]))):
            yield self._table(self._columns[-1:])
            yield from self._last_cells()
        else:
            yield self._table() if unlimited else self._blocks()

    def _in_ascii(self) -> Sheet:
        rows = [[Text(in_ascii(cell.plain), cell.style) for cell in row] for row in self._rows]
        return Sheet(self._columns, rows, right=self._right, below=self._below, optional=self._optional)

    def _table(self, left_out: Sequence[str] = ()) -> Table:
        table = Table(box=_LINE_BELOW_HEADINGS, show_edge=False, padding=0, pad_edge=False, header_style="")
        columns = [each for each in self._columns if each not in left_out]
        gaps = [0 if each in _SIGNS else 1 for each in (*columns[1:], "=")]
        for title, gap in zip(columns, gaps, strict=True):
            heading = Text() if title in _SIGNS else Padding(Text(title), (0, gap, 0, 0))
            table.add_column(heading, justify="right" if title in self._right else "left", no_wrap=True)
        titles = [each for each in self._columns if each not in _SIGNS]
        for row in self._rows:
            cells = (cell for title, cell in zip(titles, row, strict=True) if title not in left_out)
            table.add_row(
                *(
                    Text(title) if title in _SIGNS else Padding(next(cells), (0, gap, 0, 0))
                    for title, gap in zip(columns, gaps, strict=True)
                )
            )
        return table

    def _last_cells(self) -> Iterator[RenderableType]:
        rows = [row for row in self._rows if row[-1].plain]
        yield from [""] if rows else []
        for row in rows:
            yield Text(self._below.format(row[0].plain, row[-1].plain))

    def _blocks(self) -> Group:
        """Each row as lines of heading and value; the first cell is the title."""
        titles = [title for title in self._columns if title not in _SIGNS]
        blocks: list[RenderableType] = []
        for row in self._rows:
            values = Table.grid(padding=(0, 2, 0, 0))
            values.add_column(no_wrap=True)
            values.add_column(overflow="fold")
            for title, cell in zip(titles[1:], row[1:], strict=True):
                if cell.plain:
                    values.add_row(Text(title), cell)
            heading = Text.assemble(f"{titles[0]} " if titles[0] else "", row[0])
            blocks += [*([Text()] if blocks else []), heading, Padding.indent(values, 2)]
        return Group(*blocks)


class Indented:
    """Something some columns to the right; a sentence goes on below its own beginning.

    Parameters
    ----------
    shown : renderable
        A sentence, or a table.
    columns : int
    first : rich.text.Text, optional
        What stands in these columns beside a sentence.
    """

    def __init__(self, shown: RenderableType, columns: int = 2, first: Text | None = None) -> None:
        self._shown = Text(shown) if isinstance(shown, str) else shown
        self._columns = columns
        self._first = Text() if first is None else first

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=max(1, options.max_width - self._columns))
        margin, first = Text(" " * self._columns), self._first.copy()
        first.truncate(self._columns, pad=True)
        if isinstance(self._shown, Text):
            lines = [self._shown] if options.no_wrap else self._shown.wrap(console, inner.max_width)
            for number, line in enumerate(lines):
                yield Text.assemble(margin if number else first, line)
            return
        for row in console.render_lines(self._shown, inner, pad=False):
            yield Segment(margin.plain)
            yield from row
            yield Segment.line()


def folded(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[int] = (), width: int
) -> str:
    """A table of texts for a terminal of that width.  Cells that are too long go on below themselves.

    ``right`` has the numbers of the columns that are aligned to the right.
    """
    table = Table(box=None, pad_edge=False, header_style="")
    for number, column in enumerate(columns):
        justify: JustifyMethod = "right" if number in right else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    return plain(table, width)


def plain(shown: RenderableType, width: int | None = None, encoding: str = "utf-8") -> str:
    """What a terminal of that width would show, without colours, and without blanks at the ends of lines.

    Without a width it is for no terminal: sentences are not broken, and a table that is wider than 80 columns
    stays a table.
    """
    memory = io.BytesIO()
    file = io.TextIOWrapper(memory, encoding=encoding, errors=NEAREST)
    console = Console(
        file=file, width=width or _WIDE, force_terminal=False, force_jupyter=False, color_system=None
    )
    console.print(shown, highlight=False, markup=False, emoji=False, soft_wrap=width is None)
    file.flush()
    text = memory.getvalue().decode(encoding)
    return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))
