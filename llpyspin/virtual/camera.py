"""The life of a camera (found, initialised, streaming, and back), and the SDK's errors for each misuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.virtual import exceptions, transport
from llpyspin.virtual.eventdata import EVENT_NODES
from llpyspin.virtual.events import DeviceEventHandler, EventHandler, ImageEventHandler, told
from llpyspin.virtual.exceptions import SpinnakerException, not_implemented, raise_error, raise_if
from llpyspin.virtual.factory import camera_features
from llpyspin.virtual.keeping import Keeping
from llpyspin.virtual.nodemap import INodeMap
from llpyspin.virtual.noderules import Rules
from llpyspin.virtual.nodes import NA, RW
from llpyspin.virtual.ports import BootstrapRegisters
from llpyspin.virtual.quickspin import QuickNodes, add_properties
from llpyspin.virtual.registers import RegisterMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llpyspin.virtual._seam import Engine, Model
    from llpyspin.virtual.world import World

__all__ = ["Camera", "CameraBase", "ICameraBase"]

_FOREVER = 0xFFFFFFFFFFFFFFFF
_NOT_INITIALIZED = "Camera is not initialized"
_SYSTEM, _USER = 0, 1  # SPINNAKER_BUFFER_OWNERSHIP_*


def _unheard(level: str, category: str, message: str) -> None:
    """Nobody listens to the log."""


class ICameraBase:
    """Interface of a camera."""


class CameraBase(ICameraBase):
    """A camera without QuickSpin attributes."""

    def __init__(
        self, serial: str, model: Model, world: World, note: Callable[[str, str, str], None] = _unheard
    ) -> None:
        self._note = note
        self._serial = serial
        self._model = model
        self._memory = RegisterMemory(camera_features(self._model, serial))
        self._rules = Rules(self._memory, self._model)
        self._keeping = Keeping(world, serial, self._memory)
        self._rules.keep_user_sets = self._keeping.keep_user_sets
        self._rules.files.keep = self._keeping.keep_files
        self._ports = BootstrapRegisters(model, serial, self._memory)
        self._engine = _engine(self._model, serial, self._memory, world)
        self._nodemap: INodeMap | None = None
        self._streaming = False
        self._handlers: list[EventHandler] = []
        self.found_by: Callable[[], Any] = _nobody
        self._device_map = transport.device_map(self._model, serial, self._engine)
        self._stream_map = transport.stream_map(self._model, serial, self._engine)
        self._quick = QuickNodes("camera", None)
        self.TLDevice = transport.TransportLayerDevice(self._device_map)
        self.TLStream = transport.TransportLayerStream(self._stream_map)

    # -- life

    def Init(self) -> None:
        """Open the camera: exclusive, -1005 while another process has it."""
        self._present()
        if self._nodemap is not None:
            return
        self._recall()
        self._engine.open()
        self._nodemap = INodeMap(
            self._memory,
            self._model.name,
            before=self._before_access,
            after=self._after_writes,
            texts=transport.texts(),
        )
        self._quick = QuickNodes("camera", self._nodemap)
        self._rewire()
        self._note("INFO", "Camera", f"Camera {self._serial} is initialized")

    def DeInit(self) -> None:
        """Close the camera.  Refused while it streams; event handlers stay registered for the next time."""
        held = self.GetNumImagesInUse()
        if held:
            raise_error(
                "Can't de-initialize camera. Image cleanup is required as "
                f"{held} image(s) are locked in the queue.",
                exceptions.RESOURCE_IN_USE,
            )
        if self._streaming:
            raise_error("Can't de-initialize camera. Camera is still streaming.", exceptions.RESOURCE_IN_USE)
        if self._nodemap is None:
            return
        self._nodemap._close()
        self._nodemap = None
        self._rewire()
        self._quick = QuickNodes("camera", None)
        self._leave_settings()
        self._engine.close()
        self._note("INFO", "Camera", f"Camera {self._serial} is de-initialized")

    def _recall(self) -> None:
        """Have the settings that the last program left, in a world that has a name."""
        if self._keeping.lasts:
            sets, default = self._keeping.user_sets()
            self._rules.power_up(sets, default, self._keeping.settings())
            self._rules.files.restore(self._keeping.files())

    def _leave_settings(self) -> None:
        """Leave the settings to the next program, unless the camera has lost its power."""
        if not self._engine.without_power:
            self._keeping.keep_settings()

    def IsInitialized(self) -> bool:
        return self._nodemap is not None

    def IsValid(self) -> bool:
        return not self._engine.unplugged

    def GetUniqueID(self) -> str:
        return self._serial

    GetDeviceID = GetDeviceSerialNumber = GetUniqueID

    def GetAccessMode(self) -> int:
        return NA if self._engine.unplugged else RW

    # -- node maps

    def GetNodeMap(self) -> INodeMap:
        self._present()
        if self._nodemap is None:
            raise_error("Parameter is not initialized. NodeMap is NULL.", exceptions.NOT_INITIALIZED)
        return self._nodemap

    def GetTLDeviceNodeMap(self) -> INodeMap:
        return self._device_map

    def GetTLStreamNodeMap(self, streamIndex: int = 0) -> INodeMap:
        if streamIndex != 0:
            raise_error(f"Stream index {streamIndex} is out of range.", exceptions.INVALID_PARAMETER)
        return self._stream_map

    def GetNumDataStreams(self) -> int:
        return 1

    GetActiveNumDataStreams = GetNumDataStreams

    def GetProducer(self) -> Any:
        """The producer that has found the camera."""
        return self.found_by()

    # -- acquisition

    def BeginAcquisition(self) -> None:
        self._initialized()
        self._present()
        if self._streaming:
            raise_error("Camera is already streaming", exceptions.RESOURCE_IN_USE)
        self._leave_settings()
        self._memory.set("TLParamsLocked", 1)
        try:
            self._engine.start()
        except SpinnakerException:
            self._memory.set("TLParamsLocked", 0)
            self._note("ERROR", "Camera", f"Camera {self._serial} could not start to stream")
            raise
        self._streaming = True
        self._note("DEBUG", "Stream", f"Camera {self._serial} streams")

    def EndAcquisition(self) -> None:
        if self._nodemap is None:
            raise_error("Could not stop acquisition. Access denied", exceptions.ACCESS_DENIED)
        if not self._streaming:
            raise_error("Camera is not started.", exceptions.NOT_INITIALIZED)
        self._streaming = False
        try:
            self._engine.stop()
        finally:
            self._memory.set("TLParamsLocked", 0)
        self._note("DEBUG", "Stream", f"Camera {self._serial} has stopped to stream")

    def IsStreaming(self) -> bool:
        return self._streaming

    def GetNextImage(self, grabTimeout: int = _FOREVER, streamIndex: int = 0, /) -> Any:
        """The next image of the stream; -1011 after ``grabTimeout`` milliseconds."""
        if not isinstance(grabTimeout, int) or not isinstance(streamIndex, int):
            raise TypeError("in method 'CameraBase_GetNextImage', argument 2 of type 'uint64_t'")
        if grabTimeout < 0:
            raise OverflowError("in method 'CameraBase_GetNextImage', argument 2 of type 'uint64_t'")
        self._initialized()
        if not self._streaming:
            raise_error("Camera is not streaming", exceptions.IO_ERROR)
        if self._engine.on_image is not None:
            raise_error("Stream is configured for event driven acquisition.", exceptions.RESOURCE_IN_USE)
        return self._engine.get_next(grabTimeout)

    def GetNumImagesInUse(self) -> int:
        return int(self._engine.stream.in_use)

    # -- buffers

    def GetBufferOwnership(self) -> int:
        return _USER if self._engine.stream.user_owned else _SYSTEM

    def SetBufferOwnership(self, mode: int) -> None:
        if mode not in (_SYSTEM, _USER):
            raise_error(f"Invalid buffer ownership {mode!r}.", exceptions.INVALID_PARAMETER)
        if self._streaming:
            raise_error(
                "Buffer ownership cannot change while the camera streams.", exceptions.RESOURCE_IN_USE
            )
        self._engine.stream.user_owned = mode == _USER

    def SetUserBuffers(self, *args: Any) -> None:
        """Have images written into memory of the caller: ``(writable buffer, total size)``, or ``(list of
        writable buffers, their number, size of each)``."""
        if len(args) not in (2, 3):
            raise TypeError(f"SetUserBuffers takes 2 or 3 arguments, not {len(args)}")
        raise_if(self._engine.refuses_buffers("set"))
        if len(args) == 2:
            block, total = args
            self._engine.stream.set_user_memory([memoryview(block).cast("B")[:total]], divide=True)
        else:
            blocks, count, size = args
            if len(blocks) != count:
                raise_error(f"{len(blocks)} buffers were given, not {count}.", exceptions.INVALID_PARAMETER)
            shaped = [memoryview(block).cast("B")[:size] for block in blocks]
            self._engine.stream.set_user_memory(shaped, divide=False)

    def GetUserBufferCount(self) -> int:
        return int(self._engine.stream.user_figures()[0])

    def GetUserBufferSize(self) -> int:
        return int(self._engine.stream.user_figures()[1])

    def GetUserBufferTotalSize(self) -> int:
        return int(self._engine.stream.user_total())

    # -- events

    def RegisterEventHandler(self, *args: Any) -> None:
        """``(handler)``, ``(device event handler, event name)``, ``(image event handler, stream index)``."""
        if not 1 <= len(args) <= 2 or not isinstance(args[0], EventHandler):
            raise TypeError(
                "in method 'CameraBase_RegisterEventHandler', argument 2 of type 'EventHandler &'"
            )
        handler = args[0]
        self._present()
        self._initialized()
        if handler in self._handlers:
            raise_error("Event handler is already registered.", exceptions.INVALID_PARAMETER)
        if isinstance(handler, DeviceEventHandler):
            handler._event_name = self._event_called(str(args[1])) if len(args) == 2 else ""
        self._handlers.append(handler)
        self._rewire()

    def _event_called(self, name: str) -> str:
        """The name of an event that the camera has."""
        if name.removeprefix("Event") not in EVENT_NODES or not self._memory.has(name):
            raise_error(f"Unable to register event. Event '{name}' not found.", exceptions.NOT_AVAILABLE)
        return name

    def UnregisterEventHandler(self, evtHandlerToUnregister: EventHandler) -> None:
        if evtHandlerToUnregister not in self._handlers:
            raise_error("Event handler is not registered.", exceptions.INVALID_PARAMETER)
        self._handlers.remove(evtHandlerToUnregister)
        self._rewire()

    def _rewire(self) -> None:
        images = [h for h in self._handlers if isinstance(h, ImageEventHandler)]
        devices = [h for h in self._handlers if isinstance(h, DeviceEventHandler)]

        def on_image(image: Any) -> None:
            for handler in images:
                told(handler.OnImageEvent, image)

        def on_event(name: str) -> None:
            if name != "Test" and self._memory.get("EventNotification", name) != "On":
                return
            for handler in devices:
                handler._deliver(name)
            nodemap = self._nodemap
            if nodemap is not None:
                nodemap._notice()

        self._engine.on_image = on_image if images else None
        self._engine.on_event = on_event if self._nodemap is not None else None

    # -- seldom used

    def GetGuiXml(self) -> str:
        """The description of a user interface, which virtual cameras do not serve: an empty text."""
        if self._nodemap is None:
            raise_error("Parameter is not initialized. GUI XML is NULL.", exceptions.NOT_INITIALIZED)
        return ""

    def GetNextImageSync(self, grabTimeout: int = _FOREVER, /) -> Any:
        return not_implemented("CameraBase.GetNextImageSync")

    def DiscoverMaxPacketSize(self) -> int:
        """Largest packet of the link: 9000 bytes on GigE; USB3 has none (-1003)."""
        if self._model.interface != "GigE":
            return not_implemented("DiscoverMaxPacketSize (it needs a GigE camera)")
        return 9000

    def ForceIP(self) -> None:
        """Bring a GigE camera into the subnet of its interface, where a virtual one always is."""
        self._present()
        self._initialized()
        if self._model.interface != "GigE":
            not_implemented("ForceIP (it needs a GigE camera)")

    def ReadPort(self, iAddress: int) -> int:
        """The four bytes at an address of the bootstrap registers, as a number."""
        self._present()
        return self._ports.read(iAddress)

    def WritePort(self, iAddress: int, pBuffer: int) -> None:
        """Write a number into a bootstrap register that can be written."""
        self._present()
        self._initialized()
        self._ports.write(iAddress, pBuffer)

    # -- inside

    def _quick_nodes(self) -> QuickNodes:
        return self._quick

    def _present(self) -> None:
        raise_if(self._engine.gone())

    def _initialized(self) -> INodeMap:
        if self._nodemap is None:
            raise_error(_NOT_INITIALIZED, exceptions.NOT_INITIALIZED)
        return self._nodemap

    def _before_access(self, name: str) -> None:
        self._initialized()
        if self._engine.without_power and self._memory.has(name):
            raise_error(
                "Error reading from device [SN:Unknown], at register address: "
                f"{self._memory.address(name):08X}. Please try reconnecting the device.",
                exceptions.IO_ERROR,
            )
        self._engine.access(name)

    def _after_writes(self, written: Iterable[tuple[str, str | None]]) -> None:
        for name, selector in written:
            self._rules.written(name)
            if self._memory.features[name].kind == "Command":
                self._engine.command(name)
            else:
                self._engine.changed(name, selector)

    def _end(self) -> None:
        """The System goes: give everything back, whatever state the camera is in."""
        if self._streaming:
            self.EndAcquisition()
        self._handlers.clear()
        self._rewire()
        if self._nodemap is not None:
            self.DeInit()
        for memory in (self._memory, self._device_map._memory, self._stream_map._memory):
            memory.forget_live()


def _nobody() -> Any:
    return not_implemented("GetProducer of a camera that no System has found")


def _engine(model: Model, serial: str, memory: RegisterMemory, world: World) -> Engine:
    from llpyspin.virtual.engine import CameraEngine

    return CameraEngine(model, serial, memory, world)


class Camera(CameraBase):
    """A camera with its nodes as attributes."""


add_properties(Camera, "camera")
