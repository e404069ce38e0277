"""The two halves of a virtual camera as each sees the other: the node map's registers, and the engine.

The node half (node maps, pointers, QuickSpin, system) sees the engine only as :class:`Engine`; the engine
(sensor, triggers, lines, stream, faults) sees the node map only as :class:`Registers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.virtual.families import BLACKFLY_S, Family

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.footage import Geometry

__all__ = ["Engine", "Model", "Registers", "World"]


@dataclass(frozen=True)
class Model:
    """One camera model: what is fixed in the factory."""

    name: str  # "Blackfly S BFS-U3-16S2M"
    interface: str  # "USB3" or "GigE"
    width: int  # pixels of the sensor
    height: int
    color: bool
    max_framerate: float  # Hz at full frame, 8 bit; math.inf for the benchmark model
    sensor: str = ""  # "Sony IMX273 (1/2.9\" CMOS)"
    family: Family = BLACKFLY_S
    recorded: Geometry | None = None  # size and formats of a camera that replays: nothing else is allowed


class Registers(Protocol):
    """The camera's register memory, by feature name; values are what the node shows (not raw bits).

    Enumerations are exchanged as the symbolic entry ("Line3"), Booleans as bool, integers and floats as they
    are.  ``selector`` names the element of a selected feature: ``get("LineSource", "Line1")``,
    ``get("TriggerMode", "FrameStart")``, ``get("ChunkEnable", "FrameID")``.  Limits and access bits have
    their own names: ``set("AcquisitionFrameRate.max", 226.0)``, ``set("ExposureTime.locked", True)``.
    ``set`` does not call ``Engine.changed``; it makes the node map forget what it cached.
    Every method may be called from any thread.
    """

    def get(self, name: str, selector: str | None = None) -> Any: ...

    def set(self, name: str, value: Any, selector: str | None = None) -> None: ...

    def has(self, name: str) -> bool:
        """Whether the model has this feature."""

    on_access: Callable[[str, int, bool], None] | None
    """Told of the feature and the address before a client reads or writes (True) there; it may raise."""

    def spoil(self, name: str) -> None:
        """Let a client read from the register of an enumeration what is none of its entries."""

    def heal(self) -> None:
        """Let every register be read as it is."""

    def live(self, name: str, read: Callable[[str | None], Any]) -> None:
        """Have a volatile feature (LineStatus, DeviceTemperature, CounterValue ...) computed at every read.

        ``read(selector entry)`` gives the value; it must not wait for a thread that uses the node map.
        """

    def load_defaults(self) -> None:
        """Put every register into the factory state (UserSet Default)."""


class World(Protocol):
    """The virtual cameras of this process; ``llpyspin.virtual.world.load_world()`` makes one for a System."""

    def cameras(self) -> list[tuple[str, str]]:
        """(serial, model name) of every camera that is plugged in now, in the order of the configuration."""


class Engine(Protocol):
    """A virtual camera behind its registers.  Errors are raised as ``SpinnakerException``."""

    @property
    def unplugged(self) -> bool:
        """Whether the SDK has noticed that the camera is gone."""

    @property
    def without_power(self) -> bool:
        """Whether the camera is gone, whoever has noticed it."""

    def gone(self) -> Exception | None:
        """The SDK's error for every use of a camera that it has found to be gone."""

    def refuses_buffers(self, where: str) -> Exception | None:
        """The error with which memory of the client's is refused at "set" or "begin", if it is."""

    on_image: Callable[[Any], None] | None  # set while an image event handler is registered
    on_event: Callable[[str], None] | None  # told of the events that are on: "ExposureEnd" ...
    stream: Any  # settings, counters and buffers for the TLStream node map, see llpyspin.virtual.stream

    def open(self) -> None:
        """Take the camera for this process, or raise -1005."""

    def close(self) -> None:
        """Give the camera back."""

    def start(self) -> None:
        """BeginAcquisition."""

    def stop(self) -> None:
        """EndAcquisition."""

    def get_next(self, timeout_ms: int) -> Any:
        """The next image, or raise -1011 after ``timeout_ms``."""

    def command(self, name: str) -> None:
        """Carry out a command node (TriggerSoftware, TimestampLatch, DeviceReset, UserSetLoad ...)."""

    def changed(self, name: str, selector: str | None) -> None:
        """A client has written this register: bring limits and the running sensor up to date."""

    def access(self, name: str) -> None:
        """A client is about to read or write the node ``name``: the place of slow and hanging nodes."""
