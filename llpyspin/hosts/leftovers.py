"""What a recording has left on the disk of this host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import HostStateError
from llpyspin.hosts.answers import Facts, FileFact
from llpyspin.recording.session import SESSION_FILE
from llpyspin.recording.tree import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.hosts.answers import RecordingFacts

__all__ = ["facts_of"]


def facts_of(recording: RecordingFacts) -> Facts:
    """Its ``session.json`` and its files, as they are now.

    Raises
    ------
    HostStateError
        It has no folder.
    RecordingError
        ``session.json`` cannot be read.
    """
    if not recording.folder or not Path(recording.folder).is_dir():
        raise HostStateError(
            f"the recording {recording.recording} is {recording.state} and has no folder here"
        )
    folder = Path(recording.folder)
    session = read_json(folder / SESSION_FILE)
    return Facts(
        recording=recording.recording,
        folder=recording.folder,
        state=recording.state,
        session=session,
        sidecars=tuple(_sidecars(session)),
        files=tuple(sorted(_files(folder), key=lambda file: file.name)),
    )


def _sidecars(session: dict[str, Any]) -> Iterator[str]:
    for camera in session.get("cameras", ()):
        for file in camera.get("files", ()):
            yield str(file["sidecar"])


def _files(folder: Path) -> Iterator[FileFact]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            try:
                yield FileFact(path.relative_to(folder).as_posix(), path.stat().st_size)
            except FileNotFoundError:
                continue  # renamed meanwhile, as a file that is finished
