"""A camera at a prompt and in a notebook: each setting with its unit and the names of its numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from llpyspin.camera.notebook import CLOSED, STREAMING, html_of, line_of, text_of
from llpyspin.errors import SettingError


class Camera:
    """Answers as a camera does; it has no settings but these."""

    nickname = "12345678"
    info = SimpleNamespace(serial="12345678", model="BFS", interface="USB3", virtual=False)
    state = STREAMING

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def value_of(self, name: str) -> Any:
        if name not in self._settings:
            raise SettingError("this camera has none", setting=name)
        return self._settings[name]

    def recent(self, count: int) -> list[Any]:
        return []


def test_roi_names_its_numbers_and_their_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llpyspin.camera.notebook.FRAME_S", 0.0)
    camera = Camera(exposure=5000.0, roi=(0, 4, 270, 360))
    assert text_of(camera).splitlines()[1:] == [
        "  exposure  5000 us",
        "  roi       (y=0, x=4, height=270, width=360) px",
    ]
    assert "roi (y=0, x=4, height=270, width=360) px" in line_of(camera)
    assert "(y=0, x=4, height=270, width=360) px</td>" in str(html_of(camera))


@pytest.mark.parametrize(("binsize", "shown"), [(2, "2"), ((4, 2), "(vertical=4, horizontal=2)")])
def test_binsize_of_two_numbers_names_their_axes(binsize: Any, shown: str) -> None:
    assert text_of(Camera(binsize=binsize)).splitlines()[1:] == [f"  binsize  {shown}"]


def test_closed_camera_shows_no_settings() -> None:
    camera = Camera(roi=(0, 0, 270, 360))
    camera.state = CLOSED
    assert text_of(camera) == "Camera 12345678 (BFS, USB3): closed"
