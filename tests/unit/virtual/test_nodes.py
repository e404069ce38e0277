"""Nodes of a virtual camera: kinds, access, limits, errors and selectors, as on a Blackfly S."""

from __future__ import annotations

import math
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import llpyspin.virtual as PySpin
from tests.unit.virtual_cameras import MODELS, Bench

SpinnakerException = PySpin.SpinnakerException
BENCH = Bench()
"""Shared by the property-based tests, which put every value back into range themselves."""


@pytest.fixture
def bench():
    return Bench()


def refused(code, call, *args):
    with pytest.raises(SpinnakerException) as caught:
        call(*args)
    assert caught.value.errorcode == code
    assert str(caught.value).endswith(f" [{code}]")
    return str(caught.value)


# -- every node of every model


@pytest.mark.parametrize("model", MODELS)
def test_every_readable_node_can_be_read_and_described(model):
    bench = Bench(model)
    kinds = set()
    for node in bench.map.GetNodes():
        interface = bench.map._interface(node.GetName())
        assert node.GetVisibility() in range(4) or node.GetVisibility() == 99
        if PySpin.IsReadable(interface) and hasattr(interface, "ToString"):
            interface.ToString()
            kinds.add(type(interface).__name__)
    assert kinds >= {"IInteger", "IFloat", "IBoolean", "IEnumeration", "IString", "ICategory", "IRegister"}


@pytest.mark.parametrize("model", MODELS)
def test_every_category_leads_from_root_to_features(model):
    bench = Bench(model)
    root = PySpin.CCategoryPtr(bench.map.GetNode("Root"))
    names = {category.GetName() for category in root.GetFeatures()}
    assert {"DeviceControl", "ImageFormatControl", "AcquisitionControl", "AnalogControl"} <= names
    assert {"DigitalIOControl", "ChunkDataControl", "UserSetControl", "TransportLayerControl"} <= names
    for category in root.GetFeatures():
        assert category.GetPrincipalInterfaceType() == PySpin.intfICategory
        assert PySpin.CCategoryPtr(category).GetFeatures()


@pytest.mark.parametrize("model", MODELS)
def test_every_limit_holds_the_value_it_limits(model):
    bench = Bench(model)
    for name, feature in bench.memory.features.items():
        if feature.kind in ("Integer", "Float") and feature.category:
            node = bench.node(name)
            if PySpin.IsReadable(node):
                assert node.GetMin() <= node.GetValue() <= node.GetMax(), name


def test_color_entries_and_white_balance_are_there_on_color_cameras_only():
    mono, color = Bench("BFS-U3-16S2M"), Bench("BFS-U3-16S2C")

    def formats(bench):
        entries = bench.node("PixelFormat").GetEntries()
        return {entry.GetSymbolic() for entry in entries if PySpin.IsReadable(entry)}, len(entries)

    assert formats(mono) == ({"Mono8", "Mono16", "Mono10Packed", "Mono12Packed", "Mono10p", "Mono12p"}, 39)
    assert formats(color)[0] >= {"Mono8", "BayerRG8", "BayerRG16", "BGR8", "RGB8Packed"}
    assert color.node("PixelFormat").ToString() == "BayerRG8"
    assert mono.node("BalanceWhiteAuto").GetAccessMode() == PySpin.NI
    assert color.node("BalanceWhiteAuto").GetAccessMode() == PySpin.RW


def test_gige_cameras_have_gev_nodes_and_usb3_cameras_have_u3v_nodes():
    gige, usb = Bench("BFS-PGE-16S2M"), Bench("BFS-U3-16S2M")
    assert gige.node("GevSCPSPacketSize").GetValue() == 1400
    assert gige.map.GetNode("U3VCurrentSpeed") is None
    assert usb.map.GetNode("GevSCPSPacketSize") is None
    assert usb.node("U3VCurrentSpeed").ToString() == "SuperSpeed"
    assert PySpin.IsAvailable(gige.node("TriggerSource").GetEntryByName("Action0"))
    assert usb.node("TriggerSource").GetEntryByName("Action0") is None
    assert gige.node("ActionDeviceKey").GetAccessMode() == PySpin.WO


