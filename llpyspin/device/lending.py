"""Memory of ours that the SDK fills with images, instead of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.device.sdkcall import SdkFailure, call
from llpyspin.frames.buffers import usb3_bytes

if TYPE_CHECKING:
    from llpyspin.device._protocol import FrameLayout, FrameSink
    from llpyspin.settings import CameraInfo

__all__ = ["Lending"]

log = logging.getLogger(__name__)

REFUSALS = (TypeError, ValueError, RuntimeError, AttributeError)
"""What wrappers raise, besides the SDK's own errors, of memory that they do not take."""


class Lending:
    """Memory of the sink in the hands of the SDK."""

    def __init__(self, sdk: Any, camera: Any, memory: memoryview) -> None:
        self._sdk = sdk
        self._camera = camera
        self._memory = memory  # the SDK keeps the address only
        self._size = len(memory)
        self._base = _address(memory)

    @classmethod
    def offer(
        cls,
        sdk: Any,
        camera: Any,
        sink: FrameSink,
        layout: FrameLayout,
        buffers: int,
        payload_bytes: int,
        info: CameraInfo,
    ) -> Lending | None:
        """Lend the SDK memory for ``buffers`` frames, or None where it takes none."""
        if not hasattr(camera, "SetUserBuffers") or not _own(sdk, camera, "USER"):
            return None
        buffer_bytes = payload_bytes if info.interface == "GigE" else usb3_bytes(payload_bytes)
        size = buffers * buffer_bytes
        mapping = sink.begin(layout, buffers, lent=True, block_bytes=size)
        # Not a byte more: the SDK cuts as many buffers out of it as fit.
        memory = mapping[:size]
        if _set_user_buffers(sdk, camera, memory):
            return cls(sdk, camera, memory)
        log.debug("camera %s: SetUserBuffers refuses", info.serial)
        _own(sdk, camera, "SYSTEM")
        return None

    def offset_of(self, pixels: Any) -> int | None:
        """Where in the lent memory an array lies, or None if elsewhere."""
        offset = int(pixels.__array_interface__["data"][0]) - self._base
        return offset if 0 <= offset <= self._size - pixels.nbytes else None

    def buffers(self) -> int | None:
        """How many buffers the SDK has made of it, while it streams; None if it does not say."""
        try:
            return int(call(self._sdk, self._camera.GetUserBufferCount))
        except (SdkFailure, *REFUSALS):
            return None

    def withdraw(self) -> None:
        """Take the memory back, after the acquisition."""
        _own(self._sdk, self._camera, "SYSTEM")


def _own(sdk: Any, camera: Any, owner: str) -> bool:
    mode = getattr(sdk, f"SPINNAKER_BUFFER_OWNERSHIP_{owner}", None)
    if mode is None:
        return False
    try:
        call(sdk, camera.SetBufferOwnership, mode)
    except (SdkFailure, *REFUSALS):
        return False
    return True


def _set_user_buffers(sdk: Any, camera: Any, memory: memoryview) -> bool:
    # One argument or two, by the wrapper; some wrappers take no Python buffer at all.
    for arguments in ((memory,), (memory, len(memory))):
        try:
            call(sdk, camera.SetUserBuffers, *arguments)
        except (SdkFailure, *REFUSALS) as failure:
            log.debug("SetUserBuffers: %s", str(failure))
            if isinstance(failure, SdkFailure):
                return False
            continue
        return True
    return False


def _address(memory: memoryview) -> int:
    import numpy as np

    return int(np.frombuffer(memory, np.uint8).__array_interface__["data"][0])
