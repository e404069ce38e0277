"""Which files belong to a camera of a recording, also those begun after its JSON file was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llpyspin.recording.session import FileRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llpyspin.recording.session import CameraRecord, Session

__all__ = ["files_of", "with_files"]

_PART = re.compile(r"(.+)_(\d{3,})")


def files_of(
    camera: CameraRecord, folder: Path, others: frozenset[str] = frozenset()
) -> tuple[FileRecord, ...]:
    """The videos and sidecars of a camera, in order.

    Parameters
    ----------
    folder : Path
        Of the JSON file.
    others : frozenset of str
        Stems of files that belong to other cameras.
    """
    files = {file.sidecar: file for file in camera.files}
    for first in camera.files[:1]:
        stem, suffix = _split(first.video)
        base = stem if first.part == 0 else _PART.sub(r"\1", stem)
        for path in sorted(folder.glob(f"{_escaped(base)}_*.csv")):
            match = _PART.fullmatch(path.stem)
            if path.with_suffix(".json").exists():  # a recording of its own, which is called like a segment
                continue
            if match and match[1] == base and path.stem not in others and path.name not in files:
                files[path.name] = FileRecord(path.stem + suffix, path.name, int(match[2]))
    return tuple(sorted(files.values(), key=lambda file: file.part))


def with_files(session: Session, folder: Path) -> Session:
    """The session with all files of its cameras that are there."""
    stems = {camera.serial: frozenset(_stems(camera)) for camera in session.cameras}
    cameras = []
    for camera in session.cameras:
        others = frozenset().union(*(each for serial, each in stems.items() if serial != camera.serial))
        cameras.append(camera.replace(files=files_of(camera, folder, others)))
    return session.replace(cameras=tuple(cameras))


def _stems(camera: CameraRecord) -> Iterator[str]:
    for file in camera.files:
        yield _split(file.video)[0]


def _split(name: str) -> tuple[str, str]:
    """Name without its last suffix, and that suffix."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if dot else (name, "")


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)