@pytest.mark.parametrize(
    ("model", "size"),
    [("BFS-U3-16S2M", (1440, 1080)), ("BFS-U3-51S5M", (2448, 2048)), ("BFS-U3-04S2M", (720, 540))],
)
def test_the_sensor_has_the_size_of_its_model(model, size):
    bench = Bench(model)
    for prefix in ("Sensor{}", "{}Max", "{}"):
        assert tuple(bench.node(prefix.format(side)).GetValue() for side in ("Width", "Height")) == size


# -- pointers


def test_an_unknown_node_is_none_and_its_pointers_are_falsy(bench):
    assert bench.map.GetNode("Nope") is None
    for cast in ("CIntegerPtr", "CFloatPtr", "CEnumerationPtr", "CBooleanPtr", "CStringPtr", "CCommandPtr"):
        pointer = getattr(PySpin, cast)(bench.map.GetNode("Nope"))
        assert not pointer
        assert not pointer.IsValid()
        assert pointer == None  # noqa: E711  (how clients of the vendor's module compare)
        for question in (PySpin.IsAvailable, PySpin.IsReadable, PySpin.IsWritable, PySpin.IsImplemented):
            assert question(pointer) is False
        text = refused(-2005, pointer.ToString if hasattr(pointer, "ToString") else pointer.Execute)
        assert "NULL pointer dereferenced" in text


def test_a_cast_to_another_kind_is_falsy_and_to_the_right_kind_works(bench):
    width = bench.map.GetNode("Width")
    assert not PySpin.CFloatPtr(width)
    assert not PySpin.CEnumerationPtr(width)
    assert PySpin.CIntegerPtr(width).GetValue() == 1440
    assert PySpin.CValuePtr(width).ToString() == "1440"
    assert PySpin.CNodePtr(width).GetName() == "Width"
    assert PySpin.CIntegerPtr(PySpin.CValuePtr(width))() == 1440
    assert not PySpin.CEnumEntryPtr(width)


def test_a_plain_node_has_no_value_until_it_is_cast(bench):
    assert not hasattr(bench.map.GetNode("Width"), "GetValue")


def test_access_can_be_asked_of_pointers_nodes_and_modes(bench):
    node = bench.map.GetNode("DeviceSerialNumber")
    for what in (node, PySpin.CStringPtr(node), PySpin.RO):
        assert PySpin.IsReadable(what)
        assert not PySpin.IsWritable(what)
        assert PySpin.IsAvailable(what)
    assert PySpin.IsWritable(PySpin.WO)
    assert not PySpin.IsAvailable(PySpin.NA)
    assert PySpin.IsImplemented(PySpin.NA)
    with pytest.raises(TypeError):
        PySpin.IsReadable("Width")


def test_nodes_know_their_kind_unit_and_names(bench):
    exposure = PySpin.CFloatPtr(bench.map.GetNode("ExposureTime"))
    assert exposure.GetPrincipalInterfaceType() == PySpin.intfIFloat
    assert exposure.GetUnit() == "us"
    assert exposure.GetDisplayName() == "Exposure Time"
    assert exposure.GetVisibility() == PySpin.Beginner
    assert PySpin.CFloatPtr(bench.map.GetNode("Gain")).GetUnit() == "dB"
    assert exposure.GetNode().GetName() == "ExposureTime"
    assert exposure.GetNode() == bench.map.GetNode("ExposureTime")
    assert bench.map.GetNode("TriggerSelector").IsSelector()
    chosen = {node.GetName() for node in bench.map.GetNode("LineSelector").GetSelectedFeatures()}
    assert {"LineMode", "LineSource", "LineInverter", "V3_3Enable"} <= chosen


# -- values and limits


