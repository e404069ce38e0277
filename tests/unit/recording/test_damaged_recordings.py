"""Recordings that others give us: whatever is in them, results or errors of this package come of them."""

from __future__ import annotations

import json
import os
import shutil
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from llpyspin.cli import main
from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.frames import Layout
from llpyspin.recording.checking.check import check
from llpyspin.recording.foreign import is_plain_name
from llpyspin.recording.loading import load
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.mending.unspilling import rows_of_spill
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import mend, open_video
from llpyspin.recording.writing.spill import Spill
from tests.unit.recordings import PICTURE, SERIALS, image_of, record, rows_of, write_ahead, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYOUT = Layout("Mono8", PICTURE.width, PICTURE.height, PICTURE.width, PICTURE.width * PICTURE.height)
MOST_MEMORY = 400 << 20


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def change(folder: Path, **values: Any) -> None:
    path = folder / "session.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def use(folder: Path) -> None:
    """All that people do with a recording; only errors of this package may come out."""
    for act in (check, _load_all, lambda path: repair(path, dry_run=True), repair, check, _load_all):
        try:
            act(folder)
        except LlpyspinError:
            continue


def _load_all(folder: Path) -> None:
    with load(folder) as loaded:
        for recording in loaded.values():
            assert len(recording.triggers) == len(recording.frames)
            str(recording.times), recording.timestamps, recording.host_ns
            for number in range(min(3, len(recording.frames))):
                recording.frames[number]


@pytest.fixture(
    scope="module", params=[("raw", ".raw"), ("mjpeg", ".mkv"), ("tiff", ".tif"), ("hdf5", ".h5")]
)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small killed recording with all kinds of files; not to be changed."""
    codec, suffix = request.param
    folder = tmp_path_factory.mktemp(codec)
    record(folder, ["." * 8, "..t...w."], suffix=suffix, codec=codec, state="recording")
    write_ahead(folder / "camera0.csv", read_sidecar(folder / "camera0.csv")[-2:])
    about = {"video": f"camera0{suffix}", "picture": {"height": 48, "width": 64}, "color": False}
    about |= {"serial": SERIALS[0], "nickname": "", "virtual": True, "part": 0}
    spill = Spill(folder / "camera0.spill", LAYOUT, about, overwrite=False)
    for row in rows_of("." * 10)[8:]:
        spill.put([row._replace(frame=None)], memoryview(image_of(row.trigger, SERIALS[0])).cast("B"))
    assert spill.close()
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder whose neighbours must stay as they are."""
    (tmp_path / "precious.csv").write_bytes(b"not yours")
    (tmp_path / "precious.mkv").write_bytes(b"not yours either")
    before = contents(tmp_path)
    inside = tmp_path / "session"
    inside.mkdir()
    yield inside
    shutil.rmtree(inside)
    assert contents(tmp_path) == before


SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(data=st.data())
def test_damaged_bytes_give_results_or_typed_errors(
    recorded: Path, tmp_path: Path, data: st.DataObject
) -> None:
    if any(recorded.glob("*.h5")):
        pytest.skip("each look at such a file starts a process: the next test makes fewer")
    attack(recorded, tmp_path, data)


@pytest.mark.slow
@settings(
    SLOW, max_examples=5, derandomize=True, phases=[Phase.explicit, Phase.generate]
)  # a look can take 30 s
@given(data=st.data())
def test_damaged_bytes_of_hdf5_give_results_or_typed_errors(
    recorded: Path, tmp_path: Path, data: st.DataObject
) -> None:
    """Of which libhdf5 itself may hang or crash."""
    if not any(recorded.glob("*.h5")):
        pytest.skip("the test before has the others")
    attack(recorded, tmp_path, data)


