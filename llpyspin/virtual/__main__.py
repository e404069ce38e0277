"""Run a program written for PySpin on virtual cameras: ``python -m llpyspin.virtual script.py [args]``."""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import llpyspin.virtual as virtual
from llpyspin.virtual import older
from llpyspin.virtual.trace import trace

if TYPE_CHECKING:
    from types import ModuleType

_USAGE = """usage: python -m llpyspin.virtual [--trace] [--module NAME] script.py [arguments of the script]

Runs the script with virtual cameras in the place of PySpin; the names of PySpin 1 to 3 are there too.
Which cameras there are: see the environment variable LLPYSPIN_VIRTUAL in the documentation of
llpyspin.virtual.world.

--trace         print each call into PySpin with its arguments, its result and its time
--module NAME   use this module of PySpin's shape, and no virtual cameras: PySpin is the installed one"""


def main(arguments: list[str]) -> int:
    """Run the script in ``arguments`` as ``__main__`` with PySpin replaced."""
    try:
        traced, module, rest = _options(arguments)
    except ValueError as error:
        return _refused(str(error))
    if not rest or rest[0] in ("-h", "--help"):
        print(_USAGE, file=sys.stdout if rest else sys.stderr)
        return 0 if rest else 2
    script = Path(rest[0])
    if not os.path.isfile(script):
        return _refused(f"there is no script {script}")
    try:
        sdk = _sdk(module)
    except ImportError as error:
        return _refused(f"the module {module} cannot be imported: {error}")
    if traced:
        trace(sdk)
    sys.argv = rest
    sys.path[0] = str(script.resolve().parent)
    runpy.run_path(str(script), run_name="__main__")
    return 0


def _options(arguments: list[str]) -> tuple[bool, str, list[str]]:
    """Whether to trace, the module ("" for virtual cameras), and the script with its own arguments."""
    traced, module, rest = False, "", list(arguments)
    while rest and rest[0] in ("--trace", "--module"):
        option = rest.pop(0)
        if option == "--trace":
            traced = True
        elif rest:
            module = rest.pop(0)
        else:
            raise ValueError("--module needs the name of a module")
    return traced, module, rest


def _sdk(module: str) -> ModuleType:
    """The module that the script imports as PySpin."""
    if module:
        sdk = importlib.import_module(module)
    else:
        sdk = virtual
        older.install(virtual)
    # both spellings are seen: `import PySpin` and `from PySpin.PySpin import ...`
    sys.modules["PySpin"] = sys.modules["PySpin.PySpin"] = sdk
    return sdk


def _refused(why: str) -> int:
    print(why, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
