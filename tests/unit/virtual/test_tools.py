"""The helpers of GenApi, registers by address, and the look-up table."""

from __future__ import annotations

import io

import numpy as np
import pytest

import llpyspin.virtual as PySpin
from tests.unit.virtual_cameras import world


@pytest.fixture(params=["BFS-U3-16S2M"])
def cam(monkeypatch, request):
    with world(monkeypatch, request.param) as system:
        camera = system.GetCameras().GetByIndex(0)
        camera.Init()
        yield camera
        if camera.IsStreaming():
            camera.EndAcquisition()
        camera.DeInit()
        camera._point(None)


gige = pytest.mark.parametrize("cam", ["BFS-PGE-16S2M"], indirect=True)


def code(call, *arguments):
    with pytest.raises(PySpin.SpinnakerException) as caught:
        call(*arguments)
    return caught.value.errorcode, str(caught.value)


# -- registers by address


@gige
def test_port_of_a_gige_camera_has_its_bootstrap_registers(cam):
    assert cam.ReadPort(0) == 0x00010002
    assert cam.ReadPort(0x48).to_bytes(4, "big") == b"FLIR"
    serial = b"".join(cam.ReadPort(0xD8 + place).to_bytes(4, "big") for place in range(0, 16, 4))
    assert serial.rstrip(b"\0").decode() == cam.TLDevice.DeviceSerialNumber.GetValue()
    cam.WritePort(0x938, 5000)
    assert (cam.ReadPort(0x938), cam.GevHeartbeatTimeout.GetValue()) == (5000, 5000)


def test_port_of_a_usb3_camera_has_its_bootstrap_registers(cam):
    assert cam.ReadPort(4).to_bytes(4, "little") == b"FLIR"
    model = b"".join(cam.ReadPort(0x44 + place).to_bytes(4, "little") for place in range(0, 64, 4))
    assert model.rstrip(b"\0").decode() == cam.TLDevice.DeviceModelName.GetValue()


def test_port_refuses_other_addresses_as_the_sdk_does(cam):
    text = "Spinnaker: Could not read remote Port on device [-1010]"
    assert code(cam.ReadPort, 0x7FFFFF00) == (-1010, text)
    assert code(cam.ReadPort, 3) == (-1010, text)
    assert code(cam.WritePort, 0, 1) == (-1010, "Spinnaker: Could not write remote Port on device [-1010]")
    assert code(cam.WritePort, 0x938, -1)[0] == -1009
    with pytest.raises(TypeError):
        cam.ReadPort("0")


def test_gui_xml_is_empty_and_needs_an_open_camera(cam):
    assert cam.GetGuiXml() == ""
    cam.DeInit()
    text = "Spinnaker: Parameter is not initialized. GUI XML is NULL. [-1002]"
    assert code(cam.GetGuiXml) == (-1002, text)


def test_force_ip_is_refused_by_usb3_and_by_closed_cameras(cam):
    assert code(cam.ForceIP)[0] == -1003
    cam.DeInit()
    assert code(cam.ForceIP) == (-1002, "Spinnaker: Camera is not initialized [-1002]")


@gige
def test_force_ip_leaves_a_gige_camera_in_its_subnet(cam):
    before = cam.TLDevice.GevDeviceIPAddress.GetValue()
    cam.ForceIP()
    assert cam.TLDevice.GevDeviceIPAddress.GetValue() == before


# -- the look-up table


def pixels(cam):
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    seen = image.GetNDArray()[200:800].copy()  # between the stamps
    image.Release()
    cam.EndAcquisition()
    return seen


def test_look_up_table_acts_on_the_image(cam):
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.GainAuto.SetValue(PySpin.GainAuto_Off)
    cam.ExposureTime.SetValue(1000.0)
    plain = pixels(cam)
    cam.LUTSelector.SetValue(PySpin.LUTSelector_LUT1)
    assert (cam.LUTIndex.GetMax(), cam.LUTValue.GetMax()) == (511, 511)
    for index in range(512):
        cam.LUTIndex.SetValue(index)
        assert cam.LUTValue.GetValue() == index
        cam.LUTValue.SetValue(511 - index)
    cam.LUTEnable.SetValue(True)
    turned = pixels(cam)
    middle = plain.astype(int).mean(), turned.astype(int).mean()
    assert abs(sum(middle) - 255) < 1.5  # 512 levels, rounded to 256
    assert abs(middle[0] - middle[1]) > 20
    cam.LUTIndex.SetValue(0)
    assert code(cam.LUTValue.SetValue, 512)[0] == -2002
    cam.LUTEnable.SetValue(False)
    assert abs(pixels(cam).astype(int).mean() - middle[0]) < 1


