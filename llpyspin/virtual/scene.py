"""The picture that a virtual camera sees: a textured background with noise, and a bright moving spot.

Rendering a frame takes milliseconds. So a *bank* of backgrounds that differ in their noise is rendered once
for the settings. A frame is then one copy of a bank entry, a small moving patch, and the stamp.  Light is
linear in exposure time and gain, noise is that of photons and of the read-out.
"""

from __future__ import annotations

import binascii
import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from llpyspin.virtual.formats import PixelFormat, pack
from llpyspin.virtual.stamp import COLUMNS, ROWS, block_size, camera_number, has_foot, stamp_rows

__all__ = ["MEAN_RADIANCE", "WHITE", "Bank", "View", "full_exposure_us", "mean_level", "render"]

Array = np.ndarray[Any, Any]

_BANK_BYTES = 12_000_000
_MOST_ENTRIES = 16
_FEWEST_ENTRIES = 4
_WELL = 10_000.0  # electrons at full scale and 0 dB
_READ_NOISE = 2.5  # electrons
_BRIGHT = 2_500.0  # full-scale exposure of the brightest object at 0 dB, in us: a lamp-lit rig at 1500 us
_TURN_S = 3.0
_PATCH = 48
MEAN_RADIANCE = 0.42
_GAMMA_STEPS = 4096
_STRIP = 60_000  # samples that are worked on at once: they fit into the cache
_GREYNESS = np.float32(0.8)
WHITE = {"Y": 1.0, "R": 0.8, "G": 1.0, "B": 0.65, "a": 1.0}  # what a grey surface gives in each channel


@dataclass(frozen=True)
class View:
    """The settings that decide how the scene looks in an image."""

    serial: str
    format: PixelFormat
    width: int
    height: int
    offset_x: int = 0
    offset_y: int = 0
    step_x: int = 1
    """Sensor pixels per image pixel, by binning or decimation."""
    step_y: int = 1
    summed: int = 1
    """Sensor pixels whose charge is added into one image pixel."""
    reverse_x: bool = False
    reverse_y: bool = False
    exposure_us: float = 800.0
    gain_db: float = 0.0
    black: float = 0.0147
    """Black level as a fraction of full scale."""
    gamma: float = 1.0
    adc_bits: int = 10
    balance_red: float = 1.0
    balance_blue: float = 1.0
    pattern: str = "Off"
    lut: tuple[int, ...] = ()
    """The look-up table, if it is on: what becomes of each level, each from 0 to the last entry."""
    sensor_width: int = 1440
    sensor_height: int = 1080

    @cached_property
    def stride(self) -> int:
        return self.format.stride(self.width)

    @cached_property
    def payload(self) -> int:
        return self.stride * self.height


class Bank:
    """Pre-rendered images of a view."""

    def __init__(self, view: View, entries: Array, patches: Array, align: int) -> None:
        self.view = view
        self._entries = entries  # (n, payload)
        self._patches = patches  # (m, rows, bytes of a row)
        self._align = align  # pixels
        self._camera = camera_number(view.serial)
        self._stamp = _StampPlan(view)
        self._seed = binascii.crc32(view.serial.encode()) % 997 / 997

    def fill(self, out: Array, frame: int, host_ns: int) -> None:
        """Write frame number ``frame``, exposed at ``host_ns``, into ``out`` (payload bytes of uint8)."""
        np.copyto(out, self._entries[frame % len(self._entries)])
        self._move(out, frame, host_ns)
        self._stamp.draw(out, frame, self._camera)

    def _move(self, out: Array, frame: int, host_ns: int) -> None:
        if not len(self._patches):
            return
        view = self.view
        patch = self._patches[frame % len(self._patches)]
        rows, size = patch.shape
        turn = 2 * math.pi * (host_ns / 1e9 / _TURN_S + self._seed)
        columns = size * 8 // view.format.bits
        x = int((0.5 + 0.4 * math.cos(turn)) * (view.width - columns)) // self._align * self._align
        y = int((0.5 + 0.4 * math.sin(2 * turn)) * (view.height - rows)) // 2 * 2
        start = x * view.format.bits // 8
        out.reshape(view.height, view.stride)[y : y + rows, start : start + size] = patch


