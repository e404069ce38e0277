"""Which videos a target can have as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.export import export
from llpyspin.export.material import material_of
from llpyspin.export.wanted import BROWSERS, READERS, joinable, probe
from tests.unit.export.sessions import add_segment, session_in
from tests.unit.sink_pictures import COLOR, GRAY, smooth, write_here

if TYPE_CHECKING:
    from pathlib import Path


def parts_of(session: Path) -> tuple[Any, Any]:
    (view,) = material_of(session).views
    return probe(view), view


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize(
    ("picture", "pixels", "found"),
    [(GRAY, "gray", "gray"), (GRAY, "yuv420p", "yuvj420p"), (COLOR, "yuv420p", "yuvj420p")],
)
def test_gray_and_colour_planes_are_told_apart(
    tmp_path: Path, suffix: str, picture: Any, pixels: str, found: str
) -> None:
    session = session_in(tmp_path, ["." * 4], suffix=suffix, codec="h264")
    (session / f"camera0{suffix}").unlink()
    write_here(session / f"camera0{suffix}", picture, smooth(picture, 4), "h264", options={"pix_fmt": pixels})
    parts, view = parts_of(session)
    assert parts[0].codec.pixels == found
    assert (joinable(parts, view, BROWSERS.copies) is None) == (pixels == "gray")
    assert joinable(parts, view, READERS.copies) is not None
    assert (joinable(parts, view, BROWSERS.links) is None) == (pixels == "gray" or suffix == ".mkv")


@pytest.mark.parametrize(("suffix", "codec"), [(".raw", "raw"), (".mkv", "ffv1"), (".mkv", "h265")])
def test_other_codecs_are_encoded_again(tmp_path: Path, suffix: str, codec: str) -> None:
    session = session_in(tmp_path, ["." * 4], suffix=suffix, codec=codec)
    parts, view = parts_of(session)
    assert joinable(parts, view, READERS.copies) is None
    assert export(session, "dlc").videos[0].how == "encoded"


def test_segments_that_were_encoded_otherwise_are_not_joined(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4], suffix=".mkv", codec="h264")
    add_segment(session, "...", 4, suffix=".mkv", codec="h264")
    parts, view = parts_of(session)
    assert joinable(parts, view, READERS.copies) is not None
    (session / "camera0_001.mkv").unlink()
    write_here(session / "camera0_001.mkv", GRAY, smooth(GRAY, 3), "h264", options={"pix_fmt": "yuv420p"})
    parts, view = parts_of(session)
    assert joinable(parts, view, READERS.copies) is None
