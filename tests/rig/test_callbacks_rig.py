"""A callback beside a recording through the vendor's own Spinnaker SDK, from a virtual GigE camera."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import PrimaryCamera
from llpyspin.callbacks.child.latency import read_log
from llpyspin.errors import CallbackProcessError
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    import pathlib

    from tests.rig.rig import Rig

RATE = 30
DIES_AT = 60


def slow_and_mortal(buffer: Any, queue: Any) -> Any:
    time.sleep(3 / RATE)
    if buffer.info.frame_id > DIES_AT:
        os._exit(3)
    queue.put((buffer.info.frame_id, buffer[-1].flags.owndata))
    return 255 - buffer[-1]


@pytest.mark.slow
def test_a_slow_callback_that_dies_costs_the_recording_nothing(rig: Rig, tmp_path: pathlib.Path) -> None:
    with PrimaryCamera(
        rig.serials[0], sdk="rotpy", framerate=RATE, roi=(0, 0, 240, 320), timeout=10, primed=False
    ) as cam:
        processing = cam.process(slow_and_mortal, record="both", queue_size=1000)
        cam.prime(tmp_path / "a.mkv", codec="ffv1")
        cam.trigger()
        while cam.count_of_frames() < DIES_AT + 40:
            assert cam.read()[0]
        cam.stop()
        account = cam.account
        error = processing.error
        got = []
        with pytest.raises(CallbackProcessError, match="exit status 3"):
            while True:
                got.append(processing.queue.get(timeout=10))
    assert account is not None and account.adds_up, str(account)
    assert account.cameras[0].lost.get("ring", 0) == account.cameras[0].lost.get("writer", 0) == 0
    assert error is not None and error.frame_id is not None and error.frame_id > DIES_AT
    assert len(got) > 5 and not any(owns for _, owns in got)
    calls = [row.frame_id for row in read_log(tmp_path / "a.callback.csv")]
    assert calls == [frame_id for frame_id, _ in got][: len(calls)] and len(calls) >= len(got) - 3
    late = processing.account
    assert late is not None and late.calls == len(calls)
    assert late.clock is not None and late.clock.latency_us is not None  # both clocks were read together
    assert late.total is not None and late.call is not None and late.wait is not None
    assert late.total.p50_ms > late.call.p50_ms >= 3000 / RATE
    assert late.wait.most_ms < 3000
    rows = read_sidecar(tmp_path / "a_returned.csv")
    assert len(rows) == account.triggers
    with open_video(tmp_path / "a_returned.mkv") as pictures:
        written = [row for row in rows if row.state == "written"]
        assert len(pictures) == len(written)
        for row, picture in zip(written, pictures, strict=True):
            assert row.frame_id is not None
            raw = 255 - picture if row.frame_id <= DIES_AT else picture
            assert read_stamp(raw).frame == row.trigger
    assert written[-1].trigger >= DIES_AT + 30  # it went on, as the camera gave them
