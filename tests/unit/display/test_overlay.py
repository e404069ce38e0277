"""Figures that are written into copies of frames."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import numpy as np
import pytest

from llpyspin.display.overlay import Overlay, OverlayPainter
from llpyspin.errors import MissingExtraError, SettingRangeError

PERIOD_NS = 4_424_779  # of 226 fps


def test_the_text_has_what_was_asked_for_and_no_more() -> None:
    everything = OverlayPainter(Overlay(timestamp=True, report_hz=True, monitor_queues=True))
    texts = [everything.text(7_000 + number * PERIOD_NS, (number, 3)) for number in range(300)]
    assert texts[0] == "t: 0.000s, FR: 0.000, 0,3"
    assert texts[226] == "t: 1.000s, FR: 226.000, 226,3"
    assert OverlayPainter(Overlay(timestamp=True)).text(1) == "t: 0.000s"
    assert OverlayPainter(Overlay(monitor_queues=True)).text(1, (4, 5)) == "4,5"


def test_the_rate_is_the_mean_over_the_last_frames() -> None:
    painter = OverlayPainter(Overlay(report_hz=True, hz_buffer=3))
    stamps = [0, 10, 20, 30, 50, 70]  # ms: 100 fps, then 50 fps
    assert [painter.text(stamp * 1_000_000) for stamp in stamps][3:] == [
        "FR: 100.000",
        "FR: 66.667",
        "FR: 50.000",
    ]


def test_the_rate_of_numbered_frames_counts_those_in_between() -> None:
    painter = OverlayPainter(Overlay(report_hz=True))
    texts = [painter.text(number * PERIOD_NS, number=number) for number in range(0, 70, 7)]
    assert texts[-1] == "FR: 226.000"


def test_a_clock_that_begins_anew_begins_the_time_anew() -> None:
    painter = OverlayPainter(Overlay(timestamp=True, report_hz=True))
    for stamp in (5, 6, 7):
        painter.text(stamp * 10**9)
    assert painter.text(10**9) == "t: 0.000s, FR: 0.000"
    assert painter.text(2 * 10**9) == "t: 1.000s, FR: 1.000"


@pytest.mark.parametrize("shape", [(1080, 1440), (1080, 1440, 3), (64, 48), (4, 1440), (1080, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_frame_stays_as_it_is_and_its_copy_has_the_text(shape: tuple[int, ...], dtype: Any) -> None:
    image = np.full(shape, 100, dtype)
    image.flags.writeable = False
    painted = OverlayPainter(Overlay(timestamp=True, report_hz=True)).paint(image, 1)
    assert (image == 100).all()
    assert (painted.shape, painted.dtype) == (image.shape, image.dtype)
    assert (painted != 100).any()
    assert (painted[shape[0] // 2 :] == 100).all() or shape[0] < 64  # the picture itself can still be seen
    assert painted[0, 0].max() == 0


def test_the_text_is_as_bright_as_the_pixels_can_be() -> None:
    painter = OverlayPainter(Overlay(timestamp=True))
    # OpenCV 4 smooths narrow strokes down to 249 of 255.
    assert 245 <= painter.paint(np.zeros((480, 640), np.uint8), 1).max() <= 255
    assert 62_900 <= painter.paint(np.zeros((480, 640), np.uint16), 1).max() <= 65_535
    assert 3_930 <= painter.paint(np.zeros((480, 640), np.uint16), 1, bits=12).max() <= 4_095


def test_a_copy_goes_where_it_is_wanted() -> None:
    image, out = np.full((480, 640), 7, np.uint8), np.zeros((480, 640), np.uint8)
    assert OverlayPainter(Overlay(timestamp=True)).paint(image, 1, out=out) is out
    assert out[-1, -1] == 7


def test_an_overlay_of_nothing_changes_nothing() -> None:
    assert not Overlay()
    assert Overlay(report_hz=True)
    image = np.full((48, 64), 7, np.uint8)
    assert (OverlayPainter(Overlay()).paint(image, 1) == 7).all()


def test_an_overlay_travels() -> None:
    overlay = Overlay(timestamp=True, hz_buffer=20)
    assert pickle.loads(pickle.dumps(overlay)) == overlay


@pytest.mark.parametrize("value", [1, 0, -3, 2.5, "10", True, None])
def test_a_rate_over_fewer_than_two_frames_is_refused(value: Any) -> None:
    with pytest.raises(SettingRangeError, match="hz_buffer"):
        Overlay(hz_buffer=value)


def test_without_opencv_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"llpyspin\[display\]"):
        OverlayPainter(Overlay(timestamp=True))
