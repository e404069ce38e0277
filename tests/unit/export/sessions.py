"""Recordings to be exported, and what is in the videos that come out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from llpyspin.recording.account.making import finish
from llpyspin.recording.blank import is_blank
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import write_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual.stamp import read_stamp
from tests.unit.recordings import SERIALS, record, rows_of, write_video

if TYPE_CHECKING:
    from pathlib import Path

BLANK = -1


def session_in(folder: Path, fates: list[str], **more: Any) -> Path:
    """The folder of a session ``mouse``."""
    path = folder / "mouse"
    path.mkdir()
    record(path, fates, **more)
    return path


def add_segment(folder: Path, fates: str, first: int, *, suffix: str, codec: str, fill: bool = False) -> None:
    """A second file of the first camera; the account is made anew."""
    rows = rows_of(fates, first=first, fill=fill)
    write_sidecar(folder / "camera0_001.csv", rows)
    write_video(folder / f"camera0_001{suffix}", rows, SERIALS[0], codec=codec)
    session = Session.read(folder / "session.json")
    finish(session.replace(triggers=first + len(fates)), folder / "session.json")


def numbers_in(path: Path) -> list[int]:
    """The number in the pixels of each picture; -1 for blank ones."""
    with open_video(path) as video:
        return [BLANK if is_blank(image) else read_stamp(image).frame for image in video]


def numbers_by_opencv(path: Path) -> list[int]:
    """The same, as OpenCV reads the file."""
    import cv2

    video = cv2.VideoCapture(str(path))
    found = []
    while (read := video.read())[0]:
        image = read[1][..., 0]
        found.append(BLANK if is_blank(image) else read_stamp(image).frame)
    assert int(video.get(cv2.CAP_PROP_FRAME_COUNT)) == len(found)
    video.release()
    return found


def contents(folder: Path) -> dict[str, str]:
    """All files of a folder, by a sum of their contents."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
