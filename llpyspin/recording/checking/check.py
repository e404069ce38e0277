"""Reads a recording again and compares videos, rows and account."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from llpyspin.naming.constructors import checked_call
from llpyspin.naming.known import named
from llpyspin.processes.batches import only_one, run_batch
from llpyspin.recording.account.making import account_of
from llpyspin.recording.account.overhosts import is_here
from llpyspin.recording.checking.videos import inspect
from llpyspin.recording.health.loadedhealth import health_notes
from llpyspin.recording.hostmerging import not_here
from llpyspin.recording.locating import find, spills_of
from llpyspin.recording.session import RECORDING
from llpyspin.recording.sidecar import being_written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import RenderableType

    from llpyspin.processes.batches import BatchReport
    from llpyspin.recording.account.account import Account, CameraAccount
    from llpyspin.recording.checking.videos import Progress
    from llpyspin.recording.locating import Found

__all__ = ["CheckReport", "check"]

_NAME = f"{__name__}:check"
"""For worker processes."""


@named
@dataclass(frozen=True, repr=False)
class CheckReport:
    """What :func:`check` found; ``str()`` of it is for people.

    Attributes
    ----------
    path : Path
        The JSON file of the recording.
    state : str
        "complete", "repaired", "recording" (it was killed), or "" where there is no JSON file.
    account : Account
        Made anew from the sidecars.
    pictures : dict of str to int
        How many pictures were decoded, by video.
    compared : int
        Pictures of virtual cameras whose numbers were compared with the sidecars.
    findings : tuple of str
        What is wrong, with the first frames that are.
    notes : tuple of str
        What else there is to know.
    """

    path: Path
    state: str
    account: Account
    pictures: dict[str, int] = field(default_factory=dict)
    compared: int = 0
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the recording is what its account says.

        True as well where frames are missing and the account names them: see :attr:`complete`.
        """
        return not self.findings

    @property
    def complete(self) -> bool:
        """Whether nothing is wrong, and each trigger has a whole picture of each camera."""
        return self.ok and self.account.complete

    def __rich__(self) -> RenderableType:
        from rich.console import Group

        from llpyspin.tables.sheet import Indented

        lines = [f"{video}: {count} pictures decoded" for video, count in self.pictures.items()]
        if self.compared:
            lines.append(f"The frame numbers in {self.compared} pictures were compared with the CSV files.")
        lines += self.notes
        if not self.ok:
            ending: list[RenderableType] = [
                "THE RECORDING IS NOT WHAT IT SHOULD BE:",
                *map(Indented, self.findings),
            ]
        else:
            ending = ["The recording is what its account says."]
            ending += [] if self.complete else ["It is not complete."]
        return Group(self.account, "", *map(Indented, lines), "", *ending)

    def __str__(self) -> str:
        from llpyspin.tables.sheet import plain

        return plain(self)

    def __repr__(self) -> str:
        found = f"{len(self.findings)} findings" if self.findings else "as its account says"
        whole = "complete" if self.complete else "not complete"
        return f"<CheckReport of {self.path}: {found}, {whole}, {sum(self.pictures.values())} pictures>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("CheckReport(...)" if cycle else str(self))


@overload
def check(  # type: ignore[overload-overlap]  # a text is no list of recordings
    path: str | os.PathLike[str], *, progress: Progress | None = None
) -> CheckReport: ...


@overload
def check(
    path: Iterable[str | os.PathLike[str]],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    client: Any = None,
) -> BatchReport[CheckReport]: ...


@checked_call
def check(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    client: Any = None,
) -> CheckReport | BatchReport[CheckReport]:
    """Decode and count every picture of a recording, and compare all that can be compared.

    The pictures are compared with the sidecars, the rows of the sidecars with each other, and the account
    with the sidecars and with the one that was written. For virtual cameras the numbers in the pixels are
    compared, too.  Nothing is changed.

    Parameters
    ----------
    path : path-like, or several
        The folder of a session, or any file of a single recording.  Several recordings are checked at the
        same time, each in a process; the :class:`BatchReport` has the report or the error of each.
    progress : callable, optional
        Called with (video, pictures done, pictures there should be) after each picture; of several
        recordings with ("recordings", finished, all).
    workers : int, optional
        Processes for several recordings.  By default one for each processor that this program may use.
    client : distributed.Client, optional
        A Dask cluster checks several recordings, instead of this machine.

    Raises
    ------
    RecordingError
        There is no recording.
    ArgumentTypeError
        There are workers or a client, and only one recording.

    Notes
    -----
    It takes as long as decoding all videos does.
    """
    if not isinstance(path, (str, os.PathLike)):
        return run_batch(_NAME, path, {}, workers=workers, client=client, progress=progress)
    only_one(workers, client)
    return _check(find(path), progress)


def _check(found: Found, progress: Progress | None) -> CheckReport:
    session, folder = found.session, found.folder
    findings, notes = [*_state(found), *not_here(session, folder)], []
    away = {host.name for host in session.hosts if not is_here(host, folder)}
    account = account_of(session, folder)
    findings += account.reasons
    findings += _differences(account, session.account)
    pictures: dict[str, int] = {}
    compared = 0
    for camera in session.cameras:
        if camera.host in away:
            continue
        label = camera.name or camera.serial
        inspection = inspect(camera, session, folder, progress)
        pictures.update(inspection.pictures)
        compared += inspection.stamped
        findings += [f"{label}: {text}" for text in inspection.findings]
        notes += [f"{label}: {text}" for text in inspection.notes]
    notes += health_notes(found.path)
    if not found.written and session.id:
        notes.append(f"its video says that it is of session {session.id}, started {session.started}")
    return CheckReport(
        path=found.path,
        state=session.state if found.written else "",
        account=account,
        pictures=pictures,
        compared=compared,
        findings=tuple(dict.fromkeys(findings)),
        notes=tuple(notes),
    )


def _state(found: Found) -> list[str]:
    findings = []
    sidecars = [found.folder / file.sidecar for camera in found.session.cameras for file in camera.files]
    if any(being_written(sidecar) for sidecar in sidecars):
        findings.append("it is still being recorded: check it afterwards")
    elif not found.written:
        findings.append("it was killed before its account was written. To make one: llpyspin repair")
    elif found.session.state == RECORDING:
        findings.append(
            "it was killed while it was recorded. To complete it and its account: llpyspin repair"
        )
    for spill in spills_of(found):
        findings.append(
            f"{spill.name} has frames that are not in the video yet. To encode them: llpyspin repair"
        )
    return findings


def _differences(now: Account, written: Account | None) -> list[str]:
    """Where the account that was written is not that of the sidecars."""
    if written is None:
        return []
    findings = []
    before = {camera.serial: camera for camera in written.cameras}
    for camera in now.cameras:
        known = before.get(camera.serial)
        if known is not None and _numbers(camera) != _numbers(known):
            findings.append(
                f"{camera.label}: the account that was written says {_told(known)}, "
                f"the sidecars say {_told(camera)}"
            )
    return findings


def _numbers(camera: CameraAccount) -> tuple[object, ...]:
    lost = {place: count for place, count in camera.lost.items() if count}
    return camera.triggers, camera.written, camera.incomplete, lost, camera.blanks


def _told(camera: CameraAccount) -> str:
    return (
        f"{camera.triggers} triggers = {camera.written} written + {camera.incomplete} incomplete + "
        f"{camera.all_lost} lost"
    )