def attack(recorded: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Damage a copy of a recording and use it."""
    folder = tmp_path / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(recorded, folder)
    for _ in range(data.draw(st.integers(1, 3))):
        path = folder / data.draw(st.sampled_from(sorted(each.name for each in recorded.iterdir())))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        how = data.draw(st.sampled_from(["change", "cut", "insert", "empty"]))
        if how == "change":
            content[at : at + 8] = data.draw(st.binary(min_size=1, max_size=8))
        elif how == "cut":
            del content[at:]
        elif how == "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        else:
            content.clear()
        path.write_bytes(content)
    tracemalloc.start()
    try:
        use(folder)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_MEMORY


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b", "x" * 256, "\u00e4" * 128, "\ud800"])
def test_names_that_no_file_here_can_have_are_refused(name: str) -> None:
    assert not is_plain_name(name)


@pytest.mark.parametrize("name", ["a.mkv", "x" * 255, "\u00e4" * 127, "-", " "])
def test_any_other_name_of_a_file_is_taken(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize("length", [235, 245, 248, 249, 251])
def test_names_near_255_bytes_give_results_or_typed_errors(tmp_path: Path, length: int) -> None:
    record(tmp_path, ["." * 6, "..t..."], state="recording")
    session = json.loads((tmp_path / "session.json").read_text())
    name = "x" * length
    write_video(tmp_path / "camera1.raw", rows_of("..t", 1), SERIALS[1])  # so that its rows must change
    for suffix in (".csv", ".raw"):
        (tmp_path / f"camera1{suffix}").rename(tmp_path / f"{name}{suffix}")
    session["cameras"][1]["files"][0] |= {"video": f"{name}.raw", "sidecar": f"{name}.csv"}
    (tmp_path / "session.json").write_text(json.dumps(session))
    before = contents(tmp_path)
    use(tmp_path)
    assert {*before} <= {*contents(tmp_path)}


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["../precious.csv", "/etc/passwd", "a\0b", "\ud800", ".", "..", "x" * 300]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def places(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_the_json_file_gives_results_or_typed_errors(
    tmp_path: Path, outside: Path, data: st.DataObject
) -> None:
    shutil.rmtree(outside)
    outside.mkdir()
    record(outside, ["." * 4, "..t."], state=data.draw(st.sampled_from(["recording", "complete"])))
    path = outside / "session.json"
    tree = json.loads(path.read_text())
    *way, last = data.draw(st.sampled_from(list(places(tree))))
    inner = tree
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(VALUES)
    path.write_text(json.dumps(tree))
    use(outside)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"cameras": ' + "[" * 100_000, "", "nul", '{"cameras": 3, "state": 1}', "9" * 5000],
)
def test_json_that_is_none_is_an_error_of_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "session.json").write_text(text)
    for act in (check, load, repair):
        with pytest.raises(RecordingError):
            act(tmp_path)


@pytest.mark.parametrize("name", ["../precious.csv", "sub/x.csv", "/tmp/x.csv", "..", ".", "", "a\0.csv"])
def test_names_that_lead_out_of_the_folder_are_refused(outside: Path, name: str) -> None:
    record(outside, ["." * 4], state="recording")
    for field in ("video", "sidecar"):
        tree = json.loads((outside / "session.json").read_text())
        tree["cameras"][0]["files"][0][field] = name
        (outside / "wrong.json").write_text(json.dumps(tree))
        for act in (check, load, repair):
            with pytest.raises(RecordingError, match="not a file in its own folder"):
                act(outside / "wrong.json")


@pytest.mark.parametrize("name", ["camera0.csv", "camera0.raw"])
def test_repair_changes_nothing_behind_a_link(outside: Path, name: str) -> None:
    record(outside, ["." * 6], state="recording")
    victim = outside.parent / "victim"
    (outside / name).rename(victim)
    victim.write_bytes(victim.read_bytes()[:-9])
    before = victim.read_bytes()
    (outside / name).symlink_to(victim)
    try:
        report = repair(outside)
        assert any("a link that leads out" in left for left in report.left)
        assert victim.read_bytes() == before
        assert (outside / name).is_symlink()
    finally:
        victim.unlink()


@pytest.mark.parametrize("name", ["session.json", "camera0.csv", "camera0.raw", "camera0.ahead"])
def test_a_pipe_in_the_place_of_a_file_is_waited_for_by_nobody(tmp_path: Path, name: str) -> None:
    record(tmp_path, ["." * 4], state="recording")
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    use(tmp_path)


@pytest.mark.parametrize("trigger", [10**9, 2**62, 10**40])
def test_one_damaged_trigger_number_takes_no_memory(tmp_path: Path, trigger: int) -> None:
    record(tmp_path, ["." * 6, "." * 6], state="recording")
    path = tmp_path / "camera0.csv"
    lines = path.read_text().splitlines()
    cells = lines[-1].split(",")
    cells[1] = str(trigger)
    path.write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n")
    tracemalloc.start()
    use(tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50 << 20
    assert repair(tmp_path).left
    assert not check(tmp_path).ok


def test_a_damaged_number_of_triggers_in_the_json_file_takes_no_memory(tmp_path: Path) -> None:
    record(tmp_path, ["." * 6, "." * 6])
    change(tmp_path, triggers=10**12)
    report = repair(tmp_path)
    assert any("is probably damaged" in left for left in report.left)


def test_a_raw_file_of_objects_or_of_terabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    write_video(path, rows_of("..."), SERIALS[0])
    for dtype, shape in (
        ("|O", [4]),
        ("|u1", [1 << 40, 1 << 20]),
        ("|u1", [0, 4]),
        ("|u1", [-1, 4]),
        ("|V9", [4, 4]),
    ):
        content = {"dtype": dtype, "shape": shape, "bits": 8, "rate": 1.0, "tags": {}}
        head = b"llpyspin raw 1\n" + json.dumps(content).encode()
        path.write_bytes(head.ljust(4096) + bytes(100))
        with pytest.raises(RecordingError, match="not a raw recording"):
            open_video(path)
        with pytest.raises(RecordingError):
            mend(path)


def test_pages_of_a_tiff_file_in_a_circle_end(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    write_video(path, rows_of("..."), SERIALS[0], codec="tiff")
    content = bytearray(path.read_bytes())
    first = int.from_bytes(content[8:16], "little")
    count = int.from_bytes(content[first : first + 8], "little")
    link = first + 8 + 20 * count
    content[link : link + 8] = first.to_bytes(8, "little")
    path.write_bytes(content)
    with open_video(path) as video:
        assert len(video) == 1


def test_a_playlist_that_calls_itself_a_video_opens_no_other_file(tmp_path: Path) -> None:
    write_video(tmp_path / "other.mkv", rows_of("..."), SERIALS[0], codec="mjpeg")
    lists = {"a.mkv": f"ffconcat version 1.0\nfile {tmp_path}/other.mkv\n"}
    lists["b.mp4"] = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path}/other.mkv\n#EXT-X-ENDLIST\n"
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(RecordingError):
            open_video(tmp_path / name)


def test_a_data_set_that_lies_in_another_file_is_refused(tmp_path: Path) -> None:
    import h5py

    write_video(tmp_path / "other.h5", rows_of("..."), SERIALS[0], codec="hdf5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["frames"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "frames")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("frames", (10**7, 10**6, 10**6), np.uint8, chunks=(1, 10, 10))
    for name in ("a.h5", "b.h5"):
        with pytest.raises(RecordingError, match="not a recording of this package"):
            open_video(tmp_path / name)


def test_a_spill_file_names_no_other_folder(tmp_path: Path) -> None:
    record(tmp_path, ["." * 6], state="recording")
    about = {"video": "../../evil.raw", "picture": {"height": 48, "width": 64}, "color": False}
    about |= {"serial": SERIALS[0], "nickname": "", "virtual": True, "part": 0}
    spill = Spill(tmp_path / "camera0.spill", LAYOUT, about, overwrite=False)
    row = rows_of("." * 7)[6]._replace(frame=None)
    spill.put([row], memoryview(image_of(6, SERIALS[0])).cast("B"))
    spill.close()
    assert any("not a file in the same folder" in left for left in repair(tmp_path).left)
    assert rows_of_spill(tmp_path / "camera0.spill") == {6: row}


def test_pictures_are_loaded_by_the_numbers_in_their_rows(tmp_path: Path) -> None:
    """Rows that are missing in the middle of a sidecar move no picture to another trigger."""
    record(tmp_path, ["." * 6])
    path = tmp_path / "camera0.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:3] + lines[4:]) + "\n")
    with load(tmp_path) as loaded:
        for trigger in (0, 1, 3, 5):
            assert np.array_equal(loaded.at(trigger)["camera0"], image_of(trigger, SERIALS[0]))
        assert loaded.at(2)["camera0"] is None
        assert len(list(loaded["camera0"].frames)) == 5


@pytest.mark.parametrize(("fates", "complete"), [("....", True), ("..t.", False), ("..i.", False)])
def test_complete_recording_need_not_be_ok_and_the_reverse(
    tmp_path: Path, fates: str, complete: bool
) -> None:
    record(tmp_path, ["....", fates])
    report = check(tmp_path)
    assert (report.ok, report.complete) == (True, complete)
    account = Session.read(tmp_path / "session.json").account
    assert account is not None and account.complete is complete
    assert json.loads((tmp_path / "session.json").read_text())["account"]["complete"] is complete
    assert main(["check", str(tmp_path)]) == 0
    assert main(["check", "--complete", str(tmp_path)]) == (0 if complete else 3)
