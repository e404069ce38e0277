"""The true list of exposures of a virtual camera, against which recordings are checked.

``diary: FOLDER`` in the configuration of a world has each camera write ``FOLDER/SERIAL.csv``, line by line.

=========  =================================================================================
column     holds
=========  =================================================================================
what       ``exposed``, and later what became of the image: ``sent``, ``damaged``, ``lost`` (a
           fault) or ``dropped`` (the host had no free buffer)
began_ns   start of the acquisition, on the host's clock: tells acquisitions apart
number     of the exposure in that acquisition, from 0: the number of the stamp in its pixels
start_ns   start of the exposure, on the host's clock, which all cameras share
end_ns     end of the exposure, on the camera's clock: the timestamp of the frame
=========  =================================================================================

A line is written at once and as a whole, so a killed process loses none.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.system.openfiles import opened
from llpyspin.virtual.clock import host_ns

if TYPE_CHECKING:
    from llpyspin.virtual.clock import CameraClock
    from llpyspin.virtual.shutter import Exposure

__all__ = ["COLUMNS", "Diary"]

COLUMNS = ("what", "began_ns", "number", "start_ns", "end_ns")


class Diary:
    """Notes what one camera does; without a folder it notes nothing."""

    def __init__(self, folder: str, serial: str, clock: CameraClock) -> None:
        self._path = Path(folder) / f"{serial}.csv" if folder else None
        self._clock = clock
        self._began = 0
        self._file = -1

    def begin(self) -> None:
        """An acquisition begins."""
        if self._path is None:
            return
        self.end()
        self._began = host_ns()
        self._file = opened(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, what: str, exposure: Exposure) -> None:
        """Note what happened to an exposure whose end is known."""
        if self._file >= 0:
            start = self._clock.to_host(exposure.start)
            line = f"{what},{self._began},{exposure.number},{start},{exposure.timestamp}\n"
            os.write(self._file, line.encode())

    def end(self) -> None:
        """The acquisition is over."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
