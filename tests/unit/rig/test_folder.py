"""The folder of a rig's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import RecordingError
from llpyspin.rig.folder import sidecars

if TYPE_CHECKING:
    import pathlib


def test_sidecars_of_a_removed_folder_raise_a_recording_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        sidecars(tmp_path / "gone", "top")


def test_sidecars_are_those_of_the_camera_in_order(tmp_path: pathlib.Path) -> None:
    for name in ("top_002.csv", "top.csv", "top_010.csv", "topmost.csv", "top.mkv"):
        (tmp_path / name).touch()
    found = sidecars(tmp_path, "top")
    assert list(found) == [0, 2, 10]
    assert [path.name for path in found.values()] == ["top.csv", "top_002.csv", "top_010.csv"]
