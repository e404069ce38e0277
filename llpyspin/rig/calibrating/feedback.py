"""Shows how a calibration take goes: in a terminal, in a notebook, or in a log."""

from __future__ import annotations

import contextlib
import logging
import time
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from llpyspin.extras import in_notebook
from llpyspin.recording.progress import beside

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from llpyspin.display.boards.enough import CameraCoverage
    from llpyspin.rig.calibrating.glance import Glance

    Look = Callable[[], tuple[Glance, str]]

__all__ = ["feedback", "html_of", "text_of"]

logger = logging.getLogger("llpyspin")

EVERY_S = 0.25
PLAIN_S = 5.0
_GREEN, _RED = "#2a9d3c", "#d23232"


@contextlib.contextmanager
def feedback(look: Look, *, console: Console | None = None) -> Iterator[None]:
    """Show what ``look`` returns, a glance and a line about the recording, while the ``with`` block runs.

    A terminal rings its bell when something that was missing is complete, and three times at the end.
    """
    with beside(partial(_show, look, _surface(console or Console(stderr=True))), "feedback"):
        yield


def _show(look: Look, surface: _Surface, over: threading.Event) -> None:
    missing: int | None = None
    try:
        while True:
            ended = over.wait(EVERY_S)
            glance, line = look()
            surface.show(glance, line)
            now = len(glance.verdict.missing)
            if missing is not None and now < missing:
                surface.ring(1 if now else 3)
            missing = now
            if ended:
                return
    except Exception as error:  # noqa: BLE001 - outermost line of the thread: the recording goes on
        logger.warning("it is not shown any more how the take goes: %s: %s", type(error).__name__, error)
    finally:
        surface.close()


class _Surface(Protocol):
    def show(self, glance: Glance, line: str) -> None: ...

    def ring(self, times: int) -> None: ...

    def close(self) -> None: ...


class _Terminal:
    """Maps that are drawn anew in their place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, glance: Glance, line: str) -> None:
        self._live.update(text_of(glance, line), refresh=True)

    def ring(self, times: int) -> None:
        for _ in range(times):
            self._console.bell()

    def close(self) -> None:
        self._live.stop()


class _Notebook:
    """The same in one output of a notebook's cell."""

    def __init__(self) -> None:
        from IPython import display

        self._html = display.HTML
        self._handle: Any = display.display(display.HTML(""), display_id=True)

    def show(self, glance: Glance, line: str) -> None:
        self._handle.update(self._html(html_of(glance, line)))

    def ring(self, times: int) -> None:
        """A page makes no sound without a script."""

    def close(self) -> None:
        """The last state stays there."""


class _Lines:
    """A line now and then, and whenever something that was missing is complete, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0
        self._missing: tuple[str, ...] = ()

    def show(self, glance: Glance, line: str) -> None:
        fewer = len(glance.verdict.missing) < len(self._missing)
        if time.monotonic() < self._next and not fewer:
            return
        self._next, self._missing = time.monotonic() + PLAIN_S, glance.verdict.missing
        cameras = [f"{each.name} {glance.camera_line(each)}" for each in glance.cameras]
        text = " | ".join([f"calibration: {glance.headline()}", *cameras, line, *_hints(glance)])
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def ring(self, times: int) -> None:
        """Nobody hears a log."""

    def close(self) -> None:
        """There is nothing to close."""


def _surface(console: Console) -> _Surface:
    if in_notebook():
        return _Notebook()
    return _Terminal(console) if console.is_terminal else _Lines(console)


def _hints(glance: Glance) -> list[str]:
    if glance.causes:
        return [f"the board is not found: {cause}" for cause in glance.causes]
    return [f"missing: {each}" for each in glance.verdict.missing]


def text_of(glance: Glance, line: str) -> Group:
    """The maps of all cameras side by side, and what is missing, for a terminal."""
    colour = "bold white on green" if glance.verdict.enough else "bold black on yellow"
    hints = [Text(f"  {each}", "bold red" if glance.causes else "yellow") for each in _hints(glance)]
    maps = Columns([_map(glance, each) for each in glance.cameras], padding=(0, 4))
    return Group(Text(f" {glance.headline()} ", colour), Text(line, "dim"), Text(""), maps, Text(""), *hints)


def _map(glance: Glance, camera: CameraCoverage) -> Text:
    seen = glance.now.get(camera.name, 0)
    text = Text()
    text.append(f"{camera.name}: ", "bold")
    text.append(f"{seen} corners\n" if seen else "no board\n", "bold green" if seen else "")
    for row in camera.fields:
        for count in row:
            text.append("###" if count else " . ", "green" if count else "red")
        text.append("\n")
    done = camera.views >= glance.criteria.views
    text.append(f"{glance.camera_line(camera)}\n", "green" if done else "")
    return text


def html_of(glance: Glance, line: str) -> str:
    """The same for a notebook."""
    colour = _GREEN if glance.verdict.enough else "#b07d00"
    style = f"background:{colour};color:#fff;font-size:150%;padding:4px 10px"
    head = f"<div style='{style}'>{escape(glance.headline())}</div><div>{escape(line)}</div>"
    maps = "".join(_html_map(glance, each) for each in glance.cameras)
    hints = "".join(f"<li>{escape(each)}</li>" for each in _hints(glance))
    return f"<div>{head}<div style='display:flex;gap:24px'>{maps}</div><ul>{hints}</ul></div>"


def _html_map(glance: Glance, camera: CameraCoverage) -> str:
    seen = glance.now.get(camera.name, 0)
    cell = "display:inline-block;width:22px;height:16px;margin:1px;background:{}"
    rows = "".join(
        "<div style='line-height:0'>"
        + "".join(f"<span style='{cell.format(_GREEN if count else _RED)}'></span>" for count in row)
        + "</div>"
        for row in camera.fields
    )
    border = f"3px solid {_GREEN if seen else '#999'}"
    return (
        f"<div><b>{escape(camera.name)}</b>: {f'{seen} corners' if seen else 'no board'}"
        f"<div style='border:{border};display:table'>{rows}</div>{escape(glance.camera_line(camera))}</div>"
    )
