"""What outlives a writer that is killed, or a disk that is full: as much as the sink said, and it plays."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from llpyspin.errors import RecordingError
from llpyspin.recording.sinks import Picture, choose, mend, open_sink, open_video
from llpyspin.recording.sinks.hybrid import boxes
from tests.unit.sink_pictures import noise, read, smooth, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PICTURE = Picture(120, 160, rate=226.0)
KINDS = [
    ("libx264", ".mkv"),
    ("libx264", ".mp4"),
    ("libx265", ".mov"),
    ("libsvtav1", ".mp4"),
    ("ffv1", ".mkv"),
    ("mjpeg", ".avi"),
    ("libsvtav1", ".mkv"),
    ("tiff", ".tif"),
    ("tiff zstd", ".tif"),
    ("hdf5", ".h5"),
    ("hdf5 lzf", ".h5"),
    ("raw", ".raw"),
]

CHILD = """
import os, signal, sys
from pathlib import Path
from llpyspin.recording.sinks import choose, open_sink
from tests.unit.sink_pictures import numbered
from tests.unit.recording.sinks.test_killed import PICTURE, options_of
codec, path, count, flush_every = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
sink = open_sink(path, PICTURE, choose(codec.split()[0], PICTURE, path.suffix), options=options_of(codec))
safe = 0
for number in range(count):
    sink.write(numbered(PICTURE, number))
    if number % flush_every == 0:
        safe = sink.flush()
        print(safe, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def options_of(codec: str) -> dict[str, str]:
    return {"compression": codec.split()[1]} if " " in codec else {}


def killed(codec: str, path: Path, count: int = 150, flush_every: int = 10) -> int:
    """Write and die; how many pictures the sink had said are safe."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, codec, str(path), str(count), str(flush_every)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    return int(child.stdout.split()[-1])


@pytest.mark.parametrize(("codec", "suffix"), KINDS, ids=lambda value: value)
def test_a_killed_writer_leaves_what_flush_promised_and_mending_keeps_it(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    safe = killed(codec, path)
    with open_video(path) as video:
        count = len(video)
        assert safe <= count <= 150
        behind = 16 if codec == "libsvtav1" else 8  # SVT-AV1 keeps 11 pictures back
        assert safe >= 141 - behind, "what is on disk lags behind by more than some pictures"
        assert [number_in(image) for image in video] == list(range(count))
        for number in (count - 1, 0, count // 2):
            assert number_in(video[number]) == number
    mended = mend(path)
    assert mended.frames == count
    assert [number_in(image) for image in read(path)] == list(range(count))
    again, content = mend(path), path.read_bytes()
    assert not again.changed and again.frames == count and path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("codec", "suffix"), KINDS, ids=lambda value: value)
def test_killed_writer_leaves_all_flushed_pictures(tmp_path: Path, codec: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    command = [sys.executable, "-c", CHILD, codec, str(path), "100000", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in iter(child.stdout.readline, ""):  # without reading ahead
            if int(line) > 60:
                child.kill()
                break
        safe = max(61, *(int(line) for line in child.stdout.read().split("\n")[:-1] or ["0"]))
    with open_video(path) as video:
        assert len(video) >= safe
        assert [number_in(image) for image in video] == [number % 256 for number in range(len(video))]


def number_in(image: np.ndarray) -> int:  # type: ignore[type-arg]
    bits = image[:16, :128].reshape(16, 8, 16).mean(axis=(0, 2)) > 128
    return int(sum(int(bit) << place for place, bit in enumerate(bits)))


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("libx264", ".mkv"),
        ("libx264", ".mp4"),
        ("mjpeg", ".avi"),
        ("ffv1", ".mkv"),
        ("tiff", ".tif"),
        ("raw", ".raw"),
    ],
    ids=lambda value: value,
)
def test_a_file_cut_off_anywhere_counts_only_whole_pictures(tmp_path: Path, codec: str, suffix: str) -> None:
    from tests.unit.sink_pictures import numbered

    whole = write(tmp_path / f"whole{suffix}", PICTURE, [numbered(PICTURE, n) for n in range(12)], codec)
    content = whole.read_bytes()
    counts = []
    for cut in np.linspace(len(content) // 3, len(content), 25).astype(int):
        path = tmp_path / f"cut{suffix}"
        path.write_bytes(content[:cut])
        numbers = [number_in(image) for image in read(path)]
        assert numbers == list(range(len(numbers)))
        counts.append(len(numbers))
        assert mend(path).frames == len(numbers)
        assert [number_in(image) for image in read(path)] == numbers
    assert counts == sorted(counts) and counts[0] >= 1 and counts[-1] == 12


HYBRID = [
    *(("libx264", ".mp4"), ("libx264", ".mov"), ("libx265", ".mp4"), ("libsvtav1", ".mp4")),
    *(("mjpeg", ".mp4"), ("mjpeg", ".mov"), ("ffv1", ".mp4")),
]


@pytest.mark.parametrize(("codec", "suffix"), HYBRID)
def test_mp4_closed_in_order_is_regular_and_has_its_count_in_the_header(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    path = write(tmp_path / f"a{suffix}", PICTURE, noise(PICTURE, 30), codec)
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 30
    kinds = [kind for kind, _ in boxes(path)]
    assert kinds.count(b"moov") == 1 and b"moof" not in kinds
    assert boxes(path)[-1] == (b"moov", path.stat().st_size)
    assert not mend(path).changed


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_mp4_that_lost_its_index_after_it_was_closed_is_read_and_mended(
    tmp_path: Path, suffix: str, large: bool
) -> None:
    from tests.unit.sink_pictures import numbered

    path = write(tmp_path / f"a{suffix}", PICTURE, [numbered(PICTURE, n) for n in range(12)], "libx264")
    content = bytearray(path.read_bytes()[: boxes(path)[-2][1]])
    if large:  # as of a file of more than 4 GiB
        at = content.index(b"mdat") - 4
        assert content[at - 8 : at] in (b"\0\0\0\x08free", b"\0\0\0\x08wide")
        content[at - 8 : at + 8] = b"\0\0\0\1mdat" + (len(content) - at + 8).to_bytes(8, "big")
    path.write_bytes(content)
    assert boxes(path)[-1] == (b"mdat", len(content))
    assert [number_in(image) for image in read(path)] == list(range(12))
    assert mend(path).changed
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 12
    assert [number_in(image) for image in read(path)] == list(range(12))


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"\0\0\0\x08mdat", b"\0\0\0\x08free" * 9, b"\xff" * 99]
)
def test_mp4_without_anything_whole_is_an_error(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    for look in (open_video, mend):
        with pytest.raises(RecordingError, match=f"a{suffix}"):
            look(path)
    assert path.read_bytes() == content


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this system does not let us mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_disk_full_at_the_index_of_mp4_keeps_every_picture(small_disk: Path, suffix: str) -> None:
    tiny = Picture(16, 16, rate=100.0)
    path = small_disk / f"a{suffix}"
    sink = open_sink(path, tiny, choose("mjpeg", tiny, suffix))
    for _ in range(700):
        sink.write(np.zeros(tiny.shape, np.uint8))
    sink.flush()
    with (small_disk / "full").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(1024)):
            pass
    with pytest.raises(RecordingError, match="No space left"):
        sink.close()
    (small_disk / "full").unlink()
    assert len(read(path)) >= sink.flush() >= 699
    mended = mend(path)
    assert mended.changed and mended.frames >= 699


@pytest.mark.parametrize(("codec", "suffix"), KINDS, ids=lambda value: value)
def test_a_full_disk_is_an_error_that_says_what_the_file_has(
    small_disk: Path, codec: str, suffix: str
) -> None:
    path = small_disk / f"a{suffix}"
    sink = open_sink(path, PICTURE, choose(codec.split()[0], PICTURE, suffix), options=options_of(codec))
    images = noise(PICTURE, 20)
    with pytest.raises(RecordingError, match="No space left") as caught:
        for number in range(1000):
            sink.write(images[number % 20])
            sink.flush()
    assert str(path) in str(caught.value)
    safe = sink.flush()
    assert f"the file has the {safe} before" in str(caught.value)
    with pytest.raises(RecordingError, match="No space left"):
        sink.write(images[0])
    sink.close()
    with open_video(path) as video:
        assert len(video) >= safe > 10
        back = list(video)
    if codec.split()[0] in ("ffv1", "tiff", "hdf5", "raw"):
        for number, image in enumerate(back):
            np.testing.assert_array_equal(image, images[number % 20])


def test_mending_without_space_leaves_the_file_as_it_was(small_disk: Path, tmp_path: Path) -> None:
    killed("ffv1", tmp_path / "a.mkv")
    content = (tmp_path / "a.mkv").read_bytes()
    path = small_disk / "a.mkv"
    path.write_bytes(content)
    (small_disk / "filler").write_bytes(bytes(max(0, 2_000_000 - len(content) - len(content) // 2)))
    with pytest.raises(RecordingError, match="unchanged"):
        mend(path)
    assert path.read_bytes() == content
    assert sorted(each.name for each in small_disk.iterdir()) == ["a.mkv", "filler"]


def test_whole_files_need_no_mending(tmp_path: Path) -> None:
    for codec, suffix in KINDS:
        path = write(
            tmp_path / f"{codec.replace(' ', '')}{suffix}", PICTURE, smooth(PICTURE, 3), codec.split()[0]
        )
        content = path.read_bytes()
        mended = mend(path)
        assert (mended.frames, mended.changed) == (3, False), codec
        assert path.read_bytes() == content
