"""What can be replayed, as it is read: recordings, videos, folders of pictures; and what cannot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import MissingExtraError, RecordingError
from llpyspin.recording.columns import columns_of
from llpyspin.recording.replayable import open_footage
from llpyspin.recording.replayable.ofsession import shots_of
from llpyspin.recording.replayable.probing import Kind, formats_for
from llpyspin.recording.rows import Row
from llpyspin.recording.sinks import Picture, choose, open_sink
from llpyspin.recording.tree import read_json, write_json
from llpyspin.virtual.footage import DAMAGED, LOST, SENT, UNEXPOSED
from tests.unit.recordings import PICTURE, SERIALS, record, write_video

if TYPE_CHECKING:
    from pathlib import Path

cv2: Any = pytest.importorskip("cv2")


def change(folder: Path, **fields: Any) -> None:
    """Change what a session says of its first camera."""
    path = folder / "session.json"
    tree = read_json(path)
    tree["cameras"][0].update(fields)
    write_json(path, tree)


def write_pictures(folder: Path, images: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    for name, image in images.items():
        assert cv2.imwrite(str(folder / name), image)


def test_session_has_its_cameras_with_models_regions_and_rates(tmp_path: Path) -> None:
    record(tmp_path, ["...", "..s"])
    change(
        tmp_path,
        model="Blackfly S BFS-PGE-16S2M",
        interface="GigE",
        settings={"roi": [8, 16, 48, 64], "pixel_format": "Mono8"},
        armed={"period_ns": 8_000_000},
    )
    found = open_footage(str(tmp_path))
    first, second = found.cameras
    assert [camera.serial for camera in found.cameras] == list(SERIALS[:2])
    assert (first.model, first.interface, first.name) == ("Blackfly S BFS-PGE-16S2M", "GigE", "camera0")
    assert first.geometry == (first.geometry.__class__)(64, 48, ("Mono8",), 16, 8, 125.0)
    assert second.geometry.rate == PICTURE.rate
    reel = second.open()
    assert list(reel.shots["fate"]) == [SENT, SENT, UNEXPOSED]
    assert np.array_equal(reel.pictures[1].shape, (48, 64))
    reel.pictures.close()


@pytest.mark.parametrize("name", ["camera0.raw", "camera0.csv", "session.json"])
def test_recording_is_found_by_any_of_its_files(name: str, tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    assert [camera.serial for camera in open_footage(str(tmp_path / name)).cameras] == [SERIALS[0]]


def test_drift_of_a_clock_is_replayed_if_it_is_certain(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30])
    tree = read_json(tmp_path / "session.json")
    clock = tree["account"]["cameras"][0]["clock"]
    assert isinstance(clock, dict)
    clock |= {"drift_ppm": 12.5, "drift_error_ppm": 0.5}
    write_json(tmp_path / "session.json", tree)
    assert open_footage(str(tmp_path)).cameras[0].clock_ppm == -12.5
    clock["drift_error_ppm"] = 20.0
    write_json(tmp_path / "session.json", tree)
    assert open_footage(str(tmp_path)).cameras[0].clock_ppm == 0.0


def test_recording_that_is_not_complete_is_refused_with_the_repair(tmp_path: Path) -> None:
    record(tmp_path, ["..."], state="recording")
    with pytest.raises(RecordingError, match=r"still being recorded, or was killed.*llpyspin repair"):
        open_footage(str(tmp_path))


def test_session_without_pictures_is_refused(tmp_path: Path) -> None:
    record(tmp_path, ["ttt"])
    with pytest.raises(RecordingError, match="has no pictures"):
        open_footage(str(tmp_path))
    tree = read_json(tmp_path / "session.json")
    tree["cameras"] = []
    write_json(tmp_path / "session.json", tree)
    with pytest.raises(RecordingError, match="has no camera"):
        open_footage(str(tmp_path))


def test_damaged_session_is_refused(tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    (tmp_path / "camera0.raw").write_bytes(b"llpyspin raw 1\n{}")
    with pytest.raises(RecordingError, match="is not a raw recording"):
        open_footage(str(tmp_path))
    change(tmp_path, serial="../etc")
    with pytest.raises(RecordingError, match="serial number"):
        open_footage(str(tmp_path))
    (tmp_path / "session.json").write_text("{")
    with pytest.raises(RecordingError):
        open_footage(str(tmp_path))


def test_triggers_without_a_row_count_as_missed() -> None:
    rows = [
        Row(0, 3, "written", "", 0, 100, 1),
        Row(1, 4, "incomplete", "", 1, 200, 2),
        Row(None, 5, "lost", "sensor"),
        Row(2, 6, "lost", "transport", 2),
        Row(None, 8, "lost", "ring", 3, 600, 3),
        Row(None, 9, "written", "", 4, 700, 4),
        Row(3, 10, "written", "", 5, 800, 5, 250.0, 1.5, 3),
    ]
    shots = shots_of(columns_of(rows), 2)
    assert list(shots["fate"]) == [UNEXPOSED, SENT, DAMAGED, UNEXPOSED, LOST, UNEXPOSED, LOST, LOST, SENT]
    assert list(shots["end_ns"]) == [-1, 100, 200, -1, -1, -1, 600, 700, 800]
    assert list(shots["picture"])[:3] == [-1, 0, 1]
    assert shots["picture"][-1] == 3
    assert (shots["exposure_us"][-1], shots["gain_db"][-1], shots["line_status"][-1]) == (250.0, 1.5, 3)


def test_rows_that_make_no_sense_are_refused() -> None:
    with pytest.raises(RecordingError, match="no rows"):
        shots_of(columns_of([]), 0)
    with pytest.raises(RecordingError, match="do not rise"):
        shots_of(columns_of([Row(0, 2, "written"), Row(1, 1, "written")]), 0)
    with pytest.raises(RecordingError, match="2 rows of 4000000001 triggers"):
        shots_of(columns_of([Row(0, 0, "written"), Row(1, 4 * 10**9, "written")]), 0)


@pytest.mark.parametrize(
    ("kind", "recorded", "formats"),
    [
        (Kind(48, 64, False, 8), "Mono8", ("Mono8",)),
        (Kind(48, 64, False, 8), "BayerRG8", ("Mono8",)),
        (Kind(48, 64, True, 8), "BayerRG8", ("BGR8",)),
        (Kind(48, 64, True, 12), "BayerRG12p", ("BGR16",)),
        (Kind(48, 64, False, 12), "Mono12p", ("Mono12p", "Mono16")),
        (Kind(48, 63, False, 12), "Mono12p", ("Mono16",)),
        (Kind(48, 64, False, 12), "Mono10p", ("Mono16",)),
        (Kind(48, 64, False, 16), "Mono16", ("Mono16",)),
        (Kind(48, 64, False, 16), "nonsense", ("Mono16",)),
    ],
)
def test_pixel_formats_hold_the_pictures_without_loss(
    kind: Kind, recorded: str, formats: tuple[str, ...]
) -> None:
    assert formats_for(kind, recorded, "it") == formats


@pytest.mark.parametrize(("codec", "suffix"), [("raw", ".raw"), ("h264", ".mp4"), ("ffv1", ".mkv")])
def test_video_without_rows_is_one_camera_at_an_even_rate(codec: str, suffix: str, tmp_path: Path) -> None:
    rows = [Row(number, number, "written", "", number) for number in range(5)]
    write_video(tmp_path / f"clip{suffix}", rows, "1", codec=codec)
    (camera,) = open_footage(str(tmp_path / f"clip{suffix}")).cameras
    assert (camera.name, camera.geometry.rate, camera.color) == ("clip", 100.0, False)
    reel = camera.open()
    assert list(np.diff(reel.shots["end_ns"])) == [10_000_000] * 4
    assert reel.pictures[4].shape == (48, 64)
    reel.pictures.close()
    assert open_footage(str(tmp_path / f"clip{suffix}"), 50).cameras[0].geometry.rate == 50.0


def test_video_in_colour_is_a_colour_camera(tmp_path: Path) -> None:
    picture = Picture(48, 64, color=True, rate=20.0)
    choice = choose("ffv1", picture, ".mkv")
    sink = open_sink(tmp_path / "clip.mkv", picture, choice, tags={}, overwrite=False)
    sink.write(np.zeros(picture.shape, np.uint8))
    sink.close()
    (camera,) = open_footage(str(tmp_path / "clip.mkv")).cameras
    assert (camera.color, camera.geometry.formats) == (True, ("BGR8",))


def test_pictures_of_a_folder_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    images = {f"im{number}.png": np.full((20, 33), number, np.uint8) for number in (10, 2, 1)}
    write_pictures(tmp_path / "frames", images)
    (tmp_path / "frames" / "notes.txt").write_text("no picture")
    (camera,) = open_footage(str(tmp_path / "frames"), 100).cameras
    assert (camera.geometry.width, camera.geometry.height, camera.geometry.rate) == (33, 20, 100.0)
    reel = camera.open()
    assert [int(reel.pictures[index][0, 0]) for index in range(3)] == [1, 2, 10]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("a.png", np.arange(600, dtype=np.uint8).reshape(20, 30)),
        ("a.png", np.arange(600, dtype=np.uint16).reshape(20, 30) * 100),
        ("a.png", np.arange(1800, dtype=np.uint8).reshape(20, 30, 3)),
        ("a.bmp", np.arange(1800, dtype=np.uint8).reshape(20, 30, 3)),
        ("a.tif", np.arange(600, dtype=np.uint16).reshape(20, 30)),
        ("a.png", np.arange(1800, dtype=np.uint16).reshape(20, 30, 3) * 36),
        ("a.tif", np.arange(1800, dtype=np.uint16).reshape(20, 30, 3) * 36),
        ("a.ppm", np.arange(1800, dtype=np.uint16).reshape(20, 30, 3) * 36),
        ("a.pgm", np.arange(600, dtype=np.uint8).reshape(20, 30)),
    ],
)
def test_pictures_are_read_as_they_are(name: str, image: Any, tmp_path: Path) -> None:
    write_pictures(tmp_path / "frames", {name: image})
    (camera,) = open_footage(str(tmp_path / "frames")).cameras
    read = camera.open().pictures[0]
    assert read.dtype == image.dtype
    assert np.array_equal(read, image)


def test_pictures_of_floating_point_numbers_are_refused(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    (tmp_path / "frames").mkdir()
    tifffile.imwrite(tmp_path / "frames" / "a.tif", np.full((20, 30), 0.5, np.float32))
    with pytest.raises(
        RecordingError, match=r"a\.tif .*(floating-point|cannot be read as a picture|no picture)"
    ):
        open_footage(str(tmp_path / "frames"))


def write_foreign(path: Path, pixels: str, levels: list[int], codec: str = "ffv1") -> None:
    """A video of another program: a frame of each level, in a pixel format of FFmpeg."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for level in levels:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), level, np.uint16), format="gray16le")
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("pixels", ["yuv420p10le", "gbrp16le", "gray16le"])
def test_gray_video_of_more_than_8_bits_keeps_them(pixels: str, tmp_path: Path) -> None:
    levels = [30_000, 30_100, 30_200]
    write_foreign(tmp_path / "clip.mkv", pixels, levels)
    (camera,) = open_footage(str(tmp_path / "clip.mkv")).cameras
    reel = camera.open()
    pictures = [reel.pictures[index] for index in range(3)]
    reel.pictures.close()
    assert {picture.dtype for picture in pictures} == {np.dtype(np.uint16)}
    seen = [int(picture.reshape(-1, picture.shape[-1])[0, 0]) for picture in pictures]
    assert len(set(seen)) == 3  # 8 bits would show one level


