"""ProcessedRecorder, and two cameras side by side, through the vendor's own Spinnaker SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.processed import ProcessedRecorder
from llpyspin.recording.blank import is_blank
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    import pathlib

    from tests.rig.rig import Rig

WIDTH = 320


@pytest.mark.slow
def test_two_cameras_lie_side_by_side_by_trigger_behind_a_callback(
    rig: Rig, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def note(buffer: Any, cb_queue: Any) -> None:
        cb_queue.put(buffer[-1].shape)

    recorder = ProcessedRecorder(
        "both.tif",
        2 * WIDTH,
        240,
        framerate=30,
        rec_length=2,
        display=False,
        stereo=True,
        callback=note,
        device=tuple(rig.serials[:2]),
        sdk="rotpy",
        bgra=False,
    )
    recorder.recordVid()
    assert recorder.cb_queue.get() == (240, 2 * WIDTH)
    assert recorder.average_framerate == pytest.approx(30, rel=0.1)
    assert recorder.account is not None
    assert recorder.account.adds_up, recorder.account.reasons
    whole = 0
    with open_video("both.tif") as video:
        for row in read_sidecar("both.csv"):
            if row.frame is None:
                continue
            for half in (video[row.frame][:, :WIDTH], video[row.frame][:, WIDTH:]):
                # The camera's number is in the pixels: it is that of the row, whatever fell out of the wire.
                blank = row.state == "incomplete" and is_blank(half)
                assert blank or read_stamp(np.ascontiguousarray(half)).frame == row.trigger
            whole += row.state == "written"
    assert whole >= 50
