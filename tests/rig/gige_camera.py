"""One virtual camera: Aravis sends the frames, the class here does what its registers ask for."""

import collections
import ctypes
import struct
import threading
import time
from typing import NamedTuple

import gi
from gige_scene import Scene

gi.require_version("Aravis", "0.8")
from gi.repository import Aravis  # noqa: E402

# Registers: Aravis' own, GigE Vision's, and (from 0x8000) those of blackfly_s.xml alone.
REG = {
    "mac": 0x008, "vendor": 0x048, "model": 0x068, "version": 0x088, "serial": 0x0D8, "user_id": 0x0E8,
    "width": 0x100, "height": 0x104, "gain": 0x110, "gain_auto": 0x114,
    "sensor_height": 0x118, "sensor_width": 0x11C, "exposure": 0x120, "acquisition": 0x124,
    "pixel_format": 0x128, "period": 0x138,
    "aravis_trigger_mode": 0x300, "aravis_trigger_source": 0x304, "activation": 0x308, "trigger": 0x30C,
    "heartbeat": 0x938, "timestamp_control": 0x944, "timestamp": 0x948, "privilege": 0xA00,
    "stream_port": 0xD00,
    "temperature": 0x8000, "throughput": 0x8004, "reset": 0x8008, "user_set_load": 0x800C,
    "frame_count": 0x8010, "rate_enable": 0x8014, "wanted_period": 0x8018, "line_time": 0x801C,
    "exposure_mode": 0x8020, "exposure_auto": 0x8024, "trigger_selector": 0x8028, "trigger_source": 0x802C,
    "overlap": 0x8030, "trigger_mode": 0x8034, "line_selector": 0x8040, "v3_3": 0x8044,
    "line0_mode": 0x8050, "line1_mode": 0x8054, "line2_mode": 0x8058, "line3_mode": 0x805C,
    "line1_source": 0x8064, "line2_source": 0x8068, "line1_inverter": 0x8074, "line2_inverter": 0x8078,
    "chunk_mode": 0x8080, "chunk_selector": 0x8084,
    "counter_selector": 0x8200,
    "counter0_source": 0x8210, "counter1_source": 0x8214, "counter0_edge": 0x8220, "counter1_edge": 0x8224,
    "counter0_duration": 0x8230, "counter1_duration": 0x8234, "counter0": 0x8240, "counter1": 0x8244,
    "counter0_reset": 0x8250, "counter1_reset": 0x8254,
    # the region of interest in pixels of the sensor, so that binning scales it
    "run": 0x8100, "roi_x": 0x8104, "roi_y": 0x8108, "roi_width": 0x810C, "roi_height": 0x8110,
    "binning_x": 0x8114, "binning_y": 0x8118, "color": 0x811C, "black_level": 0x8120, "gamma": 0x8124,
    "gamma_enable": 0x8128, "white_auto": 0x812C, "ratio_selector": 0x8130, "ratio_red": 0x8134,
    "ratio_blue": 0x8138, "mode": 0x813C, "user_set": 0x8140,
}  # fmt: skip
CHUNK_ENABLE = 0x8090
CHUNKS = 15
MONO8, BAYER_RG8 = 0x01080001, 0x01080009
CONTINUOUS, SINGLE_FRAME, MULTI_FRAME = range(3)
LINE3, SOFTWARE, EXPOSURE_ACTIVE, EXPOSURE_START, OFF = 3, 31, 24, 24, 31
WRITE_REGISTER = b"\x00\x82"
# How often Aravis looks for a trigger, which decides when a frame leaves, not its time: it spins for most of
# the last millisecond before each look, so it looks a few times a frame and not more.
LOOKS_A_FRAME, LOOKS_HZ = 3, (50, 400)
# Frames exposed and not sent yet: of a camera that only runs freely, and of one in step with others, of which
# a busy machine shall lose none (they are drawn when they are sent).
AHEAD, MEMORY = 8, 1000
HEARTBEAT_MS = 3000  # what a camera starts with
PULSE_S = 0.3
RESET_S = 2.0  # that a camera is away after DeviceReset


class Model(NamedTuple):
    """What is fixed in the factory."""

    name: str
    width: int
    height: int
    max_fps: float
    color: bool


