"""Import each SDK, or say why it cannot be and what to do about it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import MissingExtraError, SdkNotFoundError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["NotInstalled", "import_pyspin", "import_rotpy", "import_virtual"]

GET_PYSPIN = (
    "download the Spinnaker SDK and its Python wheel (spinnaker_python) for this Python from Teledyne FLIR, "
    "then `python -m spinnaker.install` both files (its --help says how)"
)
GET_ROTPY = "pip install 'llpyspin[rotpy]' (CPython up to 3.11, Linux x86-64 or Windows)"

# What a compiled module that does not suit this machine is known to raise while it is imported.
BROKEN_IMPORT = (ImportError, RuntimeError, AttributeError, SystemError, OSError)


LIBRARIES = Path("/opt/spinnaker/lib")
"""Where FLIR's packages put the SDK on Linux."""


class NotInstalled(SdkNotFoundError):
    """The SDK is simply not there."""


def import_pyspin() -> ModuleType:
    """FLIR's own wheel."""
    _name_producers()
    try:
        module = importlib.import_module("PySpin")
        if not hasattr(module, "System"):  # newer wheels: a package with the module of the same name inside
            module = importlib.import_module("PySpin.PySpin")
    except ModuleNotFoundError as error:
        if error.name == "PySpin.PySpin":
            raise _wrong_pyspin("PySpin") from None
        if error.name != "PySpin":
            raise SdkNotFoundError(
                f"PySpin needs the module {error.name!r}: pip install {error.name}"
            ) from error
        if importlib.util.find_spec("pyspin") is not None:
            raise _wrong_pyspin("pyspin") from None
        raise NotInstalled(f"PySpin is not installed; {GET_PYSPIN}") from None
    except BROKEN_IMPORT as error:
        raise SdkNotFoundError(f"PySpin is installed but cannot be imported: {_diagnosis(error)}") from error
    if not hasattr(module, "System"):
        raise _wrong_pyspin(module.__name__)
    return module


def _name_producers() -> None:
    """Tell the SDK where its GenTL producer is, without which it does not start.

    The variable is set at login only: neither for services nor for who has just installed the SDK.
    """
    for producer in LIBRARIES.glob("*-gentl/*.cti"):
        maker = producer.parent.name.removesuffix("-gentl").upper()
        os.environ.setdefault(f"{maker}_GENTL64_CTI", str(producer))


def _wrong_pyspin(name: str) -> SdkNotFoundError:
    return SdkNotFoundError(
        f"the module {name!r} that is installed is not FLIR's (it has no System): the package `pyspin` on "
        f"PyPI is something else. `pip uninstall pyspin`, then {GET_PYSPIN}"
    )


def _diagnosis(error: Exception) -> str:
    text = str(error) or type(error).__name__
    if "numpy" in text.lower() or "_ARRAY_API" in text or "API version" in text:
        return (
            f"{text}. The wheel was built for another version of numpy: wheels of Spinnaker before 4.2 want "
            "`pip install 'numpy<2'`; or install a newer wheel"
        )
    if "shared object" in text or "DLL" in text or "Library not loaded" in text or ".so" in text:
        return (
            f"{text}. A library of the Spinnaker SDK is missing: install the SDK of the same version as the "
            "wheel, and where it is installed see that the loader finds it (`ldconfig`, or LD_LIBRARY_PATH)"
        )
    return f"{text}. Wheel, SDK and Python must belong together; {GET_PYSPIN}"


def import_rotpy() -> ModuleType:
    """The face of PySpin on rotpy."""
    if importlib.util.find_spec("rotpy") is None:
        if sys.version_info >= (3, 12):
            version = ".".join(map(str, sys.version_info[:2]))
            raise NotInstalled(
                f"rotpy has no wheels for Python {version}, only up to 3.11. Use PySpin instead"
            )
        raise NotInstalled(f"rotpy is not installed; {GET_ROTPY}")
    try:
        return importlib.import_module("llpyspin.sdk.rotpy")
    except BROKEN_IMPORT as error:
        raise SdkNotFoundError(
            f"rotpy is installed but cannot be imported: {error}. Reinstall it: "
            f"`pip install --force-reinstall rotpy`, or {GET_ROTPY}"
        ) from error


def import_virtual() -> ModuleType:
    """Virtual cameras."""
    try:
        return importlib.import_module("llpyspin.virtual")
    except MissingExtraError as error:
        raise SdkNotFoundError(str(error)) from error
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "llpyspin":
            raise
        raise SdkNotFoundError(
            f"virtual cameras need the package {error.name!r}: pip install 'llpyspin[virtual]'"
        ) from error
