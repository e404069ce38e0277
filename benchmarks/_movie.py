"""A test movie that is as hard to encode as what a camera sees: texture, something that moves, and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["movie"]

ELECTRONS_PER_DN = 42.0  # an IMX273 at 0 dB in 8 bit
READ_NOISE_E = 2.5
FLICKER = 0.003


def movie(width: int, height: int, count: int, seed: int = 1) -> list[npt.NDArray[np.uint8]]:
    """``count`` frames, uint8 (height, width).

    A still floor with 1/f-like texture, a textured disc on it that moves and turns, 0.3 % flicker, and photon
    and read noise as of an IMX273 at 0 dB.
    """
    random = np.random.default_rng(seed)
    floor = _texture(height, width, random)
    radius = max(8, height // 8)
    patch = _texture(2 * radius, 2 * radius, random)
    rows, columns = np.mgrid[-radius:radius, -radius:radius]
    disc = rows**2 + columns**2 < radius**2
    frames = []
    for number in range(count):
        angle = 2 * np.pi * number / count
        light = floor.copy()
        top = int((height - 2 * radius) * (0.5 + 0.4 * np.sin(angle)))
        left = int((width - 2 * radius) * (0.5 + 0.4 * np.cos(angle)))
        cut = light[top : top + 2 * radius, left : left + 2 * radius]
        cut[disc] = 40 + 0.6 * np.rot90(patch, number % 4)[disc]
        light *= 1 + FLICKER * random.standard_normal()
        spread = np.sqrt(np.maximum(light, 0) / ELECTRONS_PER_DN + (READ_NOISE_E / ELECTRONS_PER_DN) ** 2)
        noise = random.standard_normal((height, width), dtype=np.float32)
        frames.append(np.clip(np.rint(light + spread * noise), 0, 255).astype(np.uint8))
    return frames


def _texture(height: int, width: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Noise whose amplitude falls with the spatial frequency, from about 60 to 180 DN."""
    white = random.standard_normal((height, width)).astype(np.float32)
    spectrum = np.fft.rfft2(white)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1
    texture = np.fft.irfft2(spectrum / frequency**1.2, s=(height, width))
    texture = (texture - texture.mean()) / texture.std()
    light: npt.NDArray[np.float32] = np.clip(120 + 20 * texture, 30, 220).astype(np.float32)
    return light
