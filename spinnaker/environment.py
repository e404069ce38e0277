"""The Python that gets PySpin: its version, and whether it can use PySpin."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from spinnaker.errors import CommandError, InstallError

if TYPE_CHECKING:
    from spinnaker.machine import Machine, Owner

__all__ = ["Environment", "importable", "look_at_environment", "usable"]

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
    "managed": sys.prefix == sys.base_prefix and os.path.exists(managed),
}))
"""


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
    managed: bool

    @property
    def release(self) -> str:
        """As people write it: ``"3.10.12"``."""
        return ".".join(map(str, self.version))

    @property
    def tag(self) -> str:
        """As wheels name it: ``"cp310"``."""
        return f"cp{self.version[0]}{self.version[1]}"


def look_at_environment(machine: Machine, python: str) -> Environment:
    """Ask a Python what it is; it runs as its owner, for whoever owns it says what it does.

    Raises
    ------
    InstallError
        It is none, it does not run, or nobody can be trusted to run it.
    """
    owner = machine.owner_of(python)
    try:
        said = machine.run([python, "-I", "-c", _PROBE], timeout_s=60, owner=owner)
        told: dict[str, Any] = json.loads(said)
    except (CommandError, ValueError) as error:
        raise InstallError(f"{python} is no Python that works: {error}") from error
    told["executable"] = python
    told["owner"] = owner
    told["version"] = tuple(told["version"])
    return Environment(**told)


# what is set at login only is set here by hand
_PROVE = """
import importlib, os, sys
os.environ.update(item.split("=", 1) for item in sys.argv[1:])
module = importlib.import_module("PySpin")
if not hasattr(module, "System"):  # newer wheels: a package with the module of the same name inside
    module = importlib.import_module("PySpin.PySpin")
system = module.System.GetInstance()
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
