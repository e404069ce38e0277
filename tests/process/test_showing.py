"""What Jupyter shows of cameras and frames."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import numpy as np

from llpyspin import VideoStream
from llpyspin.primary import PrimaryCamera
from llpyspin.rig import Rig
from llpyspin.secondary import SecondaryCamera
from llpyspin.virtual import read_stamp
from tests.process.rig_worlds import wired

if TYPE_CHECKING:
    import pytest


def picture_in(html: str) -> np.ndarray:
    import cv2

    found = re.search(r"data:image/png;base64,([^']+)'", html)
    assert found is not None
    return cv2.imdecode(np.frombuffer(base64.b64decode(found[1]), np.uint8), cv2.IMREAD_UNCHANGED)


def test_cameras_and_frames_show_themselves_and_looking_takes_no_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(1))
    with VideoStream(0, sdk="virtual", buffersize=50) as cap:
        assert cap.read()[0]
        first = cap.frame_info.index
        html = cap._repr_html_()
        assert html is not None
        assert picture_in(html).shape == (216, 288)
        assert "30.00 fps" in html
        assert "y=0, x=0, height=1080, width=1440" in html
        cap.read()
        assert cap.frame_info.index == first + 1
        with cap.request() as request:
            png = request._repr_png_()
            assert png is not None
            assert png.startswith(b"\x89PNG")
            assert read_stamp(request.image).frame == request.info.frame_id
        assert request._repr_png_() is None
    assert cap._repr_html_() is None


def test_cameras_that_wait_for_a_trigger_show_themselves_without_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with (
        PrimaryCamera(0, sdk="virtual") as primary,
        SecondaryCamera(1, sdk="virtual") as secondary,
    ):
        shown = primary._repr_html_(), secondary._repr_html_()
    assert all("no frame yet" in str(html) for html in shown)
    assert "30.00 fps" in str(shown[0])
    assert " fps" not in str(shown[1])
    with Rig({"top": "20000001", "side": "20000002"}, sdk="virtual") as rig:
        html = str(rig._repr_html_())
    assert html.index("<h4>top</h4>") < html.index("<h4>side</h4>")
    assert rig._repr_html_() is None
