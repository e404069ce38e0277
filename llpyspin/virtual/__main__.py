"""Run a program written for PySpin on virtual cameras: ``python -m llpyspin.virtual script.py [args]``."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import llpyspin.virtual as virtual
from llpyspin.virtual import older

_USAGE = """usage: python -m llpyspin.virtual script.py [arguments of the script]

Runs the script with virtual cameras in the place of PySpin; the names of PySpin 1 to 3 are there too.
Which cameras there are: see the environment variable LLPYSPIN_VIRTUAL in the documentation of
llpyspin.virtual.world."""


def main(arguments: list[str]) -> int:
    """Run ``arguments[0]`` as ``__main__`` with PySpin replaced."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    script = Path(arguments[0])
    if not os.path.isfile(script):
        print(f"there is no script {script}", file=sys.stderr)  # noqa: T201
        return 2
    older.install(virtual)
    # both spellings are seen: `import PySpin` and `from PySpin.PySpin import ...`
    sys.modules["PySpin"] = sys.modules["PySpin.PySpin"] = virtual
    sys.argv = arguments
    sys.path[0] = str(script.resolve().parent)
    runpy.run_path(str(script), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
