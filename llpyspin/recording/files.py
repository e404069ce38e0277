"""The files of one camera of a recording, also those that its JSON file does not name yet."""

from __future__ import annotations

import glob
from dataclasses import replace
from typing import TYPE_CHECKING

from llpyspin.recording.foreign import exists
from llpyspin.recording.names import segment_of
from llpyspin.recording.rows import HEADER
from llpyspin.recording.session import FileRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llpyspin.recording.session import CameraRecord, Session

__all__ = ["files_of", "of_host", "was_begun", "with_files"]


def was_begun(file: FileRecord, folder: Path) -> bool:
    """False for what a writer leaves that could not begin: no video, and no whole first line of a sidecar."""
    if exists(folder / file.video):
        return True
    try:
        with (folder / file.sidecar).open("rb") as sidecar:
            return sidecar.readline(len(HEADER)).endswith(b"\n")
    except OSError:
        return False


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
    if camera.host:
        return tuple(
            _inside(camera.host, file) for file in files_of(_own(camera), folder / camera.host, others)
        )
    files = {file.sidecar: file for file in camera.files}
    for first in camera.files[:1]:
        stem, suffix = _split(first.video)
        whole = segment_of(stem) if first.part else None
        base = stem if whole is None else whole[0]
        for path in sorted(folder.glob(f"{glob.escape(base)}_*.csv")):
            later = segment_of(path.stem)
            if exists(path.with_suffix(".json")):  # a recording of its own, which is called like a segment
                continue
            if later and later[0] == base and path.stem not in others and path.name not in files:
                file = FileRecord(path.stem + suffix, path.name, later[1])
                if was_begun(file, folder):
                    files[path.name] = file
    return tuple(sorted(files.values(), key=lambda file: file.part))


def _own(camera: CameraRecord) -> CameraRecord:
    """The camera as its host has it, with the names of files in that host's folder."""
    before = f"{camera.host}/"
    files = tuple(
        replace(file, video=file.video.removeprefix(before), sidecar=file.sidecar.removeprefix(before))
        for file in camera.files
    )
    return camera.replace(host="", files=files)


def _inside(host: str, file: FileRecord) -> FileRecord:
    """The names of a file of a host in the folder of the whole recording."""
    return replace(file, video=f"{host}/{file.video}", sidecar=f"{host}/{file.sidecar}")


def of_host(camera: CameraRecord, host: str) -> CameraRecord:
    """A camera of a host's own recording, as a part of the recording of several hosts."""
    settings = f"{host}/{camera.settings_file}" if camera.settings_file else ""
    files = tuple(_inside(host, file) for file in camera.files)
    return camera.replace(host=host, files=files, settings_file=settings)


def with_files(session: Session, folder: Path) -> Session:
    """The session with all files of its cameras that are there."""
    stems = {camera.serial: frozenset(_stems(camera)) for camera in session.cameras}
    cameras = []
    for camera in session.cameras:
        others = frozenset().union(*(each for serial, each in stems.items() if serial != camera.serial))
        cameras.append(camera.replace(files=files_of(camera, folder, others)))
    return session.replace(cameras=tuple(cameras))


def _stems(camera: CameraRecord) -> Iterator[str]:
    for file in _own(camera).files:
        yield _split(file.video)[0]


def _split(name: str) -> tuple[str, str]:
    """Name without its last suffix, and that suffix."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if dot else (name, "")
