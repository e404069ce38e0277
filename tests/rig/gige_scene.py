"""What a camera of the rig sees, in the bytes of each pixel format, with a stamp in it."""

import ctypes
import importlib.util

import numpy as np

FORMATS = {
    0x01080001: "Mono8",
    0x01100007: "Mono16",
    0x010C0047: "Mono12p",
    0x010C0006: "Mono12Packed",
    0x010A0046: "Mono10p",
    0x010C0004: "Mono10Packed",
    0x01080009: "BayerRG8",
}


def load_stamp(path):
    """The stamp of the package's virtual cameras, loaded by its path: the package is not installed here."""
    spec = importlib.util.spec_from_file_location("stamp", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pack(values, name):
    """Rows of 12-bit values (h, w), as the bytes of a pixel format: (h, bytes a row)."""
    if name in ("Mono8", "BayerRG8"):
        return (values >> 4).astype(np.uint8)
    if name == "Mono16":
        return np.ascontiguousarray(values << 4, "<u2").view(np.uint8)
    if name == "Mono12p":
        a, b = values[:, 0::2], values[:, 1::2]
        return _rows(a & 255, a >> 8 | (b & 15) << 4, b >> 4)
    if name == "Mono12Packed":
        a, b = values[:, 0::2], values[:, 1::2]
        return _rows(a >> 4, a & 15 | (b & 15) << 4, b >> 4)
    values = values >> 2
    if name == "Mono10Packed":
        a, b = values[:, 0::2], values[:, 1::2]
        return _rows(a >> 2, a & 3 | (b & 3) << 4, b >> 2)
    a, b, c, d = (values[:, first::4] for first in range(4))  # Mono10p
    return _rows(a & 255, a >> 8 | (b & 63) << 2, b >> 6 | (c & 15) << 4, c >> 4 | (d & 3) << 6, d >> 2)


def _rows(*columns):
    """Interleave the bytes: the first of each group, the second, ..."""
    return np.stack(columns, axis=2).astype(np.uint8).reshape(len(columns[0]), -1)


class Scene:
    """A diagonal ramp that moves by two rows a frame, as bright as exposure, gain and gamma make it."""

    def __init__(self, stamp_path, serial):
        self.stamp, self.serial = load_stamp(stamp_path), serial
        self.key = None

    def draw(self, address, frame, look):
        """Write frame number ``frame`` into memory; ``look`` is (width, height, format, exposure us,
        gain mdB, black level in 1/1000 %, gamma or 1.0, red and blue ratio)."""
        if look != self.key:
            self.prepare(*look)
            self.key = look
        height, row = self.height, self.plane.shape[1]
        memory = (ctypes.c_uint8 * (height * row)).from_address(address)
        image = np.frombuffer(memory, np.uint8).reshape(height, row)
        first = 2 * frame % 256
        np.copyto(image, self.plane[first : first + height])
        if self.name in ("Mono8", "BayerRG8"):
            self.stamp.draw_stamp(image, frame, self.serial)
        elif self.name == "Mono16":
            self.stamp.draw_stamp(image.view("<u2"), frame, self.serial)
        else:
            self.draw_packed_stamp(image, frame)

    def draw_packed_stamp(self, image, frame):
        height, width = self.canvas.shape
        block = self.stamp.block_size(height, width)
        if not self.stamp.draw_stamp(self.canvas, frame, self.serial, white=0xFFF):
            return
        rows, columns = self.stamp.ROWS * block, self.stamp.COLUMNS * block
        corners = [slice(0, rows)] + [slice(height - rows, height)] * self.stamp.has_foot(height, block)
        for corner in corners:
            packed = pack(self.canvas[corner, :columns], self.name)
            image[corner, : packed.shape[1]] = packed

    def prepare(self, width, height, pixel_format, exposure, gain, black_level, gamma, red, blue):
        self.name, self.height = FORMATS[pixel_format], height
        light = np.arange(256) / 255 * exposure / 10000 * 10 ** (gain / 20000)
        light = np.clip(light, 0, 1) ** gamma + black_level / 100000
        levels = (np.clip(light, 0, 1) * 4095).astype(np.uint16)
        values = levels[np.add.outer(np.arange(height + 256), np.arange(width)) % 256]
        if self.name == "BayerRG8":
            for start, ratio in ((0, red), (1, blue)):
                part = values[start::2, start::2]
                part[...] = np.minimum(part * ratio, 4095)
        self.plane = pack(values, self.name)
        self.canvas = np.zeros((height, width), np.uint16)
