"""The requests that a camera process answers, one method each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from llpyspin import sdk
from llpyspin.device import Device, FoundCamera, list_cameras
from llpyspin.device.nodefacts import LOCKED_WHILE_STREAMING
from llpyspin.device.searching import find_nodes
from llpyspin.errors import CameraClosedError, LlpyspinError, SettingError, SettingLockedError
from llpyspin.frames import FrameWriter
from llpyspin.processes.serving import Requests
from llpyspin.reading.change import Change
from llpyspin.settings.applying import SHAPERS
from llpyspin.worker.armrequests import ArmingRequests
from llpyspin.worker.pumping import Acquisition
from llpyspin.worker.rivals import rivals_of
from llpyspin.worker.thermometer import Thermometer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.settings import CameraInfo, Limits, NodeInfo, RestoreReport

__all__ = ["CameraService"]

MOVING = ("OffsetX", "OffsetY")
"""Nodes that change pictures while the camera streams."""
WAITING = ("drain", "pulse")
"""Requests that wait for frames, or for the time."""


class CameraService(ArmingRequests, Requests):
    """One camera, as the proxy in the user's process sees it.

    Each ``do_*`` method is a request; they are called by the request thread, one at a time.
    """

    def __init__(self) -> None:
        self._device: Device | None = None
        self._writer: FrameWriter | None = None
        self._acquisition: Acquisition | None = None
        self._change = Change("", 0)
        self._thermometer = Thermometer()

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        """Nodes are used by one thread at a time; a request that waits leaves them to the others."""
        device = self._device
        if device is None or operation in WAITING:
            return super().answer(operation, arguments)
        with device.asking:
            return super().answer(operation, arguments)

    # -- life ---------------------------------------------------------------------------------------------

    def do_list(self, sdk_name: str | None) -> list[FoundCamera]:
        return list_cameras(sdk.load(sdk_name))

    def do_open(
        self,
        which: int | str,
        sdk_name: str | None,
        color: bool | None,
        own: Mapping[int, str] | None = None,
    ) -> tuple[CameraInfo, str]:
        """Take the camera; gives who it is and the address of its frames.

        ``own``: other camera processes of the same program, with the serial numbers of their cameras.
        """
        module = sdk.load(sdk_name)
        device = Device(module, which, color=color, rivals=rivals_of(module, own or {}))
        self._device = device
        self._writer = FrameWriter(name=device.info.serial)
        self._acquisition = Acquisition(device, self._writer)
        self._note_change()
        return device.info, self._writer.address

    def do_ping(self) -> None:
        """Nothing: to measure a round trip."""

    def do_close(self) -> None:
        try:
            if self._acquisition is not None:
                self._acquisition.stop()
        finally:
            device, self._device = self._device, None
            if device is not None:
                device.close()
            if self._writer is not None:
                self._writer.close()

    # -- streaming ----------------------------------------------------------------------------------------

    def do_start(self) -> None:
        self.acquisition.start()

    def do_stop(self) -> None:
        self.acquisition.stop()

    def do_zero_copy(self) -> bool:
        """Whether the SDK fills our memory, so that no frame is copied on its way to readers."""
        return self.device.zero_copy

    def do_health(self) -> float:
        """Seconds for which the SDK is overdue with an image or a time-out."""
        return self.acquisition.stuck_for()

    # -- settings -----------------------------------------------------------------------------------------

    def do_get(self, name: str) -> Any:
        return self.device.get(name)

    def do_set(self, name: str, value: Any) -> Any:
        return self._set(name, value, self.device.set)

    def do_fit(self, name: str, value: Any) -> Any:
        """Set a default, or the nearest that the camera can have."""
        return self._set(name, value, self.device.fit)

    def _set(self, name: str, value: Any, put: Callable[[str, Any], Any]) -> Any:
        if self.acquisition.running and self.device.needs_pause(name, value):
            self.refuse_armed(name)
            return self._paused(lambda: put(name, value))
        if name == "framerate":
            self.refuse_armed(name)
        got = put(name, value)
        if name in SHAPERS:
            self._note_change()
        return got

    def do_changed(self) -> Change:
        """The last change of what pictures are."""
        return self._change

    def do_update(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Set several, in this order, in one pause; all or none."""
        device = self.device
        for name in wanted:
            if name not in device.setting_names():
                device.get(name)  # raises an error that names settings like it
        pause = self.acquisition.running and any(device.needs_pause(*each) for each in wanted.items())
        if pause or "framerate" in wanted:
            self.refuse_armed(", ".join(wanted))
        if pause:
            got: dict[str, Any] = self._paused(lambda: device.update(wanted))
            return got
        got = device.update(wanted)
        if not SHAPERS.isdisjoint(wanted):
            self._note_change()
        return got

    def do_limits(self, name: str) -> Limits:
        return self.device.limits(name)

    def do_node(self, name: str) -> NodeInfo:
        return self.device.node(name)

    def do_node_get(self, name: str) -> Any:
        return self.device.node_get(name)

    def do_node_names(self) -> list[str]:
        return self.device.node_names()

    def do_node_find(self, text: str) -> list[NodeInfo]:
        return find_nodes(self.device, text)

    def do_node_set(self, name: str, value: Any) -> Any:
        device = self.device
        try:
            got = device.node_set(name, value)
        except SettingLockedError:
            if not self.acquisition.running:
                raise
        else:
            if name in MOVING or name in LOCKED_WHILE_STREAMING:
                self._note_change()
            return got
        self.refuse_armed(name)
        return self._paused(lambda: device.node_set(name, value))

    def do_execute(self, name: str) -> None:
        self.device.execute(name)

    def do_snapshot(self) -> dict[str, Any]:
        return self.device.snapshot()

    def do_restore(self, snapshot: dict[str, Any]) -> RestoreReport:
        device = self.device
        self.refuse_armed("a snapshot of settings")
        if self.acquisition.running:
            report: RestoreReport = self._paused(lambda: device.restore(snapshot))
            return report
        report = device.restore(snapshot)
        self._note_change()
        return report

    # -- internals ----------------------------------------------------------------------------------------

    @property
    def device(self) -> Device:
        if self._device is None:
            raise CameraClosedError("the camera process has no camera")
        if self._acquisition is not None and self._acquisition.error is not None:
            raise self._acquisition.error
        return self._device

    @property
    def acquisition(self) -> Acquisition:
        if self._acquisition is None:
            raise CameraClosedError("the camera process has no camera")
        return self._acquisition

    @property
    def serial(self) -> str:
        return self._device.info.serial if self._device is not None else ""

    def stuck_for(self) -> float:
        return self._acquisition.stuck_for() if self._acquisition is not None else 0.0

    def fail(self, error: LlpyspinError) -> None:
        if self._acquisition is not None:
            self._acquisition.fail(error)

    def _paused(self, change: Callable[[], Any]) -> Any:
        self.acquisition.stop()
        self._note_change()
        try:
            return change()
        finally:
            self.acquisition.resume()

    def _note_change(self) -> None:
        """Pictures are others from now on; frames that are under way are still as they were."""
        writer = self._writer
        assert writer is not None
        if not self.acquisition.running:
            self._change = Change(writer.address, writer.published)
            return
        try:
            camera_ns = self.device.clock().camera_ns
        except SettingError:  # a camera whose clock cannot be read
            camera_ns = None
        self._change = Change(writer.address, writer.published, camera_ns, time.monotonic_ns())
