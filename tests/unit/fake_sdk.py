"""A small recording stand-in for PySpin: which nodes are written, in which order, and what is released."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {"Integer": 2, "Boolean": 3, "Command": 4, "Float": 5, "String": 6, "Category": 8, "Enumeration": 9}
NI, NA, WO, RO, RW = range(5)


class SpinnakerException(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Spinnaker: {text} [{code}]")
        self.errorcode = code


class FakeNode:
    """One node; ``low``, ``high``, ``access`` may be functions of the camera's values."""

    def __init__(
        self,
        camera: FakeCamera,
        name: str,
        kind: str,
        value: Any = None,
        *,
        low: Any = None,
        high: Any = None,
        inc: int = 1,
        entries: tuple[str, ...] = (),
        access: Any = RW,
        unit: str = "",
        after: Callable[[FakeCamera, Any], None] | None = None,
    ) -> None:
        self.camera, self.name, self.kind, self.value = camera, name, kind, value
        self.low, self.high, self.inc, self.entries = low, high, inc, entries
        self.access, self.unit, self.after = access, unit, after

    def _now(self, what: Any) -> Any:
        return what(self.camera) if callable(what) else what

    def GetPrincipalInterfaceType(self) -> int:
        return KINDS[self.kind]

    def GetAccessMode(self) -> int:
        return int(self._now(self.access))

    def GetName(self) -> str:
        return self.name

    GetDisplayName = GetDescription = GetToolTip = GetName

    def GetVisibility(self) -> int:
        return 0

    def IsValid(self) -> bool:
        return True

    def GetUnit(self) -> str:
        return self.unit

    def GetMin(self) -> Any:
        return self._now(self.low)

    def GetMax(self) -> Any:
        return self._now(self.high)

    def GetInc(self) -> int:
        return self.inc

    def HasInc(self) -> bool:
        return False

    def GetValue(self) -> Any:
        if self.camera.gone:
            raise SpinnakerException(-1002, "Camera has been removed from the list and is no longer valid.")
        return self.value

    def ToString(self, verify: bool = False, ignore_cache: bool = False) -> str:
        return str(self.value)

    def GetIntValue(self) -> int:
        return {"Mono8": 0x01080001, "Mono16": 0x01100007, "Mono12p": 0x010C0047}.get(self.value, 0x01080009)

    def GetEntries(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(GetSymbolic=lambda entry=entry: entry) for entry in self.entries]

    def GetFeatures(self) -> list[FakeNode]:
        maps = (self.camera.nodes, self.camera.tl_stream)
        own = next(nodes for nodes in maps if nodes.get(self.name) is self)
        return [node for node in own.values() if node.kind != "Category"]

    def SetValue(self, value: Any) -> None:
        if self.GetAccessMode() != RW:
            raise SpinnakerException(-2006, "GenICam::AccessException= Node is not writable.")
        if self.name in self.camera.refuse:
            raise SpinnakerException(-2002, f"GenICam::OutOfRangeException= {self.name} is refused")
        low, high = self.GetMin(), self.GetMax()
        if low is not None and not low <= value <= high:
            raise SpinnakerException(-2002, f"GenICam::OutOfRangeException= Value {value} of {self.name}")
        self.camera.log.append((self.name, value))
        self.value = value
        if self.after is not None:
            self.after(self.camera, value)

    FromString = SetValue

    def Execute(self) -> None:
        self.camera.log.append((self.name, "Execute"))

    def IsDone(self) -> bool:
        return True


class FakeImage:
    def __init__(
        self,
        camera: FakeCamera,
        frame_id: int,
        pixels: np.ndarray[Any, Any] | None,
        incomplete: bool = False,
        chunk: tuple[float, float] | None = None,
    ) -> None:
        self.camera, self.frame_id, self.pixels, self.incomplete = camera, frame_id, pixels, incomplete
        self.chunk, self.released = chunk, 0
        self.timestamp = 1000 * (frame_id + 1)
        self.lines = {"GetExposureEndLineStatusAll": 0, "GetLineStatusAll": 0}
        """Levels of the lines in the chunk data, by what reads them."""
        self.told = 0, 0
        """Id and timestamp in the chunk data."""
        camera.images.append(self)

    def GetNDArray(self) -> Any:
        if self.pixels is None:
            raise SpinnakerException(-1013, "no data")
        return self.pixels

    GetData = GetNDArray

    def GetFrameID(self) -> int:
        return self.frame_id

    def GetTimeStamp(self) -> int:
        return self.timestamp

    def IsIncomplete(self) -> bool:
        return self.incomplete

    def GetChunkData(self) -> Any:
        exposure, gain = self.chunk or (0.0, 0.0)
        number, time = self.told
        return SimpleNamespace(
            GetExposureTime=lambda: exposure,
            GetGain=lambda: gain,
            GetFrameID=lambda: number,
            GetTimestamp=lambda: time,
            **{name: lambda levels=levels: levels for name, levels in self.lines.items()},
        )

    def Release(self) -> None:
        self.released += 1


