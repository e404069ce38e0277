"""Sidecars as files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import RecordingError
from llpyspin.recording.rows import HEADER, Row, line_of
from llpyspin.recording.sidecar import SidecarWriter, being_written, read_sidecar, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [Row(n, n, "written", "", n, 1000 * n, 2000 * n, 1500.0, 0.0, 12) for n in range(5)]


def test_rows_are_in_the_file_once_flushed_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with SidecarWriter(path) as writer:
        writer.add(ROWS[0])
        assert path.read_text() == HEADER
        assert read_sidecar(path) == []
        writer.flush()
        assert read_sidecar(path) == ROWS[:1]
        writer.add(ROWS[1])
        assert (writer.rows, writer.bytes) == (2, path.stat().st_size)
    assert read_sidecar(path) == ROWS[:2]
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.flush()


def test_each_flush_is_one_write_of_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = []
    write = os.write
    with SidecarWriter(tmp_path / "a.csv") as writer:
        monkeypatch.setattr(os, "write", lambda fd, data: writes.append(data) or write(fd, data))
        for _ in range(3):
            writer.add(ROWS[0])
            writer.add(ROWS[1])
            writer.flush()
        writer.flush()
    assert writes == [(line_of(ROWS[0]) + line_of(ROWS[1])).encode()] * 3


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.csv"
    write_sidecar(path, ROWS)
    data = path.read_bytes()
    path.write_bytes(data[:-cut])
    last_line = len(line_of(ROWS[-1]))
    assert read_sidecar(path) == (ROWS[:4] if cut <= last_line else ROWS[:3])


def test_zeros_that_a_loss_of_power_leaves_are_not_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_sidecar(path, ROWS)
    with path.open("ab") as file:
        file.write(b"5,5,wri" + bytes(4096))
    assert read_sidecar(path) == ROWS


@pytest.mark.parametrize("text", ["", HEADER[:9], HEADER[:-1], HEADER])
def test_a_sidecar_that_was_killed_at_its_birth_has_no_rows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert read_sidecar(path) == []


def test_a_sidecar_that_a_spreadsheet_saved_can_still_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_sidecar(path, ROWS)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_sidecar(path) == ROWS


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + line_of(ROWS[0]) + "1,1,wr\n" + line_of(ROWS[2]))
    with pytest.raises(RecordingError, match=r"line 3.*1,1,wr"):
        read_sidecar(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,value\n1,2\n")
    with pytest.raises(RecordingError, match="not the sidecar"):
        read_sidecar(path)


def test_a_sidecar_that_exists_is_replaced_only_if_told_to(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_sidecar(path, ROWS)
    with pytest.raises(FileExistsError):
        SidecarWriter(path)
    with pytest.raises(FileExistsError):
        write_sidecar(path, ROWS)
    assert read_sidecar(path) == ROWS
    SidecarWriter(path, overwrite=True).close()
    assert read_sidecar(path) == []
    write_sidecar(path, ROWS[:2], overwrite=True)
    assert read_sidecar(path) == ROWS[:2]
    assert os.listdir(tmp_path) == ["a.csv"]


def test_two_recordings_cannot_write_the_same_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with SidecarWriter(path) as writer:
        writer.add(ROWS[0])
        writer.flush()
        with pytest.raises(FileExistsError, match="another recording is writing it"):
            SidecarWriter(path, overwrite=True)
        assert read_sidecar(path) == ROWS[:1]


def test_it_shows_whether_a_process_that_lives_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert not being_written(path)
    script = (
        "import sys, time; from llpyspin.recording.sidecar import SidecarWriter; "
        f"writer = SidecarWriter({str(path)!r}); print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert being_written(path)
        child.send_signal(signal.SIGKILL)
    assert not being_written(path)


def test_a_full_disk_is_a_clear_error_and_rows_are_kept_for_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    write = os.write
    room = [30, 0]

    def nearly_full(fd: int, data: bytes) -> int:
        part = room.pop(0)
        if not part:
            raise OSError(28, "No space left on device")
        return write(fd, data[:part])

    with SidecarWriter(path) as writer:
        for row in ROWS:
            writer.add(row)
        monkeypatch.setattr(os, "write", nearly_full)
        with pytest.raises(RecordingError, match=r"a\.csv cannot be written: No space left"):
            writer.flush()
        assert read_sidecar(path) == []
        monkeypatch.setattr(os, "write", write)
        writer.flush()
        assert read_sidecar(path) == ROWS


def test_a_sidecar_that_cannot_begin_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RecordingError, match="No space left"):
        SidecarWriter(tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_sidecar_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SidecarWriter(tmp_path / "nowhere" / "a.csv")
