"""Properties of OpenCV by number and by name."""

from __future__ import annotations

import pytest

from llpyspin.camera import captureprops
from llpyspin.camera.captureprops import property_of
from llpyspin.errors import ArgumentTypeError, LlpyspinError, SettingError


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (5, captureprops.FPS),
        (5.0, captureprops.FPS),
        ("fps", captureprops.FPS),
        ("FPS", captureprops.FPS),
        ("CAP_PROP_FPS", captureprops.FPS),
        ("cv2.CAP_PROP_FPS", captureprops.FPS),
        ("frame_rate", captureprops.FPS),
        ("framerate", captureprops.FPS),
        ("Frame Width", captureprops.FRAME_WIDTH),
        ("width", captureprops.FRAME_WIDTH),
        ("read_timeout_msec", captureprops.READ_TIMEOUT_MSEC),
        ("pixel_format", "pixel_format"),
        ("ROI", "roi"),
        (99, 99),
    ],
)
def test_property_is_known_by_number_and_by_name(which: object, found: object) -> None:
    assert property_of(which) == found


@pytest.mark.parametrize(
    ("which", "meant"),
    [("fsp", "fps"), ("exposur", "exposure"), ("CAP_PROP_GIAN", "gain"), ("q", "There are")],
)
def test_unknown_name_is_refused_with_the_nearest(which: str, meant: str) -> None:
    with pytest.raises(SettingError, match=meant):
        property_of(which)


@pytest.mark.parametrize("which", [None, True, b"fps", ["fps"]])
def test_what_is_no_property_is_refused(which: object) -> None:
    with pytest.raises(ArgumentTypeError, match=r"cv2\.CAP_PROP") as raised:
        property_of(which)
    assert isinstance(raised.value, LlpyspinError)


def test_every_number_that_can_be_read_or_set_has_a_name() -> None:
    named = set(captureprops._NAMES.values())
    assert set(captureprops._GET) | set(captureprops._SET) == named