def test_pictures_of_different_sizes_are_refused_by_name(tmp_path: Path) -> None:
    write_pictures(
        tmp_path / "frames", {"1.png": np.zeros((20, 30), np.uint8), "2.png": np.zeros((24, 32), np.uint8)}
    )
    (camera,) = open_footage(str(tmp_path / "frames")).cameras
    with pytest.raises(RecordingError, match=r"2\.png has 32 x 24 pixels, but 1\.png has 30 x 20"):
        camera.open()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_picture_that_ends_early_is_refused_by_name(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (20, 30), np.uint8)
    write_pictures(tmp_path / "frames", {f"{number}.png": noise for number in (1, 2, 3)})
    cut_short(tmp_path / "frames" / "2.png")
    (camera,) = open_footage(str(tmp_path / "frames")).cameras
    pictures = camera.open().pictures
    assert np.array_equal(pictures[0], pictures[2])
    with pytest.raises(RecordingError, match=r"2\.png (cannot be read as a picture|has no picture)"):
        pictures[1]
    cut_short(tmp_path / "frames" / "1.png")
    with pytest.raises(RecordingError, match=r"1\.png (cannot be read as a picture|has no picture)"):
        open_footage(str(tmp_path / "frames"))


def test_folders_and_files_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    for what, said in (
        ("", "neither a recording .session.json. nor pictures"),
        ("nothing", "does not exist"),
        ("empty.mkv", "has no pictures|is empty"),
        ("text.mkv", "has no pictures|cannot be read"),
        ("text.png", "cannot be read as a picture"),
    ):
        path = tmp_path / what
        if what.endswith((".mkv", ".png")):
            path.write_text("" if what == "empty.mkv" else "no video at all " * 100)
            if what == "text.png":
                path = path.rename(tmp_path / "alone.png")
        with pytest.raises(RecordingError, match=said):
            open_footage(str(path))


def test_missing_pyav_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_pictures(tmp_path / "frames", {"1.png": np.zeros((20, 30), np.uint8)})
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"replaying pictures needs av: pip install 'llpyspin\[rec"):
        open_footage(str(tmp_path / "frames"))
