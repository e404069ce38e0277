"""Pictures in files: every value as it is, what is refused, and nothing overwritten or left behind."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from llpyspin.errors import MissingExtraError, RecordingError, RecordingExistsError
from llpyspin.frames.imagefile import check_target, write_image
from llpyspin.frames.png import png_file

RANDOM = np.random.default_rng(1)
IMAGES = {
    "mono8": RANDOM.integers(0, 256, (30, 41), np.uint8),
    "mono16": RANDOM.integers(0, 65536, (30, 41), np.uint16),
    "color8": RANDOM.integers(0, 256, (30, 41, 3), np.uint8),
    "color16": RANDOM.integers(0, 65536, (30, 41, 3), np.uint16),
}


def read(path: Path) -> np.ndarray[Any, Any]:
    return cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)


def write(path: Path, image: np.ndarray[Any, Any], *, overwrite: bool = False) -> Path:
    target = check_target(path, overwrite=overwrite)
    write_image(target, image, {"Description": "camera °1"}, overwrite=overwrite)
    return target


@pytest.mark.parametrize("kind", IMAGES)
@pytest.mark.parametrize("suffix", [".png", ".PNG", ".tif", ".tiff"])
def test_every_value_is_in_the_file_as_it_is(tmp_path: Path, kind: str, suffix: str) -> None:
    path = write(tmp_path / f"x{suffix}", IMAGES[kind])
    found = read(path)
    assert found.dtype == IMAGES[kind].dtype
    assert np.array_equal(found, IMAGES[kind])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_views_of_memory_with_gaps_are_written_too(tmp_path: Path) -> None:
    for kind, image in IMAGES.items():
        view = image[::2, ::3]
        view.flags.writeable = False
        assert np.array_equal(read(write(tmp_path / f"{kind}.png", view)), view)


def test_png_says_what_it_shows() -> None:
    data = png_file(IMAGES["mono8"], {"Description": "camera °1, frame 3"})
    assert b"iTXtDescription\0\0\0\0\0camera \xc2\xb01, frame 3" in data
    assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), -1), IMAGES["mono8"])


def test_tiff_says_what_it_shows(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffFile(write(tmp_path / "x.tif", IMAGES["color16"])) as file:
        assert file.pages[0].description == "camera °1"
        assert np.array_equal(file.asarray(), IMAGES["color16"][..., ::-1])  # R, G, B in the file


def test_jpeg_looks_like_the_picture(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(64), np.arange(96)).astype(np.uint8)
    found = read(write(tmp_path / "x.jpg", smooth))
    assert np.abs(found.astype(int) - smooth).max() < 8


def test_jpeg_refuses_more_than_8_bits(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"JPEG has 8 bits.*\.png or \.tif"):
        write(tmp_path / "x.jpg", IMAGES["mono16"])
    assert not list(tmp_path.iterdir())


def test_tiff_is_written_by_opencv_where_tifffile_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)
    for kind, image in IMAGES.items():
        assert np.array_equal(read(write(tmp_path / f"{kind}.tif", image)), image)


@pytest.mark.parametrize(
    ("suffix", "extra"),
    [(".tif", r"TIFF needs tifffile: .*llpyspin\[record\]"), (".jpg", r"OpenCV: .*\[display\]")],
)
def test_missing_packages_are_named_with_their_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=extra):
        write(tmp_path / f"x{suffix}", IMAGES["mono8"])
    assert not list(tmp_path.iterdir())
    assert write(tmp_path / "x.png", IMAGES["mono8"]).exists()  # needs nothing


def test_name_without_a_suffix_gets_one(tmp_path: Path) -> None:
    assert check_target(tmp_path / "mouse", overwrite=False) == tmp_path / "mouse.png"
    assert check_target(str(tmp_path / "mouse"), overwrite=False) == tmp_path / "mouse.png"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x.pgn", r"not \.pgn; did you mean \.png\?"),
        ("x.bmp", r"pictures are \.png, \.tif, \.tiff, \.jpg, \.jpeg, not \.bmp"),
        ("nowhere/x.png", "there is no folder"),
        ("", "that is a folder"),
        ("x\0.png", "null"),
    ],
)
def test_path_that_cannot_be_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(RecordingError, match=said):
        check_target(f"{tmp_path}/{name}", overwrite=False)


@pytest.mark.parametrize("path", [None, b"x.png", 3])
def test_path_that_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(TypeError, match="path of a picture"):
        check_target(path, overwrite=False)


def test_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_text("precious")
    with pytest.raises(RecordingExistsError, match="overwrite=True"):
        write(path, IMAGES["mono8"])
    with pytest.raises(FileExistsError):  # made between the check and the write
        write_image(path, IMAGES["mono8"], {}, overwrite=False)
    assert path.read_text() == "precious"
    write(path, IMAGES["mono16"], overwrite=True)
    assert np.array_equal(read(path), IMAGES["mono16"])
    assert [each.name for each in tmp_path.iterdir()] == ["x.png"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_full_disk_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    path = tmp_path / "x.png"
    if overwrite:
        path.write_text("precious")
    opened = Path.open

    def full(self: Path, *arguments: Any, **options: Any) -> Any:
        file = opened(self, *arguments, **options)

        class Full:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *error: object) -> None:
                file.close()

            def write(self, data: bytes) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

        return Full()

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(RecordingError, match="No space left"):
        write(path, IMAGES["mono8"], overwrite=overwrite)
    monkeypatch.undo()
    assert [each.name for each in tmp_path.iterdir()] == (["x.png"] if overwrite else [])
    assert not overwrite or path.read_text() == "precious"