class FakeCamera:
    """A mono camera of 1440 x 1080 whose frame rate bounds the exposure, and the other way round."""

    def __init__(self, serial: str = "11111111", interface: str = "USB3") -> None:
        self.serial = serial
        self.log: list[tuple[str, Any]] = []
        self.refuse: set[str] = set()
        self.gone = False
        self.busy = 0
        self.streaming = False
        self.initialized = 0
        self.images: list[FakeImage] = []
        self.queue: list[FakeImage] = []
        self.user_memory: memoryview | None = None
        self.takes_memory = True
        self.nodes: dict[str, FakeNode] = {}
        self.tl_device: dict[str, FakeNode] = {}
        self.tl_stream: dict[str, FakeNode] = {}
        self._make_nodes(interface)

    def value(self, name: str) -> Any:
        return self.nodes[name].value

    def _make_nodes(self, interface: str) -> None:
        def locked(camera: FakeCamera) -> int:
            return RO if camera.streaming else RW

        def by(name: str, value: Any = "Off") -> Callable[[FakeCamera], int]:
            return lambda camera: RW if camera.value(name) == value else RO

        def unbin(camera: FakeCamera, _: Any) -> None:
            for side, full, name in (
                ("Height", 1080, "BinningVertical"),
                ("Width", 1440, "BinningHorizontal"),
            ):
                camera.nodes[side].value = min(camera.value(side), full // camera.value(name))

        add = self._add
        off_on = ("Off", "Once", "Continuous")
        add("Root", "Category")
        add("SensorWidth", "Integer", 1440, low=0, high=9999, access=RO)
        add("SensorHeight", "Integer", 1080, low=0, high=9999, access=RO)
        add("WidthMax", "Integer", 1440, low=0, high=9999, access=RO)
        add("HeightMax", "Integer", 1080, low=0, high=9999, access=RO)
        self.nodes["WidthMax"].GetValue = lambda: 1440 // self.value("BinningHorizontal")  # type: ignore[method-assign]
        self.nodes["HeightMax"].GetValue = lambda: 1080 // self.value("BinningVertical")  # type: ignore[method-assign]
        add("BinningVertical", "Integer", 1, low=1, high=4, access=locked, after=unbin)
        add("BinningHorizontal", "Integer", 1, low=1, high=4, access=locked, after=unbin)
        add("Width", "Integer", 1440, low=16, inc=4, access=locked, high=lambda c: c.room("Width", "OffsetX"))
        add(
            "Height",
            "Integer",
            1080,
            low=16,
            inc=2,
            access=locked,
            high=lambda c: c.room("Height", "OffsetY"),
        )
        add("OffsetX", "Integer", 0, low=0, inc=4, high=lambda c: c.room("Width") - c.value("Width"))
        add("OffsetY", "Integer", 0, low=0, inc=2, high=lambda c: c.room("Height") - c.value("Height"))
        add("PixelFormat", "Enumeration", "Mono8", entries=("Mono8", "Mono16", "Mono12p"), access=locked)
        add("ExposureAuto", "Enumeration", "Continuous", entries=off_on)
        add("ExposureMode", "Enumeration", "TriggerWidth", entries=("Timed", "TriggerWidth"))
        add("GainAuto", "Enumeration", "Continuous", entries=off_on)
        add("TriggerSelector", "Enumeration", "FrameStart", entries=("AcquisitionStart", "FrameStart"))
        add("TriggerMode", "Enumeration", "On", entries=("Off", "On"))
        add("AcquisitionFrameRateEnable", "Boolean", False)
        add(
            "AcquisitionFrameRate",
            "Float",
            30.0,
            low=1.0,
            high=lambda c: min(226.0, 1e6 / c.value("ExposureTime")),
            access=by("AcquisitionFrameRateEnable", True),
            unit="Hz",
        )
        add(
            "ExposureTime",
            "Float",
            5000.0,
            low=11.0,
            high=lambda c: (
                1e6 / c.value("AcquisitionFrameRate") if c.value("AcquisitionFrameRateEnable") else 3e7
            ),
            access=by("ExposureAuto"),
            unit="us",
        )
        add("Gain", "Float", 12.0, low=0.0, high=47.0, access=by("GainAuto"), unit="dB")
        add("UserSetSelector", "Enumeration", "UserSet0", entries=("Default", "UserSet0"))
        add("UserSetLoad", "Command")
        add("AcquisitionStop", "Command")
        device = {"DeviceSerialNumber": self.serial, "DeviceModelName": "Fake BFS-16S2M"}
        device["DeviceType"] = {"USB3": "USB3Vision", "GigE": "GigEVision"}[interface]
        for name, value in device.items():
            self.tl_device[name] = FakeNode(self, name, "String", value, access=RO)
        self.tl_stream["Root"] = FakeNode(self, "Root", "Category")
        count = FakeNode(self, "StreamBufferCountManual", "Integer", 10, low=3, high=100)
        self.tl_stream["StreamBufferCountManual"] = count

    def _add(self, name: str, kind: str, value: Any = None, **rest: Any) -> None:
        self.nodes[name] = FakeNode(self, name, kind, value, **rest)

    def room(self, side: str, offset: str | None = None) -> int:
        full = self.nodes[f"{side}Max"].GetValue()
        return int(full - (self.value(offset) if offset else 0))

    # ---- CameraPtr

    def Init(self) -> None:
        if self.busy:
            self.busy -= 1
            raise SpinnakerException(-1005, "The camera may be open by another application.")
        self.initialized += 1

    def DeInit(self) -> None:
        self.initialized -= 1

    def GetNodeMap(self) -> Any:
        return SimpleNamespace(GetNode=self.nodes.get)

    def GetTLDeviceNodeMap(self) -> Any:
        return SimpleNamespace(GetNode=self.tl_device.get)

    def GetTLStreamNodeMap(self) -> Any:
        return SimpleNamespace(GetNode=self.tl_stream.get)

    def SetBufferOwnership(self, owner: int) -> None:
        if not self.takes_memory:
            raise SpinnakerException(-1003, "not implemented")
        if not owner:
            self.user_memory = None

    def SetUserBuffers(self, memory: memoryview) -> None:
        self.user_memory = memory

    def BeginAcquisition(self) -> None:
        self.streaming = True
        self.log.append(("BeginAcquisition", ""))

    def EndAcquisition(self) -> None:
        self.streaming = False
        self.log.append(("EndAcquisition", ""))

    def GetNextImage(self, timeout_ms: int) -> FakeImage:
        assert isinstance(timeout_ms, int)
        if self.gone:
            raise SpinnakerException(-1002, "Camera has been removed from the list and is no longer valid.")
        if not self.queue:
            raise SpinnakerException(-1011, "Failed waiting for EventData on NEW_BUFFER_DATA event.")
        return self.queue.pop(0)

    # ---- what a test arranges

    def expose(
        self,
        frame_id: int,
        fill: int = 0,
        *,
        incomplete: bool = False,
        data: bool = True,
        chunk: tuple[float, float] | None = None,
    ) -> FakeImage:
        """Queue an image, in the next of the user's buffers where there are such."""
        size = self.value("Width") * self.value("Height")
        if self.user_memory is not None:
            at = len(self.images) % (len(self.user_memory) // size) * size
            pixels = np.frombuffer(self.user_memory[at : at + size], np.uint8)
        else:
            pixels = np.empty(size, np.uint8)
        pixels[:] = fill
        shape = self.value("Height"), self.value("Width")
        image = FakeImage(self, frame_id, pixels.reshape(shape) if data else None, incomplete, chunk)
        self.queue.append(image)
        return image

    def written(self) -> list[str]:
        return [name for name, _ in self.log]


class FakeSdk:
    """The module."""

    __name__ = "fake"
    __version__ = "0"
    SpinnakerException = SpinnakerException
    SPINNAKER_BUFFER_OWNERSHIP_SYSTEM, SPINNAKER_BUFFER_OWNERSHIP_USER = 0, 1

    def __init__(self, *cameras: FakeCamera) -> None:
        self.cameras = list(cameras)
        self.systems = 0
        self.made = 0
        for kind, number in KINDS.items():
            setattr(self, f"intfI{kind}", number)
        self.intfIRegister = 7
        for pointer in ("Node", "Value", "Integer", "Float", "Boolean", "Enumeration", "String", "Command"):
            setattr(self, f"C{pointer}Ptr", lambda node: node)
        self.CCategoryPtr = self.CEnumEntryPtr = lambda node: node
        self.System = SimpleNamespace(GetInstance=self._system)

    @staticmethod
    def IsAvailable(_: Any) -> bool:
        return True

    @staticmethod
    def IsReadable(node: Any) -> bool:
        return node is not None and node.GetAccessMode() in (RO, RW)

    def _system(self) -> Any:
        self.systems += 1
        self.made += 1

        def release() -> None:
            self.systems -= 1

        return SimpleNamespace(GetCameras=self._list, ReleaseInstance=release)

    def _list(self) -> Any:
        return SimpleNamespace(
            GetSize=lambda: len(self.cameras), GetByIndex=self.cameras.__getitem__, Clear=lambda: None
        )
