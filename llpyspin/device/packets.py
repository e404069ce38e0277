"""The packet size of a GigE camera's stream.

Large (jumbo) packets save much work, but where one switch on the way does not pass them no frame arrives at
all.  So they are used only as far as the SDK has tried them on this network (``DiscoverMaxPacketSize``).
Otherwise the size is one that every network passes.  Who knows better sets ``GevSCPSPacketSize``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.device.sdkcall import SdkFailure, call
from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["set_packet_size"]

log = logging.getLogger(__name__)

SAFE = 1400  # bytes; passes Ethernet, VLAN tags and tunnels alike


def set_packet_size(sdk: Any, camera: Any, nodes: NodeMap) -> int | None:
    """Set the largest packet size known to pass; return it, or None for a camera that has none."""
    node = nodes.usable("GevSCPSPacketSize")
    if node is None or not node.writable:
        return None
    limits = node.limits()
    found = _discovered(sdk, camera) or SAFE
    size = max(limits.min, min(found, limits.max))
    size -= (size - limits.min) % max(1, limits.inc)
    try:
        node.put(size)
    except SettingError as error:
        log.warning("the packet size stays at %s: %s", node.held(), str(error))
    return node.held()  # type: ignore[no-any-return]


def _discovered(sdk: Any, camera: Any) -> int:
    try:
        return int(call(sdk, camera.DiscoverMaxPacketSize))
    except (SdkFailure, AttributeError) as failure:
        log.info("the largest packet size cannot be discovered (%s); using %d bytes", failure, SAFE)
        return 0
