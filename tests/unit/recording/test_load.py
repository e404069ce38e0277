"""Recordings opened for analysis."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import recording
from llpyspin.errors import MissingExtraError, RecordingError
from llpyspin.frames.png import figure_of
from llpyspin.recording import load
from llpyspin.recording.sidecar import write_sidecar
from tests.unit.recordings import EPOCH, PERIOD, SERIALS, image_of, record, rows_of, write_video

if TYPE_CHECKING:
    from pathlib import Path


def test_each_picture_has_its_trigger_and_each_trigger_its_picture(tmp_path: Path) -> None:
    record(tmp_path, ["." * 6, ".tt..."])
    with load(tmp_path) as loaded:
        assert list(loaded) == ["camera0", "camera1"]
        assert len(loaded) == 2
        camera = loaded["camera1"]
        assert camera is loaded[SERIALS[1]]
        assert camera.virtual
        assert camera.triggers.tolist() == [0, 3, 4, 5]
        assert len(camera.frames) == 4
        assert [camera.number(trigger) for trigger in range(7)] == [0, None, None, 1, 2, 3, None]
        assert camera.find(3) == (tmp_path / "camera1.raw", 1)
        assert camera.find(1) is None
        assert np.array_equal(camera.frames[1], image_of(3, SERIALS[1]))
        assert camera.at(2) is None
        pictures = loaded.at(4)
        assert pictures["camera0"] is not None
        assert np.array_equal(pictures["camera0"], image_of(4, SERIALS[0]))
        with pytest.raises(KeyError, match="camera9"):
            loaded["camera9"]


def test_columns_have_all_rows_and_say_what_is_not_there(tmp_path: Path) -> None:
    record(tmp_path, [".st."])
    columns = load(tmp_path)["camera0"].columns
    assert columns["trigger"].tolist() == [0, 1, 2, 3]
    assert columns["frame"].tolist() == [0, -1, -1, 1]
    assert columns["state"].tolist() == ["written", "lost", "lost", "written"]
    assert columns["where"].tolist() == ["", "sensor", "transport", ""]
    assert columns["frame_id"].tolist() == [0, -1, 1, 2]
    assert columns["camera_timestamp_ns"].tolist() == [10**9, -1, -1, 10**9 + 3 * PERIOD]
    assert np.isnan(columns["exposure_us"]).all()


def test_times_are_those_of_the_camera_and_of_the_host(tmp_path: Path) -> None:
    session = record(tmp_path, ["." * 80])
    camera = load(tmp_path)["camera0"]
    assert camera.timestamps.tolist() == [n * 10.0 for n in range(80)]
    assert camera.timestamps_ns[1] - camera.timestamps_ns[0] == PERIOD
    assert abs(camera.host_ns - (EPOCH + np.arange(80) * PERIOD)).max() < 20_000
    assert (camera.times.astype(np.int64) - camera.host_ns == session.wall_offset_ns).all()


def test_blank_pictures_are_marked_and_have_no_time(tmp_path: Path) -> None:
    record(tmp_path, ["..t."], fill=True)
    camera = load(tmp_path)["camera0"]
    assert camera.blanks.tolist() == [False, False, True, False]
    assert camera.triggers.tolist() == [0, 1, 2, 3]
    assert math.isnan(camera.timestamps[2])
    assert camera.timestamps_ns[2] == camera.host_ns[2] == -1
    assert np.isnat(camera.times[2])
    assert camera.at(2) is not None


def test_segments_are_one_sequence(tmp_path: Path) -> None:
    record(tmp_path, ["." * 3])
    later = rows_of("....", first=3)
    write_sidecar(tmp_path / "camera0_001.csv", later)
    write_video(tmp_path / "camera0_001.raw", later, SERIALS[0])
    with load(tmp_path) as loaded:
        frames = loaded["camera0"].frames
        assert len(frames) == 7
        numbers = [image_of(n, SERIALS[0]) for n in range(7)]
        assert all(np.array_equal(*pair) for pair in zip(frames, numbers, strict=True))
        assert np.array_equal(frames[-1], numbers[6])
        assert np.array_equal(frames[2:5], numbers[2:5])
        assert np.array_equal(frames[0], numbers[0])
        assert loaded["camera0"].find(5) == (tmp_path / "camera0_001.raw", 2)
        for beyond in (7, -8):
            with pytest.raises(IndexError, match="7 pictures"):
                frames[beyond]


def test_a_video_that_is_shorter_than_its_sidecar_says_how_to_mend_it(tmp_path: Path) -> None:
    record(tmp_path, ["...."])
    write_video(tmp_path / "camera0.raw", rows_of(".."), SERIALS[0])
    frames = load(tmp_path)["camera0"].frames
    with pytest.raises(RecordingError, match=r"no picture 3.*llpyspin repair"):
        frames[3]
    with pytest.raises(RecordingError, match="no picture 2"):
        list(frames)
    frames.close()


def test_any_file_of_a_single_recording_opens_it(tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    (tmp_path / "session.json").rename(tmp_path / "camera0.json")
    for name in ("camera0.json", "camera0.csv", "camera0.raw"):
        assert len(load(tmp_path / name)["camera0"].frames) == 3


def test_a_killed_recording_opens_too(tmp_path: Path) -> None:
    record(tmp_path, ["..."], state="recording")
    loaded = load(tmp_path)
    assert loaded.account is None
    assert (loaded["camera0"].host_ns >= EPOCH).all()


def test_a_recording_in_which_nothing_came_is_empty(tmp_path: Path) -> None:
    record(tmp_path, [""], state="recording")
    camera = load(tmp_path)["camera0"]
    assert (len(camera.frames), camera.timestamps.tolist(), camera.number(0)) == (0, [], None)


def test_pandas_gets_all_rows_with_empty_cells(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    record(tmp_path, [".st."])
    frame = load(tmp_path)["camera0"].to_pandas()
    assert frame["trigger"].tolist() == [0, 1, 2, 3]
    assert frame["frame"].isna().tolist() == [False, True, True, False]
    assert frame["camera_timestamp_ns"].dtype == pandas.Int64Dtype()
    assert int(frame["camera_timestamp_ns"].iloc[3]) == 10**9 + 3 * PERIOD
    assert frame["state"].value_counts()["lost"] == 2


def test_without_pandas_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, ["."])
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        load(tmp_path)["camera0"].to_pandas()


def test_importing_the_package_imports_nothing_that_is_not_needed() -> None:
    script = (
        "import sys, llpyspin.recording as r; "
        "print([m for m in sys.modules if m.startswith('llpyspin.recording.') or m == 'av'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = json.loads(done.stdout.replace("'", '"'))
    assert "av" not in loaded
    assert not {"llpyspin.recording.loading", "llpyspin.recording.checking.check"} & set(loaded)


def test_all_public_names_are_there() -> None:
    for name in recording.__all__:
        assert getattr(recording, name) is not None
    assert set(recording.__all__) <= set(dir(recording))
    with pytest.raises(AttributeError, match="nonsense"):
        recording.nonsense  # noqa: B018


def test_a_recording_shows_the_first_picture_of_each_camera_in_jupyter(tmp_path: Path) -> None:
    record(tmp_path, ["tt........", ".........."], fill=True)
    with load(tmp_path) as loaded:
        camera = loaded[next(iter(loaded))]
        html = str(camera._repr_html_())
        assert figure_of(camera.frames[2], repr(camera).strip("<>")) == html
        assert "10 triggers, 10 pictures" in html
        assert str(loaded._repr_html_()).count("<img") == 2
        for path in camera.files:
            path.unlink()
        camera.frames.close()
        assert camera._repr_html_() is None
        assert loaded._repr_html_() is None


def test_a_recording_without_pictures_shows_itself_in_words(tmp_path: Path) -> None:
    record(tmp_path, ["", ""])
    with load(tmp_path) as loaded:
        assert loaded._repr_html_() is None


def test_a_camera_whose_sidecar_was_deleted_does_not_hide_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, ["....", "..."])
    (tmp_path / "camera0.csv").unlink()
    with load(tmp_path) as loaded:
        assert [len(each.frames) for each in loaded.values()] == [0, 3]
        assert loaded["camera1"].at(2) is not None
    assert "camera0.csv is not there" in caplog.text
