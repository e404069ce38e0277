"""Makes a report in a process of its own: whatever happens to it, the program and its recording go on."""

from __future__ import annotations

import importlib.util
import logging
import os
from pathlib import Path

from llpyspin.errors import CameraHungError, CameraProcessError, LlpyspinError, RecordingError
from llpyspin.processes.child import ChildProcess

__all__ = ["cannot_report", "report_if_possible", "write_report_apart"]

logger = logging.getLogger("llpyspin")

LONGEST_S = 300.0
CLOSE_S = 2.0
NEEDED = ("matplotlib", "jinja2")


class _Process(ChildProcess):
    """The child that makes one report."""

    _module = "llpyspin.report.reportchild"
    _what = "process that makes the report"
    _again = "Make the report again with llpyspin report"
    _stuck = "the report took too long, so its process was ended"
    _where = "process that makes the report"


def cannot_report() -> str:
    """Why no report can be made on this machine, and what to install; "" if one can."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return f"a report needs {' and '.join(missing)}: pip install 'llpyspin[report]'" if missing else ""


def write_report_apart(path: str | os.PathLike[str], *, longest_s: float = LONGEST_S) -> Path:
    """Write the report of a recording in a child process; gives the page.

    Raises
    ------
    RecordingError
        The report cannot be made; its process crashed, or took longer than ``longest_s``.
    MissingExtraError
        matplotlib or jinja2 is not installed.
    """
    process = _Process(str(path))
    try:
        return Path(os.fsdecode(process.request("report", os.fsencode(path), timeout_s=longest_s)))
    except CameraHungError:
        raise RecordingError(f"the report of {path} was not ready within {longest_s:g} s") from None
    except CameraProcessError as error:
        raise RecordingError(
            f"the process that makes the report of {path} crashed (exit code {error.exitcode})"
        ) from None
    finally:
        process.close(timeout_s=CLOSE_S)


def report_if_possible(path: str | os.PathLike[str]) -> Path | None:
    """Write the report; where that fails, only warn and return None: the recording is complete."""
    try:
        page = write_report_apart(path)
    except (LlpyspinError, OSError) as error:
        logger.warning("the recording is complete, but there is no report: %s", error)
        return None
    logger.info("report: %s", page)
    return page
