"""Makes the report of a recording and writes it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.naming.constructors import checked_call
from llpyspin.naming.known import named
from llpyspin.processes.batches import run_batch
from llpyspin.recording.locating import find
from llpyspin.recording.reportnames import is_report, report_page
from llpyspin.recording.tree import read_json
from llpyspin.report.compose import compose
from llpyspin.report.drawings import drawings_of
from llpyspin.report.outputs import Outputs, json_of
from llpyspin.report.page import page_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from llpyspin.processes.batches import BatchReport, Progress
    from llpyspin.recording.checking.check import CheckReport
    from llpyspin.report.document import Document

__all__ = ["Report", "ReportPage", "report_once", "write_report", "write_reports"]


@named
@dataclass(frozen=True, repr=False)
class Report:
    """A report that was written.

    Attributes
    ----------
    page : Path
        The HTML file.
    files : tuple of Path
        The page, ``report.json``, and the figures as PNG.
    document : Document
        What it says, as plain values: what ``report.json`` has.
    """

    page: Path
    files: tuple[Path, ...]
    document: Document

    def __repr__(self) -> str:
        return f"<Report {self.page}: {self.document.verdict.headline}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("Report(...)" if cycle else str(self))

    def __str__(self) -> str:
        verdict = self.document.verdict
        return "\n".join([verdict.headline, *verdict.sentences, "", f"Report: {self.page}"])


@named
@dataclass(frozen=True)
class ReportPage:
    """One of many reports.

    Attributes
    ----------
    page : Path
        The HTML file.
    headline : str
        The verdict.
    new : bool
        False: the report was there already, newer than the recording, and was not written again.
    """

    page: Path
    headline: str
    new: bool = True

    def __str__(self) -> str:
        return f"{self.page}: {self.headline}"


@checked_call
def write_reports(
    paths: Iterable[str | os.PathLike[str]],
    *,
    workers: int | None = None,
    client: Any = None,
    progress: Progress | None = None,
) -> BatchReport[ReportPage]:
    """Write the reports of several recordings, each beside its recording.

    A report that is there, and newer than the recording, is not written again.

    Parameters
    ----------
    paths : iterable of path-like
        Folders of sessions, or files of single recordings.
    workers : int, optional
        Processes.  By default one for each processor that this program may use.
    client : distributed.Client, optional
        A Dask cluster writes them, instead of this machine.
    progress : callable, optional
        Called with ("recordings", finished, all).
    """
    return run_batch(f"{__name__}:report_once", paths, {}, workers=workers, client=client, progress=progress)


def report_once(path: str) -> ReportPage:
    """Write the report of a recording, unless there is one that is newer than the recording."""
    found = find(path)
    page = report_page(found.path)
    numbers = page.with_suffix(".json")
    files = [
        found.path,
        *(found.folder / file.sidecar for one in found.session.cameras for file in one.files),
    ]
    if all(map(is_report, (page, numbers))) and _time_of(page) > max(map(_time_of, files)):
        return ReportPage(page, str(read_json(numbers)["verdict"]["headline"]), new=False)
    made = write_report(path)
    return ReportPage(made.page, made.document.verdict.headline)


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@checked_call
def write_report(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    check: CheckReport | None = None,
    overwrite: bool = False,
) -> Report:
    """Write the report of a recording: one HTML page, its numbers as JSON, its figures as PNG.

    The recording is not changed, whatever its state.  An older report of this package is replaced.

    Parameters
    ----------
    path : path-like
        The folder of a session, or any file of a single recording.
    out : path-like, optional
        Folder for the report.  Default: that of the recording.
    check : CheckReport, optional
        What :func:`llpyspin.check` returned: the report then also says what it found.
    overwrite : bool
        Whether to replace files of these names that are not reports of this package.

    Raises
    ------
    RecordingError
        There is no recording, or the report cannot be written.
    RecordingExistsError
        Files of these names are there, and they are not reports of this package.
    MissingExtraError
        matplotlib or jinja2 is not installed.
    """
    found = find(path)
    outputs = Outputs(found.path, out, overwrite=overwrite)
    document, tiles = compose(found, check)
    drawings = drawings_of(document)
    endings = ["html", "json", *(f"{each.name}.png" for each in drawings)]
    document = dataclasses.replace(document, files=tuple(outputs.path(each).name for each in endings))
    page = page_of(document, drawings, tiles, outputs.path("json").name)
    contents = {f"{each.name}.png": each.png for each in drawings}
    contents |= {"json": json_of(document), "html": page.encode("utf-8", "replace")}
    written = outputs.write(contents)
    return Report(outputs.page, tuple(sorted(written)), document)
