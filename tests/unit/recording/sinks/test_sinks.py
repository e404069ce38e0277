"""What goes into a file comes out of it again: every kind of file, every kind of picture."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.errors import MissingExtraError, RecordingError, RecordingExistsError
from llpyspin.recording.sinks import Picture, choose, open_sink, open_video
from llpyspin.recording.sinks.encoders import ENCODERS
from tests.unit.sink_pictures import COLOR, GRAY, OneArray, levels, noise, read, smooth, write

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.recording.sinks import Sink

LOSSLESS = [
    ("raw", ".raw", {}),
    ("tiff", ".tif", {}),
    ("tiff", ".tif", {"compression": "zstd"}),
    ("tiff", ".tiff", {"compression": "lzw", "predictor": True}),
    ("tiff", ".tif", {"compression": "deflate", "level": 3}),
    ("hdf5", ".h5", {}),
    ("hdf5", ".h5", {"compression": "lzf", "shuffle": True}),
    ("hdf5", ".hdf5", {"compression": "gzip", "level": 2}),
    ("ffv1", ".mkv", {}),
    ("ffv1", ".avi", {}),
]
LOSSY = [
    (codec, suffix)
    for codec in ("libx264", "libx265", "libsvtav1", "mjpeg")
    for suffix in (".mkv", ".mp4", ".avi")
    if suffix != ".avi" or codec == "mjpeg"
]
KINDS = [
    Picture(48, 64),
    Picture(48, 64, color=True),
    Picture(33, 31),
    Picture(33, 31, color=True),
    Picture(48, 64, bits=10),
    Picture(33, 31, color=True, bits=12),
    Picture(48, 64, bits=16),
    Picture(48, 64, color=True, bits=16),
    Picture(1, 1),
]


@pytest.mark.parametrize("picture", KINDS, ids=str)
@pytest.mark.parametrize(("codec", "suffix", "options"), LOSSLESS, ids=str)
def test_lossless_files_give_back_every_value(
    tmp_path: Path, codec: str, suffix: str, options: dict[str, object], picture: Picture
) -> None:
    images = noise(picture, 4)
    path = write(tmp_path / f"a{suffix}", picture, images, codec, options=options)
    back = read(path)
    assert len(back) == 4
    for image, original in zip(back, images, strict=True):
        assert image.dtype == original.dtype
        np.testing.assert_array_equal(image, original)


@pytest.mark.parametrize(("codec", "suffix"), LOSSY)
@pytest.mark.parametrize("picture", [Picture(96, 128), Picture(96, 128, color=True)], ids=str)
def test_lossy_files_keep_levels_from_black_to_white(
    tmp_path: Path, codec: str, suffix: str, picture: Picture
) -> None:
    images = levels(picture)
    back = read(write(tmp_path / f"a{suffix}", picture, images, codec))
    assert len(back) == len(images)
    for image, original in zip(back, images, strict=True):
        assert image.shape == original.shape
        error = image.astype(float).mean(axis=(0, 1)) - original.astype(float).mean(axis=(0, 1))
        assert np.abs(error).max() < (2.5 if picture.color else 1), error


@pytest.mark.parametrize(
    ("codec", "bits", "color"),
    [("libx264", 10, False), ("libx264", 10, True), ("libx265", 12, False), ("libx265", 12, True)],
)
def test_lossy_files_of_many_bits_keep_levels(tmp_path: Path, codec: str, bits: int, color: bool) -> None:
    picture = Picture(96, 128, color=color, bits=bits)
    images = levels(picture)
    for image, original in zip(read(write(tmp_path / "a", picture, images, codec)), images, strict=True):
        assert image.dtype == np.uint16
        error = image.astype(float).mean(axis=(0, 1)) - original.astype(float).mean(axis=(0, 1))
        assert np.abs(error).max() < (2.5 if color else 1) * (1 << (bits - 8)), error


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1", "mjpeg"])
@pytest.mark.parametrize(
    "picture",
    [Picture(541, 721), Picture(541, 721, color=True), Picture(33, 31), Picture(33, 31, color=True)],
    ids=str,
)
def test_odd_sizes_are_written_whole(tmp_path: Path, codec: str, picture: Picture) -> None:
    images = smooth(picture, 3)
    back = read(write(tmp_path / "a", picture, images, codec))
    for image, original in zip(back, images, strict=True):
        assert image.shape == original.shape
        # the last row and column are there, not repeated or cut
        assert np.abs(image[-2:].astype(float) - original[-2:]).mean() < 4
        assert np.abs(image[:, -2:].astype(float) - original[:, -2:]).mean() < 4
    assert len(back) == 3


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1"])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("picture", [Picture(48, 64), Picture(47, 64), Picture(48, 63)], ids=str)
def test_gray_has_color_planes_in_mp4_alone(
    tmp_path: Path, codec: str, suffix: str, picture: Picture
) -> None:
    import av

    if (codec, suffix) == ("libsvtav1", ".mov"):
        pytest.skip("AV1 does not go into MOV")
    path = write(tmp_path / f"a{suffix}", picture, levels(picture), codec)
    even = picture.height % 2 == picture.width % 2 == 0
    color = codec == "libsvtav1" or (suffix != ".mkv" and even)
    assert ENCODERS[codec].pixels(picture, suffix) == ("yuv420p" if color else "gray")
    with av.open(path) as container:
        context = container.streams.video[0].codec_context
        assert context.color_range == 2, "full range"
        if codec != "libx264":  # whose gray libav shows with colour planes
            assert str(context.pix_fmt).replace("yuvj", "yuv") == ("yuv420p" if color else "gray")
    for image, original in zip(read(path), levels(picture), strict=True):
        assert np.abs(image.astype(float) - original).mean() < 1.5


@pytest.mark.parametrize(
    ("picture", "pixels"), [(Picture(96, 128), "yuv420p"), (Picture(96, 128, color=True), "yuv444p")], ids=str
)
def test_another_pixel_format_may_be_asked_for(tmp_path: Path, picture: Picture, pixels: str) -> None:
    images = levels(picture)
    options = {"pix_fmt": pixels, "preset": "veryfast", "threads": 1}
    back = read(write(tmp_path / "a", picture, images, "libx264", options=options, quality=10))
    for image, original in zip(back, images, strict=True):
        assert np.abs(image.astype(float) - original).mean() < 1.5


def test_colors_keep_their_order(tmp_path: Path) -> None:
    image = np.zeros(COLOR.shape, np.uint8)
    image[:, :16, 0], image[:, 16:32, 1], image[:, 32:, 2] = 250, 200, 150
    for number, codec in enumerate(("h264", "mjpeg", "ffv1", "tiff", "hdf5", "raw")):
        back = read(write(tmp_path / f"a{number}", COLOR, [image], codec))[0]
        for x, channel in ((8, 0), (24, 1), (48, 2)):
            assert back[24, x].argmax() == channel, codec


def test_a_view_with_gaps_is_written_as_it_looks(tmp_path: Path) -> None:
    big = noise(Picture(100, 200, color=True), 1)[0]
    for number, (codec, picture) in enumerate(
        (codec, picture) for codec in ("ffv1", "raw", "tiff", "hdf5") for picture in (GRAY, COLOR)
    ):
        view = big[10:58, 20:148:2] if picture.color else big[10:58, 20:84, 1]
        np.testing.assert_array_equal(read(write(tmp_path / f"a{number}", picture, [view], codec))[0], view)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1", "ffv1", "mjpeg"])
def test_an_array_may_change_as_soon_as_it_was_written(tmp_path: Path, codec: str) -> None:
    picture = Picture(96, 128, rate=50.0)
    values = [20, 200, 90, 140, 60, 250, 0, 170]
    write(tmp_path / "a.mkv", picture, OneArray(picture, values), codec)
    assert [round(float(image.mean())) for image in read(tmp_path / "a.mkv")] == pytest.approx(values, abs=1)


@pytest.mark.parametrize("codec", ["libx264", "ffv1", "raw", "tiff", "hdf5", "mjpeg"])
def test_arrays_that_must_not_be_written_to_are_only_read(tmp_path: Path, codec: str) -> None:
    image = smooth(GRAY, 1)[0]
    image.flags.writeable = False
    assert len(read(write(tmp_path / "a", GRAY, [image, image, image], codec))) == 3


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1", "mjpeg", "ffv1", "tiff", "hdf5", "raw"])
def test_pictures_are_found_in_any_order(tmp_path: Path, codec: str) -> None:
    picture = Picture(64, 64, rate=10.0)  # a key picture every ten
    images = [np.full(picture.shape, 5 * number, np.uint8) for number in range(45)]
    path = write(tmp_path / "a", picture, images, codec)
    with open_video(path) as video:
        assert len(video) == 45
        order = [44, 0, 7, 8, 8, 30, 29, -1, -45, 12, 13, 31]
        assert [round(float(video[n].mean()) / 5) for n in order] == [n % 45 for n in order]
        with pytest.raises(IndexError):
            video[45]
        with pytest.raises(IndexError):
            video[-46]
        assert [round(float(image.mean()) / 5) for image in video] == list(range(45))
        assert video.rate == pytest.approx(10.0)


@pytest.mark.slow
def test_svt_av1_does_not_hang(tmp_path: Path) -> None:
    picture = Picture(64, 64, rate=10.0)
    images = [np.full(picture.shape, 5 * number, np.uint8) for number in range(45)]
    for number in range(40):  # in low delay, one of ten hung
        assert len(read(write(tmp_path / f"{number}", picture, images, "libsvtav1"))) == 45


@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_pictures_are_found_where_several_share_a_millisecond(tmp_path: Path, codec: str) -> None:
    picture = Picture(64, 64, rate=4000.0)  # Matroska counts milliseconds
    images = [np.full(picture.shape, 5 * number, np.uint8) for number in range(45)]
    with open_video(write(tmp_path / "a", picture, images, codec)) as video:
        assert [round(float(video[n].mean()) / 5) for n in (44, 3, 4, 0, 21, 20)] == [44, 3, 4, 0, 21, 20]


def test_undecodable_picture_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    picture = Picture(64, 64, rate=10.0)
    path = write(tmp_path / "a.avi", picture, noise(picture, 9), "ffv1")
    content = bytearray(path.read_bytes())
    start = content.index(b"00dc", len(content) // 2) + 8
    content[start : start + 40] = bytes(40)
    path.write_bytes(content)
    read_well = 0
    with open_video(path) as video:
        for number in range(9):
            try:
                read_well += bool((video[number] == noise(picture, 9)[number]).all())
            except RecordingError as error:
                assert "cannot be decoded" in str(error)
    assert read_well == 8


@pytest.mark.parametrize(
    "name", ["a.mkv", "b.mp4", "c.avi", "d.tif", "e.h5", "f.raw", "g.mov"], ids=lambda name: name[2:]
)
def test_tags_and_kind_of_picture_are_in_the_file(tmp_path: Path, name: str) -> None:
    tags = {"llpyspin_virtual": "yes", "serial": "12345678", "note": "Straße, 100 %"}
    path = write(tmp_path / name, COLOR, smooth(COLOR, 2), tags=tags)
    with open_video(path) as video:
        assert video.tags == tags
        assert video.bits == 8
        assert video[1].shape == COLOR.shape


def test_other_programs_see_that_a_video_is_of_virtual_cameras(tmp_path: Path) -> None:
    import av

    for suffix in (".mkv", ".mp4"):
        path = write(tmp_path / f"a{suffix}", GRAY, smooth(GRAY, 2), tags={"llpyspin_virtual": "yes"})
        with av.open(str(path)) as container:
            metadata = {name.lower(): value for name, value in container.metadata.items()}
        assert metadata["llpyspin_virtual"] == "yes"


def test_the_default_loses_little_for_8_bits_and_nothing_for_more() -> None:
    assert choose(None, GRAY).codec in ("libx264", "h264_nvenc", "h264_qsv", "h264_amf", "h264_vaapi")
    assert choose(None, GRAY).suffix == ".mkv"
    assert choose(None, Picture(48, 64, bits=12)).codec == "ffv1"
    assert [choose(None, GRAY, suffix).codec for suffix in (".avi", ".TIFF", ".h5", ".raw")] == [
        "mjpeg",
        "tiff",
        "hdf5",
        "raw",
    ]


def test_hardware_is_tried_first_and_what_failed_is_told() -> None:
    choice = choose("h264", GRAY)
    order = ["h264_nvenc", "h264_qsv", "h264_amf", "h264_vaapi", "libx264"]
    assert [note.split(":")[0] for note in choice.notes] == order[: order.index(choice.codec)]
    assert all(len(note) > len(note.split(":")[0]) + 5 for note in choice.notes)


@pytest.mark.parametrize(
    ("codec", "picture", "suffix", "text"),
    [
        ("h264", Picture(48, 64, bits=16), None, "16 bit"),
        ("mjpeg", Picture(48, 64, bits=10), None, "10 bits"),
        ("tiff", GRAY, ".mkv", r"\.tif"),
        ("h264", GRAY, ".tif", r"\.mkv"),
        ("divx", GRAY, None, "libx264"),
    ],
)
def test_what_cannot_be_is_refused_before_a_file_is_made(
    codec: str, picture: Picture, suffix: str | None, text: str
) -> None:
    with pytest.raises(RecordingError, match=text):
        choose(codec, picture, suffix)


@pytest.mark.parametrize("bad", [{"height": 0}, {"width": 70000}, {"bits": 7}, {"bits": 17}, {"rate": 0.0}])
def test_pictures_that_cannot_be_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(RecordingError):
        Picture(**{"height": 4, "width": 4, **bad})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codec", "more", "text"),
    [
        ("libx264", {"quality": 99}, "0 .best. to 51"),
        ("libx264", {"quality": 18.5}, "whole number"),
        ("libx264", {"options": {"presett": "fast"}}, "presett"),
        ("libx264", {"options": {"preset": "warp"}}, "libx264"),
        ("libx264", {"options": {"pix_fmt": "rgb24"}}, "rgb24"),
        ("libx264", {"options": {"pix_fmt": "purple"}}, "purple"),
        ("libx264", {"options": {"threads": "many"}}, "many"),
        ("ffv1", {"quality": 3}, "lossless"),
        ("raw", {"quality": 3}, "lossless"),
        ("raw", {"options": {"x": 1}}, "x"),
        ("tiff", {"options": {"compression": "rar"}}, "zstd"),
        ("tiff", {"options": {"level": 3}}, "level"),
        ("tiff", {"options": {"colour": 3}}, "colour"),
        ("hdf5", {"options": {"compression": "rar"}}, "gzip"),
        ("hdf5", {"options": {"compression": "gzip", "level": 11}}, "started"),
        ("raw", {"tags": {"a": "b" * 5000}}, "4096"),
    ],
)
def test_bad_options_are_refused_and_leave_no_file(
    tmp_path: Path, codec: str, more: dict[str, object], text: str
) -> None:
    choice = choose(codec, GRAY)
    with pytest.raises(RecordingError, match=text):
        open_sink(tmp_path / f"a{choice.suffix}", GRAY, choice, **more)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".avi"])
@pytest.mark.parametrize("pictures", [0, 1])
def test_video_is_closed_before_its_first_picture(tmp_path: Path, suffix: str, pictures: int) -> None:
    path = tmp_path / f"a{suffix}"
    sink = open_sink(path, GRAY, choose("libx264", GRAY, suffix))
    for image in smooth(GRAY, pictures):
        sink.write(image)
    sink.close()
    assert sink.flush() == pictures
    try:
        assert len(read(path)) == pictures
    except RecordingError:
        assert pictures == 0


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".avi"])
def test_unknown_option_is_refused_in_each_container(tmp_path: Path, suffix: str) -> None:
    choice = choose("libx264", GRAY, suffix)
    with pytest.raises(RecordingError, match="presett"):
        open_sink(tmp_path / f"a{suffix}", GRAY, choice, options={"presett": "fast"})
    with pytest.raises(RecordingError, match="presett"):
        choose("libx264", GRAY, suffix, options={"presett": "fast"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", ["libx264", "raw", "tiff", "hdf5"])
def test_a_file_that_exists_stays_unless_told_otherwise(tmp_path: Path, codec: str) -> None:
    choice = choose(codec, GRAY)
    path = tmp_path / f"a{choice.suffix}"
    path.write_bytes(b"precious")
    with pytest.raises(RecordingExistsError, match="overwrite"):
        open_sink(path, GRAY, choice)
    with pytest.raises(RecordingError):
        open_sink(path, GRAY, choice, overwrite=True, options={"nonsense": 1})
    assert path.read_bytes() == b"precious" and list(tmp_path.iterdir()) == [path]
    write(path, GRAY, smooth(GRAY, 2), codec, overwrite=True)
    assert len(read(path)) == 2 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("codec", ["libx264", "raw", "tiff", "hdf5"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, codec: str) -> None:
    choice = choose(codec, GRAY)
    with pytest.raises(RecordingError, match="nowhere"):
        open_sink(tmp_path / "nowhere" / f"a{choice.suffix}", GRAY, choice)


def test_pictures_of_another_kind_are_refused_and_the_file_goes_on(tmp_path: Path) -> None:
    sink = open_sink(tmp_path / "a.raw", GRAY, choose("raw", GRAY))
    for wrong in (
        np.zeros((48, 65), np.uint8),
        np.zeros((48, 64), np.uint16),
        np.zeros((48, 64, 3), np.uint8),
    ):
        with pytest.raises(RecordingError, match="takes pictures of"):
            sink.write(wrong)
    sink.write(np.zeros((48, 64), np.uint8))
    assert sink.frames == 1
    sink.close()
    sink.close()
    with pytest.raises(RecordingError, match="closed"):
        sink.write(np.zeros((48, 64), np.uint8))


@pytest.mark.parametrize("codec", ["ffv1", "libx265"])
def test_values_beyond_the_bits_are_refused(tmp_path: Path, codec: str) -> None:
    picture = Picture(64, 64, bits=12)
    sink = open_sink(tmp_path / "a.mkv", picture, choose(codec, picture, ".mkv"))
    sink.write(np.full(picture.shape, 4095, np.uint16))
    with pytest.raises(RecordingError, match="4096"):
        sink.write(np.full(picture.shape, 4096, np.uint16))
    sink.close()
    assert len(read(tmp_path / "a.mkv")) == 1


def test_quality_does_not_depend_on_the_declared_rate(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    grain = [random.normal(0, 3, (96, 128)) for _ in range(12)]
    images = [
        (image + g).clip(0, 255).astype(np.uint8)
        for image, g in zip(smooth(Picture(96, 128), 12), grain, strict=True)
    ]
    sizes = [
        write(tmp_path / f"a{rate:.0f}", Picture(96, 128, rate=rate), images, "libx264").stat().st_size
        for rate in (30.0, 226.0)
    ]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.02)


def test_other_videos_are_read_as_they_look(tmp_path: Path) -> None:
    import av

    for gray in (True, False):
        path = tmp_path / f"{gray}.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            image = np.full((48, 64, 3), (128, 128, 128) if gray else (30, 60, 200), np.uint8)
            for _ in range(3):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
            container.mux(stream.encode(None))
        with open_video(path) as video:
            assert len(video) == 3 and video.tags == {} and video.bits is None
            assert video[1].shape == ((48, 64) if gray else (48, 64, 3))
            np.testing.assert_allclose(video[1], image[..., 0] if gray else image, atol=3)
        with open_video(path, color=True) as video:
            assert video[0].shape == (48, 64, 3)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mkv").write_text("not a video at all, only words")
    (tmp_path / "empty.mkv").touch()
    (tmp_path / "torn.raw").write_bytes(b"llpyspin raw 1\n{")
    for name in ("text.mkv", "empty.mkv", "torn.raw", "absent.mkv"):
        with pytest.raises(RecordingError, match=name):
            open_video(tmp_path / name)


def test_no_library_of_a_format_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, llpyspin.recording.sinks\n"
        "names = 'av', 'cv2', 'tifffile', 'h5py', 'skvideo', 'PySpin'\n"
        "print([name for name in names if name in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(("codec", "module"), [("h264", "av"), ("tiff", "tifffile"), ("hdf5", "h5py")])
def test_a_missing_library_is_named_with_the_extra_that_has_it(
    monkeypatch: pytest.MonkeyPatch, codec: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"llpyspin\[record\]"):
        choose(codec, Picture(50, 62))


def test_of_many_that_want_a_path_at_once_one_gets_it(tmp_path: Path) -> None:
    choice, path = choose("raw", GRAY), tmp_path / "a.raw"
    start = threading.Barrier(8)

    def begin(_: int) -> Sink | None:
        start.wait(10)
        try:
            return open_sink(path, GRAY, choice)
        except RecordingExistsError:
            return None

    with ThreadPoolExecutor(8) as pool:
        sinks = [sink for sink in pool.map(begin, range(8)) if sink is not None]
    assert len(sinks) == 1
    sinks[0].close()
