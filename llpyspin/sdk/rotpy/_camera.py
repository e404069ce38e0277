"""Cameras: one :class:`Core` for each camera of the system, and the :class:`CameraPtr` that programs hold."""

from __future__ import annotations

import contextlib
import math
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.sdk.rotpy._constants import CONSTANTS
from llpyspin.sdk.rotpy._errors import (
    INVALID_PARAMETER,
    NOT_INITIALIZED,
    RESOURCE_IN_USE,
    SpinnakerException,
    call,
    fail,
)
from llpyspin.sdk.rotpy._events import EventHandler, attach, detach
from llpyspin.sdk.rotpy._image import ImagePtr, incomplete_image
from llpyspin.sdk.rotpy._nodes import ACCESS, INodeMap, Scope
from llpyspin.sdk.rotpy._quickspin import QuickNodes, quick_node

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Camera", "CameraPtr", "Core"]

INFINITE = CONSTANTS["EVENT_TIMEOUT_INFINITE"]
TIMEOUT = CONSTANTS["SPINNAKER_ERR_TIMEOUT"]
PIECE_S = 0.25


class Core:
    """rotpy's camera, and what belongs to it and must end before it.

    The system keeps a core as long as it runs, so that a program may drop its camera and take it up again.
    """

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.unique_id = str(call(raw.get_unique_id))
        self.pointers: weakref.WeakSet[CameraPtr] = weakref.WeakSet()
        self.images: weakref.WeakSet[ImagePtr] = weakref.WeakSet()
        self.handlers: dict[int, tuple[EventHandler, Any]] = {}
        self.session = 0  # counts Init and DeInit; node maps die with either
        self.ending = False  # the interpreter is about to exit
        self._waiters = 0
        self._idle = threading.Condition()
        self._serial = ""

    @property
    def camera(self) -> Any:
        if self.raw is None:
            fail("Camera has been removed from the list and is no longer valid.", NOT_INITIALIZED)
        return self.raw

    @property
    def valid(self) -> bool:
        return self.raw is not None and bool(call(self.raw.is_valid))

    @property
    def serial(self) -> str:
        if not self._serial:
            nodes = call(self.camera.get_tl_dev_node_map)
            node = call(nodes.get_node_by_name, "DeviceSerialNumber")
            self._serial = str(call(node.get_node_value_as_str))
        return self._serial

    @contextlib.contextmanager
    def waiter(self) -> Iterator[None]:
        with self._idle:
            self._waiters += 1
        try:
            yield
        finally:
            with self._idle:
                self._waiters -= 1
                self._idle.notify_all()

    def wait_for_image(self, until: float, stream: int) -> Any:
        """rotpy's next image.  Waits in pieces, for nothing wakes one who waits inside of the SDK."""
        while True:
            left = until - time.monotonic()
            try:
                return call(self.camera.get_next_image, max(0.0, min(left, PIECE_S)), stream)
            except SpinnakerException as error:
                if error.errorcode != TIMEOUT or left <= PIECE_S or self.ending:
                    raise

    def dismiss_waiters(self, timeout_s: float) -> bool:
        """Have the calls that wait for an image return; False if they have not after ``timeout_s``."""
        self.ending = True
        with self._idle:
            return self._idle.wait_for(lambda: self._waiters == 0, timeout_s)

    def take_back_images(self) -> None:
        for image in list(self.images):
            try:
                image.take_back()
            except SpinnakerException:  # the stream had it back already, as after an unplugging
                continue
        self.images.clear()

    def close(self) -> None:
        """Let go of the camera in the one order in which the SDK does not abort the process."""
        raw, self.raw = self.raw, None
        if raw is None:
            return
        self.session += 1
        self.raw = raw
        self.take_back_images()
        steps = [(raw.is_streaming, raw.end_acquisition), (raw.is_init, raw.deinit_cam)]
        try:
            for _, registration in list(self.handlers.values()):
                detach(self, registration)
            for needed, step in steps:
                if call(needed):
                    call(step)
        except SpinnakerException:
            pass  # a camera that was unplugged; there is nothing left to end
        finally:
            self.handlers.clear()
            self.raw = None
            raw.release()