@given(st.integers(-(2**63), 2**63 - 1))
@settings(max_examples=200, deadline=None)
def test_a_width_is_taken_exactly_or_refused_and_the_old_one_kept(value):
    width = BENCH.node("Width")
    before = width.GetValue()
    low, high, step = width.GetMin(), width.GetMax(), width.GetInc()
    if low <= value <= high and (value - low) % step == 0:
        width.SetValue(value)
        assert width.GetValue() == value
    else:
        text = refused(-2002, width.SetValue, value)
        assert "OutOfRangeException thrown in node 'Width' while calling 'Width.SetValue()'" in text
        assert width.GetValue() == before


@given(st.integers(30, 1444))
@settings(max_examples=100, deadline=None)
def test_wrong_width_says_which_rule_it_breaks(value):
    width = BENCH.node("Width")
    low, high, step = width.GetMin(), width.GetMax(), width.GetInc()
    if value < low:
        assert f"Value = {value} must be equal or greater than Min = {low}." in refused(
            -2002, width.SetValue, value
        )
    elif value > high:
        assert f"Value = {value} must be equal or smaller than Max = {high}." in refused(
            -2002, width.SetValue, value
        )
    elif (value - low) % step:
        text = refused(-2002, width.SetValue, value)
        assert f"Value = {value} and Min = {low} must be dividable without rest by Inc = {step}." in text
    else:
        width.SetValue(value)


@given(st.floats(allow_infinity=True, allow_nan=True))
@settings(max_examples=200, deadline=None)
def test_a_gain_is_taken_to_its_step_or_refused_and_never_clamped(value):
    BENCH.node("GainAuto").FromString("Off")
    gain = BENCH.node("Gain")
    before = gain.GetValue()
    if gain.GetMin() <= value <= gain.GetMax():
        gain.SetValue(value)
        assert gain.GetValue() == pytest.approx(value, abs=6.020599913 / 2**15 + 1e-12)
    else:
        refused(-2002, gain.SetValue, value)
        assert gain.GetValue() == before


@given(st.floats(4.0, 30e6))
@settings(max_examples=200, deadline=None)
def test_exposure_times_are_whole_microseconds(value):
    BENCH.node("ExposureAuto").FromString("Off")
    exposure = BENCH.node("ExposureTime")
    exposure.SetValue(value)
    assert exposure.GetValue() == int(exposure.GetValue())
    assert abs(exposure.GetValue() - value) <= 0.5


@given(st.floats(1.0, 226.0))
@settings(max_examples=200, deadline=None)
def test_frame_rates_read_back_as_whole_multiples_of_8_ns(value):
    BENCH.node("AcquisitionFrameRateEnable").SetValue(True)
    rate = BENCH.node("AcquisitionFrameRate")
    rate.SetValue(value)
    period = 1e9 / rate.GetValue()
    assert math.isclose(period / 8, round(period / 8), abs_tol=1e-3)
    assert rate.GetValue() == pytest.approx(value, rel=1e-5)
    assert rate.GetValue() <= rate.GetMax()


def test_a_float_past_its_limits_says_so_with_the_limit(bench):
    bench.node("ExposureAuto").FromString("Off")
    exposure = bench.node("ExposureTime")
    exposure.SetValue(exposure.GetMax())
    exposure.SetValue(exposure.GetMin())
    text = refused(-2002, exposure.SetValue, 1e9)
    assert "Value 1000000000.000000 must be smaller than or equal 30000000.000000." in text
    assert "must be greater than or equal 4.000000." in refused(-2002, exposure.SetValue, 1.0)
    assert exposure.GetValue() == exposure.GetMin()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Width", v) for v in ("640", 640.0, None, b"x")),
        *(("Gain", v) for v in ("1", None, 1j)),
        *(("ReverseX", v) for v in (1, "True", None)),
        *(("DeviceUserID", v) for v in (1, None, b"x")),
    ],
)
def test_values_of_the_wrong_type_are_refused_with_type_error(bench, name, value):
    bench.node("GainAuto").FromString("Off")
    with pytest.raises(TypeError):
        bench.node(name).SetValue(value)


