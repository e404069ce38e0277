"""Puts virtual cameras in the place of PySpin: in this process, and in those that it starts."""

from __future__ import annotations

import faulthandler
import importlib
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.virtual import older
from llpyspin.virtual.trace import trace

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["as_in_parent", "hand_down", "substitute"]

TRACED = "LLPYSPIN_TRACE"
"""Set in the environment of a program that is traced, for the processes that it starts."""
_STANDIN = str(Path(__file__).parent / "data" / "standin")
_LONG_S = 5.0


def substitute(name: str = "", *, traced: bool = False) -> ModuleType:
    """Have ``import PySpin`` give the module of this name, or virtual cameras with PySpin's old names, too.

    Raises
    ------
    ImportError
        There is no such module.
    """
    sdk = importlib.import_module(name or "llpyspin.virtual")
    if not name:
        older.install(sdk)
    # both spellings are seen: `import PySpin` and `from PySpin.PySpin import ...`
    sys.modules["PySpin"] = sys.modules["PySpin.PySpin"] = sdk
    if traced:
        _trace(sdk)
    return sdk


def hand_down(*, traced: bool) -> None:
    """Have the processes that this one starts find virtual cameras in the place of PySpin, too."""
    sys.path.insert(1, _STANDIN)  # those that multiprocessing starts take over this list
    paths = [_STANDIN, *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    if traced:
        os.environ[TRACED] = "1"


def as_in_parent() -> None:
    """Substitute virtual cameras in a process that was started by a program that runs on them."""
    substitute(traced=bool(os.environ.get(TRACED)))


def _trace(sdk: ModuleType) -> None:
    """Trace all calls, name the versions, and show where a crash of the SDK was."""
    from llpyspin import __version__

    where = f"Python {platform.python_version()} on {platform.platform(terse=True)}"
    sys.stderr.write(f"# llpyspin {__version__}, {sdk.__name__}, {where}: {' '.join(sys.argv)}\n")
    try:
        faulthandler.enable()
    except (OSError, ValueError, AttributeError):  # standard error is no file
        sys.stderr.write("# a crash of the SDK will not be shown: standard error is no file\n")
    trace(sdk, lambda line: sys.stderr.write(line), long_s=_LONG_S)
