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
    An image whose first packet never came has no timestamp either, and the id of an image long ago.  Chunk
    data then tell another id.  Such an image is not known to be whole.
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

    def timestamp(self, image: Any) -> int:
        """The timestamp of an image, 0 if nothing tells it."""
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
