"""PySpin's wheel: whether it fits the Python, the NumPy and the SDK, and how it gets into an environment."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import zipfile
from typing import TYPE_CHECKING, Any

from spinnaker.archives import WHERE_FROM, WheelName, parse_wheel_name
from spinnaker.changes import Outlook
from spinnaker.errors import CommandError, InstallError
from spinnaker.machine import Owner

if TYPE_CHECKING:
    from pathlib import Path

    from spinnaker.journal import Journal, Record
    from spinnaker.machine import Machine

__all__ = [
    "Environment",
    "InstallWheel",
    "Wheel",
    "importable",
    "look_at_environment",
    "misfits",
    "read_wheel",
    "undo_wheel",
    "usable",
]

NAME = "spinnaker_python"
_TAGS = {"amd64": "x86_64", "arm64": "aarch64", "i386": "i686", "armhf": "armv7l"}
_NUMPY_1, _NUMPY_2 = b"numpy.core._multiarray_umath", b"numpy._core._multiarray_umath"

_PROBE = """
import json, os, platform, sys, sysconfig
try:
    from importlib import metadata
except ImportError:
    metadata = None
def version(name):
    try:
        return metadata.version(name)
    except Exception:
        return None
site = sysconfig.get_paths()["platlib"]
there = site
while not os.path.exists(there):
    there = os.path.dirname(there)
managed = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "implementation": platform.python_implementation(),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "numpy": version("numpy"),
    "pip": version("pip"),
    "wheel": version("spinnaker-python"),
    "pyspin": version("pyspin"),
    "site": site,
    "owner": [os.stat(there).st_uid, os.stat(there).st_gid],
    "writable": os.access(there, os.W_OK),
    "managed": sys.prefix == sys.base_prefix and os.path.exists(managed),
}))
"""


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


@dataclasses.dataclass(frozen=True)
class Environment:
    """The Python that is to have PySpin, as it describes itself."""

    executable: str
    version: tuple[int, int, int]
    implementation: str
    free_threaded: bool
    numpy: str | None
    pip: str | None
    wheel: str | None
    pyspin: str | None
    site: str
    owner: Owner
    writable: bool
    managed: bool

    @property
    def release(self) -> str:
        """As people write it: ``"3.10.12"``."""
        return ".".join(map(str, self.version))

    @property
    def tag(self) -> str:
        """As wheels name it: ``"cp310"``."""
        return f"cp{self.version[0]}{self.version[1]}"


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
            damaged = archive.testzip()
            if damaged is not None:
                raise InstallError(f"{path.name} is damaged (at {damaged}): download it again")
            return Wheel(path, name, _numpy_of(archive), _requirements(archive))
    except zipfile.BadZipFile as error:
        raise InstallError(f"{path.name} is damaged ({error}): download it again") from error


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


def look_at_environment(machine: Machine, python: str) -> Environment:
    """Ask a Python what it is.

    Raises
    ------
    InstallError
        It is none, or it does not run.
    """
    try:
        told: dict[str, Any] = json.loads(machine.run([python, "-I", "-c", _PROBE], timeout_s=60))
    except (CommandError, ValueError) as error:
        raise InstallError(f"{python} is no Python that works: {error}") from error
    told["executable"] = python
    told["owner"] = Owner(*told["owner"])
    told["version"] = tuple(told["version"])
    return Environment(**told)


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

    @property
    def needs_root(self) -> bool:
        return not self.python.writable

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


# what is set at login only is set here by hand
_PROVE = """
import os, sys
os.environ.update(item.split("=", 1) for item in sys.argv[1:])
import PySpin
system = PySpin.System.GetInstance()
version = system.GetLibraryVersion()
print(f"{version.major}.{version.minor}.{version.type}.{version.build}")
del version
system.ReleaseInstance()
"""


def importable(machine: Machine, python: Environment) -> str:
    """Have the Python import PySpin, which takes a second; the error's last line, or nothing if it can."""
    return _error_of(machine, python, ["import PySpin"])


def usable(machine: Machine, python: Environment, variables: dict[str, str]) -> str:
    """Have PySpin begin to look for cameras, which takes some seconds; the error's last line, or nothing.

    With some versions of the SDK this disturbs other programs' cameras: it is for after an installation only.
    """
    return _error_of(machine, python, [_PROVE, *(f"{name}={value}" for name, value in variables.items())])


def _error_of(machine: Machine, python: Environment, code: list[str]) -> str:
    try:
        machine.run([python.executable, "-I", "-c", *code], timeout_s=120, owner=python.owner)
    except CommandError as error:
        lines = error.output.strip().splitlines()
        return lines[-1] if lines else str(error)
    return ""


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
