"""Pictures for whoever looks: of one trigger, as JPEG or as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llpyspin.errors import ArgumentError
from llpyspin.hosts.answers import Picture, Pictures
from llpyspin.web.jpeg import jpeg_of_image

if TYPE_CHECKING:
    from llpyspin.hosts.asks import Latest
    from llpyspin.rig.hosted import HostedRig
    from llpyspin.rig.images import Taken

__all__ = ["pictures_of"]

MOST_WAIT_S = 30.0
EDGES = (16, 8192)


def pictures_of(rig: HostedRig, ask: Latest) -> Pictures:
    """What the request asks for.

    Raises
    ------
    ArgumentError, UnknownCameraError, MissingExtraError
    """
    if not 0 <= ask.wait_s <= MOST_WAIT_S:
        raise ArgumentError(f"wait_s is from 0 to {MOST_WAIT_S:g} s, not {ask.wait_s!r}")
    if not EDGES[0] <= ask.edge <= EDGES[1]:
        raise ArgumentError(f"edge is from {EDGES[0]} to {EDGES[1]} pixels, not {ask.edge!r}")
    for name in ask.cameras:
        rig[name]  # raises which there are
    trigger, taken = rig.pictures(ask.trigger, ask.after, ask.wait_s)
    wanted = ask.cameras or tuple(taken)
    return Pictures(trigger, {name: _picture(taken.get(name), ask) for name in wanted})


def _picture(taken: Taken | None, ask: Latest) -> Picture | None:
    if taken is None:
        return None
    image, host_ns = taken.image, taken.info.host_timestamp_ns
    height, width = image.shape[:2]
    channels = 1 if image.ndim == 2 else image.shape[2]
    if ask.form == "jpeg":
        return Picture("jpeg", height, width, channels, "uint8", jpeg_of_image(image, ask.edge), host_ns)
    content = np.ascontiguousarray(image).tobytes()
    return Picture("raw", height, width, channels, str(image.dtype), content, host_ns)
