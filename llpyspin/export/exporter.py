"""Exports a recording: into a new folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin import __version__
from llpyspin.errors import ArgumentError, LlpyspinError, OutputExistsError, RecordingError
from llpyspin.export.material import material_of
from llpyspin.export.outcome import ExportReport
from llpyspin.export.targets import TARGETS
from llpyspin.export.work import Work
from llpyspin.recording.foreign import exists
from llpyspin.recording.session import SESSION_FILE
from llpyspin.recording.tree import to_tree, write_json
from llpyspin.system.openfiles import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.export.material import Material
    from llpyspin.export.targets import Target
    from llpyspin.export.videojobs import Progress

__all__ = ["ABOUT", "export"]

ABOUT = "export.json"
"""In each exported folder: which recording it is of, and what became of each video."""
MOST_QUANTISER = 51


def export(
    path: str | os.PathLike[str],
    to: str,
    *,
    out: str | os.PathLike[str] | None = None,
    link: bool = False,
    quality: int | None = None,
    calibration: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write a recording in the form that another program reads.

    Frame n of each video is the same trigger for all cameras.  A blank picture stands for each trigger
    without a picture.  The recording is not changed.

    Parameters
    ----------
    path : path-like
        The folder of a session, or any file of a single recording.
    to : str
        One of ``llpyspin.export.TARGETS``, as "mp4".
    out : path-like, optional
        The new folder. By default it lies beside the recording: "mouse-17_mp4".
    link : bool
        Link the recording's own videos where the target reads them as they are.
    quality : int, optional
        Quantiser of H.264 for videos that are encoded again: 0 is lossless, 51 the worst. Default 18.
    calibration : path-like, optional
        A calibration of the cameras as aniposelib saves it (TOML).
    progress : callable, optional
        Called with (what, pictures done, pictures in all) after each picture.

    Returns
    -------
    ExportReport

    Raises
    ------
    ArgumentError
        There is no such target, or it has no such option.
    OutputExistsError
        The new folder exists.
    RecordingError
        The recording cannot be read, or the export cannot be written.
    MissingExtraError
        A package is missing.
    """
    target = _target(to, link, quality, calibration)
    material = material_of(path)
    material = material.only_own() if target.several else material
    place = _place(out, material, to)
    with _new_folder(place) as part:
        work = Work(
            material, part, link, quality, None if calibration is None else Path(calibration), progress
        )
        target.write(work)
        report = _report(to, place, work)
        write_json(part / ABOUT, _about(report, material))
        _keep(part)
    return report


def _target(to: str, link: bool, quality: int | None, calibration: object) -> Target:
    target = TARGETS.get(to)
    if target is None:
        raise ArgumentError(f"there is no export to {to!r}. There are {', '.join(TARGETS)}")
    if link and not target.videos:
        raise ArgumentError(f"an export to {to} has no videos that can be linked. Leave out link")
    if quality is not None and not target.videos:
        raise ArgumentError(f"an export to {to} has no videos with a quality. Leave out quality")
    if quality is not None and not (isinstance(quality, int) and 0 <= quality <= MOST_QUANTISER):
        raise ArgumentError(
            f"quality is the quantiser of H.264, a whole number from 0 (lossless) to {MOST_QUANTISER}, "
            f"not {quality!r}"
        )
    if calibration is not None and not target.calibrated:
        having = ", ".join(name for name, each in TARGETS.items() if each.calibrated)
        raise ArgumentError(f"an export to {to} takes no calibration. Exports to {having} do")
    return target


def _place(out: str | os.PathLike[str] | None, material: Material, to: str) -> Path:
    """Where the new folder is going to be."""
    folder = material.folder.absolute()
    if out is None:
        beside, name = (folder.parent, folder.name) if _is_session(folder) else (folder, material.name)
        place = beside / f"{name}_{to}"
    else:
        place = Path(out).expanduser().absolute()
    if exists(place) or place.is_symlink():
        raise OutputExistsError(f"{place} exists. Choose another folder: --out, or out=")
    if _is_session(folder) and place.resolve().is_relative_to(folder.resolve()):
        raise RecordingError(
            f"{place} lies inside the recording, which is not changed. Choose another folder"
        )
    if not place.parent.is_dir():
        raise RecordingError(f"{place.parent} is not a folder: {place.name} cannot be made in it")
    return place


def _is_session(folder: Path) -> bool:
    """Whether a folder belongs to one recording."""
    return exists(folder / SESSION_FILE)


def _keep(folder: Path) -> None:
    """Have all new files on the disk before the folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        if path.is_dir():
            sync_folder(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


@contextlib.contextmanager
def _new_folder(place: Path) -> Iterator[Path]:
    """A folder beside ``place`` that gets its name at the end; gone if the body fails."""
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.mkdir()
    except OSError as error:
        raise RecordingError(f"{part} cannot be made: {error.strerror}") from error
    try:
        yield part
        if exists(place):
            raise OutputExistsError(f"{place} exists now. Choose another folder: --out, or out=")
        part.rename(place)
        sync_folder(place.parent)
    except LlpyspinError:
        raise
    except OSError as error:
        raise RecordingError(f"{place} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _report(to: str, place: Path, work: Work) -> ExportReport:
    files = sorted(str(file.relative_to(work.folder)) for file in work.folder.rglob("*") if not file.is_dir())
    material = work.material
    return ExportReport(
        target=to,
        path=place,
        videos=tuple(work.videos),
        files=(*files, ABOUT),
        first_trigger=material.first,
        triggers=material.count,
        virtual=material.virtual,
        notes=(*material.notes, *work.notes),
    )


def _about(report: ExportReport, material: Material) -> dict[str, Any]:
    cameras = [
        {
            "name": view.name,
            "serial": view.record.serial,
            "model": view.record.model,
            "virtual": view.record.virtual,
            "replay_of": view.record.replay_of,
            "files": [file.name for file in view.files],
        }
        for view in material.views
    ]
    about = to_tree(report)
    return {
        **about,
        "path": report.path.name,
        "llpyspin": __version__,
        "recording": material.name,
        "recorded_in": str(material.folder),
        "started_utc": material.session.started_utc,
        "rate": material.rate,
        "cameras": cameras,
        "account": to_tree(material.account),
    }