MODELS = {
    "16S2M": Model("Blackfly S BFS-PGE-16S2M", 1440, 1080, 78, False),
    "16S2C": Model("Blackfly S BFS-PGE-16S2C", 1440, 1080, 78, True),
    "50S5M": Model("Blackfly S BFS-PGE-50S5M", 2448, 2048, 24, False),
    "04S2M": Model("Blackfly S BFS-PGE-04S2M", 720, 540, 291, False),
}

lib = ctypes.CDLL("libaravis-0.8.so.0")
lib.arv_buffer_get_data.restype = ctypes.c_void_p
FILL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_uint32] * 3)


class Camera:
    """The firmware of one camera."""

    def __init__(self, rig, index, ip, model, args):
        self.rig, self.ip, self.model, self.xml = rig, ip, model, args.xml
        self.max_fps = args.max_fps or model.max_fps
        self.serial, self.mac = str(args.serial + index), 0x2CDDA3000001 + index
        self.scene = Scene(args.stamp, self.serial)
        self.gv, self.fake, self.back_at, self.frozen, self.first_id = None, None, None, False, 1
        self.lock = threading.RLock()
        self.plug()

    def get(self, name):
        return self.fake.read_register(REG[name])[1]

    def set(self, **values):
        for name, value in values.items():
            self.fake.write_register(REG[name], value)

    def set_string(self, name, text, size):
        for index, (word,) in enumerate(struct.iter_unpack(">I", text.encode().ljust(size, b"\0"))):
            self.fake.write_register(REG[name] + 4 * index, word)

    # what befalls it
    def plug(self):
        if self.gv:
            return
        self.boot, self.frames = time.monotonic_ns(), 0
        self.exposed, self.last_edge, self.due, self.back_at = collections.deque(), 0, None, None
        self.controller, self.heard, self.pulsed = None, 0, 0
        gv = Aravis.GvFakeCamera.new_full(self.ip, self.serial, str(self.xml))
        self.fake = gv.get_fake_camera()
        self.fake.set_trigger_frequency(100)
        self.fill = FILL(self.on_frame)
        # by ctypes, for gi would free the callback after the call
        lib.arv_fake_camera_set_fill_pattern(ctypes.c_void_p(hash(self.fake)), self.fill, None, None)
        self.fake.write_register(0x00, 0x00010002)  # GigE Vision 1.2
        self.fake.write_register(0x04, 0x80000001)  # big endian, UTF-8
        self.fake.write_register(0x10, 6)  # IP by DHCP or link-local
        self.fake.write_register(0x14, 6)
        self.fake.write_register(0x34, 0xFFFF0000)  # subnet mask
        self.fake.write_register(REG["mac"], self.mac >> 32)
        self.fake.write_register(REG["mac"] + 4, self.mac & 0xFFFFFFFF)
        self.set_string("vendor", "FLIR", 32)
        self.set_string("model", self.model.name, 32)
        self.set_string("version", "1706.0.0.0", 32)
        self.load_defaults()
        self.gv = gv

    def unplug(self):
        with self.lock:
            gv, self.gv = self.gv, None
        del gv  # Aravis stops its thread, which may be in on_frame, ...
        with self.lock:
            self.fake = None  # ... and closes its sockets

    def lose(self, ratio):
        self.gv.set_property("gvsp-lost-ratio", float(ratio))

    def begin_ids(self, first):
        """Have the first frame of each acquisition have this id, as if the camera did not count anew."""
        self.first_id = int(first)

    def freeze(self):
        """It neither answers nor sends, and knows nothing of it."""
        if not self.frozen:
            self.rig.network.remove_address(self.ip)
            self.frozen = True

    def thaw(self):
        if self.frozen:
            self.rig.network.add_address(self.ip)
            self.frozen = False

    def restore(self):
        """End all faults; a camera that nobody holds goes back into its factory state."""
        self.thaw()
        self.plug()
        self.lose(0)
        self.begin_ids(1)
        if not self.get("privilege"):
            self.load_defaults()
            self.set(heartbeat=HEARTBEAT_MS)  # which no user set holds

    def load_defaults(self):
        """The factory state: automatic exposure and gain, free-running at full speed."""
        width, height, color = self.model.width, self.model.height, self.model.color
        self.set(sensor_width=width, sensor_height=height, width=width, height=height,
                 roi_x=0, roi_y=0, roi_width=width, roi_height=height, binning_x=1, binning_y=1,
                 color=color, pixel_format=BAYER_RG8 if color else MONO8,
                 exposure=10000, exposure_auto=2, exposure_mode=1, gain=0, gain_auto=2,
                 black_level=0, gamma=3277, gamma_enable=0, white_auto=2 if color else 0,
                 ratio_selector=0, ratio_red=4096, ratio_blue=4096,
                 mode=CONTINUOUS, frame_count=1, rate_enable=0, wanted_period=33333,
                 line_time=int(1e9 / self.max_fps / height), throughput=125000000,
                 trigger_mode=0, aravis_trigger_mode=1, aravis_trigger_source=1, trigger=0,
                 trigger_selector=3, trigger_source=0, activation=3, overlap=0, line_selector=0, v3_3=0,
                 line0_mode=0, line1_mode=1, line2_mode=0, line3_mode=0,
                 line1_source=EXPOSURE_ACTIVE, line2_source=OFF,
                 line1_inverter=0, line2_inverter=0, chunk_mode=0, chunk_selector=2, user_set=0,
                 counter_selector=0, counter0_source=OFF, counter1_source=OFF, counter0_edge=3,
                 counter1_edge=3, counter0_duration=1, counter1_duration=1, counter0=0, counter1=0,
                 counter0_reset=OFF, counter1_reset=OFF)  # fmt: skip
        for chunk in range(CHUNKS):
            self.fake.write_register(CHUNK_ENABLE + 4 * chunk, chunk < 2)

    # what it does by itself
    def size(self):
        """Width and height of an image, as the XML computes them."""
        width = self.get("roi_width") // self.get("binning_x") // 4 * 4
        return width, self.get("roi_height") // self.get("binning_y") // 2 * 2

    def min_period(self):
        """us from one frame to the next, at least (FramePeriodMin in the XML)."""
        width, height = self.size()
        payload = width * height * (self.get("pixel_format") >> 16 & 255) // 8
        link = payload * 1000000 // self.get("throughput")
        return max(self.get("exposure") + 50, height * self.get("line_time") // 1000, link)

    def tick(self):
        """Carry out what register writes ask for."""
        if self.back_at and time.monotonic() > self.back_at:
            self.plug()
        if not self.gv:
            return
        if self.get("reset"):
            self.unplug()
            self.back_at = time.monotonic() + RESET_S
            return
        if self.get("user_set_load"):
            self.load_defaults()
            self.set(user_set_load=0)
        if self.get("timestamp_control"):
            now = time.monotonic_ns() - self.boot
            self.fake.write_register(REG["timestamp"], now >> 32)
            self.fake.write_register(REG["timestamp"] + 4, now & 0xFFFFFFFF)
            self.set(timestamp_control=0)
        for auto in ("exposure_auto", "gain_auto", "white_auto"):
            if self.get(auto) == 1:  # Once
                self.set(**{auto: 0})
        wanted = self.get("wanted_period") * self.get("rate_enable")
        self.set(period=max(wanted, self.min_period()), temperature=45000 + int(time.time()) % 100)
        self.tick_control()

    def tick_control(self):
        now = time.monotonic()
        if self.controller and now - self.heard > self.get("heartbeat") / 1000:
            self.controller = None
            self.set(privilege=0)
        if self.controller and now - self.pulsed > PULSE_S:
            self.pulsed = now
            self.rig.network.read_register(self.ip, REG["privilege"])
        if not self.get("privilege"):  # nobody holds the camera (any more)
            self.set(acquisition=0, run=0)
        if self.get("run"):
            self.begin()
        elif not self.get("acquisition"):
            self.set(trigger=0)

    def begin(self):
        """Start, as a write to "run" asked: Aravis may not see the start before it has the size.

        A stop goes to Aravis' own register at once; a start that a stop overtook has no port to send to.
        """
        with self.lock:
            if not self.get("run"):
                return
            self.set(run=0)
            if self.get("stream_port") & 0xFFFF:
                width, height = self.size()
                self.frames, self.due = 0, None
                self.exposed.clear()
                self.set(width=width, height=height, acquisition=1)

    # exposures, which keep their times however late Aravis or this program is
    def run_free(self, now):
        """Begin the exposures that are due by now, where no trigger has to; the time (ns) to look again."""
        with self.lock:
            if not self.gv or not self.get("acquisition") or self.get("trigger_mode"):
                self.due = None
                return None
            period = 1000 * self.get("period")
            due = list(range(now if self.due is None else self.due, now + 1, period))
            if due:
                self.due = due[-1] + period
            next_one = self.due
            self.look_every(period)
        for at in due:
            self.expose(at)
        return next_one

    def expose(self, at):
        """Expose a frame at a time and give the pulse; Aravis sends it when it gets to it.

        Not to be called with the lock held: pulses take those of the others.
        """
        with self.lock:
            if not self.gv:
                return
            pulses = self.get("v3_3") and self.get("line1_source") == EXPOSURE_ACTIVE
            limit = {SINGLE_FRAME: 1, MULTI_FRAME: self.get("frame_count")}.get(self.get("mode"))
            if limit is not None and self.frames >= limit:
                return
            if not pulses and not self.get("trigger_mode") and len(self.exposed) >= AHEAD:
                return  # it runs as fast as the machine lets it
            frame, self.frames = self.frames, self.frames + 1
            self.count(EXPOSURE_START)
            if len(self.exposed) < MEMORY:
                self.exposed.append((frame, at))
                self.set(trigger=1)
        if pulses:
            self.rig.edge(self, at)

    def count(self, event):
        """Something that counters may count."""
        for counter, own_end in (("counter0", 16), ("counter1", 17)):
            if self.get(f"{counter}_source") == event:
                duration, value = self.get(f"{counter}_duration"), self.get(counter)
                if self.get(f"{counter}_reset") == own_end:
                    self.set(**{counter: (value + 1) % duration})
                else:
                    self.set(**{counter: min(value + 1, duration)})

    def look_every(self, period):
        least, most = LOOKS_HZ
        self.fake.set_trigger_frequency(min(max(LOOKS_A_FRAME * 1e9 / max(period, 1), least), most))

    def on_edge(self, at):
        """A rising edge on Line3."""
        with self.lock:
            if not self.gv:
                return
            self.count(LINE3)
            if not self.get("trigger_mode") or self.get("trigger_source") != LINE3:
                return
            self.begin()  # if it was asked to just now
            since = at - self.last_edge
            if not self.get("acquisition") or since < 1000 * self.min_period():  # still busy: edge missed
                return
            self.look_every(since)
            self.last_edge = at
        self.expose(at)

    def on_control_packet(self, sender, packet):
        """See who holds the camera, and that he lives.

        For Aravis only a read of the privilege is a sign of life, be it anybody's; a camera takes every
        command of its controller for one, and the SDK counts on it.  So the rig keeps Aravis content by
        such reads (PULSE_S), and itself lets go of a controller that is dead.
        """
        if packet[2:4] == WRITE_REGISTER:
            address, value = struct.unpack_from(">II", packet, 8)
            if address == REG["privilege"] and self.controller in (None, sender):
                self.controller = sender if value else None
        if sender == self.controller:
            self.heard = time.monotonic()

    def on_frame(self, buffer, _data, exposure, gain, pixel_format):
        """Called by Aravis, in its thread, for each frame it is about to send."""
        if not self.exposed:  # TriggerSoftware
            self.expose(time.monotonic_ns())
        with self.lock:
            frame, at = self.exposed.popleft() if self.exposed else (self.frames, time.monotonic_ns())
            self.set(trigger=int(bool(self.exposed)))
        block_id = (frame + self.first_id - 1) % 65535 + 1
        lib.arv_buffer_set_frame_id(ctypes.c_void_p(buffer), ctypes.c_uint64(block_id))
        lib.arv_buffer_set_timestamp(ctypes.c_void_p(buffer), ctypes.c_uint64(at - self.boot))
        gamma = self.get("gamma") / 4096 if self.get("gamma_enable") else 1.0
        look = (self.get("width"), self.get("height"), pixel_format, exposure, gain, self.get("black_level"),
                gamma, self.get("ratio_red") / 4096, self.get("ratio_blue") / 4096)  # fmt: skip
        self.scene.draw(lib.arv_buffer_get_data(ctypes.c_void_p(buffer), None), frame, look)
        mode = self.get("mode")
        if mode == SINGLE_FRAME or (mode == MULTI_FRAME and frame + 1 >= self.get("frame_count")):
            self.set(acquisition=0)
