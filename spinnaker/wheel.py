"""PySpin's wheel: whether it fits Python, NumPy and SDK, and how it is installed."""

from __future__ import annotations

import dataclasses
import lzma
import os
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from spinnaker.archives import WHERE_FROM, WheelName, parse_wheel_name
from spinnaker.changes import Outlook
from spinnaker.environment import look_at_environment
from spinnaker.errors import InstallError

if TYPE_CHECKING:
    from pathlib import Path

    from spinnaker.environment import Environment
    from spinnaker.journal import Journal, Record
    from spinnaker.machine import Machine

__all__ = [
    "InstallWheel",
    "Wheel",
    "misfits",
    "outlook",
    "read_wheel",
    "undo_wheel",
]

NAME = "spinnaker_python"
MOST_BYTES = 2 << 30
_TAGS = {"amd64": "x86_64", "arm64": "aarch64", "i386": "i686", "armhf": "armv7l"}
_NUMPY_1, _NUMPY_2 = b"numpy.core._multiarray_umath", b"numpy._core._multiarray_umath"


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A wheel that was given.

    Attributes
    ----------
    path : Path
    name : WheelName
    numpy : int or None
        The newest major version of NumPy that its compiled module can work with; None if it does not tell.
    requires : list of str
        Names of the packages that it needs.
    """

    path: Path
    name: WheelName
    numpy: int | None
    requires: list[str]


def read_wheel(path: Path) -> Wheel:
    """What a wheel says of itself, in its name and inside.

    Raises
    ------
    InstallError
        It is damaged or was renamed.
    """
    name = parse_wheel_name(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, archive)
            damaged = archive.testzip()
            if damaged is not None:
                raise InstallError(f"{path.name} is damaged (at {damaged}): download it again")
            return Wheel(path, name, _numpy_of(archive), _requirements(archive))
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise InstallError(f"{path.name} is damaged ({error}): download it again") from error


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    """Nothing in it may be larger than memory should hold, nor all of it than a disk should take."""
    sizes = [member.file_size for member in archive.infolist()]
    if sum(sizes) > MOST_BYTES or max(sizes, default=0) > MOST_BYTES // 4:
        raise InstallError(f"{path.name} unpacks to {sum(sizes) >> 20} MiB: it is no wheel of FLIR's")


def _numpy_of(archive: zipfile.ZipFile) -> int | None:
    """Modules that were compiled for NumPy 2 know its new name; older ones only the old one."""
    newest = None
    for name in archive.namelist():
        if name.endswith((".so", ".pyd")):
            content = archive.read(name)
            if _NUMPY_2 in content:
                return 2
            if _NUMPY_1 in content or b"numpy.core.multiarray" in content:
                newest = 1
    return newest


def _requirements(archive: zipfile.ZipFile) -> list[str]:
    for name in archive.namelist():
        if name.endswith(".dist-info/METADATA"):
            text = archive.read(name).decode("utf-8", "replace").partition("\n\n")[0]
            lines = re.findall(r"^Requires-Dist: *([A-Za-z0-9._-]+)([^\n]*)", text, re.MULTILINE)
            return [required for required, rest in lines if "extra" not in rest]
    return []


def misfits(wheel: Wheel, python: Environment, architecture: str, sdk_version: str | None) -> list[str]:
    """Why the wheel cannot work here, each reason with what to do; none if it can.

    Parameters
    ----------
    wheel : Wheel
    python : Environment
    architecture : str
        The machine's, as Debian names it.
    sdk_version : str or None
        Of the SDK that is given, or installed.
    """
    if wheel.name.name.lower() != NAME:
        return [_wrong_package(wheel.name.name)]
    reasons = [
        *_wrong_python(wheel, python),
        *_wrong_platform(wheel, architecture),
        *_wrong_numpy(wheel, python),
    ]
    if sdk_version and _short(sdk_version) != _short(wheel.name.version):
        reasons.append(
            f"the wheel is of Spinnaker {wheel.name.version}, the SDK {sdk_version}: they must be the same"
        )
    if python.pip is None:
        reasons.append(
            f"{python.executable} has no pip: `{python.executable} -m ensurepip`, or use another environment"
        )
    if python.managed:
        reasons.append(
            f"{python.executable} is the system's, which wants environments: `python3 -m venv NAME`, then\n"
            "--python NAME/bin/python"
        )
    return reasons


def _wrong_package(name: str) -> str:
    if name.lower() == "pyspin":
        return "pyspin of PyPI has nothing to do with cameras; FLIR's wheel is called spinnaker_python-…"
    return f"the wheel is of {name}, not {NAME}: get it from {WHERE_FROM}"


def _wrong_python(wheel: Wheel, python: Environment) -> list[str]:
    version = python.release
    if python.implementation != "CPython" or python.free_threaded:
        kind = "free-threaded" if python.free_threaded else python.implementation
        return [f"{python.executable} is {kind} Python; FLIR's wheels are for the ordinary CPython"]
    if python.tag in wheel.name.pythons and any(abi.rstrip("m") == python.tag for abi in wheel.name.abis):
        return []
    made_for = "/".join(map(_readable, wheel.name.pythons))
    return [
        f"the wheel is for {made_for}, {python.executable} is {version}: download\n"
        f"the one with {python.tag} in its name, or say --python for another environment"
    ]


def _readable(tag: str) -> str:
    match = re.fullmatch(r"cp(\d)(\d+)", tag)
    return f"CPython {match[1]}.{match[2]}" if match else tag


def _wrong_platform(wheel: Wheel, architecture: str) -> list[str]:
    wanted = _TAGS.get(architecture, architecture)
    if any("linux" in platform and platform.endswith(wanted) for platform in wheel.name.platforms):
        return []
    return [f"the wheel is for {', '.join(wheel.name.platforms)}; this machine needs linux_{wanted}"]


def _wrong_numpy(wheel: Wheel, python: Environment) -> list[str]:
    if python.numpy is None:
        wanted = "'numpy<2'" if wheel.numpy == 1 else "numpy"
        return [f"PySpin needs NumPy, which is not there: `{python.executable} -m pip install {wanted}`"]
    if wheel.numpy is not None and int(python.numpy.partition(".")[0]) > wheel.numpy:
        return [
            f"the wheel was built for NumPy {wheel.numpy}, and NumPy {python.numpy} is there: "
            f"`{python.executable} -m pip install 'numpy<{wheel.numpy + 1}'`, or get a newer Spinnaker"
        ]
    return []


def _short(version: str) -> list[str]:
    """Release without the build: Teledyne ships SDKs and wheels of one release whose builds differ by one."""
    return re.findall(r"\d+", version)[:3]


@dataclasses.dataclass(frozen=True)
class InstallWheel:
    """pip installs the wheel, and nothing else, as the user who owns the environment."""

    wheel: Wheel
    python: Environment

    def lines(self, machine: Machine) -> list[str]:
        instead = (
            f" instead of {self.python.wheel}, which --undo cannot bring back" if self.python.wheel else ""
        )
        return [f"run `{self.python.executable} -m pip install --no-deps {self.wheel.path.name}`{instead}"]

    def apply(self, machine: Machine, journal: Journal) -> None:
        journal.note(
            "wheel", python=self.python.executable, version=self.wheel.name.version, before=self.python.wheel
        )
        machine.run(
            [
                *_pip(self.python.executable),
                "install",
                "--no-deps",
                "--no-cache-dir",
                machine.inside(self.wheel.path),
            ],
            owner=self.python.owner,
        )


def _pip(python: str) -> list[str]:
    return [python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]


def outlook(wheel: Wheel, python: Environment) -> Outlook:
    """What installing would do now."""
    if python.wheel == wheel.name.version:
        return Outlook(because=f"{python.executable} has spinnaker_python {python.wheel}")
    notes = []
    if python.pyspin:
        notes.append(f"the package pyspin {python.pyspin} is there too: it has nothing to do with cameras")
    return Outlook([InstallWheel(wheel, python)], notes=notes)


def undo_wheel(machine: Machine, record: Record) -> str:
    """Take the wheel out of its environment again; what was done, in a sentence.

    Raises
    ------
    InstallError
        pip could not; the record stays.
    """
    executable = record["python"]
    directory, name = os.path.split(executable)
    if not os.path.lexists(machine.path(directory) / name):
        return f"{executable} is gone, and PySpin with it"
    python = look_at_environment(machine, executable)
    if python.wheel != record["version"]:
        return f"{executable} has spinnaker_python {python.wheel or ''} by now, and is left as it is".replace(
            "  ", " "
        )
    machine.run([*_pip(executable), "uninstall", "--yes", "spinnaker_python"], owner=python.owner)
    before = (
        f"; spinnaker_python {record['before']}, which was there before, is not brought back"
        if record["before"]
        else ""
    )
    return f"uninstalled spinnaker_python {record['version']} from {executable}{before}"
