"""How a recording goes, as a table for a notebook, which stays there when the cell is done."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ProgressTable"]

COLUMNS = ("camera", "state", "frames", "fps", "lost", "backlog", "disk", "left")
_TEXT = 2  # columns of text; the others are numbers, and stand on the right
_CELL = "text-align:{};padding:1px 14px 1px 0;font-variant-numeric:tabular-nums;white-space:nowrap{}"
_BAD = ";color:#c00;font-weight:bold"


class Row(Protocol):
    """One camera; see :class:`llpyspin.recording.progress.CameraProgress`."""

    @property
    def state(self) -> str: ...

    @property
    def left_s(self) -> float | None: ...

    def cells(self) -> list[str]: ...

    def alarms(self) -> set[int]: ...


class ProgressTable:
    """A row for each camera, with a bar where it is known how long it takes.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = time.monotonic()

    def html(self, cameras: Sequence[Row]) -> str:
        """The table as it is now."""
        head = "".join(_cell("th", number, name) for number, name in enumerate(COLUMNS))
        rows = "".join(f"<tr>{self._row(camera)}</tr>" for camera in cameras)
        title = f"<b>{escape(self._title)}</b>" if self._title else ""
        return (
            f"<div>{title}<table style='margin:0'><thead><tr>{head}<th></th></tr></thead>"
            f"<tbody>{rows}</tbody></table></div>"
        )

    def _row(self, camera: Row) -> str:
        bad = camera.alarms()
        cells = [_cell("td", number, text, bad=number in bad) for number, text in enumerate(camera.cells())]
        return "".join([*cells, f"<td>{self._bar(camera)}</td>"])

    def _bar(self, camera: Row) -> str:
        if camera.state == "done":
            return "<progress value='1' max='1'></progress>"
        if camera.left_s is None:
            return ""
        passed = time.monotonic() - self._began
        share = passed / max(passed + camera.left_s, 1e-3)
        return f"<progress value='{min(1.0, share):.3f}' max='1'></progress>"


def _cell(kind: str, number: int, text: str, *, bad: bool = False) -> str:
    side = "left" if number < _TEXT else "right"
    return f"<{kind} style='{_CELL.format(side, _BAD if bad else '')}'>{escape(text)}</{kind}>"
