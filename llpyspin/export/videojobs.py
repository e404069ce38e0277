"""Makes the video of one camera: a link, a copy of the compressed pictures, or a new encoding."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.export.comparing import check_packets, compare_pictures
from llpyspin.export.copying import copy_packets
from llpyspin.export.outcome import COPIED, ENCODED, LINKED, ExportedVideo
from llpyspin.export.reels import Reel, kind_of_pictures, small
from llpyspin.export.wanted import Wants, joinable, probe
from llpyspin.recording.blank import blank
from llpyspin.recording.sinks import Choice, Picture, open_sink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.export.material import Material, View

    Array = npt.NDArray[Any]
    Flags = npt.NDArray[np.bool_]
    Progress = Callable[[str, int, int], None]

__all__ = ["VideoJob", "make_video"]

ENCODER = "libx264"
SUFFIX = ".mp4"


@dataclass(frozen=True)
class VideoJob:
    """One video to be made.

    Attributes
    ----------
    view : View
    material : Material
    folder : Path
        The new folder.
    file : str
        Path of the video in it, without a suffix.
    wants : Wants
    link : bool
        Whether to link the recording's own file where it is what the target wants.
    quality : int or None
        The quantiser of H.264, where pictures are encoded again.
    progress : callable or None
        Called with (video, pictures done, pictures in all).
    """

    view: View
    material: Material
    folder: Path
    file: str
    wants: Wants
    link: bool = False
    quality: int | None = None
    progress: Progress | None = None

    def report(self, doing: str, done: int) -> None:
        """Tell how far it is."""
        if self.progress is not None:
            self.progress(f"{doing} {self.file}", done, self.material.count)


def make_video(job: VideoJob) -> ExportedVideo:
    """Make a video with one picture for each trigger, and check it.

    Raises
    ------
    RecordingError
        It cannot be written, or is not what it should be.
    """
    parts = probe(job.view)
    linked = joinable(parts, job.view, job.wants.links) if job.link else None
    if linked is not None and len(parts) == 1 and linked[0].whole:
        return _linked(job)
    copied = joinable(parts, job.view, job.wants.copies)
    return _encoded(job) if copied is None else _copied(job, [part.count for part in copied])


def _linked(job: VideoJob) -> ExportedVideo:
    source = job.view.files[0]
    path = job.folder / f"{job.file}{source.suffix.lower()}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(os.path.relpath(source.resolve(), path.parent.resolve()))
    return _finished(job, path, LINKED, job.view.blanks, None)


def _copied(job: VideoJob, counts: list[int]) -> ExportedVideo:
    path = _path(job)
    with Reel(job.view) as reel:
        tags = reel.tags()
    picture = kind_of_pictures(job.view, job.material.rate)
    sums = copy_packets(list(zip(job.view.files, counts, strict=True)), path, picture, _tags(job, tags))
    if check_packets(path, job.material.count, job.material.rate) != sums:
        raise RecordingError(f"{path.name} has other pictures than the recording. This is a fault")
    return _finished(job, path, COPIED, job.view.blanks, None)


def _encoded(job: VideoJob) -> ExportedVideo:
    path = _path(job)
    picture = kind_of_pictures(job.view, job.material.rate)
    blanks, images, unreadable = _encode(job, path, picture)
    check_packets(path, job.material.count, job.material.rate)
    return _finished(job, path, ENCODED, blanks, images, unreadable)


def _path(job: VideoJob) -> Path:
    path = job.folder / f"{job.file}{SUFFIX}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _encode(job: VideoJob, path: Path, picture: Picture) -> tuple[Flags, Array, int]:
    """Encode all pictures; gives which are blank, small images, and how many could not be read."""
    blanks, there, unreadable = job.view.blanks.copy(), job.view.pictures, 0
    cross = blank(picture)
    images = np.zeros((job.material.count, *small(cross).shape), np.uint8)
    with Reel(job.view) as reel:
        sink = open_sink(
            path,
            picture,
            Choice(ENCODER, SUFFIX),
            quality=job.quality,
            options={"pix_fmt": _pixels(picture)},
            tags=_tags(job, reel.tags()),
        )
        try:
            for place in range(job.material.count):
                image = reel.picture(place) if there[place] else cross
                if image is None:
                    image, blanks[place], unreadable = cross, True, unreadable + 1
                _check_size(image, picture, job.view, place)
                sink.write(image)
                images[place] = small(image)
                job.report("encoding", place + 1)
        finally:
            sink.close()
    return blanks, images, unreadable


def _check_size(image: Array, picture: Picture, view: View, place: int) -> None:
    if image.shape != picture.shape:
        raise RecordingError(
            f"{view.label}: the picture of trigger {view.columns['trigger'][place]} has the shape "
            f"{image.shape}, the first one {picture.shape}. One video holds pictures of one size"
        )


def _pixels(picture: Picture) -> str:
    """What most programs read; odd sizes do not fit into it."""
    if picture.width % 2 == 0 and picture.height % 2 == 0:
        return "yuv420p"
    return "yuv444p" if picture.color else "gray"


def _tags(job: VideoJob, tags: dict[str, str]) -> dict[str, str]:
    """What the new video says of itself: what the recording's says, and where it is from."""
    tags.pop("llpyspin_part", None)
    record = job.view.record
    tags |= {"llpyspin_export_of": job.material.name, "llpyspin_first_trigger": str(job.material.first)}
    tags |= {"llpyspin_serial": record.serial} if record.serial else {}
    tags |= {"llpyspin_virtual": "yes"} if record.virtual else {}
    return {"title": f"{job.material.name}, {job.view.label}", **tags}


def _finished(
    job: VideoJob, path: Path, how: str, blanks: Flags, images: Array | None, unreadable: int = 0
) -> ExportedVideo:
    compared = compare_pictures(
        path, job.view, job.material, blanks, images, lambda done: job.report("checking", done)
    )
    return ExportedVideo(
        camera=job.view.name,
        file=str(path.relative_to(job.folder)),
        frames=job.material.count,
        blanks=int(np.count_nonzero(blanks)),
        how=how,
        unreadable=unreadable,
        compared=compared,
    )
