"""The camera behind the registers: opens and closes, follows the settings, acquires, fills buffers."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import auto
from llpyspin.virtual.acquiring import Acquisition
from llpyspin.virtual.actions import ActionQueue
from llpyspin.virtual.chunkdata import LatestChunks
from llpyspin.virtual.clock import CameraClock
from llpyspin.virtual.diary import Diary
from llpyspin.virtual.eventdata import event_came, exposure_end_came, forget_events
from llpyspin.virtual.exceptions import NOT_INITIALIZED, TIMEOUT, SpinnakerException, raise_if
from llpyspin.virtual.fault_kinds import LOST_TEXTS, checked
from llpyspin.virtual.faults import Faults
from llpyspin.virtual.framerates import is_endless, limit_rates
from llpyspin.virtual.image import ImagePtr
from llpyspin.virtual.link import Action, Link, Reply
from llpyspin.virtual.liveregisters import make_live
from llpyspin.virtual.peripherals import Event, Peripherals
from llpyspin.virtual.presence import Presence
from llpyspin.virtual.projector import scene_of
from llpyspin.virtual.readings import Tag, programme_of, sensor_of, tag_of, view_of
from llpyspin.virtual.routing import Routing
from llpyspin.virtual.sending import Sender
from llpyspin.virtual.sequence import Sequence, Step, sequence_of
from llpyspin.virtual.state import WorldState
from llpyspin.virtual.stream import USB3_PACKET, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual._seam import Model, Registers
    from llpyspin.virtual.scene import View
    from llpyspin.virtual.shutter import Exposure, Programme
    from llpyspin.virtual.world import World

__all__ = ["CameraEngine"]

_NO_IMAGE = "Failed waiting for EventData on NEW_BUFFER_DATA event."


class CameraEngine:
    """One virtual camera; implements :class:`llpyspin.virtual._seam.Engine`."""

    def __init__(self, model: Model, serial: str, registers: Registers, world: World) -> None:
        spec = world.camera(serial)
        self.stream = Stream(USB3_PACKET if model.interface == "USB3" else 1)
        self.on_image: Callable[[Any], None] | None = None
        self.on_event: Callable[[str], None] | None = None
        self._model, self._serial, self._registers, self._world = model, serial, registers, world
        self._sensor = sensor_of(model)
        self._clock = CameraClock(serial, spec.clock_ppm if spec is not None else 0.0)
        self._diary = Diary(world.diary, serial, self._clock)
        self._faults = Faults(serial)
        self._scene = scene_of(spec, world.replay)
        self._sender = Sender(self.stream, self._scene, self._diary, self._faults, self._clock, model)
        self._routing = Routing(self._clock)
        self._presence = Presence(self.stream.wake)
        self._link: Link | None = None
        self._handler_thread: threading.Thread | None = None
        self._chunks = LatestChunks(registers)
        self._actions = ActionQueue(registers, self._clock)
        make_live(registers, self._clock, self._routing)
        self._limit_rates()

    # -- exclusive access

    def open(self) -> None:
        """Take the camera for this process, or raise -1005 (held elsewhere) or -1002 (not plugged in)."""
        state = WorldState(self._world.name)
        left = state.take_at_opening(self._serial)
        if left is not None:
            self._faults.apply(left)
        self._faults.pass_through("init")
        if state.unplugged(self._serial):
            raise SpinnakerException(*LOST_TEXTS["removed"])
        self._scene.open()
        self._registers.on_access = self._accessed
        self._chunks.forget()
        forget_events(self._registers)
        self._link = Link(self._world.address(self._serial), self._routing.edges, self._asked, self._act)
        wires = [(w, self._world.address(w.target)) for w in self._world.wires if w.source == self._serial]
        self._presence.come()
        peripherals = Peripherals(wires, self._clock.to_host, self._model.family.pinout)
        for counter in peripherals.counters.values():
            counter.miscounts = self._faults.miscounts
        peripherals.connector.supply_edge = self._faults.supply_edge
        self._routing.open(peripherals, self._registers)
        for command in self._world.faults:
            answer = self._ordered(command) if command["serial"] == self._serial else {}
            if "error" in answer:
                self.close()
                raise SpinnakerException(
                    f"the configuration has a fault for this camera, but {answer['error']}"
                )
        self._refresh("")

    def close(self) -> None:
        """Give the camera back."""
        if self._routing.acquisition is not None:
            self.stop()
        if self._link is not None:
            self._link.close()
            self._link = None
        self._scene.close()
        self._registers.on_access = None
        self._routing.close()

    @property
    def unplugged(self) -> bool:
        """Whether the SDK has noticed that the camera is gone."""
        return self._presence.missed

    @property
    def without_power(self) -> bool:
        """Whether the camera is gone, whoever has noticed it."""
        return self._presence.gone

    def gone(self) -> SpinnakerException | None:
        """The SDK's error for every use of a camera that it has found to be gone."""
        return self._presence.error()

    def refuses_buffers(self, where: str) -> Exception | None:
        """The error with which memory of the client's is refused at "set" or "begin", if it is."""
        return self._faults.refuses_buffers(where)

    def _accessed(self, feature: str, address: int, writes: bool) -> None:
        self._faults.register(feature, address, writes=writes)

    # -- acquisition

    def start(self) -> None:
        """BeginAcquisition."""
        routing = self._routing
        if routing.peripherals is None:
            raise SpinnakerException("Camera is not initialized", NOT_INITIALIZED)
        if auto.settle(self._registers, self._view(), color=self._model.color):
            self._limit_rates()
        sequence = self._sequence()
        view, programme = sequence.step.tag.view, sequence.step.programme
        self._scene.paint(view)
        self._scene.prepare(sequence.views)
        raise_if(self.refuses_buffers("begin") if self.stream.user_owned else None)
        self.stream.begin(max(each.payload for each in (view, *sequence.views)))
        self._diary.begin()
        with routing.lock:
            routing.settle_inputs()
            acquisition = routing.acquisition = Acquisition(
                sequence,
                routing.peripherals,
                self._clock,
                routing.lock,
                self._deliver,
                endless=self._endless(programme),
                misses=self._faults.misses,
                exposed=partial(self._diary.note, "exposed"),
                no_buffer=lambda: self._sender.waits,
                shutter=self._scene.shutter,
            )
            keeps = self._scene.keeps
            memory = self._registers.get("TransferQueueMaxBlockCount")
            acquisition.queue_length = memory if keeps is None else keeps
            acquisition.on_exposure_end = self._event_of_exposure()
            acquisition.on_failure = self._leave
        if self.on_image is not None or not self._endless(programme):
            acquisition.begin(f"camera {self._serial}")
        if self.on_image is not None:
            self._handler_thread = threading.Thread(
                target=self._handle, name=f"events {self._serial}", daemon=True
            )
            self._handler_thread.start()

    def stop(self) -> None:
        """EndAcquisition."""
        self._faults.pass_through("stop")
        acquisition = self._routing.acquisition
        if acquisition is None:
            return
        self.stream.end()
        self._scene.end()
        acquisition.end()
        handler, self._handler_thread = self._handler_thread, None
        if handler is not None and handler is not threading.current_thread():
            handler.join()
        self._routing.acquisition = None
        self._diary.end()

    def get_next(self, timeout_ms: int) -> ImagePtr:
        """The next image; -1011 after ``timeout_ms``, -1002 if the camera is gone, -1010 if not streaming."""
        self._faults.pass_through("get_next")
        acquisition = self._routing.acquisition
        if acquisition is not None and acquisition.in_line:
            self._produce(acquisition, timeout_ms / 1000)
            timeout_ms = timeout_ms if acquisition.over else 0
        buffer = self.stream.fetch(timeout_ms / 1000, self.gone)
        if buffer is None:
            raise SpinnakerException(_NO_IMAGE, TIMEOUT)
        image = ImagePtr._of_buffer(buffer, self.stream)
        self._chunks.came(image)
        return image

    def _produce(self, acquisition: Acquisition, timeout_s: float) -> None:
        """Make images in the caller's thread until one is there (a camera without any limit)."""
        until = time.monotonic() + min(timeout_s, threading.TIMEOUT_MAX / 2)
        while not self.stream.waiting and not self._presence.gone and not acquisition.over:
            if not self.stream.wait_free(until - time.monotonic()):
                return
            acquisition.produce()
            if time.monotonic() >= until:
                return

    def _endless(self, programme: Programme) -> bool:
        return is_endless(
            self._registers, programme, paced=self._scene.paced, unlimited=self._sensor.unlimited
        )

    def _handle(self) -> None:
        """Hand images to the registered image event handlers."""
        while True:
            try:
                image = self.get_next(1 << 40)
            except SpinnakerException:
                return
            handler = self.on_image
            if handler is not None:
                handler(image)

    # -- images

    def _deliver(self, exposure: Exposure, tag: Tag) -> None:
        self._sender.deliver(exposure, tag, self._routing.line_status, gone=self._presence.gone)

    def _event_of_exposure(self) -> Callable[[Exposure], None] | None:
        """What tells of the end of an exposure, if that event is on: the nodes of the event, the handler."""
        handler, registers = self.on_event, self._registers
        if registers.get("EventNotification", "ExposureEnd") != "On":
            return None

        def tell(exposure: Exposure) -> None:
            exposure_end_came(registers, self._sender.frame_id(exposure.number), exposure.timestamp)
            if handler is not None:
                handler("ExposureEnd")

        return tell

    # -- what the client does

    def command(self, name: str) -> None:
        """Carry out a command node."""
        now = self._clock.now()
        if name == "TriggerSoftware":
            self._routing.happen(Event(now, "Software", True))
        elif name in ("AcquisitionStart", "AcquisitionStop"):
            self._routing.expose(name == "AcquisitionStart")
        elif name == "Action0":
            self._routing.happen(Event(now, "Action0", True))
        elif name in ("TimestampLatch", "GevTimestampControlLatch"):
            now = self._clock.latch()
            self._registers.set("TimestampLatchValue", now)
            if self._registers.has("GevTimestampValue"):
                self._registers.set("GevTimestampValue", now)
        elif name in ("TimestampReset", "GevTimestampControlReset"):
            self._clock.reset()
        elif name == "GevIEEE1588DataSetLatch":
            self._registers.set("GevIEEE1588StatusLatched", self._clock.ptp_status)
            self._registers.set("GevIEEE1588OffsetFromMasterLatched", self._clock.ptp_offset)
        elif name == "TestEventGenerate":
            event_came(self._registers, "Test", {"EventTestTimestamp": now})
            if self.on_event is not None:
                self.on_event("Test")
        elif name == "CounterReset":
            self._routing.reset_counter(self._registers.get("CounterSelector"))
        elif name == "DeviceReset":
            self._refresh("")
            self._leave()
        elif name == "UserSetLoad":
            self._refresh("")

    def changed(self, name: str, selector: str | None) -> None:
        """A client has written this register."""
        del selector
        self._refresh(name)

    def access(self, name: str) -> None:
        """A client is about to use a node."""
        del name
        self._faults.access()

    def _refresh(self, name: str) -> None:
        """Bring limits, the running sensor and the scene up to date after a write ("" for: everything)."""
        if self._routing.acquisition is not None and (not name or name in auto.AFFECTED_BY):
            auto.settle(self._registers, self._view(), color=self._model.color)
        self._limit_rates()
        with self._routing.lock:
            self._follow_clock()
            self._routing.configure(self._registers)
            acquisition = self._routing.acquisition
            if acquisition is None:
                return
            before, sequence = acquisition.sequence.step.tag.view, self._sequence()
            acquisition.apply(sequence, endless=self._endless(sequence.step.programme))
            acquisition.on_exposure_end = self._event_of_exposure()
            self._scene.prepare(sequence.views)
            view = sequence.step.tag.view
            if view != before and not sequence.views:
                self._scene.repaint(view)

    def _limit_rates(self) -> None:
        limit_rates(self._registers, self._sensor, self._scene.rate)

    def _view(self) -> View:
        return view_of(self._registers, self._model, self._serial)

    def _sequence(self) -> Sequence:
        """By which settings frames are exposed."""

        def step(registers: Registers, number: int) -> Step:
            programme = programme_of(registers, self._sensor)
            view = view_of(registers, self._model, self._serial)
            return Step(programme, tag_of(registers, programme, view, self._model, number))

        return sequence_of(self._registers, step)

    # -- the common clock, and actions by it

    def _follow_clock(self) -> None:
        registers, clock = self._registers, self._clock
        wanted = registers.has("GevIEEE1588") and bool(registers.get("GevIEEE1588"))
        if wanted == (clock.following_since is not None):
            return
        if wanted:
            clock.follow()
        else:
            clock.leave()
        self._routing.lock.notify_all()

    def _act(self, action: Action) -> Reply | None:
        """An action command has come."""
        routing = self._routing
        with routing.lock:
            taken = self._actions.take(action)
            if taken is None:
                return None
            if taken.at is not None and (taken.at <= self._clock.now() or routing.acquisition is not None):
                routing.schedule(Event(taken.at, "Action0", True))
            return taken.reply

    # -- what comes from outside

    def _asked(self, command: dict[str, Any]) -> dict[str, Any]:
        """Another process orders a fault; ``ValueError`` says what is wrong with it."""
        arguments = {name: value for name, value in command.items() if name != "fault"}
        return self._ordered(checked(command.get("fault", ""), arguments))

    def _ordered(self, command: dict[str, Any]) -> dict[str, Any]:
        """A fault was ordered, by the configuration or another process."""
        kind = command.get("fault")
        if kind == "unplug":
            self._presence.says = command.get("says", "removed")
            self._leave()
        elif kind == "stall":
            self._routing.stall(round(command["seconds"] * 1e9))
        elif kind == "clock_drift":
            with self._routing.lock:
                self._clock.drift(command["ppm"])
                self._routing.lock.notify_all()
        elif kind == "unreadable":
            return self._spoil(command["node"])
        elif kind != "plug":
            self._faults.apply(command)
            if kind == "mend":
                self._registers.heal()
        return {}

    def _spoil(self, node: str) -> dict[str, Any]:
        try:
            self._registers.spoil(node)
        except (KeyError, ValueError):
            return {"error": f"it has no enumeration {node}"}
        return {}

    def _leave(self) -> None:
        """The camera is gone: its socket is free, and the client will notice in a moment."""
        self._presence.go()
        if self._link is not None:
            self._link.close()