def test_an_integer_that_does_not_fit_64_bit_is_refused(bench):
    with pytest.raises(OverflowError):
        bench.node("Width").SetValue(2**63)


def test_text_goes_in_and_out_of_every_kind(bench):
    for name, text in [
        ("Width", "640"),
        ("ReverseX", "1"),
        ("PixelFormat", "Mono16"),
        ("DeviceUserID", "left"),
    ]:
        bench.node(name).FromString(text)
        assert bench.node(name).ToString() in (text, "true")
    assert "cannot convert value 'Nix', the value is invalid." in refused(
        -2001, bench.node("PixelFormat").FromString, "Nix"
    )


# -- access


def test_read_only_nodes_refuse_to_be_written_with_the_vendors_texts(bench):
    text = refused(-2006, bench.node("DeviceSerialNumber").SetValue, "x")
    assert "GenICam::AccessException= Node is not writable : AccessException thrown in node" in text
    assert "'DeviceSerialNumber.SetValue()' (file 'StringT.h'" in text
    text = refused(-2006, bench.node("SensorWidth").SetValue, 1)
    assert "Node is not writable. : AccessException thrown in node 'SensorWidth' while" in text


@pytest.mark.parametrize(
    ("name", "switch", "off"),
    [
        ("ExposureTime", "ExposureAuto", "Off"),
        ("Gain", "GainAuto", "Off"),
        ("AcquisitionFrameRate", "AcquisitionFrameRateEnable", "1"),
        ("Gamma", "GammaEnable", "1"),
    ],
)
def test_a_setting_is_locked_until_its_automatic_is_off(bench, name, switch, off):
    node = bench.node(name)
    assert node.GetAccessMode() == PySpin.RO
    text = refused(-2006, node.SetValue, node.GetMin())
    assert (
        f"Node is not writable. : AccessException thrown in node '{name}' while calling '{name}.SetValue()'"
        in text
    )
    bench.node(switch).FromString(off)
    assert node.GetAccessMode() == PySpin.RW
    node.SetValue(node.GetMin())


def test_a_node_that_is_not_available_cannot_be_read(bench):
    bench.node("ExposureMode").FromString("TriggerWidth")
    assert bench.node("ExposureTime").GetAccessMode() == PySpin.NA
    text = refused(-2006, bench.node("ExposureTime").GetValue)
    assert "Node is not readable. : AccessException thrown in node 'ExposureTime'" in text
    assert "while calling 'ExposureTime.GetValue()'" in text


def test_the_software_trigger_can_be_executed_only_when_it_is_the_source(bench):
    software = bench.node("TriggerSoftware")
    assert not PySpin.IsWritable(software)
    text = refused(-2006, software.Execute)
    assert "'TriggerSoftware.Execute()' (file 'CommandT.h'" in text
    bench.node("TriggerSource").FromString("Software")
    bench.node("TriggerMode").FromString("On")
    bench.writes.clear()
    software.Execute()
    assert bench.writes == [("TriggerSoftware", None)]
    assert software.IsDone()


STREAMING_LOCKS = (
    *("Width", "Height", "PixelFormat", "BinningHorizontal", "BinningVertical", "DecimationHorizontal"),
    *("ReverseX", "ReverseY", "AdcBitDepth", "IspEnable", "AcquisitionMode", "AcquisitionFrameCount"),
    *("ChunkModeActive", "ChunkEnable", "UserSetLoad", "UserSetSave", "SequencerMode"),
)
STREAMING_FREE = (
    *("OffsetX", "OffsetY", "ExposureTime", "Gain", "AcquisitionFrameRate", "AcquisitionFrameRateEnable"),
    *("TriggerMode", "TriggerSource", "TriggerActivation", "TriggerOverlap", "TriggerDelay", "LineSelector"),
    *("LineInverter", "DeviceLinkThroughputLimit", "BlackLevel"),
)


