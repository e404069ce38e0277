"""Reads the SDK's package files."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import tarfile
import threading
from typing import TYPE_CHECKING

from spinnaker.errors import InstallError
from spinnaker.programs import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SELECTIONS", "Deb", "read_debs", "select"]

SELECTIONS = ("all", "runtime")
MOST_SAID = 64 << 20
_SECONDS = 60.0
_EULA = re.compile(r"^Template:[ \t]*(\S*eula\S*)[ \t]*\nType:[ \t]*boolean", re.MULTILINE | re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Deb:
    """One package file.

    Attributes
    ----------
    path : Path
    name, version, architecture : str
    licence_question : str or None
        The debconf question by which it has FLIR's licence accepted.
    producers : tuple of str
        GenTL producers in it: where those files will be.
    """

    path: Path
    name: str
    version: str
    architecture: str
    licence_question: str | None = None
    producers: tuple[str, ...] = ()


def read_debs(paths: Sequence[Path]) -> list[Deb]:
    """What package files say of themselves.

    Raises
    ------
    InstallError
        dpkg-deb is not there, or cannot read one.
    """
    return [_read_deb(path) for path in paths]


def _read_deb(path: Path) -> Deb:
    fields = _dpkg_deb("--field", str(path), "Package", "Version", "Architecture").decode()
    named = dict(line.split(": ", 1) for line in fields.splitlines() if ": " in line)
    try:
        return Deb(
            path,
            named["Package"],
            named["Version"],
            named["Architecture"],
            _licence_question(path),
            _producers(path) if "gentl" in named["Package"] else (),
        )
    except KeyError as error:
        raise InstallError(f"{path.name} does not say its {error}: it is no package") from error


def _licence_question(path: Path) -> str | None:
    with tarfile.open(fileobj=io.BytesIO(_dpkg_deb("--ctrl-tarfile", str(path)))) as control:
        for member in control:
            if member.isfile() and member.name.lstrip("./") == "templates":
                content = control.extractfile(member)
                match = _EULA.search(content.read(MOST_SAID).decode("utf-8", "replace") if content else "")
                return match[1] if match else None
    return None


def _producers(path: Path) -> tuple[str, ...]:
    listed = _dpkg_deb("--contents", str(path)).decode("utf-8", "replace")
    return tuple(re.findall(r" \.(/\S+\.cti)$", listed, re.MULTILINE))


def _dpkg_deb(*arguments: str) -> bytes:
    """What dpkg-deb says; never more than fits in memory, whatever the package unpacks to."""
    try:
        program = subprocess.Popen(
            ["dpkg-deb", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(),
            cwd="/",
        )
    except FileNotFoundError as error:
        raise InstallError("dpkg-deb, which reads Debian's packages, is not installed here") from error
    late = threading.Timer(_SECONDS, program.kill)
    late.start()
    with program:
        assert program.stdout is not None and program.stderr is not None
        said = program.stdout.read(MOST_SAID + 1)
        if len(said) > MOST_SAID:
            program.kill()
        words = program.stderr.read(1 << 16)
    late.cancel()
    if len(said) > MOST_SAID:
        raise InstallError(f"{arguments[1]} says more than {MOST_SAID >> 20} MiB of itself: it is no package")
    if program.returncode:
        raise InstallError(f"{arguments[1]} is damaged: {words.decode(errors='replace').strip()}")
    return said


def select(debs: Sequence[Deb], selection: str) -> list[Deb]:
    """The packages to install: all, or those that programs need at run time (no SpinView, no headers)."""
    if selection == "all":
        return list(debs)
    return [deb for deb in debs if deb.name.startswith("lib") and not deb.name.endswith("-dev")]
