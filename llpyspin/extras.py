"""Optional packages: imported on first use, with an error that says what to install.

The environment stays as it is.  OpenCV, when it is imported, puts a search path for libraries into it that
ends with the working directory, and the place of its own Qt.  All programs that are started later would load
libraries from there.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from llpyspin.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["in_notebook", "library", "opencv", "opencv_with_windows", "with_environment"]

_withheld: dict[str, str] = {}
"""Variables that packages set when they were imported."""


def library(name: str, what: str, *, extra: str = "record", package: str | None = None) -> Any:
    """The module ``name``, imported now.

    Raises
    ------
    MissingExtraError
        If it is not there; says what needs it and what to install.
    """
    try:
        return _imported(name)
    except ImportError as error:
        hint = f"pip install {package}" if package else f"pip install 'llpyspin[{extra}]'"
        raise MissingExtraError(f"{what} needs {name}: {hint}  ({error})") from error


def opencv(what: str, *, instead: str = "") -> Any:
    """The module ``cv2``, imported now.

    Parameters
    ----------
    what : str
        What cannot be done without, up to the word OpenCV: "colour images need".
    instead : str
        What would do, after the command that installs it.

    Raises
    ------
    MissingExtraError
        OpenCV is not installed.
    """
    try:
        return _imported("cv2")
    except ImportError as error:
        raise MissingExtraError(
            f"{what} OpenCV: pip install 'llpyspin[display]'{instead}  ({error})"
        ) from error


def opencv_with_windows() -> Any:
    """The module ``cv2`` for a process that opens windows: its Qt finds its plugins by the environment.

    Raises
    ------
    ImportError
        OpenCV is not installed.
    """
    module = _imported("cv2")
    for name, value in _withheld.items():
        if name.startswith("QT_"):
            os.environ.setdefault(name, value)
    return module


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook, as Jupyter's."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")


@contextlib.contextmanager
def with_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have these in the environment during the ``with`` block, unless the user has set them."""
    added = [name for name in variables if name not in os.environ]
    os.environ.update({name: variables[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _imported(name: str) -> Any:
    if name in sys.modules:
        return importlib.import_module(name)
    before = dict(os.environ)
    try:
        return importlib.import_module(name)
    finally:
        changed = {key: value for key, value in os.environ.items() if before.get(key) != value}
        _withheld.update(changed)
        for key in changed:
            os.environ.pop(key, None)
        os.environ.update({key: value for key, value in before.items() if key not in os.environ})
