"""A session of a rig, exported to every target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.export import TARGETS, export
from llpyspin.recording import check
from llpyspin.recording.sinks import Picture
from llpyspin.virtual.stamp import block_size
from tests.process.browser import CHROMIUM, numbers_by_chromium
from tests.process.rig_worlds import make_rig, wired
from tests.unit.export.sessions import contents, numbers_by_opencv, session_in

if TYPE_CHECKING:
    from pathlib import Path


def test_rig_session_is_exported_to_every_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pynwb")
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    session = tmp_path / "mouse"
    with make_rig(2, framerate=100) as rig:
        recorded = rig.record(0.4, session, codec="h264", segment_seconds=0.2, progress=False)
    before = contents(session)
    triggers = recorded.triggers
    assert triggers
    for to in TARGETS:
        report = export(session, to)
        assert report.virtual
        assert report.triggers == triggers
        for video in report.videos:
            assert video.frames - video.blanks == video.compared
            numbers = numbers_by_opencv(report.path / video.file)
            assert numbers == list(range(triggers)) or video.blanks
            assert len(numbers) == triggers
    assert contents(session) == before
    assert check(session).ok


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_browser_shows_frame_n_at_its_time(tmp_path: Path) -> None:
    picture = Picture(240, 320, rate=226.1)
    session = session_in(tmp_path, ["." * 120], suffix=".mkv", codec="h264", picture=picture)
    report = export(session, "mp4")
    frames = [0, 1, 2, 50, 119, 118, 3, 77]
    block = block_size(picture.height, picture.width)
    assert numbers_by_chromium(report.path / "camera0.mp4", frames, picture.rate, block) == frames
