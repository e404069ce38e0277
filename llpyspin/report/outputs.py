"""Writes a report beside its recording: which files, and what they may be written over."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.recording.foreign import exists
from llpyspin.recording.names import full_path
from llpyspin.recording.reportnames import report_files, report_prefix
from llpyspin.recording.tree import to_tree
from llpyspin.recording.wholefile import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from llpyspin.report.document import Document

__all__ = ["Outputs", "json_of"]


class Outputs:
    """The files of a report in a folder.

    Parameters
    ----------
    recording : Path
        The JSON file of the recording.
    folder : path-like, optional
        Default: that of the recording.
    overwrite : bool
        Whether files that no report of ours left may be written over.

    Raises
    ------
    RecordingExistsError
        Such files are there.
    RecordingError
        The folder cannot be made or written to.
    """

    def __init__(
        self, recording: Path, folder: str | os.PathLike[str] | None = None, *, overwrite: bool = False
    ) -> None:
        self.folder = recording.absolute().parent if folder is None else full_path(folder)
        self._recording = recording
        self._prefix = report_prefix(recording)
        self._make_folder()
        self._overwrite = overwrite
        self._check_ours([self.page, self.path("json")])

    @property
    def page(self) -> Path:
        """The HTML file."""
        return self.path("html")

    def path(self, ending: str) -> Path:
        """A file of the report: ``html``, ``json``, ``losses.png`` …"""
        return self.folder / f"{self._prefix}.{ending}"

    def write(self, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Write all files, by their endings, each whole or not at all; figures of an older report go.

        Raises
        ------
        RecordingError
            They cannot be written.
        RecordingExistsError
            One of these files is there, and no report left it.
        """
        self._check_ours(map(self.path, contents))
        new = {self.path(ending) for ending in contents}
        stale = [path for path in report_files(self._recording, self.folder) if path not in new]
        for ending in sorted(contents, key=lambda each: (each != "json", each == "html")):
            write_whole(self.path(ending), contents[ending])  # the JSON first: it names the others
        for path in stale:
            path.unlink(missing_ok=True)
        return tuple(self.path(ending) for ending in contents)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordingError(
                f"the folder {self.folder} cannot be made for the report: {error.strerror}"
            ) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise RecordingError(
                f"the folder {self.folder} cannot be written to. Choose another folder for the report (--out)"
            )

    def _check_ours(self, paths: Iterable[Path]) -> None:
        if self._overwrite:
            return
        ours = set(report_files(self._recording, self.folder))
        foreign = [path for path in paths if exists(path) and path not in ours]
        if foreign:
            raise RecordingExistsError(
                f"{foreign[0]} is there, and no report of llpyspin left it. Choose another folder (--out) "
                "or set overwrite=True (--overwrite)"
            )


def json_of(document: Document) -> bytes:
    """The document as ``report.json`` has it."""
    tree = to_tree(document)
    tree = {name: tree[name] for name in ("schema", "version", *(each for each in tree))}
    return (json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "replace")
