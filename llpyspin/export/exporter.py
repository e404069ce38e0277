"""Exports a recording: into a new folder, whole or not at all."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from llpyspin import __version__
from llpyspin.errors import ArgumentError, OutputExistsError, RecordingError
from llpyspin.export.boardfiles import why_not_read
from llpyspin.export.boardtake import take_in
from llpyspin.export.material import material_of
from llpyspin.export.outcome import ExportReport
from llpyspin.export.targets import TARGETS
from llpyspin.export.unfinished import new_folder
from llpyspin.export.work import Work
from llpyspin.naming.constructors import checked_call
from llpyspin.naming.known import did_you_mean
from llpyspin.processes.batches import only_one, run_batch
from llpyspin.recording.foreign import exists
from llpyspin.recording.recordingsin import EXPORTED
from llpyspin.recording.session import SESSION_FILE
from llpyspin.recording.tree import from_tree, read_json, to_tree, write_json
from llpyspin.system.openfiles import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.export.material import Material
    from llpyspin.export.targets import Target
    from llpyspin.export.videojobs import Progress
    from llpyspin.processes.batches import BatchReport

__all__ = ["ABOUT", "export"]

ABOUT = EXPORTED
"""In each exported folder: which recording it is of, and what became of each video."""
MOST_QUANTISER = 51
_ONCE = f"{__name__}:export_once"


@dataclass(frozen=True)
class _Options:
    """What was asked for, as far as the files depend on it."""

    to: str
    link: bool
    quality: int | None
    calibration: str | None


@overload
def export(  # type: ignore[overload-overlap]  # a text is no list of recordings
    path: str | os.PathLike[str],
    to: str,
    *,
    out: str | os.PathLike[str] | None = None,
    link: bool = False,
    quality: int | None = None,
    calibration: str | os.PathLike[str] | None = None,
    board: Board | None = None,
    progress: Progress | None = None,
) -> ExportReport: ...


@overload
def export(
    path: Iterable[str | os.PathLike[str]],
    to: str,
    *,
    out: str | os.PathLike[str] | None = None,
    link: bool = False,
    quality: int | None = None,
    calibration: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    client: Any = None,
) -> BatchReport[ExportReport]: ...


@checked_call
def export(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    to: str,
    *,
    out: str | os.PathLike[str] | None = None,
    link: bool = False,
    quality: int | None = None,
    calibration: str | os.PathLike[str] | None = None,
    board: Board | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    client: Any = None,
) -> ExportReport | BatchReport[ExportReport]:
    """Write a recording in the form that another program reads.

    Frame n of each video is the same trigger for all cameras.  A blank picture stands for each trigger
    without a picture.  The recording is not changed.

    Parameters
    ----------
    path : path-like, or several
        The folder of a session or of a calibration take, or any file of a single recording.  Several
        recordings are exported at the same time, each in a process; the :class:`BatchReport` has the report
        or the error of each.
    to : str
        One of ``llpyspin.export.TARGETS``, as "mp4".
    out : path-like, optional
        The new folder. By default it lies beside the recording: "mouse-17_mp4".  For several recordings the
        folder, which exists, that gets such a folder for each.
    link : bool
        Link the recording's own videos where the target reads them as they are.
    quality : int, optional
        Quantiser of H.264 for videos that are encoded again: 0 is lossless, 51 the worst. Default 18.
    calibration : path-like, optional
        A calibration of the cameras as aniposelib saves it (TOML).
    board : Board, optional
        The calibration board that was recorded. The videos are where the program looks for such videos.
        Not needed for the folder of a calibration take.
    progress : callable, optional
        Called with (what, pictures done, pictures in all) after each picture; of several recordings with
        ("recordings", finished, all).
    workers : int, optional
        Processes for several recordings.  By default one for each processor that this program may use.
    client : distributed.Client, optional
        A Dask cluster exports several recordings, instead of this machine.  Where its workers declare the
        resource ``encode``, each recording takes one of it.

    Returns
    -------
    ExportReport
        Of one recording.
    BatchReport
        Of several.  An export that is there already, and whole, is not written again.

    Raises
    ------
    ArgumentError
        There is no such target, or it has no such option.
    ArgumentTypeError
        There are workers or a client, and only one recording.
    OutputExistsError
        The new folder exists.
    RecordingError
        The recording cannot be read, or the export cannot be written.
    MissingExtraError
        A package is missing.
    """
    target = _target(to, link, quality, calibration)
    options = _Options(to, link, quality, None if calibration is None else os.path.abspath(calibration))
    if not isinstance(path, (str, os.PathLike)):
        if board is not None:
            raise ArgumentError("a board is given for one recording only. Leave out board")
        given = {**asdict(options), "out": None if out is None else os.path.abspath(out)}
        return run_batch(
            _ONCE, path, given, resource="encode", workers=workers, client=client, progress=progress
        )
    only_one(workers, client)
    path, board = _with_board(path, board, to)
    material = _material(path, target)
    place = _place(out, material, to)
    _check_place(place, material.folder.absolute())
    return _write(material, place, target, options, board, progress)


def export_once(path: str, *, out: str | None, **options: Any) -> ExportReport:
    """Export a recording, unless that was done before, or is done by somebody else meanwhile.

    ``out`` is the folder that gets a folder of the recording's name.
    """
    chosen = _Options(**options)
    target = _target(chosen.to, chosen.link, chosen.quality, chosen.calibration)
    recording, board = _with_board(path, None, chosen.to)
    material = _material(recording, target)
    place = _place(None, material, chosen.to)
    place = place if out is None else Path(out) / place.name
    try:
        return _finished(material, place, chosen) or _checked_and_written(
            material, place, target, chosen, board
        )
    except OutputExistsError:
        finished = _finished(material, place, chosen)
        if finished is None:
            raise
        return finished


def _checked_and_written(
    material: Material, place: Path, target: Target, options: _Options, board: Board | None
) -> ExportReport:
    _check_place(place, material.folder.absolute())
    return _write(material, place, target, options, board, None)


def _with_board(
    path: str | os.PathLike[str], board: Board | None, to: str
) -> tuple[str | os.PathLike[str], Board | None]:
    """The recording, and the board that is in it; a calibration take knows both."""
    if board is None and (take := take_in(path)) is not None:
        path, board = take
    if board is not None and (reason := why_not_read(board, to)):
        raise ArgumentError(reason)
    return path, board


def _material(path: str | os.PathLike[str], target: Target) -> Material:
    material = material_of(path)
    return material.only_own() if target.several else material


def _write(
    material: Material,
    place: Path,
    target: Target,
    options: _Options,
    board: Board | None,
    progress: Progress | None,
) -> ExportReport:
    calibration = None if options.calibration is None else Path(options.calibration)
    with new_folder(place) as part:
        work = Work(material, part, options.link, options.quality, calibration, board, progress)
        target.write(work)
        report = _report(options.to, place, work)
        write_json(part / ABOUT, _about(report, material, options))
        _keep(part)
    return report


def _finished(material: Material, place: Path, options: _Options) -> ExportReport | None:
    """The export that is there, if it is one of this recording as it is now, with these options."""
    if not exists(place / ABOUT):
        return None
    about = read_json(place / ABOUT)
    report = replace(from_tree(ExportReport, about, str(place / ABOUT)), path=place, new=False)
    wanted = to_tree(_about(report, material, options))
    same = ("recording", "started_utc", "account", "options")
    if any(about.get(name) != wanted[name] for name in same) or not _is_whole(place, report):
        return None
    return report


def _is_whole(place: Path, report: ExportReport) -> bool:
    return all(exists(place / name) for name in report.files)


def _target(to: str, link: bool, quality: int | None, calibration: object) -> Target:
    target = TARGETS.get(to)
    if target is None:
        near = did_you_mean(to, TARGETS, f"There are {', '.join(TARGETS)}")
        raise ArgumentError(f"there is no export to {to!r}. {near}")
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
    if out is not None:
        return Path(out).expanduser().absolute()
    folder = material.folder.absolute()
    beside, name = (folder.parent, folder.name) if _is_session(folder) else (folder, material.name)
    return beside / f"{name}_{to}"


def _check_place(place: Path, recording: Path) -> None:
    """Refuse a place that is used, in the recording, or in no folder."""
    if exists(place) or place.is_symlink():
        raise OutputExistsError(f"{place} exists. Choose another folder: --out, or out=")
    if _is_session(recording) and place.resolve().is_relative_to(recording.resolve()):
        raise RecordingError(
            f"{place} lies inside the recording, which is not changed. Choose another folder"
        )
    if not place.parent.is_dir():
        raise RecordingError(f"{place.parent} is not a folder: {place.name} cannot be made in it")


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


def _about(report: ExportReport, material: Material, options: _Options) -> dict[str, Any]:
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
        "options": asdict(options),
    }
