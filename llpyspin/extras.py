"""Packages that only some uses need, imported when they are used; what to install where they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from llpyspin.errors import MissingExtraError

__all__ = ["library", "opencv"]


def library(name: str, what: str, *, extra: str = "record", package: str | None = None) -> Any:
    """The module ``name``, imported now.

    Raises
    ------
    MissingExtraError
        If it is not there; says what needs it and what to install.
    """
    try:
        return importlib.import_module(name)
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
        import cv2
    except ImportError as error:
        raise MissingExtraError(
            f"{what} OpenCV: pip install 'llpyspin[display]'{instead}  ({error})"
        ) from error
    return cv2
