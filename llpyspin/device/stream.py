"""The stream of images: buffers, frames to the writer, and lost frames.

``start``, ``pump`` and ``stop`` never overlap; ``pump`` touches no node.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.device._protocol import COUNTED, INCOMPLETE, RESTARTED, VIRTUAL
from llpyspin.device.chunks import LINE_STATUS
from llpyspin.device.frameids import FrameIds
from llpyspin.device.lending import Lending
from llpyspin.device.resent import ResentImages
from llpyspin.device.sdkcall import Code, SdkFailure, call, camera_error, failure_of, means_lost
from llpyspin.errors import CameraLostError, LlpyspinError, SdkError, TooManyHeldError
from llpyspin.frames.buffers import FEWEST, MAX_BUFFERS, streaming_buffers

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.device._protocol import FrameLayout, FrameSink
    from llpyspin.device.nodes import NodeMap
    from llpyspin.settings import CameraInfo

__all__ = ["Counters", "Stream"]

log = logging.getLogger(__name__)

STARVED_SLICE_MS = 10  # while readers hold nearly all buffers, look this often whether some came back


@dataclass
class Counters:
    """What became of the frames since the stream was first started."""

    delivered: int = 0
    """Frames published, incomplete ones included."""
    incomplete: int = 0
    """Frames that the SDK delivered damaged."""
    lost: int = 0
    """Frames that the camera numbered and that never came, or came without data."""
    dropped: int = 0
    """Of these, frames for which readers left no free memory."""


class Stream:
    """Images of one open camera."""

    def __init__(self, sdk: Any, camera: Any, stream_nodes: NodeMap, info: CameraInfo) -> None:
        self._sdk = sdk
        self._camera = camera
        self._nodes = stream_nodes
        self._info = info
        self._ids = FrameIds(info.interface)
        self.resent = ResentImages(sdk)
        self._sink: FrameSink | None = None
        self._lending: Lending | None = None
        self._unused: Lending | None = None  # memory that the SDK took and does not use
        self._held: dict[int, Any] = {}
        self._ways: tuple[str, ...] = ()
        self._way: str | None = None
        self._lost = 0
        self._flags = 0
        self._started = False
        self._told_of_copies = False
        self.before_first: Callable[[int, int, int], int | None] = lambda *_: None
        """See :meth:`Arming.exposures_before`."""
        self.buffers = 0  # frames of memory
        self.last_frame_id: int | None = None  # of the newest frame since the start, …
        self.last_host_ns: int | None = None  # … and when it came
        self.first_late = self.first_before = 0  # see late and before of a Tally
        self.chunks = False  # whether frames tell their exposure and gain …
        self.line_chunk = ""  # … and which chunk has the levels of the lines
        self.counters = Counters()
        self.lent = False
        self.has_lent = False  # since the SDK last streamed into memory of its own
        self.running = False
        self.lost = ""  # how the camera was lost, if it was

    # ---- start

    def start(self, sink: FrameSink, layout: FrameLayout, payload_bytes: int, wanted: int | None) -> None:
        """Begin the acquisition.

        The SDK is lent memory of the sink to put images into; where it does not take it, images are copied.
        """
        if self.running:
            raise SdkError("the camera is streaming already", camera=self._info.serial)
        self._put_stream_node("StreamBufferCountMode", "Manual")
        self._put_stream_node("StreamBufferHandlingMode", "OldestFirst")
        self._sink, self._layout = sink, layout
        self.buffers = buffers = self.announce(wanted or streaming_buffers(payload_bytes))
        self._lending = Lending.offer(
            self._sdk, self._camera, sink, layout, buffers, payload_bytes, self._info
        )
        self.lent = self._lending is not None
        self.has_lent = self.lent
        if not self.lent:
            sink.begin(layout, buffers, lent=False)
            self._tell_of_copies("takes no memory of ours")
        self._held = {}
        # Both are views of the SDK's memory, as far as is known; packed formats have no GetNDArray.
        self._ways = ("GetData", "GetNDArray") if self.lent else ("GetNDArray", "GetData")
        self._way = None
        self._flags = (VIRTUAL if self._info.virtual else 0) | (RESTARTED if self._started else 0)
        self._ids.restart()
        self.resent.restart()
        self.last_frame_id = self.last_host_ns = None
        self.first_late = self.first_before = 0
        self._lost = 0
        self._begin_acquisition()
        self._started = self.running = True
        if self._lending is not None and self._lending.buffers() not in (None, buffers):
            self._copy_instead("divides the memory it took in another way")

    def _begin_acquisition(self) -> None:
        """With the memory that was lent; where the SDK does not begin with that, with its own."""
        try:
            call(self._sdk, self._camera.BeginAcquisition)
            return
        except SdkFailure as failed:
            failure = failed
        if self._lending is not None and not means_lost(failure):
            self._lending.withdraw()
            self._lending, self.lent, self.has_lent = None, False, False
            self._ways = self._ways[::-1]
            assert self._sink is not None
            self._sink.begin(self._layout, self.buffers, lent=False)
            try:
                call(self._sdk, self._camera.BeginAcquisition)
            except SdkFailure as failed:
                failure = failed
            else:
                self._tell_of_copies(f"does not stream into memory of ours ({failure})")
                return
        raise camera_error(failure, "starting the acquisition", self._info.serial) from None

    def _tell_of_copies(self, why: str) -> None:
        """Once: each start would say it again."""
        level = logging.DEBUG if self._told_of_copies else logging.INFO
        self._told_of_copies = True
        log.log(level, "camera %s: the SDK %s; each frame is copied once", self._info.serial, why)

    def announce(self, buffers: int) -> int:
        """Ask for ``buffers`` buffers, while nothing streams; return how many there will be."""
        node = self._nodes.first("StreamBufferCountManual")
        if node is None or not node.readable:
            return buffers
        buffers = min(max(buffers, FEWEST), MAX_BUFFERS)
        self.make_room(buffers)
        limits = node.limits()
        fitting = min(max(buffers, limits.min), limits.max)
        if node.writable:
            node.put(fitting)
        return int(node.get())

    def make_room(self, buffers: int) -> None:
        """Have the SDK allow so many buffers, if it can.

        SDK 2.6 allows no more than it was lent last, until it has streamed into memory of its own.
        """
        node = self._nodes.first("StreamBufferCountManual")
        if not self.has_lent or node is None or not node.readable or buffers <= node.limits().max:
            return
        try:
            call(self._sdk, self._camera.BeginAcquisition)
            call(self._sdk, self._camera.EndAcquisition)
        except SdkFailure as failure:
            raise camera_error(failure, "making room for more buffers", self._info.serial) from None
        self.has_lent = False

    def _put_stream_node(self, name: str, value: str) -> None:
        node = self._nodes.first(name)
        if node is not None and node.writable and value in node.entries():
            node.put(value)

    # ---- one frame

    def pump(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` for an image and publish it; False if none came."""
        image = self._next_image(timeout_s)
        now = time.monotonic_ns()
        if image is None:
            return False
        keep = False
        try:
            keep = self._take(image, now)
        except self._sdk.SpinnakerException as error:
            failure = failure_of(error)
        else:
            return True
        finally:
            if not keep:
                self._release(image)
            del image
        raise camera_error(failure, "reading an image", self._info.serial)

    def _next_image(self, timeout_s: float) -> Any:
        sdk, sink = self._sdk, self._sink
        if sink is None or not self.running:
            raise SdkError("the camera is not streaming", camera=self._info.serial)
        milliseconds = math.ceil(timeout_s * 1000)
        until = time.monotonic() + timeout_s
        while True:
            starved = self._lending is not None and len(self._held) + 2 >= self.buffers
            if starved:
                self._retire()
            try:
                return self._camera.GetNextImage(
                    min(STARVED_SLICE_MS, milliseconds) if starved else milliseconds
                )
            except sdk.SpinnakerException as refused:
                failure = failure_of(refused)
            if failure.code != Code.TIMEOUT:
                error = camera_error(failure, "waiting for an image", self._info.serial)
                if isinstance(error, CameraLostError):
                    self.lost = str(error)
                raise error
            self._retire()
            if not starved or time.monotonic() >= until:
                return None

    def _take(self, image: Any, now: int) -> bool:
        """Account for an image and publish it; True if its buffer is lent out and not to be released yet."""
        timestamp = self.resent.timestamp(image)
        # Without one nothing that it says holds, not even its id (rotpy keeps nothing); the next gap tells.
        incomplete = image.IsIncomplete() or not timestamp
        self.counters.incomplete += incomplete
        if not timestamp:
            return False
        frame_id = image.GetFrameID()
        self.last_frame_id, self.last_host_ns = frame_id, now
        missing = self._missing_before(frame_id, timestamp, now)
        if missing:
            self._count_lost(missing)
        place = self._place(image)
        if place is None:
            self._count_lost(1)
            return False
        exposure, gain, line = self._told_by_chunks(image) if self.chunks else (math.nan, math.nan, -1)
        line = -1 if incomplete else line  # the chunk stands at the end of an image
        assert self._sink is not None
        self._sink.publish(
            place,
            frame_id=frame_id,
            camera_timestamp_ns=timestamp,
            host_timestamp_ns=now,
            flags=self._flags | INCOMPLETE if incomplete else self._flags,
            exposure_us=exposure,
            gain_db=gain,
            line_status=line,
            lost_before=self._lost,
        )
        self._lost = 0
        self._flags &= ~(RESTARTED | COUNTED)
        self.counters.delivered += 1
        if self._lending is None:
            return False
        self._held[place] = image
        self._retire()
        return True

    def _missing_before(self, frame_id: int, timestamp: int, now: int) -> int:
        """How many frames were lost between the one before and this one."""
        late, goes_on = self._ids.late(frame_id), self._ids.goes_on(frame_id)
        missing = self._ids.gap(frame_id)
        if late:
            found = self.before_first(late, timestamp, now)
            found = (0 if goes_on else missing) if found is None else found
            self._flags |= COUNTED if found != missing else 0
            missing = found
            self.first_late, self.first_before = late, missing
        return missing

    def _place(self, image: Any) -> int | None:
        """Where in the sink's memory the image lies, copied there if need be; None if it is dropped."""
        assert self._sink is not None
        pixels = self._look(image)
        if pixels is None:
            return None
        if self._lending is not None:
            offset = self._lending.offset_of(pixels)
            if offset is not None:
                return offset
            self._copy_instead("does not use the memory it took")
        try:
            offset, slot = self._sink.claim()
        except TooManyHeldError:
            self.counters.dropped += 1
            return None
        payload = self._layout.payload
        slot[:payload] = memoryview(pixels).cast("B")[:payload]
        return offset

    def _look(self, image: Any) -> Any:
        """The image's data as an array over the SDK's own memory; None if it has none, or not enough."""
        if self._way is not None:
            return self._data(image, self._way)
        for name in self._ways:
            pixels = self._data(image, name)
            if pixels is None:
                continue
            if self._lending is None or name == self._ways[-1] or self._lending.offset_of(pixels) is not None:
                self._way = name
                return pixels
        return None

    def _data(self, image: Any, way: str) -> Any:
        try:
            pixels = getattr(image, way)()
        except (self._sdk.SpinnakerException, ValueError, TypeError):
            return None
        return pixels if pixels.nbytes >= self._layout.payload and pixels.flags.c_contiguous else None

    def _copy_instead(self, why: str) -> None:
        """The SDK took our memory and does not use it as it was to: copy, as if it had refused."""
        if self._held:
            raise SdkError(
                "the SDK put an image outside the memory that llpyspin lent it", camera=self._info.serial
            )
        self._tell_of_copies(why)
        assert self._sink is not None
        self._unused, self._lending, self.lent = self._lending, None, False
        self._sink.begin(self._layout, self.buffers, lent=False)

    def _count_lost(self, frames: int) -> None:
        self._lost += frames
        self.counters.lost += frames

    def _told_by_chunks(self, image: Any) -> tuple[float, float, int]:
        try:
            chunk = image.GetChunkData()
            exposure, gain = float(chunk.GetExposureTime()), float(chunk.GetGain())
            line = self._line_status(chunk)
        except self._sdk.SpinnakerException:
            return math.nan, math.nan, -1
        # SDK 2.6 answers 0 for a frame that carries no chunk; no exposure is that short.
        return (exposure, gain, line) if exposure > 0 else (math.nan, math.nan, -1)

    def _line_status(self, chunk: Any) -> int:
        return int(getattr(chunk, LINE_STATUS[self.line_chunk])()) if self.line_chunk else -1

    def _retire(self) -> None:
        if self._lending is None or self._sink is None:
            return
        for offset in self._sink.retire():
            self._release(self._held.pop(offset, None))

    def _release(self, image: Any) -> None:
        if image is None:
            return
        try:
            image.Release()
        except self._sdk.SpinnakerException as error:
            failure = failure_of(error)
            if failure.code != Code.INVALID_BUFFER:  # which ending the acquisition took back already
                log.warning("camera %s: releasing an image: %s", self._info.serial, str(failure))

    # ---- end

    def stop(self) -> None:
        """End the acquisition and release every image; the sink is not called."""
        if not self.running:
            return
        self.running = False
        error: LlpyspinError | None = None
        try:
            call(self._sdk, self._camera.EndAcquisition)
        except SdkFailure as failure:
            if (
                failure.code != Code.NOT_INITIALIZED
            ):  # "not started": it ended by itself, as with a lost camera
                error = camera_error(failure, "ending the acquisition", self._info.serial)
        self._give_back()
        if error is not None:
            raise error

    def _give_back(self) -> None:
        # Only after EndAcquisition: before it the SDK would fill buffers that readers still look at.
        for image in self._held.values():
            self._release(image)
        self._held.clear()
        for lending in (self._lending, self._unused):
            if lending is not None:
                lending.withdraw()
        self._lending = self._unused = None
        self._sink = None

    def close(self) -> None:
        """Stop, whatever state the camera is in, and release the camera."""
        try:
            self.stop()
        except LlpyspinError as error:
            log.info("%s", str(error))
        self._camera = None
