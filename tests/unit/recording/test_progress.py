"""The progress of a recording as a user sees it."""

from __future__ import annotations

import io
import re
import sys
import threading
import types
from typing import TYPE_CHECKING

from rich.console import Console

from llpyspin.recording import progress
from llpyspin.recording.progress import CameraProgress, shown
from llpyspin.recording.progresshtml import ProgressTable

if TYPE_CHECKING:
    import pytest

LEFT = CameraProgress("left", "recording", 1234, 99.96, 2, 7, 81_500_000_000, 7200.0, 65.0)
RIGHT = CameraProgress("right", "lost", 10, 0.0, 0, 0, 2_000_000, 3.0)


def look_once(console: Console, *cameras: CameraProgress) -> str:
    """What is on the console after the cameras were looked at, at the least, once."""
    looked = threading.Event()

    def look() -> list[CameraProgress]:
        looked.set()
        return list(cameras)

    with shown(look, title="rig", console=console):
        assert looked.wait(10)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_terminal_shows_one_line_for_each_camera() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    text = look_once(console, LEFT, RIGHT)
    line = next(line for line in text.splitlines() if "left " in line and "1234" in line)
    for figure in ("recording", "1234", "100.0", " 2 ", " 7 ", "81.5 GB (2.0 h)", "1:05 min"):
        assert figure in line
    assert any("right" in line and "lost" in line and "2.0 MB (3 s)" in line for line in text.splitlines())


def test_a_log_gets_a_line_when_a_camera_changes_its_state() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=120)
    surface = progress._surface(console, "rig")
    surface.show([LEFT])
    assert console.file.getvalue() == ""
    surface.show([RIGHT])
    assert console.file.getvalue() == (
        "rig: right: lost | 10 frames | 0.0 fps | 0 lost | 0 waiting | disk 2.0 MB (3 s)\n"
    )
    surface.show([RIGHT])
    assert console.file.getvalue().count("\n") == 1


def test_what_is_over_soon_enough_shows_nothing() -> None:
    def look() -> list[CameraProgress]:
        raise AssertionError("nobody should look")

    console = Console(file=io.StringIO(), force_terminal=True)
    with shown(look, console=console, after_s=30):
        pass
    assert console.file.getvalue() == ""


def test_a_notebook_gets_one_output_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[list[str]] = []

    class Handle:
        def update(self, html: str) -> None:
            outputs[-1].append(html)

    def display(html: str, *, display_id: bool) -> Handle:
        assert display_id
        outputs.append([html])
        return Handle()

    module = types.ModuleType("IPython")
    module.get_ipython = lambda: types.SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    module.display = types.SimpleNamespace(HTML=str, display=display)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", module)
    console = Console(file=io.StringIO())
    look_once(console, LEFT, RIGHT)
    assert console.file.getvalue() == ""
    assert len(outputs) == 1
    html = outputs[0][-1]
    assert [len(re.findall(f"<{tag}[ >]", html)) for tag in ("table", "tr", "th", "td")] == [1, 3, 9, 18]
    for figure in (
        "<b>rig</b>",
        ">1234<",
        ">100.0<",
        ">81.5 GB (2.0 h)<",
        ">1:05 min<",
        "<progress value='0.0",
    ):
        assert figure in html
    assert re.search(r"text-align:left[^>]*>left<", html)
    assert re.search(r"text-align:right[^>]*>1234<", html)
    assert re.search(r"color:#c00[^>]*>lost<", html)
    assert not re.search(r"color:#c00[^>]*>recording<", html)


def test_bar_is_full_at_the_end_and_absent_without_one() -> None:
    table = ProgressTable("a < b")
    done = table.html([CameraProgress("left", "done", 100, 0.0, 0, 0)])
    assert "<progress value='1' max='1'>" in done
    assert "a &lt; b" in done
    assert "<progress" not in table.html([CameraProgress("left", "recording", 100, 0.0, 0, 0)])
