"""Locks on files and folders between two openings, which count as two programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from llpyspin.system.locks import FolderLock, join, lock, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """One file, opened twice."""
    path = tmp_path / "file"
    descriptors = [os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2)]
    yield descriptors[0], descriptors[1]
    for descriptor in descriptors:
        os.close(descriptor)


def test_lock_is_had_by_one_until_it_is_given_back(twice: tuple[int, int]) -> None:
    first, second = twice
    assert lock(first)
    assert not lock(second)
    unlock(first)
    assert lock(second)


def test_shared_lock_keeps_out_who_wants_it_alone(twice: tuple[int, int]) -> None:
    first, second = twice
    assert lock(first, shared=True)
    assert lock(second, shared=True)
    assert not lock(second)


def test_file_without_locks_counts_as_free() -> None:
    descriptor = os.open("/", os.O_PATH)  # flock() says EBADF
    try:
        assert lock(descriptor)
        unlock(descriptor)
    finally:
        os.close(descriptor)


def test_first_who_joins_is_alone_meanwhile(twice: tuple[int, int]) -> None:
    first, second = twice
    seen: list[bool] = []
    join(first, lambda: seen.append(lock(second, shared=True)))
    join(second, lambda: seen.append(True))
    assert seen == [False]
    assert not lock(second)


def test_folder_is_locked_until_it_is_released(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    assert first.take()
    assert not second.take()
    assert first.names() == ["one"]
    first.release()
    first.release()
    assert second.take()
    second.release()


def test_folder_lock_refuses_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(NotADirectoryError):
        FolderLock(path)