def test_look_up_table_that_changes_nothing_leaves_the_image(cam):
    cam.TestPatternGeneratorSelector.SetValue(PySpin.TestPatternGeneratorSelector_Sensor)
    cam.TestPattern.SetValue(PySpin.TestPattern_Increment)
    plain = pixels(cam)
    cam.LUTEnable.SetValue(True)
    assert np.array_equal(pixels(cam), plain)


def test_whole_look_up_table_is_not_available(cam):
    assert not PySpin.IsReadable(cam.GetNodeMap().GetNode("LUTValueAll"))


# -- what is refused rather than kept without an effect


@pytest.mark.parametrize("name", ["LogicBlockLUTOutputValueAll", "LogicBlockLUTInputSource"])
def test_logic_blocks_refuse_settings(cam, name):
    node = PySpin.CValuePtr(cam.GetNodeMap().GetNode(name))
    value = node.ToString()
    number, text = code(node.FromString, value)
    assert (number, "Node is not writable" in text) == (-2006, True)


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        *(("TriggerSource", "LogicBlock0"), ("TransferControlMode", "UserControlled")),
        *(("SerialPortSource", "Line0"), ("SequencerMode", "On"), ("CounterEventSource", "LogicBlock1")),
    ],
)
def test_entries_without_a_behaviour_are_not_available(cam, name, entry):
    node = PySpin.CEnumerationPtr(cam.GetNodeMap().GetNode(name))
    assert not PySpin.IsReadable(PySpin.CEnumEntryPtr(node.GetEntryByName(entry)))
    assert code(node.FromString, entry)[0] == -2006


# -- node maps and bags of features


def test_pointers_to_node_maps_reach_their_methods(cam):
    pointer = PySpin.CNodeMapPtr(cam.GetNodeMap())
    assert pointer.IsValid()
    assert pointer.GetNode("Gain").GetName() == "Gain"
    assert not PySpin.CNodeMapPtr(None)
    info = PySpin.CDeviceInfoPtr(cam.GetNodeMap())
    assert (info.GetVendorName(), info.GetToolTip()) == ("FLIR", "Blackfly S BFS-U3-16S2M")
    selector = PySpin.CSelectorPtr(cam.GetNodeMap().GetNode("LineSelector"))
    assert selector.IsSelector()
    assert "LineMode" in {node.GetName() for node in selector.GetSelectedFeatures()}
    assert PySpin.CFloatPtr(cam.GetNodeMap().GetNode("Gain")).GetIntAlias() is None
    with pytest.raises(TypeError):
        PySpin.CNodeMapPtr("no node map")


def test_bag_carries_settings_through_a_file(cam):
    cam.GainAuto.SetValue(PySpin.GainAuto_Off)
    cam.Gain.SetValue(6.0)
    kept = cam.Gain.GetValue()
    cam.LineSelector.SetValue(PySpin.LineSelector_Line2)
    cam.LineMode.SetValue(PySpin.LineMode_Output)
    cam.LineSelector.SetValue(PySpin.LineSelector_Line0)
    bag = PySpin.CFeatureBag()
    assert bag.StoreToBag(cam.GetNodeMap()) > 100
    assert cam.LineSelector.GetValue() == PySpin.LineSelector_Line0
    file = io.StringIO()
    PySpin.__lshift__(file, bag)
    loaded = PySpin.CFeatureBag()
    PySpin.__rshift__(file.getvalue(), loaded)
    assert loaded == bag
    cam.Gain.SetValue(0.0)
    cam.LineSelector.SetValue(PySpin.LineSelector_Line2)
    cam.LineMode.SetValue(PySpin.LineMode_Input)
    errors: list[str] = []
    loaded.LoadFromBag(cam.GetNodeMap(), True, errors)
    assert cam.Gain.GetValue() == pytest.approx(kept)
    cam.LineSelector.SetValue(PySpin.LineSelector_Line2)
    assert cam.LineMode.GetValue() == PySpin.LineMode_Output
    assert not errors


def test_bag_names_the_features_that_it_could_not_write(cam):
    bag = PySpin.CFeatureBag()
    bag.SetInfo("by hand")
    PySpin.__rshift__("# {05D8C294-F295-4dfb-9D01-096BD04049F4}\nWidth\t99999\nNope\t1\nReverseX\t1\n", bag)
    errors: list[str] = []
    assert not bag.LoadFromBag(cam.GetNodeMap(), True, errors)
    assert [error.partition(":")[0] for error in errors] == ["Width", "Nope"]
    assert cam.ReverseX.GetValue()
    assert code(bag.LoadFromBag, cam.GetNodeMap())[0] == -2002
    one = PySpin.CFeatureBag()
    one.PersistFeature(PySpin.CValuePtr(cam.GetNodeMap().GetNode("ReverseX")))
    assert "ReverseX\t1" in str(one)
    few = PySpin.CFeatureBag()
    assert few.StoreToBag(cam.GetNodeMap(), 3) == 3
    for text in ("Width\t8\n", "# {05D8C294-F295-4dfb-9D01-096BD04049F4}\n???\n"):
        assert code(PySpin.__rshift__, text, bag)[0] == -1009


