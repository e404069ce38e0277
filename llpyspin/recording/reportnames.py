"""How the report of a recording is called, and which files are one.  They go with the recording."""

from __future__ import annotations

import json
from pathlib import Path

from llpyspin.errors import RecordingError
from llpyspin.recording.foreign import read_bytes
from llpyspin.recording.session import SESSION_FILE

__all__ = ["MARK", "SCHEMA", "is_report", "report_files", "report_page", "report_prefix"]

MARK = "llpyspin report"
"""Each page names it as its generator."""
SCHEMA = "llpyspin-report"
"""Each JSON file of a report names it first."""
_HEAD = 4096
_MOST_JSON = 64 << 20


def report_prefix(recording: Path) -> str:
    """How names of the report begin: ``report`` in the folder of a session, ``NAME.report`` beside NAME.mkv.

    ``recording`` is the JSON file of the recording, whether it is there or not.
    """
    return "report" if recording.name == SESSION_FILE else f"{recording.stem}.report"


def report_page(recording: Path, folder: Path | None = None) -> Path:
    """The page of the report in a folder, by default beside the recording; it need not be there."""
    folder = recording.parent if folder is None else folder
    return folder / f"{report_prefix(recording)}.html"


def report_files(recording: Path, folder: Path | None = None) -> list[Path]:
    """The files of the report in a folder: page, numbers, and the figures that these name.

    Files of these names that no report left are not among them.
    """
    prefix = report_prefix(recording)
    folder = recording.parent if folder is None else folder
    page, numbers = report_page(recording, folder), folder / f"{prefix}.json"
    names = [name for name in _named(numbers) if name.startswith(f"{prefix}.") and name.endswith(".png")]
    figures = [folder / name for name in names if Path(name).name == name]
    return [path for path in (page, numbers) if is_report(path)] + [
        path for path in figures if path.is_file()
    ]


def is_report(path: Path) -> bool:
    """Whether a report left the file: a page names its generator, JSON its schema."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    mark = f'content="{MARK}"' if path.suffix == ".html" else f'"schema": "{SCHEMA}"'
    return mark.encode() in head


def _named(numbers: Path) -> list[str]:
    """Names of the files that the JSON file of a report has; none of anything else."""
    try:
        tree = json.loads(read_bytes(numbers, _MOST_JSON))
    except (RecordingError, ValueError, RecursionError):
        return []
    names = tree.get("files") if isinstance(tree, dict) and tree.get("schema") == SCHEMA else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
