"""The list of checksums beside a verified copy, in the form that ``sha256sum --check`` reads."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from llpyspin.errors import OutputExistsError, RecordingError
from llpyspin.recording.foreign import exists, read_bytes
from llpyspin.recording.wholefile import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SUMS", "check_free", "sums_file", "write_sums"]

SUMS = ".sha256"
"""Suffix of the list."""
_LINE = re.compile(rb"\\?[0-9a-f]{64}  [^\n]+\n")
_MOST_BYTES = 64 << 20


def sums_file(json: Path) -> Path:
    """The list beside the JSON file of a recording."""
    return json.with_suffix(SUMS)


def check_free(path: Path) -> None:
    """Refuse to replace a file of this name that is no list of checksums.

    Raises
    ------
    OutputExistsError
    """
    if not exists(path):
        return
    try:
        lines = read_bytes(path, _MOST_BYTES).splitlines(keepends=True)
        ours = all(_LINE.fullmatch(line) for line in lines)
    except RecordingError:
        ours = False
    if not ours:
        raise OutputExistsError(f"{path} exists, and is no list of checksums. Choose another folder")


def write_sums(path: Path, sums: Mapping[str, str]) -> None:
    """Write the list: SHA-256 by name of the file.

    Raises
    ------
    RecordingError
        It cannot be written.
    """
    write_whole(path, b"".join(_line(name, sums[name]) for name in sorted(sums)))


def _line(name: str, digest: str) -> bytes:
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != name else ""  # says that the name is escaped
    return os.fsencode(f"{mark}{digest}  {escaped}\n")
