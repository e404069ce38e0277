"""Whether a path leads to something: the answer for paths that the system refuses, too."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.recording.foreign import exists

if TYPE_CHECKING:
    from pathlib import Path


def test_file_and_folder_exist(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert exists(tmp_path)
    assert exists(str(tmp_path / "a"))


@pytest.mark.parametrize("name", ["b", "a/b", "x" * 256, "x/" * 2048 + "x", "a\0b", "\ud800", "circle"])
def test_path_that_leads_nowhere_does_not_exist(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "circle").symlink_to("circle")
    assert not exists(tmp_path / name)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_path_that_cannot_be_looked_at_counts_as_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("llpyspin.recording.foreign.os.stat", fail)
    assert exists(tmp_path / "a")
