"""Descriptors: the numbers of open things, which can be passed to another process."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from llpyspin.system.windows.windescriptors import Open, above_standard_streams, close_all
else:
    from llpyspin.system.linux.linuxdescriptors import Open, above_standard_streams, close_all

__all__ = ["Open", "above_standard_streams", "close_all"]
