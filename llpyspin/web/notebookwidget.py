"""The widget of a live view: what runs in the browser, and the class that the notebook knows."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from llpyspin.errors import NotInNotebookError
from llpyspin.extras import in_notebook, library

__all__ = ["check_can_show", "free_widget", "new_widget", "script"]

PAGE = Path(__file__).parent / "page"


def check_can_show() -> None:
    """Say early what is missing.

    Raises
    ------
    NotInNotebookError
    MissingExtraError
    """
    if not in_notebook():
        raise NotInNotebookError(
            "live() shows pictures in a notebook, and this program does not run in one. Use display() of a "
            "camera or view() of a rig for a window, and serve() of a rig for a browser"
        )
    for name in ("anywidget", "simplejpeg"):
        library(name, "live()", extra="live")


def script() -> str:
    """The module that the browser runs: a notebook has one file only, so the tiles stand before the rest."""
    style = "".join(_text(name) for name in ("tiles.css", "notebook.css"))
    return f"{_text('tiles.js')}\nconst STYLE = {json.dumps(style)};\n{_text('notebook.js')}"


def _text(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


@functools.cache
def _widget_class() -> Any:
    """Of a widget with a value that the browser knows too: why the view has ended, "" while it goes on."""
    base = library("anywidget", "live()", extra="live").AnyWidget
    ended = library("traitlets", "live()", extra="live").Unicode("").tag(sync=True)
    return type(base)("LiveWidget", (base,), {"__module__": __name__, "_esm": script(), "ended": ended})


def new_widget() -> Any:
    """A widget that can be displayed.

    Raises
    ------
    NotInNotebookError
    MissingExtraError
    """
    check_can_show()
    return _widget_class()()


def free_widget(widget: Any) -> None:
    """Have the kernel forget a widget that nobody sees any more, and the layout that it has."""
    widget.layout.close()
    widget.close()
