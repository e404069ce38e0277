"""Which PySpin this is: FLIR's own wheel, rotpy with the runtime in it, or virtual cameras.

All three modules have one shape, that of PySpin.  A virtual one is never chosen unless it was asked for:
nobody may record an experiment with cameras that do not exist.  Importing this module imports none of them.
"""

from __future__ import annotations

import importlib
import logging
import os
from typing import TYPE_CHECKING

from llpyspin import __version__
from llpyspin.errors import SdkNotFoundError
from llpyspin.naming.known import did_you_mean
from llpyspin.sdk import _imports

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["NAMES", "available", "identify", "load"]

log = logging.getLogger(__name__)

NAMES = ("pyspin", "rotpy", "virtual")
"""The SDKs, in the order in which they are tried; "virtual" only where it is asked for by name."""

ENVIRONMENT = "LLPYSPIN_SDK"

_IMPORTERS = {
    "pyspin": _imports.import_pyspin,
    "rotpy": _imports.import_rotpy,
    "virtual": _imports.import_virtual,
}


def load(name: str | None = None) -> ModuleType:
    """The module that drives the cameras, with the shape of PySpin.

    Parameters
    ----------
    name : {"pyspin", "rotpy", "virtual"}, optional
        Default: the environment variable ``LLPYSPIN_SDK``; without it FLIR's wheel if it is installed and
        usable, else rotpy if that is.

    Raises
    ------
    SdkNotFoundError
        The SDK is not there, or is there and cannot be used; the text says why and what to do.
    """
    if name is None:
        name = os.environ.get(ENVIRONMENT) or None
    if name is None:
        return _first_usable()
    if not isinstance(name, str) or name.lower() not in _IMPORTERS:
        near = did_you_mean(name, NAMES, f"Choose one of {', '.join(NAMES)}")
        raise SdkNotFoundError(f"there is no SDK named {name!r}. {near}")
    return _IMPORTERS[name.lower()]()


def _first_usable() -> ModuleType:
    problems = {}
    for name in ("pyspin", "rotpy"):
        try:
            module = _IMPORTERS[name]()
        except SdkNotFoundError as error:
            problems[name] = error
            continue
        for other, problem in problems.items():
            if not isinstance(problem, _imports.NotInstalled):
                log.warning("%s is installed but cannot be used, so %s is used: %s", other, name, problem)
        return module
    raise SdkNotFoundError(
        "no Spinnaker SDK for FLIR cameras can be used here.\n"
        + "\n".join(f"  {name}: {problem}" for name, problem in problems.items())
        + "\n  virtual: cameras that do not exist, by name only: sdk='virtual' or LLPYSPIN_SDK=virtual"
    )


def identify(module: ModuleType) -> tuple[str, str]:
    """Name ("pyspin", "rotpy" or "virtual") and version of a module that :func:`load` gave.

    The version is that of the Python package, "unknown" if it does not say; the version of the vendor's
    library is ``System.GetInstance().GetLibraryVersion()``.
    """
    name = {"llpyspin.sdk.rotpy": "rotpy", "llpyspin.virtual": "virtual"}.get(module.__name__, "pyspin")
    version = getattr(module, "__version__", None)
    if version is None:
        version = _version_of(name)
    return name, str(version)


def _version_of(name: str) -> str:
    if name == "virtual":
        return __version__
    from importlib import metadata  # it takes 20 ms of a camera's start

    try:
        return metadata.version({"pyspin": "spinnaker-python", "rotpy": "rotpy"}[name])
    except metadata.PackageNotFoundError:
        return "unknown"


def available() -> dict[str, tuple[bool, str]]:
    """For each SDK by name, whether it can be used here, and its version or why not.

    Imports each of them that is installed (up to a second); starts none and looks for no cameras.
    """
    found = {}
    for name, importer in _IMPORTERS.items():
        try:
            found[name] = True, "version " + identify(importer())[1]
        except SdkNotFoundError as error:
            found[name] = False, str(error)
    importlib.invalidate_caches()  # whoever installs what is missing may ask again
    return found