def test_streaming_locks_what_it_locks_on_a_blackfly_and_nothing_else(bench):
    for name, text in [("ExposureAuto", "Off"), ("GainAuto", "Off"), ("AcquisitionFrameRateEnable", "1")]:
        bench.node(name).FromString(text)
    bench.node("ChunkModeActive").SetValue(True)
    before = {name: bench.node(name).GetAccessMode() for name in (*STREAMING_LOCKS, *STREAMING_FREE)}
    bench.memory.set("TLParamsLocked", 1)
    for name in STREAMING_LOCKS:
        assert PySpin.IsWritable(before[name]), name
        assert not PySpin.IsWritable(bench.node(name)), name
    for name in STREAMING_FREE:
        assert PySpin.IsWritable(before[name]), name
        assert bench.node(name).GetAccessMode() == before[name], name
    bench.memory.set("TLParamsLocked", 0)
    assert {name: bench.node(name).GetAccessMode() for name in before} == before


# -- enumerations


def test_the_cameras_integers_are_not_pyspins_constants(bench):
    def integer(name, entry):
        return bench.node(name).GetEntryByName(entry).GetValue()

    assert (integer("TriggerSource", "Software"), PySpin.TriggerSource_Software) == (31, 0)
    assert (integer("TriggerSource", "Line0"), PySpin.TriggerSource_Line0) == (0, 1)
    assert (integer("LineSource", "ExposureActive"), PySpin.LineSource_ExposureActive) == (24, 13)
    assert (integer("PixelFormat", "Mono8"), PySpin.PixelFormat_Mono8) == (17301505, 0)
    assert (integer("UserSetSelector", "UserSet0"), PySpin.UserSetSelector_UserSet0) == (31, 1)
    assert integer("TriggerSelector", "FrameStart") == 3


def test_an_enumeration_is_set_by_the_cameras_integer_by_entry_or_by_text(bench):
    source = PySpin.CEnumerationPtr(bench.map.GetNode("TriggerSource"))
    source.SetIntValue(source.GetEntryByName("Line3").GetValue())
    assert source.GetIntValue() == 3
    assert source.GetCurrentEntry().GetSymbolic() == "Line3"
    assert PySpin.CEnumEntryPtr(source.GetEntry(31)).GetSymbolic() == "Software"
    source.FromString("Counter0End")
    assert source.GetIntValue() == 16
    assert source.GetEntryByName("Nix") is None
    assert "Line3" in source.GetSymbolics()
    refused(-2001, source.SetIntValue, 9999)
    with pytest.raises(TypeError):
        source.SetIntValue("Line3")


@given(
    st.sampled_from(sorted(n for n, f in BENCH.memory.features.items() if f.kind == "Enumeration")), st.data()
)
@settings(max_examples=150, deadline=None)
def test_every_available_enumeration_entry_can_be_set_and_read(name, data):
    bench = BENCH
    node = bench.node(name)
    if not PySpin.IsWritable(node):
        return
    entries = [e.GetSymbolic() for e in node.GetEntries() if PySpin.IsReadable(e)]
    entry = data.draw(st.sampled_from(entries))
    before = node.ToString()
    try:
        node.FromString(entry)
    except SpinnakerException as error:
        assert name == "LineMode", error  # lines that are inputs or outputs by construction
        assert node.ToString() == before
    else:
        assert node.ToString() == entry
        assert node.GetCurrentEntry().GetValue() == node.GetIntValue()
    bench.memory.load_defaults()


# -- selectors