# -- texts, vectors and small functions


def test_gcstring_has_the_methods_of_its_c_counterpart():
    text = PySpin.gcstring("Line")
    assert text.append("3").c_str() == "Line3"
    assert (text.size(), text.length(), text.empty()) == (5, 5, False)
    assert (text.find("3"), text.find("x"), text.find("i", 2)) == (4, PySpin.gcstring._npos(), 2**64 - 1)
    assert (text.find_first_of("ne"), text.find_first_not_of("Li")) == (2, 2)
    assert text.substr(1, 3) == "ine" and text == "Line3" and text != "Line4"
    assert text < "Line4" and text > "Line2" and text.compare("Line3") == 0
    other = PySpin.gcstring(2, "a")
    text.swap(other)
    assert (str(text), str(other)) == ("aa", "Line3")
    text.resize(3)
    assert text.assign().empty()
    with pytest.raises(TypeError):
        PySpin.gcstring(1, 2, 3)
    assert code(other.substr, 9)[0] == -2002


def test_vectors_have_the_methods_of_their_c_counterparts():
    vector = PySpin.node_vector()
    vector.push_back("a")
    vector.insert(0, 2, "b")
    vector.erase(0)
    assert (vector.front(), vector.back(), vector.size(), vector.empty()) == ("b", "a", 2, False)
    assert [vector.at(i) for i in range(vector.begin(), vector.end())] == ["b", "a"]
    vector.pop_back()
    vector.resize(3)
    vector.assign(2, "c")
    vector.clear()
    assert code(vector.at, 0)[0] == code(vector.pop_back)[0] == -2002
    assert list(PySpin.int64_autovector_t([1, 2])) == [1, 2]
    assert len(PySpin.double_autovector_t(3, 0.5)) == 3
    values = PySpin.value_vector()
    values.resize(2, "v")
    assert values[1] == "v"


def test_functions_of_genicam_work_on_texts_and_modes(monkeypatch, tmp_path):
    assert PySpin.Combine(PySpin.RW, PySpin.RO) == PySpin.RO
    assert PySpin.Combine(PySpin.RO, PySpin.WO) == PySpin.NA
    assert PySpin.Combine(PySpin.NI, PySpin.RW) == PySpin.NI
    assert PySpin.Combine(PySpin.WO, PySpin.RW) == PySpin.WO
    assert PySpin.Tokenize("a;b c", "; ") == ["a", "b", "c"]
    assert PySpin.UrlDecode(PySpin.UrlEncode("a b/ü")) == "a b/ü"
    monkeypatch.setenv("HERE", str(tmp_path))
    assert PySpin.DoesEnvironmentVariableExist("HERE")
    assert PySpin.ReplaceEnvironmentVariables("$(HERE)/a b", True) == f"{tmp_path}/a%20b"
    assert code(PySpin.GetValueOfEnvironmentVariable, "NOT_HERE")[0] == -2004
    (tmp_path / "a.xml").touch()
    (tmp_path / "b").mkdir()
    assert PySpin.GetFiles(str(tmp_path / "*")) == [str(tmp_path / "a.xml"), str(tmp_path / "b")]
    assert PySpin.GetFiles(str(tmp_path / "*"), True) == [str(tmp_path / "b")]
    assert code(PySpin.ThrowBadAlloc)[0] == -2010


@pytest.mark.parametrize("which", ["CacheFolder", "LogConfig", "CLProtocolFolder"])
def test_folders_of_genicam_are_remembered(monkeypatch, which):
    from llpyspin.virtual import genicamtools

    monkeypatch.setattr(genicamtools, "_folders", {})
    for variable in ("GENICAM_CACHE_V3_0", "GENICAM_LOG_CONFIG_V3_0", "GENICAM_CLPROTOCOL"):
        monkeypatch.delenv(variable, raising=False)
    assert code(getattr(PySpin, f"GetGenICam{which}"))[0] == -1014
    getattr(PySpin, f"SetGenICam{which}")("/somewhere")
    assert getattr(PySpin, f"GetGenICam{which}")() == "/somewhere"