class CameraPtr:
    """A camera, or an invalid pointer, which is falsy.

    While one of these is alive ``System.ReleaseInstance`` raises -1004: ``del`` it.
    """

    __slots__ = ("__weakref__", "core_or_none")

    def __init__(self, core: Core | None = None, /) -> None:
        self.core_or_none = core
        if core is not None:
            core.pointers.add(self)

    @property
    def core(self) -> Core:
        if self.core_or_none is None:
            fail("The camera pointer is not valid.", INVALID_PARAMETER)
        return self.core_or_none

    @property
    def _raw(self) -> Any:
        return self.core.camera

    def IsValid(self) -> bool:
        return self.core_or_none is not None

    __bool__ = IsValid

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CameraPtr) and other.core_or_none is self.core_or_none

    def __hash__(self) -> int:
        return id(self.core_or_none)

    def get(self) -> Camera:
        return Camera(self.core)

    # life
    def Init(self) -> None:
        core = self.core
        already = bool(call(core.camera.is_init))
        call(core.camera.init_cam)
        if not already:
            core.session += 1

    def DeInit(self) -> None:
        core = self.core
        call(core.camera.deinit_cam)
        core.session += 1

    def IsInitialized(self) -> bool:
        return bool(call(self._raw.is_init))

    def IsStreaming(self) -> bool:
        return bool(call(self._raw.is_streaming))

    def GetUniqueID(self) -> str:
        return self.core.unique_id

    def GetAccessMode(self) -> int:
        return ACCESS[call(self._raw.get_access_mode)]

    # nodes
    def GetNodeMap(self) -> INodeMap:
        if not self.IsInitialized():  # after a DeInit the SDK would give the map that it has freed
            fail("Parameter is not initialized. NodeMap is NULL.", NOT_INITIALIZED)
        return INodeMap(call(self._raw.get_node_map), self._scope())

    def GetTLStreamNodeMap(self, streamIndex: int = 0) -> INodeMap:
        if streamIndex:
            fail("The camera has one stream, of index 0.", INVALID_PARAMETER)
        return INodeMap(call(self._raw.get_tl_stream_node_map), self._scope())

    def GetTLDeviceNodeMap(self) -> INodeMap:
        core = self.core
        scope = Scope(lambda: core.raw is not None, "The system of this node was released.")
        return INodeMap(call(self._raw.get_tl_dev_node_map), scope)

    def _scope(self) -> Scope:
        core, session = self.core, self.core.session
        return Scope(lambda: core.session == session and core.raw is not None, "Camera is not initialized")

    @property
    def TLDevice(self) -> QuickNodes:
        return QuickNodes("TLDevice", self.GetTLDeviceNodeMap)

    @property
    def TLStream(self) -> QuickNodes:
        return QuickNodes("TLStream", self.GetTLStreamNodeMap)

    def __getattr__(self, name: str) -> Any:
        return quick_node("camera", name, self.GetNodeMap)

    def ReadPort(self, iAddress: int) -> int:
        """The 32-bit register at this address."""
        return int.from_bytes(call(self._raw.read_port, iAddress, 4), "little")

    def WritePort(self, iAddress: int, pBuffer: int) -> None:
        call(self._raw.write_port, iAddress, bytearray(pBuffer.to_bytes(4, "little")))

    def GetGuiXml(self) -> str:
        return str(call(self._raw.get_gui_xml))

    # stream
    def BeginAcquisition(self) -> None:
        call(self._raw.begin_acquisition)

    def EndAcquisition(self) -> None:
        """End the stream.

        It takes back all its images: what is still held becomes invalid, as with the SDK.  Waits for a
        ``GetNextImage`` of another thread to return; it does not wake it.
        """
        core = self.core
        if core.images and call(core.camera.is_streaming):
            core.take_back_images()
        call(core.camera.end_acquisition)

    def GetNextImage(self, grabTimeout: int = INFINITE, streamIndex: int = 0, /) -> ImagePtr:
        """The next image, waiting at most ``grabTimeout`` ms for it (-1011)."""
        core = self.core
        until = math.inf if grabTimeout >= INFINITE else time.monotonic() + grabTimeout / 1000
        try:
            with core.waiter():
                image = ImagePtr(core.wait_for_image(until, streamIndex), held=True)
        except ValueError as error:  # incomplete, and rotpy has dropped it
            image = incomplete_image(str(error))
        core.images.add(image)
        return image

    def GetNumImagesInUse(self) -> int:
        return int(call(self._raw.get_num_images_in_use))

    def GetNumDataStreams(self) -> int:
        return int(call(self._raw.get_num_data_streams))

    def DiscoverMaxPacketSize(self) -> int:
        return int(call(self._raw.get_max_packet_size))

    def ForceIP(self) -> None:
        call(self._raw.force_ip)

    # buffers
    def GetBufferOwnership(self) -> int:
        name = str(call(self._raw.get_buffer_ownership)).upper()
        return CONSTANTS["SPINNAKER_BUFFER_OWNERSHIP_" + name]

    def SetBufferOwnership(self, mode: int) -> None:
        for name in ("SYSTEM", "USER"):
            if mode == CONSTANTS["SPINNAKER_BUFFER_OWNERSHIP_" + name]:
                call(self._raw.set_buffer_ownership, name.lower())
                return
        fail(f"There is no buffer ownership {mode}.", INVALID_PARAMETER)

    def SetUserBuffers(self, *arguments: Any) -> None:
        """Have the stream write its images into memory of the caller.

        ``SetUserBuffers(buffer[, size])``: one writable, contiguous buffer (an mmap, a memoryview, an
        array), which the SDK divides into slots itself; ``SetUserBuffers(buffers, count, size)``: a buffer
        for each image.  Before ``BeginAcquisition``, after ``SetBufferOwnership(..._USER)``.  The buffers
        are kept alive until others are set.
        """
        if self.IsStreaming():
            fail("The buffers cannot be changed while the camera is streaming.", RESOURCE_IN_USE)
        if len(arguments) in (1, 2):
            view = _writable(arguments[0])
            call(self._raw.set_user_buffer, view[: arguments[1]] if len(arguments) == 2 else view)
        elif len(arguments) == 3:
            buffers, count, size = arguments
            call(self._raw.set_user_buffers, [_writable(buffer) for buffer in list(buffers)[:count]], size)
        else:
            raise TypeError(f"SetUserBuffers takes 1 to 3 arguments, not {len(arguments)}")

    def GetUserBufferCount(self) -> int:
        return int(call(self._raw.get_buffer_count))

    def GetUserBufferSize(self) -> int:
        return int(call(self._raw.get_buffer_size))

    def GetUserBufferTotalSize(self) -> int:
        return int(call(self._raw.get_buffer_total_size))

    # events
    def RegisterEventHandler(self, handler: EventHandler, event_name: str | int = "", /) -> None:
        core = self.core
        if id(handler) in core.handlers:
            fail("The event handler is registered already.", RESOURCE_IN_USE)
        name = event_name if isinstance(event_name, str) else ""
        core.handlers[id(handler)] = handler, attach(core, handler, name)

    def UnregisterEventHandler(self, handler: EventHandler, /) -> None:
        core = self.core
        if id(handler) not in core.handlers:
            fail("The event handler is not registered.", INVALID_PARAMETER)
        detach(core, core.handlers[id(handler)][1])
        del core.handlers[id(handler)]


def _writable(buffer: Any) -> memoryview:
    view = memoryview(buffer)
    if view.readonly or not view.contiguous:
        raise ValueError("the SDK needs a writable, contiguous buffer")
    return view.cast("B")


class Camera(CameraPtr):
    """What ``CameraPtr.get()`` gives: the camera itself, whose ``IsValid`` tells if it is still there."""

    __slots__ = ()

    def IsValid(self) -> bool:
        return self.core.valid

    __bool__ = IsValid