def test_line_settings_are_kept_for_each_line(bench):
    selector, source = bench.node("LineSelector"), bench.node("LineSource")
    inverter, mode = bench.node("LineInverter"), bench.node("LineMode")
    seen = {}
    for line in ("Line0", "Line1", "Line2", "Line3"):
        selector.FromString(line)
        seen[line] = (mode.ToString(), PySpin.IsReadable(source))
    assert seen == {
        "Line0": ("Input", False),
        "Line1": ("Output", True),
        "Line2": ("Input", False),
        "Line3": ("Input", False),
    }
    selector.FromString("Line1")
    assert source.ToString() == "ExposureActive"
    inverter.SetValue(True)
    selector.FromString("Line2")
    assert inverter.GetValue() is False
    mode.FromString("Output")
    source.FromString("UserOutput1")
    selector.FromString("Line1")
    assert (inverter.GetValue(), source.ToString()) == (True, "ExposureActive")
    assert bench.memory.get("LineSource", "Line2") == "UserOutput1"
    assert ("LineSource", "Line2") in bench.writes


def test_output_only_line_accepts_output_and_refuses_input(bench):
    bench.node("LineSelector").FromString("Line1")
    mode = bench.node("LineMode")
    mode.FromString("Output")
    refused(-2001, mode.FromString, "Input")
    assert mode.ToString() == "Output"


def test_the_3_3_volt_switch_is_on_line2_only_and_locks_its_mode(bench):
    bench.node("LineSelector").FromString("Line1")
    assert not PySpin.IsAvailable(bench.node("V3_3Enable"))
    bench.node("LineSelector").FromString("Line2")
    assert PySpin.IsWritable(bench.node("LineMode"))
    bench.node("V3_3Enable").SetValue(True)
    assert not PySpin.IsWritable(bench.node("LineMode"))


def test_triggers_are_set_for_each_selector(bench):
    selector, mode = bench.node("TriggerSelector"), bench.node("TriggerMode")
    mode.FromString("On")
    selector.FromString("FrameBurstStart")
    assert mode.ToString() == "Off"
    assert bench.memory.get("TriggerMode", "FrameStart") == "On"
    selector.FromString("FrameStart")
    assert mode.ToString() == "On"


def test_chunks_are_switched_one_by_one_and_image_and_crc_always_come(bench):
    selector, enable = bench.node("ChunkSelector"), bench.node("ChunkEnable")
    for entry in selector.GetEntries():
        if not PySpin.IsReadable(entry):
            continue
        selector.SetIntValue(entry.GetValue())
        assert PySpin.IsWritable(enable) == (entry.GetSymbolic() not in ("Image", "CRC"))
        if PySpin.IsWritable(enable):
            enable.SetValue(True)
        assert enable.GetValue() is True
    assert bench.memory.get("ChunkEnable", "Timestamp") is True


def test_two_selectors_at_once_find_their_element(bench):
    bench = Bench("BFS-U3-16S2C")
    bench.node("ColorTransformationSelector").FromString("RGBtoRGB")
    values, value = bench.node("ColorTransformationValueSelector"), bench.node("ColorTransformationValue")
    for i, entry in enumerate(("Gain00", "Gain11", "Offset2")):
        values.FromString(entry)
        value.SetValue(float(i))
    assert [bench.memory.get("ColorTransformationValue", f"RGBtoRGB/{e}") for e in ("Gain00", "Gain11")] == [
        0.0,
        1.0,
    ]
    values.FromString("Gain11")
    assert value.GetValue() == 1.0


# -- sizes


def test_offsets_and_sizes_limit_each_other(bench):
    width, offset = bench.node("Width"), bench.node("OffsetX")
    assert offset.GetMax() == 0
    width.SetValue(640)
    assert offset.GetMax() == 800
    offset.SetValue(400)
    assert width.GetMax() == 1040
    refused(-2002, width.SetValue, 1440)
    offset.SetValue(0)
    width.SetValue(1440)


@pytest.mark.parametrize("what", ["Binning", "Decimation"])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_binning_and_decimation_shrink_the_image_and_give_it_back(bench, what, factor):
    bench.node(f"{what}Vertical").SetValue(factor)
    assert bench.node("HeightMax").GetValue() == bench.node("Height").GetValue() == 1080 // factor // 2 * 2
    assert bench.node("Height").GetMax() == bench.node("HeightMax").GetValue()
    assert bench.node("Width").GetValue() == 1440
    bench.node(f"{what}Vertical").SetValue(1)
    assert bench.node("Height").GetValue() == 1080


