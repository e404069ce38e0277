"""How late callbacks are, in real processes: logs, accounts, and what is written into frames."""

from __future__ import annotations

import itertools
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin import VideoStream
from llpyspin.callbacks.child.latency import DATA, read_log
from llpyspin.display.overlay import Overlay
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.process.conftest import World

WAIT_S = 15.0


@pytest.fixture
def cap(world: World) -> Iterator[VideoStream]:
    with VideoStream(world.serials[0], framerate=100, roi=(0, 0, 480, 640), sdk="virtual") as stream:
        yield stream


def test_callback_log_and_account_agree_with_what_the_function_saw(cap: VideoStream, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("of yesterday")

    def note(buffer: Any, queue: Any) -> dict[str, int]:
        began = time.monotonic_ns()
        time.sleep(0.025)
        queue.put((buffer.info.frame_id, buffer.info.camera_timestamp_ns, began))
        return {"frame": buffer.info.frame_id}

    with cap.process(note, log_file=path, deadline_s=0.020) as processing:
        seen = [processing.queue.get(timeout=WAIT_S) for _ in range(40)]
        account = processing.stop()
    rows = list(read_log(path))
    assert [(row.frame_id, row.camera_timestamp_ns) for row in rows[:40]] == [each[:2] for each in seen]
    assert all(row.start_ns <= began <= row.end_ns for row, (_, _, began) in zip(rows, seen, strict=False))
    assert all(row.host_timestamp_ns <= row.start_ns <= row.end_ns - 25_000_000 for row in rows)
    assert [row.data for row in rows] == [f'{{"frame":{row.frame_id}}}' for row in rows]
    assert {row.outcome for row in rows} == {DATA}
    for before, row in itertools.pairwise(rows):
        assert row.index - before.index == row.skipped + 1
    assert account.calls == account.misses == len(rows)
    assert account.skipped == sum(row.skipped for row in rows) > 0
    assert account.clock is not None
    assert account.clock.latency_us is not None  # both clocks were read together
    assert account.delivery is not None
    assert account.total is not None
    assert account.call is not None
    assert account.call.p50_ms >= 25
    assert account.total.p50_ms >= account.delivery.p50_ms + account.call.p50_ms - 1
    assert str(account).startswith(f"callback of {cap.info.serial}: {len(rows)} calls in ")


def test_text_is_drawn_into_the_result_and_not_into_the_frame(cap: VideoStream) -> None:
    pytest.importorskip("cv2")

    def look(buffer: Any, queue: Any) -> None:
        image = buffer[-1]
        queue.put((image[:12, :200].copy(), image.flags.writeable))

    overlay = Overlay(timestamp=True, report_hz=True, monitor_queues=True)
    with cap.process(look, overlay=overlay, on_error="continue", queue_size=5) as processing:
        ok, painted = processing.read(timeout=WAIT_S)
        assert ok
        assert painted is not None
        corner, writeable = processing.queue.get(timeout=WAIT_S)
        ok, raw = cap.read()
        assert ok
        assert raw is not None
    assert not writeable
    assert read_stamp(raw).camera == int(cap.info.serial)
    assert (corner == raw[:12, :200]).mean() > 0.5  # the stamp, which is in every frame
    with pytest.raises(ValueError, match="stamp"):
        read_stamp(painted)  # the text lies over it
    assert read_stamp(painted, foot=True).camera == int(cap.info.serial)
    assert painted[0, 0] == 0
    assert (painted[:24] == np.uint8(255)).any()


def test_a_log_that_cannot_be_made_is_refused_at_once(cap: VideoStream, tmp_path: Path) -> None:
    def nothing(buffer: Any) -> None: ...

    with pytest.raises(Exception, match="nowhere"):
        cap.process(nothing, log_file=tmp_path / "nowhere" / "calls.csv")
    assert cap.read()[0]
    assert not os.path.exists(tmp_path / "nowhere")
