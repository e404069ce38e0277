"""The table of formats, and the code that each row needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.recording.sinks import Picture, choose, open_sink
from llpyspin.recording.sinks.choosing import SINKS
from llpyspin.recording.sinks.kinds import FORMATS, format_beginning_with, format_of_suffix, share_of
from llpyspin.recording.sinks.mending import MENDERS
from llpyspin.recording.sinks.reading import READERS, kind_of

if TYPE_CHECKING:
    from pathlib import Path

OWN = [name for name, each in FORMATS.items() if each.own]


def test_every_format_has_a_sink() -> None:
    assert set(SINKS) == set(FORMATS)


def test_formats_that_pyav_cannot_read_have_a_reader_and_a_mender() -> None:
    assert set(READERS) == set(OWN)
    assert set(MENDERS) == {*OWN, "video"}


@pytest.mark.parametrize("codec", OWN)
def test_file_begins_as_its_format_says(codec: str, tmp_path: Path) -> None:
    picture = Picture(height=16, width=16, rate=30.0)
    choice = choose(codec, picture)
    path = tmp_path / f"a{choice.suffix}"
    sink = open_sink(path, picture, choice)
    sink.write(np.zeros((16, 16), np.uint8))
    sink.close()
    assert path.read_bytes().startswith(FORMATS[codec].beginning)
    assert kind_of(path) == codec


@pytest.mark.parametrize("codec", OWN)
def test_suffixes_of_own_formats_are_nobody_elses(codec: str) -> None:
    for suffix in FORMATS[codec].suffixes:
        assert [name for name, each in FORMATS.items() if suffix in each.suffixes] == [codec]
        assert format_of_suffix(suffix) == codec


def test_suffix_of_a_video_names_no_format() -> None:
    assert format_of_suffix(".avi") is None
    assert format_of_suffix(None) is None
    assert format_beginning_with(b"\x1aE\xdf\xa3") is None


@pytest.mark.parametrize(("codec", "share"), [("raw", 1.0), ("ffv1", 0.6), ("libx264", 0.1), ("opencv", 0.1)])
def test_share_on_the_disk_is_that_of_the_codec(codec: str, share: float) -> None:
    assert share_of(codec) == share
