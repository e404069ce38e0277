"""Run a program written for PySpin on virtual cameras: ``python -m llpyspin.virtual script.py [args]``."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.virtual.substituting import hand_down, substitute

if TYPE_CHECKING:
    from types import TracebackType

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
    sys.argv = rest
    sys.path[0] = str(script.resolve().parent)
    try:
        substitute(module, traced=traced)
    except ImportError as error:
        return _refused(f"the module {module} cannot be imported: {error}")
    if not module:
        hand_down(traced=traced)
    return _run(os.path.abspath(script))


def _run(path: str) -> int:
    """Run a script as Python would: its module stays ``__main__`` for threads and functions at exit."""
    with open(path, "rb") as file:
        source = file.read()
    module = types.ModuleType("__main__")
    vars(module).update(__file__=path, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = module
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))
    except Exception as error:  # noqa: BLE001 - what the program does not catch ends it, as without us
        error.__traceback__ = _of_script(error.__traceback__, path)
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _of_script(traceback: TracebackType | None, path: str) -> TracebackType | None:
    """A traceback without what is before the script."""
    following = traceback
    while following is not None and following.tb_frame.f_code.co_filename != path:
        following = following.tb_next
    return following


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


def _refused(why: str) -> int:
    print(why, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
