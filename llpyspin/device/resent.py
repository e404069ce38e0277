"""The time of images that lost packets on the wire and got them again."""

from __future__ import annotations

from typing import Any

from llpyspin.frames.gaps import WRAP

__all__ = ["CHUNKS", "ResentImages"]

CHUNKS = frozenset({"FrameID", "Timestamp"})
"""What a camera must send with each image for this."""
MOST_APART_NS = 1_000_000_000
"""Image and chunk that differ by more tell the times of different clocks."""


class ResentImages:
    """Tells when images were exposed, also those that the SDK gives no timestamp.

    Spinnaker 2.6 gives a whole image no timestamp if packets of it came again.  Its chunk data have it.
    An image whose first packet never came has the id of an image long ago, and its timestamp or none.  Chunk
    data then tell another id.  Such an image is not known to be whole.  An image that waited for packets can
    come after later ones.  There is no place for it any more.
    """

    def __init__(self, sdk: Any) -> None:
        self._sdk = sdk
        self.told = False
        """Whether the camera sends :data:`CHUNKS`."""
        self.restart()

    def restart(self) -> None:
        """A new acquisition."""
        self._ahead = self._later = 0  # of the chunk: its id ahead of the image's, its time after it
        self._known = self._another_clock = False
        self._last: tuple[int, int] | None = None  # id and time of the newest image

    def timestamp(self, image: Any) -> int:
        """The timestamp of an image, 0 if nothing tells it or the image is from before the newest one."""
        timestamp = self._told_timestamp(image)
        if not timestamp:
            return 0
        number = int(image.GetFrameID())
        # Ids alone go back where they wrap or begin anew, and times alone where a clock is reset.
        if self._last is not None and number <= self._last[0] and timestamp <= self._last[1]:
            return 0
        self._last = number, timestamp
        return timestamp

    def _told_timestamp(self, image: Any) -> int:
        timestamp = int(image.GetTimeStamp())
        if not self.told or image.IsIncomplete() or (timestamp and self._known):
            return timestamp
        try:
            chunk = image.GetChunkData()
            number, time = int(chunk.GetFrameID()), int(chunk.GetTimestamp())
        except self._sdk.SpinnakerException:
            return timestamp
        if not time:  # SDK 2.6 answers 0 for an image that carries no chunk
            return timestamp
        ahead = number - int(image.GetFrameID())
        if not timestamp:
            same = _same_id(ahead - self._ahead) and not self._another_clock
            return time - self._later if same else 0
        self._ahead, self._later, self._known = ahead, time - timestamp, True
        self._another_clock = abs(self._later) > MOST_APART_NS
        return timestamp


def _same_id(difference: int) -> bool:
    """Whether ids are of one image: those of 16 bit begin anew, those in chunks may have more."""
    return difference % WRAP == 0 or difference % (WRAP + 1) == 0