class _StampPlan:
    """Where and how the stamp goes into the bytes of a view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._block = block_size(view.height, view.width)
        self._white = (1 << view.format.depth) - 1 if view.format.layout != "16" else 0xFFF0
        self._wide = view.format.layout != "8"
        size = ROWS * self._block
        self._tops = (0, view.height - size) if has_foot(view.height, self._block) else (0,)

    def draw(self, out: Array, frame: int, camera: int) -> None:
        block, view = self._block, self._view
        if not block:
            return
        values = stamp_rows(frame % 2**32, camera, block, self._white, "uint16" if self._wide else "uint8")
        if view.format.samples > 1:
            values = np.repeat(values, view.format.samples, axis=1)
        rows = pack(values, view.format.layout) if self._wide else values
        image = out.reshape(view.height, view.stride)
        for top in self._tops:
            image[top : top + ROWS * block].reshape(ROWS, block, -1)[:, :, : rows.shape[1]] = rows[:, None, :]


assert COLUMNS % 8 == 0  # stamp rows fill whole bytes in every packed layout


def mean_level(view: View) -> float:
    """Mean of the image as a fraction of full scale: what automatic exposure looks at."""
    return min(1.0, view.black + MEAN_RADIANCE * _light(view))


def full_exposure_us(view: View) -> float:
    """Exposure time with which the brightest object reaches full scale at 0 dB."""
    return _BRIGHT / view.summed


def _light(view: View) -> float:
    """Fraction of full scale that the brightest object gives."""
    return view.exposure_us / full_exposure_us(view) * 10 ** (view.gain_db / 20)


def render(view: View) -> Bank:
    """Render the bank of a view."""
    count = max(_FEWEST_ENTRIES, min(_MOST_ENTRIES, _BANK_BYTES // max(1, view.payload)))
    random = np.random.default_rng(camera_number(view.serial))
    radiance = _radiance(view)
    entries = np.empty((count, view.payload), np.uint8)
    noise: Array = random.standard_normal((view.height + 61, radiance.shape[1] + 67), np.float32)
    camera = _Camera(view)
    for index in range(count):
        dy, dx = index * 37 % 61, index * 29 % 67
        crop = noise[dy : dy + radiance.shape[0], dx : dx + radiance.shape[1]]
        entries[index] = camera.expose(radiance, crop).reshape(-1)
    align = 2 if view.format.layout in ("8", "16") else 8
    return Bank(view, entries, _patches(view, random), align)


def _patches(view: View, random: np.random.Generator) -> Array:
    """A bright disc on dark ground, in the bytes of the format."""
    side = min(_PATCH, view.width // 4, view.height // 4) // 8 * 8
    if side < 8 or view.pattern != "Off":
        return np.empty((0, 0, 0), np.uint8)
    small = replace(view, width=side, height=side, offset_x=0, offset_y=0, reverse_x=False, reverse_y=False)
    axis = (np.arange(side) + 0.5) / side * 2 - 1
    disc = np.where(np.hypot(axis[:, None], axis) < 0.8, 0.95, 0.08).astype(np.float32)
    radiance = _in_channels(
        small, [disc * WHITE[c] for c in "RGB"] if view.format.channels != "Y" else [disc]
    )
    camera = _Camera(small)
    noise: Array = random.standard_normal((4, *radiance.shape), np.float32)
    rows = [camera.expose(radiance, layer) for layer in noise]
    return np.stack(rows)


def _radiance(view: View) -> Array:
    """Light on every sample of the image, 0 to 1: (height, width * samples) of float32."""
    x = (view.offset_x + np.arange(view.width, dtype=np.float32) + 0.5) * view.step_x
    y = (view.offset_y + np.arange(view.height, dtype=np.float32) + 0.5) * view.step_y
    if view.reverse_x:
        x = view.sensor_width - x
    if view.reverse_y:
        y = view.sensor_height - y
    if view.pattern != "Off":
        ramp = (x[None, :] + y[:, None]) % 256 / 255
        return _in_channels(view, [ramp.astype(np.float32)] * (1 if view.format.channels == "Y" else 3))
    seed = binascii.crc32(view.serial.encode())
    if view.format.channels == "Y":
        return _in_channels(view, [_texture(x, y, view, seed)])
    grey = _texture(x, y, view, seed)
    tints = [_texture(x, y, view, seed + k) for k in range(1, 4)]
    colors = [
        (_GREYNESS * grey + (1 - _GREYNESS) * tint) * WHITE[c] for tint, c in zip(tints, "RGB", strict=True)
    ]
    return _in_channels(view, colors)


def _texture(x: Array, y: Array, view: View, seed: int) -> Array:
    """Smooth waves of a few sizes on a slope: separable, so that it costs one multiplication per pixel."""
    random = np.random.default_rng(seed)
    fx, fy = x / view.sensor_width, y / view.sensor_height
    along_x, along_y = [0.34 + 0.08 * fx, np.full_like(fx, 0.08)], [np.ones_like(fy), fy]
    for size, strength in ((2, 0.12), (7, 0.08), (23, 0.05), (61, 0.03)):
        phase_x, phase_y = random.uniform(0, 2 * math.pi, 2)
        along_x.append(strength * np.sin(2 * math.pi * size * fx + phase_x))
        along_y.append(np.sin(2 * math.pi * size * fy * 0.75 + phase_y))
    total: Array = np.stack(along_y).astype(np.float32).T @ np.stack(along_x).astype(np.float32)
    return np.clip(total, 0.02, 0.98, out=total)


def _in_channels(view: View, colors: list[Array]) -> Array:
    """Arrange mono or R, G, B radiance as the format has it."""
    channels = view.format.channels
    if channels == "Y":
        return colors[0]
    by_name = dict(zip("RGB", colors, strict=True))
    by_name["R"] = by_name["R"] * view.balance_red
    by_name["B"] = by_name["B"] * view.balance_blue
    if view.format.is_bayer:
        mosaic = np.empty_like(by_name["G"])
        for index, name in enumerate(channels):
            row, column = divmod(index, 2)
            mosaic[row::2, column::2] = by_name[name][row::2, column::2]
        return mosaic
    by_name["a"] = by_name["G"]  # opaque: put right when it is exposed
    stacked = np.stack([by_name[name] for name in channels], axis=-1)
    return stacked.reshape(stacked.shape[0], -1)


class _Camera:
    """Turns light into the bytes of a format."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._light = _light(view)
        gain = 10 ** (view.gain_db / 20)
        self._shot = gain * view.summed / _WELL  # variance per level, in full scales
        self._read = (_READ_NOISE / _WELL * gain) ** 2 * view.summed
        self._depth = view.format.depth if view.format.layout != "16" else 12

    def expose(self, radiance: Array, noise: Array) -> Array:
        """The bytes (height, stride) of one image; ``noise`` is standard normal, as large as ``radiance``."""
        rows = max(1, _STRIP // radiance.shape[1])
        strips = [
            self._expose_rows(radiance[top : top + rows], noise[top : top + rows])
            for top in range(0, len(radiance), rows)
        ]
        return np.concatenate(strips)

    def _expose_rows(self, radiance: Array, noise: Array) -> Array:
        view = self._view
        if view.pattern != "Off":
            level = radiance
        else:
            signal = np.minimum(radiance * np.float32(self._light), np.float32(4.0))
            level = signal * np.float32(self._shot)
            level += np.float32(self._read)
            np.sqrt(level, out=level)
            level *= noise
            level += signal
            level += np.float32(view.black)
        level = np.clip(level, 0.0, 1.0)
        if view.gamma != 1.0:
            level = self._gamma_table()[(level * (_GAMMA_STEPS - 1)).astype(np.uint16)]
        if view.lut:
            top = len(view.lut) - 1
            level = (np.array(view.lut, np.float32) / top)[(level * top + 0.5).astype(np.uint16)]
        values = self._quantise(level)
        if "a" in view.format.channels:
            values[:, 3::4] = 255
        return pack(values, view.format.layout)

    def _gamma_table(self) -> Array:
        table: Array = (np.linspace(0, 1, _GAMMA_STEPS) ** self._view.gamma).astype(np.float32)
        return table

    def _quantise(self, level: Array) -> Array:
        """Digital values, right-justified to the depth of the layout."""
        bits = min(self._depth, self._view.adc_bits) if self._depth > 8 else 8
        full = (1 << bits) - 1
        values: Array = (level * np.float32(full) + np.float32(0.5)).astype(
            np.uint16 if self._depth > 8 else np.uint8
        )
        container = 16 if self._view.format.layout == "16" else self._depth
        return values << (container - bits) if container > bits else values
