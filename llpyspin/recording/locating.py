"""Finds the recording that belongs to a path."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.recording.ahead import AHEAD
from llpyspin.recording.collecting.sums import SUMS
from llpyspin.recording.files import with_files
from llpyspin.recording.foreign import exists
from llpyspin.recording.health.healthfile import SUFFIX as HEALTH
from llpyspin.recording.health.healthfile import is_health
from llpyspin.recording.names import segment_of
from llpyspin.recording.origintags import SERIAL, SESSION, STARTED, VIRTUAL, origin_of
from llpyspin.recording.replaytag import REPLAY_OF
from llpyspin.recording.session import SESSION_FILE, CameraRecord, FileRecord, Session
from llpyspin.recording.sessiontime import in_utc
from llpyspin.recording.sinks import open_video
from llpyspin.recording.writing.spill import about_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Found", "find", "spills_of"]

_NOT_VIDEOS = {".csv", ".json", ".spill", AHEAD, ".part", SUMS, ".yaml", ".txt"}


class Found(NamedTuple):
    """A recording on disk.

    ``path`` is its JSON file, whether it is there (``written``) or not; ``session`` has all files that are
    there.
    """

    path: Path
    session: Session
    written: bool

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.path.parent


def find(path: str | os.PathLike[str]) -> Found:
    """The recording at ``path``: a session folder, its JSON file, or any file of a single recording.

    Raises
    ------
    RecordingError
        There is none.
    """
    path = Path(path)
    _check_there(path)
    if os.path.isdir(path):
        inside = path / SESSION_FILE
        if not exists(inside):
            raise RecordingError(
                f"{path} has no {SESSION_FILE}: it is not the folder of a recording{_recordings_in(path)}"
            )
        return _read(inside)
    if path.suffix == ".json":
        return _read(path)
    json = path.with_name(f"{path.name.removesuffix(HEALTH)}.json")
    if path.name.endswith(HEALTH) and is_health(path) and exists(json):
        return _read(json)
    others = []
    for name in dict.fromkeys((*(f"{stem}.json" for stem in _stems(path)), SESSION_FILE)):
        json = path.with_name(name)
        if exists(json):
            found = _read(json)
            if path.name in _names(found.session):
                return found
            others.append(json)
    return _bare(path, others)


def _names(session: Session) -> set[str]:
    """Names of the files that a recording vouches for."""
    files = [file for camera in session.cameras for file in camera.files]
    names = {name for file in files for name in (file.video, file.sidecar)}
    return names | {f"{Path(file.sidecar).stem}{suffix}" for file in files for suffix in (".spill", AHEAD)}


def _check_there(path: Path) -> None:
    try:
        os.stat(path)
    except FileNotFoundError:
        raise RecordingError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:  # too long, a null character, a folder that may not be entered
        raise RecordingError(
            f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error


def _recordings_in(folder: Path) -> str:
    """What may have been meant: folders of sessions, and single recordings, in a folder that is neither."""
    try:
        inside = [path.parent.name for path in folder.glob(f"*/{SESSION_FILE}")]
        inside += [path.name for path in folder.glob("*.csv") if exists(path.with_suffix(".json"))]
    except OSError:
        return ""
    shown = ", ".join(sorted(inside)[:3]) + (" …" if len(inside) > 3 else "")
    return f"; there are some in it: {shown}" if inside else ""


def spills_of(found: Found, camera: CameraRecord | None = None) -> list[Path]:
    """Files with frames that were never encoded, of all cameras or one."""
    cameras = found.session.cameras if camera is None else (camera,)
    elsewhere = found.session.options.get("spill_folder")
    paths = []
    for one in cameras:
        for file in one.files:
            name = str(Path(file.sidecar).with_suffix(".spill"))
            if isinstance(elsewhere, str) and elsewhere and _is_of(found.folder / elsewhere / name, one):
                paths.append(found.folder / elsewhere / name)
            if exists(found.folder / name):
                paths.append(found.folder / name)
    return list(dict.fromkeys(paths))


def _is_of(path: Path, camera: CameraRecord) -> bool:
    """Whether a spill file in another folder says of itself that it belongs to this camera's recording."""
    if not exists(path):
        return False
    try:
        about = about_of(path)
    except LlpyspinError:
        return False
    return about["serial"] == camera.serial and about["video"] in {file.video for file in camera.files}


def _read(path: Path) -> Found:
    return Found(path, with_files(Session.read(path), path.parent), True)


def _stems(path: Path) -> list[str]:
    """What the recording may be called: a segment is called after it."""
    part = segment_of(path.stem)
    return [path.stem, part[0]] if part else [path.stem]


def _bare(path: Path, others: Sequence[Path] = ()) -> Found:
    """A sidecar and its video without an account: the recording was killed before it was written."""
    folder = path.parent
    for stem in reversed(_stems(path)):
        sidecar = folder / f"{stem}.csv"
        if exists(sidecar) and not exists(sidecar.with_suffix(".json")):
            break
    else:
        if others:
            raise RecordingError(
                f"{path} is not part of the recording of {others[0]}, and has no JSON file of its "
                "own. It may be left from an older recording"
            )
        if path.suffix not in _NOT_VIDEOS and (origin := origin_of(_tags(path))):
            raise RecordingError(
                f"{path} has no sidecar beside it. The video says of itself: {origin}. Put it back into the "
                "folder of its recording"
            )
        raise RecordingError(f"{path} has no sidecar: it is not a recording of this package")
    beside = sorted(folder.glob(f"{glob.escape(stem)}.*"))
    videos = [each for each in beside if each.stem == stem and each.suffix not in _NOT_VIDEOS]
    if not videos:
        raise RecordingError(f"{sidecar} has no video beside it")
    if len(videos) > 1:
        names = ", ".join(each.name for each in videos)
        raise RecordingError(f"the video of {sidecar} is not known: there are {names}")
    tags = _tags(videos[0])
    camera = CameraRecord(
        serial=tags.get(SERIAL, ""),
        name=stem,
        virtual=tags.get(VIRTUAL) == "yes",
        replay_of=tags.get(REPLAY_OF, ""),
        files=(FileRecord(videos[0].name, sidecar.name),),
    )
    session = Session(
        cameras=(camera,),
        name=stem,
        started=in_utc(tags.get(STARTED, "")),
        wall_offset_ns=0,
        versions={},
        sync="none",
        id=tags.get(SESSION, ""),
    )
    return Found(folder / f"{stem}.json", with_files(session, folder), False)


def _tags(video: Path) -> dict[str, str]:
    """What a video says of itself; nothing where it cannot be read."""
    try:
        with open_video(video) as opened:
            return opened.tags
    except LlpyspinError:
        return {}
