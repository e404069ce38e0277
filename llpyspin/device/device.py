"""One camera, as the camera process uses it: settings, nodes, frames, close."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llpyspin.device._protocol import FrameLayout
from llpyspin.device.arming import Arming
from llpyspin.device.chunks import chunk_of_lines, enable_chunks
from llpyspin.device.identity import identity_of
from llpyspin.device.imaging import PixelFormat
from llpyspin.device.nodefacts import LOCKED_WHILE_STREAMING
from llpyspin.device.nodes import NodeMap
from llpyspin.device.opening import Handle, open_handle
from llpyspin.device.packets import set_packet_size
from llpyspin.device.resent import CHUNKS
from llpyspin.device.sdkcall import SdkFailure, call, camera_error
from llpyspin.device.setting import FloatSetting
from llpyspin.device.snapshot import restore, snapshot
from llpyspin.device.stream import Stream
from llpyspin.device.table import find_setting, settings_of
from llpyspin.device.takeover import set_color, take_over
from llpyspin.device.updating import update
from llpyspin.device.values import as_int, check
from llpyspin.errors import (
    CameraClosedError,
    CameraLostError,
    LlpyspinError,
    SettingError,
    SettingLockedError,
)
from llpyspin.frames.buffers import FEWEST, MAX_BUFFERS
from llpyspin.processes.closing import Closing

if TYPE_CHECKING:
    from llpyspin.device._protocol import FrameSink
    from llpyspin.device.nodes import Node
    from llpyspin.device.opening import FoundCamera, Rivals
    from llpyspin.device.stream import Counters
    from llpyspin.settings import Limits, NodeInfo, RestoreReport

__all__ = ["Device"]

log = logging.getLogger(__name__)


class Device(Closing, Arming):
    """One camera, opened.

    Opening brings the camera into a known state, whatever its state was: factory settings, automatics and
    triggers off, exposure "Timed", gain 0 dB, chunk data on, the largest safe packets.  Frame rate, exposure,
    binning and region are then the factory's until they are set.

    Parameters
    ----------
    sdk, which, in_use_wait_s, rivals
        As of :func:`llpyspin.device.opening.open_handle`.
    color : bool, optional
        Whether frames shall have colours; by default those of colour cameras have.  True for a camera without
        a colour filter is refused.

    Raises
    ------
    CameraNotFoundError, CameraInUseError, SdkError, SettingError

    Settings and nodes may be used from one thread while another is in :meth:`pump`.  ``start``, ``stop`` and
    ``close`` must not overlap ``pump``.
    """

    def __init__(
        self,
        sdk: Any,
        which: int | str,
        *,
        color: bool | None = None,
        in_use_wait_s: float | None = None,
        rivals: Rivals | None = None,
    ) -> None:
        self._sdk = sdk
        self.asking = threading.RLock()
        self._maps: dict[str, NodeMap] = {}
        self._stream: Stream | None = None
        self._buffer_count: int | None = None
        self._most_of_sdk = MAX_BUFFERS  # buffers in its own memory
        self._handle: Handle | None
        self._handle, found = open_handle(sdk, which, in_use_wait_s, rivals)
        try:
            self._set_up(found, color)
        except BaseException as error:
            traceback.clear_frames(error.__traceback__)  # their variables hold the camera
            self.close()
            raise

    def _set_up(self, found: FoundCamera, color: bool | None) -> None:
        assert self._handle is not None
        camera, serial = self._handle.camera, found.serial
        try:
            for prefix, method in _MAPS.items():
                self._maps[prefix] = NodeMap(self._sdk, call(self._sdk, getattr(camera, method)), serial)
        except SdkFailure as failure:
            error = camera_error(failure, "reading the node maps", serial)
            raise error from None
        nodes = self._maps[""]
        self.info = identity_of(found, nodes, self._sdk)
        if color and not self.info.color:
            raise SettingError(
                f"camera {serial} ({self.info.model}) is monochrome. It cannot send colour images",
                setting="color",
                value=color,
            )
        self.waits = bool(self.info.replay_of) and bool(self._sdk.replay_waits(serial))
        """Whether the camera replays as fast as it is read: no frame is lost while nobody asks for one."""
        take_over(nodes)
        if found.interface == "GigE":
            set_packet_size(self._sdk, camera, nodes)
        set_color(nodes, self.info.color if color is None else color)
        sent = enable_chunks(nodes)
        self._settings = settings_of(nodes)
        self._stream = Stream(self._sdk, camera, self._maps["TLStream/"], self.info)
        self._stream.chunks = bool(sent & {"ExposureTime", "Gain"})
        self._stream.resent.told = sent >= CHUNKS
        self._stream.before_first = self.exposures_before

    # ---- settings

    def get(self, name: str) -> Any:
        """The camera's present value of a setting, read from the camera."""
        self._camera()
        if name == "buffer_count":
            return self._count_node().get()
        return find_setting(self._settings, name).get()

    def set(self, name: str, value: Any) -> Any:
        """Change a setting; return what the camera has now, which may be rounded.

        Raises
        ------
        SettingRangeError
            The value is refused before, or by, the camera; the text has the limits.
        SettingLockedError
            It cannot be written now, as during streaming (see :meth:`needs_pause`).

        In either case everything is as it was.
        """
        self._camera()
        if name == "buffer_count":
            return self._set_buffer_count(value)
        setting = find_setting(self._settings, name)
        setting.set(value)
        return setting.get()

    def fit(self, name: str, value: float) -> Any:
        """As :meth:`set`, but a number beyond the limits becomes the nearest one that the camera can have.

        For defaults, which nobody asked for.
        """
        setting = find_setting(self._settings, name)
        if not isinstance(setting, FloatSetting):
            return self.set(name, value)
        self._camera()
        setting.fit(value)
        return setting.get()

    def update(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Set several, in this order, or none; see :func:`llpyspin.device.updating.update`."""
        return update(self, self._camera_nodes(), wanted)

    def limits(self, name: str) -> Limits:
        """What :meth:`set` accepts for a setting now, with the unit."""
        self._camera()
        if name == "buffer_count":
            return self._count_limits()
        return find_setting(self._settings, name).limits()

    def setting_names(self) -> list[str]:
        """Names of all settings; a setting that the camera lacks raises when it is used."""
        return [*self._settings, "buffer_count"]

    def needs_pause(self, name: str, value: Any = ...) -> bool:
        """Whether the camera, as it is now, must stop streaming for this setting or node to be written.

        With ``value`` the answer is for that value: moving a region of the same size needs no pause.
        """
        self._camera()
        if not self.streaming:
            return False
        if name == "buffer_count":
            return True
        if name in self._settings:
            return not all(node.writable for node in self._settings[name].written(value))
        nodes, plain = self._map_of(name)
        node = nodes.node(plain)
        return not node.writable and plain in LOCKED_WHILE_STREAMING

    # ---- nodes

    def node(self, name: str) -> NodeInfo:
        """Everything about a GenICam node; "TLStream/…" and "TLDevice/…" are those of the other node maps."""
        nodes, plain = self._map_of(name)
        return nodes.node(plain).info(nodes.category(plain))

    def node_get(self, name: str) -> Any:
        """What a node holds; None where it cannot be read.  Quicker than :meth:`node`."""
        node = self._node(name)
        return node.get() if node.readable else None

    def node_set(self, name: str, value: Any) -> Any:
        """Write a node; return what it holds then."""
        node = self._node(name)
        if node.kind == "Command":
            raise SettingError(f"{name} is a command. Use execute()", setting=name, value=value)
        node.set(value)
        return node.get() if node.readable else None

    def node_names(self) -> list[str]:
        """Names of all nodes that are features, those of the other node maps with their prefix."""
        self._camera()
        return [f"{prefix}{name}" for prefix, nodes in self._maps.items() for name in nodes.names()]

    def execute(self, name: str, timeout_s: float = 5.0) -> None:
        """Carry out a command node and wait until the camera has."""
        self._node(name).execute(timeout_s)

    def snapshot(self) -> dict[str, Any]:
        """All settings that can be read and written, as int, float, bool and str by node name.

        Those that are locked only while the camera streams are among them even then.
        """
        self._camera()
        return snapshot(self._maps[""], streaming=self.streaming)

    def restore(self, wanted: Mapping[str, Any]) -> RestoreReport:
        """Write a snapshot; what does not take is in the report, not raised.  Not while streaming.

        Raises
        ------
        SettingLockedError
            The camera is streaming.
        SettingError
            This is no snapshot: not a mapping from node names.
        """
        self._camera()
        if not isinstance(wanted, Mapping) or not all(isinstance(name, str) for name in wanted):
            raise SettingError("a snapshot maps names of nodes to values", setting="snapshot", value=wanted)
        if self.streaming:
            raise SettingLockedError("a snapshot cannot be restored while the camera is streaming")
        return restore(self._maps[""], wanted)

    # ---- frames

    @property
    def layout(self) -> FrameLayout:
        """How the bytes of a frame lie in memory, with the present settings."""
        self._camera()
        nodes = self._maps[""]
        pixels = PixelFormat(nodes)
        height, width = int(nodes.node("Height").get()), int(nodes.node("Width").get())
        bits = pixels.bits_per_pixel() * width
        # Packed rows of some widths do not begin at a whole byte; such a frame has no stride.
        stride, payload = (bits // 8, bits * height // 8) if bits % 8 == 0 else (0, -(-bits * height // 8))
        return FrameLayout(pixels.get(), width, height, stride, payload)

    @property
    def streaming(self) -> bool:
        return self._stream is not None and self._stream.running

    @property
    def zero_copy(self) -> bool:
        """Whether the SDK fills our memory, so that frames are not copied (known once started)."""
        return self._stream is not None and self._stream.lent

    @property
    def counters(self) -> Counters:
        """How many frames were delivered, incomplete, lost and dropped since the camera was opened."""
        return self._running_stream().counters

    def start(self, writer: FrameSink) -> None:
        """Lend the SDK the writer's memory (or copy, where it takes none) and begin the acquisition."""
        stream = self._running_stream()
        layout = self.layout
        size = self._maps[""].usable("PayloadSize")
        payload = max(layout.payload, int(size.get()) if size is not None else 0)
        wanted = None if self.role is None else self.role.buffer_count
        with contextlib.suppress(SettingError):  # an SDK that does not tell
            self._count_limits()
        stream.line_chunk = chunk_of_lines(self._maps[""])
        stream.start(writer, layout, payload, wanted or self._buffer_count)

    def pump(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` for one image and publish it; False if none came.

        Raises
        ------
        CameraLostError
            The camera has gone.
        """
        stream = self._stream
        if stream is None:
            raise self._closed()
        return stream.pump(timeout_s)

    def stop(self) -> None:
        """End the acquisition; frames that readers hold stay as they are."""
        self._running_stream().stop()

    def close(self) -> None:
        """Let go of the camera and of the SDK; safe in any state and more than once."""
        if self._stream is not None:
            self._stream.close()
            try:
                self.disarm()
                self.end_supply()
            except LlpyspinError as error:
                log.info("leaving the role: %s", str(error))
            self._stream = None
        for nodes in self._maps.values():
            nodes.close()
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            call(self._sdk, handle.camera.DeInit)
        except SdkFailure as failure:
            log.info("de-initialising the camera: %s", str(failure))
        handle.release()

    # ---- internals

    def _camera(self) -> Any:
        if self._handle is None:
            raise self._closed()
        if self._stream is not None and self._stream.lost:
            # The SDK would go on answering from its caches.
            raise CameraLostError(self._stream.lost, camera=self.info.serial)
        return self._handle.camera

    def _running_stream(self) -> Stream:
        if self._stream is None:
            raise self._closed()
        return self._stream

    def _closed(self) -> CameraClosedError:
        return CameraClosedError(f"camera {self.info.serial} was closed", camera=self.info.serial)

    def _camera_nodes(self) -> NodeMap:
        self._camera()
        return self._maps[""]

    def _send_action(self, device_key: int, group_key: int, group_mask: int, at: int) -> None:
        self._camera()
        assert self._handle is not None
        self._handle.send_action(device_key, group_key, group_mask, at)

    def _map_of(self, name: str) -> tuple[NodeMap, str]:
        self._camera()
        if not isinstance(name, str):
            raise SettingError(f"a node's name is a str, not {name!r}", setting=str(name))
        prefix = next((p for p in self._maps if p and name.startswith(p)), "")
        return self._maps[prefix], name[len(prefix) :]

    def _node(self, name: str) -> Node:
        nodes, plain = self._map_of(name)
        return nodes.node(plain)

    def _count_node(self) -> Node:
        return self._maps["TLStream/"].node("StreamBufferCountManual")

    def _count_limits(self) -> Limits:
        """As many frames as both the SDK and the account of frames have room for."""
        limits = self._count_node().limits()
        # Of memory that was lent, the SDK may tell how much that was, which says nothing of the next: what it
        # last said of its own memory holds.
        if not self._running_stream().has_lent:
            self._most_of_sdk = int(limits.max)
        return replace(limits, min=max(limits.min, FEWEST), max=min(self._most_of_sdk, MAX_BUFFERS))

    def _set_buffer_count(self, value: Any) -> int:
        if self.streaming:
            raise SettingLockedError("buffer_count cannot be changed while the camera is streaming")
        count = as_int("buffer_count", value)
        stream = self._running_stream()
        asked = self._count_limits()
        check("buffer_count", count, replace(asked, max=MAX_BUFFERS) if stream.has_lent else asked)
        stream.make_room(count)
        check("buffer_count", count, self._count_limits())  # now that the SDK tells its own
        mode = self._maps["TLStream/"].first("StreamBufferCountMode")
        if mode is not None and mode.writable:
            mode.put("Manual")
        self._buffer_count = count
        return stream.announce(count)


_MAPS = {"": "GetNodeMap", "TLStream/": "GetTLStreamNodeMap", "TLDevice/": "GetTLDeviceNodeMap"}
