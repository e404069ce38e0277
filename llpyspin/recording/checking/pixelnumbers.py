"""Compares the frame numbers in the pixels of virtual cameras with the sidecars.

Such a number counts the exposures since the camera was armed.  So it is the number of the trigger, less the
pulses before it that the camera did not expose.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from llpyspin.frames.gaps import WRAP
from llpyspin.recording.checking.offences import Offences
from llpyspin.recording.replaytag import REPLAY_OF
from llpyspin.virtual.stamp import Stamp, camera_number, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from llpyspin.recording.rows import Row

__all__ = ["PixelNumbers", "began_anew"]


def began_anew(before: Row, after: Row) -> bool:
    """Whether the camera began to count its frames anew between two rows."""
    if before.frame_id is None or after.frame_id is None:
        return False
    back = before.frame_id - after.frame_id
    return back >= 0 and not (before.frame_id <= WRAP and back > WRAP // 2)


class PixelNumbers:
    """Compares the numbers of one camera, whose pictures come in order.

    Parameters
    ----------
    serial : str
        Empty: the video says it.
    virtual : bool
        False: the video may still say so.
    returned : bool
        Whether a callback has made the pictures, or they are replayed: they need not carry these numbers.
    first_trigger : int
        More than 0 after a pre-trigger: then nobody knows what was lost before.
    joined : bool
        Whether the camera may have been armed, or armed anew, while triggers came: clocks have told which
        its first one was.

    Attributes
    ----------
    compared : int
        Pictures so far.
    offences : Offences
    notes : list of str
    """

    def __init__(
        self,
        serial: str,
        virtual: bool,
        first_trigger: int,
        *,
        joined: bool = False,
        returned: bool = False,
        late: bool = False,
    ) -> None:
        self.compared = 0
        self.offences = Offences()
        self.notes: list[str] = []
        self._serial = serial
        self._virtual = virtual and not returned
        self._returned = returned
        self._first_trigger = first_trigger
        self._joined = joined
        self._new_file = True
        self._name = ""
        self._unexposed: list[int] = []
        self._last: Row | None = None
        self._ahead = 0
        self._late = late
        self._first_id = 0

    def expect(self, rows: Iterable[Row]) -> None:
        """Tell of all rows, in order."""
        self._unexposed = [row.trigger for row in rows if row.where == "sensor"]

    def begin(self, name: str, tags: Mapping[str, str]) -> None:
        """The next pictures are those of this video, which says this of itself."""
        self._name = name
        self._new_file = True
        if tags.get("llpyspin_returned") == "yes" or tags.get(REPLAY_OF):
            self._returned, self._virtual = True, False
        if tags.get("llpyspin_virtual") == "yes" and not self._returned:
            self._virtual = True
            self._serial = self._serial or tags.get("llpyspin_serial", "")

    def compare(self, row: Row, image: npt.NDArray[Any]) -> None:
        """Look at the picture of a row."""
        if not self._virtual:
            return
        try:
            stamp = read_stamp(image)
        except ValueError as error:
            if "too small" in str(error):
                self._virtual = False
                self.notes.append(f"the numbers in its pixels were not compared: {error}")
            else:
                self.offences.add("pictures like that", f"{self._where(row)}: {error}")
            return
        if self._last is None or began_anew(self._last, row) or self._may_have_joined(row):
            self._begin(row, stamp)
        self._new_file = False
        if row.frame_id is not None or self._last is None:  # a row that repair made has none
            self._last = row
        self.compared += 1
        self._check(row, stamp)

    def _may_have_joined(self, row: Row) -> bool:
        """Whether it is the first one of a file, and its frame id does not go on from the file before.

        The ids of a camera that comes back may be above those of before, if it had few or lost its first.
        """
        last = self._last
        if not self._joined or not self._new_file or last is None:
            return False
        if last.frame_id is None or row.frame_id is None:
            return False
        exposed = row.trigger - self._missed(row) - last.trigger + self._missed(last)
        return (row.frame_id - last.frame_id - exposed) % WRAP != 0

    def _begin(self, row: Row, stamp: Stamp) -> None:
        if self._last is not None or self._first_trigger > 0 or (self._joined and row.trigger > 0):
            self._ahead = row.trigger - self._missed(row) - stamp.frame
        if row.frame_id is not None:
            begins = (row.frame_id - stamp.frame) % WRAP
            self._first_id = begins if self._late else min(max(begins, 0), 1)

    def _check(self, row: Row, stamp: Stamp) -> None:
        if self._serial and stamp.camera != camera_number(self._serial):
            self.offences.add(
                "pictures of another camera",
                f"{self._where(row)} is of camera {stamp.camera}, not {self._serial}",
            )
            return
        wanted = row.trigger - self._ahead - self._missed(row)
        if stamp.frame != wanted:
            self.offences.add(
                "pictures with another number",
                f"{self._where(row)} carries number {stamp.frame}, not {wanted}",
            )
        elif row.frame_id is not None and (row.frame_id - stamp.frame - self._first_id) % WRAP:
            self.offences.add(
                "frame ids like that",
                f"{self._where(row)} carries number {stamp.frame}, its frame id is {row.frame_id}",
            )

    def _missed(self, row: Row) -> int:
        """Pulses before this row that the camera did not expose."""
        return bisect_left(self._unexposed, row.trigger)

    def _where(self, row: Row) -> str:
        return f"{self._name}: picture {row.frame} (trigger {row.trigger})"
