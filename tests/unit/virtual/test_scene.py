"""What a virtual camera sees, in every pixel format."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.virtual.catalogue import MODELS
from llpyspin.virtual.factory import camera_features
from llpyspin.virtual.features import NEVER
from llpyspin.virtual.formats import FORMATS, pack, unpack
from llpyspin.virtual.scene import View, mean_level, render
from llpyspin.virtual.stamp import Stamp, read_stamp

SERIAL = "12345678"


def view(name: str = "Mono8", width: int = 320, height: int = 240, **settings) -> View:
    return View(SERIAL, FORMATS[name], width, height, **settings)


def image(of: View, frame: int = 0, host_ns: int = 0) -> np.ndarray:
    """Pixel values right-justified."""
    out = np.empty(of.payload, np.uint8)
    render(of).fill(out, frame, host_ns)
    values = unpack(out.reshape(of.height, of.stride), of.format.layout)
    return values.reshape(of.height, of.width, -1) if of.format.samples > 1 else values


def level(of: View) -> float:
    """Mean of the part without the stamp, as a fraction of full scale."""
    values = image(of)[of.height // 2 : of.height * 2 // 3]
    return float(values.mean() / ((1 << of.format.depth) - 1))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_stamp_reads_back_from_every_format(name):
    for frame in (0, 5, 2**32 - 1):
        assert read_stamp(image(view(name), frame)) == Stamp(frame, int(SERIAL))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_shows_the_same_brightness(name):
    weights = {"Y": 1.0, "R": 0.8, "G": 1.0, "B": 0.65}
    channels = FORMATS[name].channels
    expected = 0.0147 + (level(view()) - 0.0147) * np.mean([weights[c] for c in channels if c != "a"])
    if "a" in channels:
        expected = expected * 0.75 + 0.25
    assert level(view(name)) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_every_format_that_a_model_offers_can_be_rendered(model):
    feature = camera_features(model, SERIAL)["PixelFormat"]
    offered = [name for name in feature.entries if feature.entry_available.get(name) != NEVER]
    assert offered
    assert set(offered) <= set(FORMATS)
    assert all(FORMATS[name].pfnc == feature.entries[name] for name in offered)


@pytest.mark.parametrize("layout", ["8", "16", "10p", "12p", "10Packed", "12Packed"])
@given(seed=st.integers(0, 2**32 - 1))
def test_packing_and_unpacking_are_each_others_reverse(layout, seed):
    most = {"8": 256, "16": 65536}.get(layout) or 1 << int(layout[:2])
    values = np.random.default_rng(seed).integers(0, most, (3, 16)).astype(np.uint16)
    assert (unpack(pack(values, layout), layout) == values).all()


def test_packed_bytes_are_those_of_the_standards():
    two = np.array([0xABC, 0x123], np.uint16)
    assert pack(two, "12p").tobytes() == bytes([0xBC, 0x3A, 0x12])
    assert pack(two, "12Packed").tobytes() == bytes([0xAB, 0x3C, 0x12])
    four = np.array([0x3FF, 0, 0x3FF, 0], np.uint16)
    assert pack(four, "10p").tobytes() == bytes([0xFF, 0x03, 0xF0, 0x3F, 0x00])
    assert pack(four[:2], "10Packed").tobytes() == bytes([0xFF, 0x03, 0x00])


def test_sixteen_bit_pixels_are_left_justified():
    assert not (image(view("Mono16", adc_bits=10))[120:160] & 63).any()
    assert (image(view("Mono16", adc_bits=12))[120:160] & 63).any()
    assert not (image(view("Mono16", adc_bits=12))[120:160] & 15).any()


def test_light_is_linear_in_exposure_time_and_gain():
    dark = level(view(exposure_us=0.0, black=0.05))
    one = level(view(exposure_us=416.7, black=0.05)) - dark
    two = level(view(exposure_us=833.3, black=0.05)) - dark
    gained = level(view(exposure_us=416.7, gain_db=6.0206, black=0.05)) - dark
    assert dark == pytest.approx(0.05, abs=0.005)
    assert two == pytest.approx(2 * one, rel=0.05)
    assert gained == pytest.approx(2 * one, rel=0.05)


def test_the_mean_is_what_automatic_exposure_expects():
    of = view(width=1440, height=1080, exposure_us=1250.0)
    assert image(of).mean() / 255 == pytest.approx(mean_level(of), abs=0.08)


def test_binning_adds_the_charge_of_its_pixels_and_shows_the_same_scene():
    full = view(width=640, height=480, exposure_us=166.7, black=0.0)
    binned = view(width=320, height=240, exposure_us=166.7, black=0.0, step_x=2, step_y=2, summed=4)
    assert level(binned) == pytest.approx(4 * level(full), rel=0.1)
    blocks = image(full).reshape(240, 2, 320, 2).mean(axis=(1, 3))[100:140].reshape(-1)
    assert np.corrcoef(blocks, image(binned)[100:140].reshape(-1))[0, 1] > 0.7


def test_a_region_of_interest_is_a_part_of_the_whole():
    still = {"exposure_us": 1666.7}
    whole = image(view(width=1440, height=1080, **still)).astype(float)
    part = image(view(width=320, height=240, offset_x=200, offset_y=400, **still)).astype(float)
    same = whole[400 + 60 : 400 + 100, 200:520]
    assert np.corrcoef(same.reshape(-1), part[60:100].reshape(-1))[0, 1] > 0.9


def test_reversing_mirrors_the_scene():
    plain = image(view(width=1440, height=1080, exposure_us=1666.7)).astype(float)
    mirrored = image(view(width=1440, height=1080, exposure_us=1666.7, reverse_x=True)).astype(float)
    rows = slice(130, 180)
    assert np.corrcoef(plain[rows, ::-1].reshape(-1), mirrored[rows].reshape(-1))[0, 1] > 0.9


def test_frames_differ_in_their_noise_and_the_noise_grows_with_gain():
    def noise(gain_db: float) -> float:
        of = view(exposure_us=166.7, gain_db=gain_db, black=0.1)
        bank = render(of)
        frames = np.empty((2, of.payload), np.uint8)
        for number in range(2):
            bank.fill(frames[number], number, 0)
        rows = frames.reshape(2, of.height, of.width)[:, 160:200, :100].astype(float)
        return float((rows[0] - rows[1]).std())

    assert 0 < noise(0.0) < noise(12.0) < noise(24.0)


def test_something_moves():
    of = view(exposure_us=1666.7)
    bank = render(of)
    frames = np.empty((2, of.payload), np.uint8)
    bank.fill(frames[0], 0, 0)
    bank.fill(frames[1], 0, 700_000_000)
    assert (np.abs(frames[0].astype(int) - frames[1]) > 40).sum() > 100


def test_each_camera_sees_something_else():
    one, other = view(exposure_us=1666.7), replace(view(exposure_us=1666.7), serial="87654321")
    a, b = (image(v)[130:180].reshape(-1).astype(float) for v in (one, other))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.9


def test_gamma_lifts_or_lowers_the_middle():
    assert level(view(gamma=0.5)) > level(view()) > level(view(gamma=2.0))


def test_white_balance_scales_red_and_blue():
    balanced = image(view("BGR8", balance_red=1 / 0.8, balance_blue=1 / 0.65))[120:160].reshape(-1, 3)
    plain = image(view("BGR8"))[120:160].reshape(-1, 3)
    assert plain[:, 0].mean() < plain[:, 2].mean() < plain[:, 1].mean()
    assert np.ptp(balanced.mean(axis=0)) < np.ptp(plain.mean(axis=0))


def test_a_test_pattern_is_without_noise_and_does_not_move():
    of = view(pattern="Increment")
    bank = render(of)
    frames = np.empty((2, of.payload), np.uint8)
    for number in range(2):
        bank.fill(frames[number], 3, number * 500_000_000)
    assert (frames[0] == frames[1]).all()
    assert (np.diff(frames[0].reshape(240, 320)[120:160].astype(int), axis=1) % 256 <= 2).all()


@pytest.mark.parametrize("name", ["Mono8", "Mono12p", "Mono10p", "BayerRG12Packed", "BGR8"])
@pytest.mark.parametrize("size", [(32, 4), (32, 12), (64, 24), (36, 1000)])
def test_small_images_are_rendered_whole(name, size):
    of = view(name, *size)
    assert image(of).shape[:2] == (size[1], size[0])
