"""Copies of recordings: every byte compared, nothing written over, interrupted copies continued."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import cli
from llpyspin.errors import OutputExistsError, RecordingError
from llpyspin.recording import collect
from llpyspin.recording.collecting import collect as collecting
from llpyspin.recording.collecting import filecopy
from llpyspin.recording.collecting.filecopy import copy_verified, part_of
from llpyspin.recording.health.samples import HEADER
from llpyspin.recording.overwriting import older_files
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import SidecarWriter
from llpyspin.rig.folder import SessionFolder
from llpyspin.system.openfiles import Room
from tests.unit.export.sessions import contents, session_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    path.mkdir()
    return path


def single_in(folder: Path) -> Path:
    """A single recording ``mouse`` beside one that is called like it."""
    session = session_in(folder, ["." * 4])
    for suffix in (".raw", ".csv"):
        (session / f"camera0{suffix}").rename(folder / f"camera0{suffix}")
    (session / "session.json").rename(folder / "camera0.json")
    session.rmdir()
    for suffix in (".raw", ".csv", ".json"):
        (folder / f"camera01{suffix}").write_bytes(b"another one")
    return folder / "camera0.raw"


def test_copy_has_every_byte_and_is_checked(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["." * 6, "..s.i."])
    (session / "notes").mkdir()
    (session / "notes" / "a\nb.txt").write_text("left ear")
    (session / ".hidden.part").write_bytes(b"x")
    before = contents(session)
    told: list[str] = []
    report = collect(session, archive, progress=lambda what, done, total: told.append(what))
    assert report.verified
    assert report.path == archive / "mouse" / "session.json"
    assert {file.name: file.sha256 for file in report.files} == {
        name: digest for name, digest in before.items() if name != ".hidden.part"
    }
    assert all(file.copied for file in report.files)
    assert contents(session) == before
    assert {"copying camera0.raw", "comparing camera0.raw", "camera0.raw"} <= set(told)
    assert (archive / "mouse" / "camera0.raw").stat().st_mtime_ns == (
        session / "camera0.raw"
    ).stat().st_mtime_ns
    assert not list((archive / "mouse").rglob("*.part"))
    assert "VERIFIED: 11 pictures were decoded" in str(report)
    subprocess.run(["sha256sum", "--check", "--strict", "session.sha256"], cwd=archive / "mouse", check=True)


def test_files_that_are_there_are_compared_not_copied(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    collect(session, archive)
    (session / "later.txt").write_text("seen in the evening")
    report = collect(session, archive)
    assert [file.name for file in report.files if file.copied] == ["later.txt"]
    assert report.verified
    assert "later.txt" in (archive / "mouse" / "session.sha256").read_text()


def test_copy_can_be_collected_again_elsewhere(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    (tmp_path / "third").mkdir()
    first = collect(session, archive)
    second = collect(archive / "mouse", tmp_path / "third")
    assert second.files == first.files


@pytest.mark.parametrize("change", [b"other bytes!", b"longer" * 1000])
@pytest.mark.parametrize("name", ["camera0.raw", "session.json"])
def test_different_file_is_not_written_over(tmp_path: Path, archive: Path, name: str, change: bytes) -> None:
    session = session_in(tmp_path, ["...."])
    size = (session / name).stat().st_size
    there = archive / "mouse" / name
    there.parent.mkdir()
    there.write_bytes(change[:1] * size if change.startswith(b"other") else change)
    before = there.read_bytes()
    with pytest.raises(OutputExistsError, match=f"{name} exists and is not the same"):
        collect(session, archive)
    assert there.read_bytes() == before
    assert not (archive / "mouse" / "session.sha256").exists()


def test_folder_of_another_session_gets_no_file(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "other").mkdir()
    collect(session_in(tmp_path / "other", ["...."]), archive)
    before = contents(archive)
    session = session_in(tmp_path, ["....", "...."])
    with pytest.raises(OutputExistsError):
        collect(session, archive)
    assert contents(archive) == before


def test_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").symlink_to("nowhere")
    with pytest.raises(RecordingError, match="cannot be read"):
        copy_verified(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").is_symlink()


@pytest.mark.parametrize(
    ("there", "written"),
    [(b"", 10), (b"0123", 6), (b"0123456789", 0), (b"0123456789 and more", 0), (b"01xx4567", 8)],
)
def test_interrupted_copy_goes_on_where_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bytes, written: int
) -> None:
    monkeypatch.setattr(filecopy, "PIECE", 2)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"0123456789")
    part_of(target).write_bytes(there)
    counted: list[int] = []
    own = filecopy._own

    class Counting:
        def __init__(self, file: Any) -> None:
            self.file = file

        def write(self, piece: bytes) -> int:
            counted.append(len(piece))
            return int(self.file.write(piece))

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    class Owning:
        def __init__(self, part: Path) -> None:
            self.inner = own(part)

        def __enter__(self) -> Counting:
            return Counting(self.inner.__enter__())

        def __exit__(self, *error: Any) -> Any:
            return self.inner.__exit__(*error)

    monkeypatch.setattr(filecopy, "_own", Owning)
    copy_verified(source, target)
    assert target.read_bytes() == b"0123456789"
    assert sum(counted) == written


def test_full_disk_is_named_and_leaves_nothing_unfinished(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_in(tmp_path, ["....", "...."])
    synced = os.fsync

    def full(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".camera1.raw.part"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(RecordingError, match=r"camera1\.raw cannot be written: No space left"):
            collect(session, archive)
    assert sorted(contents(archive / "mouse")) == ["camera0.csv", "camera0.raw", "camera1.csv"]
    report = collect(session, archive)
    assert sorted(file.name for file in report.files if file.copied) == ["camera1.raw", "session.json"]


def test_missing_room_is_named_before_anything_is_copied(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_in(tmp_path, ["...."])
    monkeypatch.setattr(collecting, "room_at", lambda path: Room(100, 10**9))
    with pytest.raises(RecordingError, match="0 MiB free, and 0 MiB are to be copied"):
        collect(session, archive)
    assert not contents(archive)


def test_bytes_that_the_disk_changes_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"0123456789")

    def damage(descriptor: int) -> None:
        os.pwrite(descriptor, b"x", 4)

    monkeypatch.setattr(filecopy, "forget_cached", damage)
    with pytest.raises(RecordingError, match="has other bytes on the disk than were written"):
        copy_verified(source, target)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_source_that_changes_meanwhile_is_named(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"0123456789")

    def append(what: str, done: int, total: int) -> None:
        with open(source, "ab") as file:
            file.write(b"more")

    with pytest.raises(RecordingError, match="changed while it was copied"):
        copy_verified(source, tmp_path / "b", append)
    assert not (tmp_path / "b").exists()


def test_two_copies_at_once_are_refused(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    refused: list[str] = []

    def again(what: str, done: int, total: int) -> None:
        if what == "copying camera0.raw" and not refused:
            with pytest.raises(RecordingError, match="in use by a recording or by another copy") as error:
                collect(session, archive)
            with pytest.raises(RecordingError, match="another program is copying"):
                copy_verified(session / "camera0.raw", archive / "mouse" / "camera0.raw")
            refused.append(str(error.value))

    assert collect(session, archive, progress=again).verified
    assert refused


def test_recording_that_is_not_finished_is_refused(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    writer = SidecarWriter(session / "camera0.csv", overwrite=True)
    with pytest.raises(RecordingError, match="is still being recorded"):
        collect(session, archive)
    writer.close()
    Session.read(session / "session.json").replace(state="recording").save(session / "session.json")
    with pytest.raises(RecordingError, match=r"repair it first: llpyspin repair .*mouse"):
        collect(session, archive)
    assert not contents(archive)


def test_session_folder_in_use_is_refused(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    folder = SessionFolder(session, overwrite=True)
    with pytest.raises(RecordingError, match="is in use by a recording"):
        collect(session, archive)
    folder.release()
    assert collect(session, archive).verified


def test_copy_of_a_damaged_recording_is_not_called_verified(
    tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = session_in(tmp_path, ["...."])
    os.truncate(session / "camera0.raw", (session / "camera0.raw").stat().st_size - 5000)
    assert cli.main(["collect", str(session), "--to", str(archive)]) == 1
    told = capsys.readouterr().out
    assert "NOT VERIFIED: the files are exact copies" in told
    assert not (archive / "mouse" / "session.sha256").exists()
    assert (archive / "mouse" / "session.json").exists()


def test_single_recording_is_copied_with_its_files_only(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "data").mkdir()
    video = single_in(tmp_path / "data")
    (video.parent / "camera0.report.html").write_text('<meta name="generator" content="llpyspin report">')
    (video.parent / "camera0.health.csv").write_text(f"{HEADER}\n")
    report = collect(video, archive)
    assert report.verified
    copied = ["camera0.csv", "camera0.health.csv", "camera0.json", "camera0.raw", "camera0.report.html"]
    assert sorted(file.name for file in report.files) == copied
    assert sorted(path.name for path in archive.iterdir()) == [*copied, "camera0.sha256"]


def test_checksums_go_with_the_recording_that_is_overwritten(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "data").mkdir()
    collect(single_in(tmp_path / "data"), archive)
    assert archive / "camera0.sha256" in older_files(archive / "camera0.raw")
    collect(session_in(tmp_path, ["...."]), archive)
    folder = SessionFolder(archive / "mouse", overwrite=True)
    folder.set_aside(["camera0"])
    assert not (archive / "mouse" / "session.sha256").exists()
    folder.release()


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nowhere", "nowhere is not a folder"),
        (".", "lies in the recording"),
        ("mouse", "lies in the recording"),
    ],
)
def test_target_that_cannot_be_is_refused(tmp_path: Path, to: str, said: str) -> None:
    session = session_in(tmp_path, ["...."])
    before = contents(tmp_path)
    with pytest.raises(RecordingError, match=said):
        collect(session, tmp_path / to)
    assert contents(tmp_path) == before


def test_foreign_file_in_place_of_the_checksums_stays(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    there = archive / "mouse" / "session.sha256"
    there.parent.mkdir()
    there.write_text("my own notes\n")
    with pytest.raises(OutputExistsError, match="is no list of checksums"):
        collect(session, archive)
    assert there.read_text() == "my own notes\n"


def test_command_prints_the_verdict(
    tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = session_in(tmp_path, ["...."])
    assert cli.main(["collect", str(session), "--to", str(archive), "--json"]) == 0
    assert '"verified": true' in capsys.readouterr().out
    assert cli.main(["collect", str(session), "--to", str(tmp_path / "nowhere")]) == 1
    assert "Make it first, or mount its disk" in capsys.readouterr().err


KILLED = """
import signal, os, sys
from llpyspin.recording.collecting import filecopy
from llpyspin.recording import collect
filecopy.PIECE = 1000

def progress(what, done, total):
    if what == "copying camera0.raw" and done > 3000:
        os.kill(os.getpid(), signal.SIGKILL)

collect(sys.argv[1], sys.argv[2], progress=progress)
"""


def test_killed_copy_leaves_no_half_file_and_goes_on(tmp_path: Path, archive: Path) -> None:
    session = session_in(tmp_path, ["...."])
    ended = subprocess.run([sys.executable, "-c", KILLED, str(session), str(archive)], check=False)
    assert ended.returncode == -9
    assert sorted(contents(archive / "mouse")) == [".camera0.raw.part", "camera0.csv"]
    report = collect(session, archive)
    assert report.verified
    assert sorted(contents(archive / "mouse")) == sorted([*contents(session), "session.sha256"])
