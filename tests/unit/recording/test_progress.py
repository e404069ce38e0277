"""The progress of a recording as a user sees it."""

from __future__ import annotations

import io
import threading

from rich.console import Console

from llpyspin.recording import progress
from llpyspin.recording.progress import CameraProgress, shown

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


def test_a_notebook_gets_one_output_that_is_updated() -> None:
    html = progress._html(progress._table([LEFT], "rig"))
    assert html.startswith("<pre>")
    assert "1234" in html
    assert "1:05 min" in html