def test_a_region_keeps_its_place_on_the_sensor_when_binned(bench):
    bench.node("Width").SetValue(640)
    bench.node("OffsetX").SetValue(400)
    bench.node("BinningHorizontal").SetValue(2)
    assert (bench.node("Width").GetValue(), bench.node("OffsetX").GetValue()) == (320, 200)
    assert bench.node("OffsetX").GetMax() == 720 - 320


def test_binning_and_decimation_exclude_each_other(bench):
    bench.node("BinningHorizontal").SetValue(2)
    assert not PySpin.IsWritable(bench.node("DecimationHorizontal"))
    assert PySpin.IsWritable(bench.node("DecimationVertical"))
    bench.node("BinningHorizontal").SetValue(1)
    bench.node("DecimationHorizontal").SetValue(2)
    assert not PySpin.IsWritable(bench.node("BinningHorizontal"))


@pytest.mark.parametrize(
    ("pixel_format", "payload", "size", "brightest"),
    [
        ("Mono8", 1555200, "Bpp8", 255),
        ("Mono10p", 1944000, "Bpp10", 1023),
        ("Mono10Packed", 2332800, "Bpp12", 1023),
        ("Mono12p", 2332800, "Bpp12", 4095),
        ("Mono16", 3110400, "Bpp16", 65520),
    ],
)
def test_the_payload_follows_the_pixel_format(bench, pixel_format, payload, size, brightest):
    bench.node("PixelFormat").FromString(pixel_format)
    assert bench.node("PayloadSize").GetValue() == payload
    assert bench.node("PixelSize").ToString() == size
    assert bench.node("PixelDynamicRangeMax").GetValue() == brightest


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                (
                    "Width",
                    "Height",
                    "OffsetX",
                    "OffsetY",
                    "BinningHorizontal",
                    "BinningVertical",
                    "DecimationHorizontal",
                    "DecimationVertical",
                )
            ),
            st.integers(0, 1500),
        ),
        max_size=25,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_the_region_stays_on_the_sensor(writes):
    BENCH.memory.load_defaults()
    BENCH.rules.refresh()
    for name, value in writes:
        try:
            BENCH.node(name).SetValue(value)
        except SpinnakerException as error:
            assert error.errorcode in (-2002, -2006)
    for size, offset in (("Width", "OffsetX"), ("Height", "OffsetY")):
        node = BENCH.node(size)
        value, at = node.GetValue(), BENCH.node(offset).GetValue()
        assert value + at <= BENCH.node(f"{size}Max").GetValue()
        assert node.GetMin() <= value <= node.GetMax()
        assert (value - node.GetMin()) % node.GetInc() == 0
        assert BENCH.node(offset).GetMin() <= at <= BENCH.node(offset).GetMax()
    pixels = BENCH.node("Width").GetValue() * BENCH.node("Height").GetValue()
    assert BENCH.node("PayloadSize").GetValue() == pixels


# -- user sets


def test_user_sets_keep_and_give_back_the_settings(bench):
    selector = bench.node("UserSetSelector")
    bench.node("Width").SetValue(640)
    selector.FromString("UserSet0")
    bench.node("UserSetSave").Execute()
    selector.FromString("Default")
    bench.node("UserSetLoad").Execute()
    assert bench.node("Width").GetValue() == 1440
    selector.FromString("UserSet0")
    bench.node("UserSetLoad").Execute()
    assert bench.node("Width").GetValue() == 640
    assert bench.node("OffsetX").GetMax() == 800


def test_the_default_user_set_cannot_be_overwritten(bench):
    refused(-1005, bench.node("UserSetSave").Execute)


# -- callbacks, registers, threads


