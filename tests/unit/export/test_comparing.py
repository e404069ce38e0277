"""What is found when an export is not what it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import RecordingError
from llpyspin.export import export, videojobs
from llpyspin.export.comparing import check_packets
from llpyspin.export.copying import copy_packets
from llpyspin.export.reels import small
from tests.unit.export.sessions import session_in
from tests.unit.sink_pictures import GRAY, smooth, write_here

if TYPE_CHECKING:
    from pathlib import Path


def test_video_is_counted_and_its_times_are_those_of_the_rate(tmp_path: Path) -> None:
    path = write_here(tmp_path / "a.mp4", GRAY, smooth(GRAY, 5), "h264")
    assert len(set(check_packets(path, 5, GRAY.rate))) == 5
    with pytest.raises(RecordingError, match=r"a\.mp4 has 5 pictures, and 6 were written"):
        check_packets(path, 6, GRAY.rate)
    with pytest.raises(RecordingError, match=r"a\.mp4: picture 1 has the timestamp"):
        check_packets(path, 5, GRAY.rate / 2)


def test_copy_in_another_order_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_in(tmp_path, ["." * 6], suffix=".mkv", codec="h264")

    def turned(*arguments: Any) -> list[int]:
        return copy_packets(*arguments)[::-1]

    monkeypatch.setattr(videojobs, "copy_packets", turned)
    with pytest.raises(RecordingError, match="has other pictures than the recording"):
        export(session, "dlc")
    assert [path.name for path in tmp_path.iterdir()] == ["mouse"]


def test_small_image_is_the_mean_of_each_block() -> None:
    image = np.zeros((19, 33), np.uint8)
    image[:2, :4] = 200
    found = small(image)
    assert found.shape == (8, 8)
    assert found[0, 0] == 200
    assert found[1:].max() == found[0, 1:].max() == 0
    assert small(np.full((3, 5, 3), 7, np.uint8)).tolist() == [[7] * 5] * 3
