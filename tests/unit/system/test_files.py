"""Files by their descriptors, room on disks, and folders of one user."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from llpyspin.system.linux import linuxopenfiles as openfiles
from llpyspin.system.privatefolders import NotPrivate, PrivateFolder, runtime_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_bytes_are_read_and_written_at_places(tmp_path: Path) -> None:
    descriptor = openfiles.opened(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    openfiles.reserve(descriptor, 10)
    assert os.fstat(descriptor).st_size == 10
    assert not os.get_inheritable(descriptor)
    assert openfiles.write_at(descriptor, b"abc", 2) == 3
    assert openfiles.write_parts_at(descriptor, [b"d", b"e"], 5) == 2
    assert openfiles.read_at(descriptor, 6, 1) == b"\0abcde"
    into = bytearray(2)
    assert openfiles.read_into_at(descriptor, [into], 2) == 2
    assert into == b"ab"
    os.close(descriptor)


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.close(openfiles.opened(tmp_path / "pipe", os.O_RDONLY))


def test_room_is_that_of_the_disk(tmp_path: Path) -> None:
    usage = shutil.disk_usage(tmp_path)
    room = openfiles.room_at(tmp_path)
    assert room.whole == usage.total
    assert 0 < room.free <= room.whole
    descriptor = openfiles.opened(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    os.unlink(tmp_path / "file")
    assert openfiles.room_of(descriptor).whole == room.whole
    os.close(descriptor)
    with pytest.raises(FileNotFoundError):
        openfiles.room_at(tmp_path / "nothing")


def test_names_of_a_folder_reach_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(openfiles.os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    openfiles.sync_folder(tmp_path)
    assert synced == [tmp_path.stat().st_ino]


def test_private_folder_keeps_files_whatever_its_name_becomes(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path / "own")
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    (tmp_path / "own").rename(tmp_path / "other")
    os.close(folder.opened("note", os.O_WRONLY | os.O_CREAT))
    assert folder.names() == ["note"]
    folder.rename("note", "new")
    assert (folder.has("note"), folder.has("new")) == (False, True)
    folder.remove("new")
    with pytest.raises(FileNotFoundError):
        folder.remove("new")
    with pytest.raises(FileNotFoundError):
        folder.opened("new", os.O_RDONLY)
    folder.close()
    folder.close()


def test_private_folder_refuses_what_others_may_use(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir(mode=0o755)
    with pytest.raises(NotPrivate, match="its mode is 755, not 700"):
        PrivateFolder(tmp_path / "own")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(OSError, match="link"):
        PrivateFolder(tmp_path / "link")


def test_private_folder_follows_no_link(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path / "own")
    (tmp_path / "own" / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(NotPrivate, match="no plain file"):
        folder.opened("link", os.O_WRONLY | os.O_CREAT)
    assert folder.has("link")
    folder.close()


def test_runtime_folder_is_that_of_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere"))
    assert runtime_folder("x") == tmp_path / f"x-{os.geteuid()}"
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    assert runtime_folder("x") == tmp_path / "run" / "x"