class Recorder(PySpin.NodeCallback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def CallbackFunction(self, node):
        self.seen.append((node.GetName(), PySpin.CValuePtr(node).ToString()))


def test_a_callback_is_called_once_for_a_change_of_its_node(bench):
    recorder = Recorder()
    handle = PySpin.RegisterNodeCallback(bench.map.GetNode("Width"), recorder)
    bench.node("Width").SetValue(640)
    assert recorder.seen[-1] == ("Width", "640")
    assert {name for name, _ in recorder.seen} == {"Width"}
    PySpin.DeregisterNodeCallback(handle)
    count = len(recorder.seen)
    bench.node("Width").SetValue(1440)
    assert len(recorder.seen) == count
    refused(-1009, PySpin.DeregisterNodeCallback, handle)


def test_a_callback_hears_of_changes_by_other_nodes(bench):
    recorder = Recorder()
    PySpin.RegisterNodeCallback(PySpin.CIntegerPtr(bench.map.GetNode("Height")), recorder)
    bench.node("BinningVertical").SetValue(2)
    assert recorder.seen[-1] == ("Height", "540")


def test_node_map_sees_changes_of_the_camera_at_the_next_read(bench):
    rate = bench.node("AcquisitionFrameRate")
    bench.memory.set("AcquisitionFrameRate.max", 500.0)
    assert rate.GetMax() == 500.0
    bench.memory.set("DeviceUserID", "moved")
    assert bench.node("DeviceUserID").GetValue() == "moved"
    bench.memory.live("DeviceTemperature", lambda _: 50.5)
    assert bench.node("DeviceTemperature").GetValue() == 50.5
    with pytest.raises(ValueError, match="cached"):
        bench.memory.live("Width", lambda _: 1)
    with pytest.raises(ValueError, match="no entry"):
        bench.memory.set("PixelFormat", "Nix")
    with pytest.raises(KeyError):
        bench.memory.get("Nope")


def test_registers_are_blocks_of_bytes(bench):
    register = PySpin.CRegisterPtr(bench.map.GetNode("FileAccessBuffer"))
    length = register.GetLength()
    assert len(register.Get()) == length
    register.Set(bytes(range(256)) * (length // 256))
    buffer = bytearray(length)
    register.Get(buffer)
    assert buffer[:4] == b"\0\1\2\3"


def test_threads_write_and_read_one_node_map_without_losing_a_value(bench):
    bench.node("GainAuto").FromString("Off")
    failures = []

    def work(name, values):
        node = bench.node(name)
        for _ in range(300):
            for value in values:
                node.SetValue(value)
                if node.GetValue() != value:
                    failures.append((name, value))
                bench.memory.set("DeviceTemperature", float(value % 90))

    jobs = {
        "Width": (640, 1440),
        "Height": (480, 1080),
        "CounterDuration": (1, 9),
        "UserOutputValueAll": (0, 5),
    }
    threads = [threading.Thread(target=work, args=job) for job in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert failures == []


def test_user_outputs_are_a_mask_and_single_bits(bench):
    bench.node("UserOutputValueAll").SetValue(0b1010)
    bench.node("UserOutputSelector").FromString("UserOutput3")
    assert bench.node("UserOutputValue").GetValue() is True
    bench.node("UserOutputValue").SetValue(False)
    assert bench.node("UserOutputValueAll").GetValue() == 0b0010


def test_the_features_that_people_use_are_described():
    from llpyspin.virtual.features import table
    from llpyspin.virtual.transport import texts

    known = table("camera", "usb3", "gige", "TLStream_GEV", "TLDevice_U3V", "TLInterface_U3V", "TLSystem")
    assert set(texts()) <= set(known) | set(table("TLStream_U3V", "TLDevice_GEV", "TLInterface_GEV"))
    for name in ("ExposureTime", "Gain", "Width", "PixelFormat", "LineSource", "StreamBufferHandlingMode"):
        assert texts()[name].endswith(".")
