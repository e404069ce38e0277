"""``python -m spinnaker.install``: the SDK, PySpin, and the system settings for USB3 and GigE cameras."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, platform: str = sys.platform) -> int:
    """Run the installer.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands on the command line; ``--help`` explains it.
    platform : str
        ``sys.platform``. On anything but Linux, all that is done is to say what to do there.

    Returns
    -------
    int
        The exit status, 0 if all is in order.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without UTF-8 ends no installation half-way
            stream.reconfigure(errors="replace")
    if not platform.startswith("linux"):
        from spinnaker.elsewhere import explanation

        print(explanation(platform))
        return 2
    from spinnaker.running import run

    return run(list(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    if not __package__:  # python spinnaker/install.py, as it was with parallel-pyspin
        sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.exit(main())
