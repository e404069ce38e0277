"""The names, values and signatures of the virtual module are those of PySpin."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import time

import pytest

import llpyspin.virtual as PySpin
from llpyspin.virtual import api

CLASSES = sorted(api.surface()["classes"])
NODE_KINDS = ("Integer", "Float", "Boolean", "String", "Command", "Enumeration", "Register", "Category")


def test_every_constant_has_the_value_of_the_vendors_module():
    later = sum(len(names.get("constants", ())) for names in api.newer()["names"].values())
    assert len(api.constants()) == 2035 + later
    for name, value in api.constants().items():
        assert getattr(PySpin, name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPINNAKER_ERR_TIMEOUT", -1011),
        ("TriggerSource_Software", 0),
        ("PixelFormat_Mono8", 0),
        ("PixelFormat_BayerRG8", 4),
        ("RW", 4),
        ("intfIFloat", 5),
        ("EVENT_TIMEOUT_NONE", 0),
        ("EVENT_TIMEOUT_INFINITE", 0xFFFFFFFFFFFFFFFF),
    ],
)
def test_constants_that_programs_write_as_numbers(name, value):
    assert getattr(PySpin, name) == value


def test_every_name_can_be_had_and_star_import_brings_them():
    namespace: dict[str, object] = {}
    exec("from llpyspin.virtual import *", namespace)
    for name in PySpin.__all__:
        assert name in namespace
    assert {"System", "CFloatPtr", "SpinnakerException", "ImageEventHandler", "TIFFOption"} <= set(namespace)
    with pytest.raises(AttributeError, match="NoSuchName"):
        _ = PySpin.NoSuchName


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_of_the_surface_is_there(name):
    cls = getattr(PySpin, name)
    assert isinstance(cls, type)
    for method in api.surface()["classes"][name].get("methods", {}):
        assert callable(getattr(cls, method)), method


@pytest.mark.parametrize("name", CLASSES)
def test_parameters_have_the_vendors_names_where_they_have_names(name):
    cls = getattr(PySpin, name)
    for method, text in api.surface()["classes"][name].get("methods", {}).items():
        if text == "*" or method.startswith("__"):
            continue
        parameters = [
            p for p in inspect.signature(getattr(cls, method)).parameters.values() if p.name != "self"
        ]
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            continue  # refuses whatever it is given
        wanted = [part.partition("=")[0].strip() for part in text.split(",") if part]
        named = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        variable = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        assert named == wanted or (variable and named == wanted[: len(named)]), (method, named, wanted)


@pytest.mark.parametrize("name", CLASSES)
def test_positional_only_methods_refuse_keywords(name):
    cls = getattr(PySpin, name)
    for method, text in api.surface()["classes"][name].get("methods", {}).items():
        if text != "*" or method.startswith("__"):
            continue
        for parameter in inspect.signature(getattr(cls, method)).parameters.values():
            if parameter.name == "self" or parameter.kind is parameter.VAR_KEYWORD:
                continue
            assert parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL), (
                method,
                parameter,
            )


@pytest.mark.parametrize(
    "use",
    [
        lambda: PySpin.UpdateFirmware([]),
        lambda: PySpin.NodeMap(),
        lambda: PySpin.InferenceBoundingBoxResult(),
    ],
)
def test_what_is_not_built_says_so_when_it_is_used(use):
    with pytest.raises(
        PySpin.SpinnakerException, match=r"not implemented by virtual cameras\. \[-1003\]"
    ) as caught:
        use()
    assert caught.value.errorcode == PySpin.SPINNAKER_ERR_NOT_IMPLEMENTED


@pytest.mark.parametrize("name", ["IImage", "CSelectorSet", "IntegerNode", "ISelectorDigit"])
def test_abstract_classes_cannot_be_made(name):
    with pytest.raises(AttributeError, match="No constructor defined - class is abstract"):
        getattr(PySpin, name)()


def test_the_exception_has_the_vendors_attributes():
    error = PySpin.SpinnakerException("text", -1009)
    assert str(error) == error.message == "Spinnaker: text [-1009]"
    assert error.errorcode == -1009
    assert error.fullmessage.startswith(error.message)
    assert isinstance(error, Exception)
    assert repr(type(error)) == "<class '_PySpin.SpinnakerException'>"


def test_the_exception_travels_between_processes():
    import pickle

    error = pickle.loads(pickle.dumps(PySpin.SpinnakerException("text", -1011)))
    assert (str(error), error.errorcode) == ("Spinnaker: text [-1011]", -1011)


def test_option_classes_start_with_the_vendors_values():
    assert PySpin.PNGOption().compressionLevel == 6
    assert PySpin.JPEGOption().quality == 75
    option = PySpin.JPEGOption()
    option.quality = 90
    assert option.quality == 90
    assert PySpin.JPEGOption().quality == 75


def _python(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_import_is_quick_and_loads_neither_genicam_nor_numpy():
    code = (
        "import sys, time; sys.modules['llpyspin'] = p = __import__('types').ModuleType('llpyspin');"
        f"p.__path__ = [{os.path.dirname(os.path.dirname(PySpin.__file__))!r}];"
        "before = time.process_time(); import llpyspin.virtual as v; spent = time.process_time() - before;"
        "print(spent, 'genicam' in sys.modules, 'numpy' in sys.modules)"
    )
    times = []
    for _ in range(3):
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        spent, genicam, numpy = answer.stdout.split()
        assert (genicam, numpy) == ("False", "False")
        times.append(float(spent))
    assert min(times) < 0.15


def test_a_missing_genicam_is_reported_with_the_extra_to_install():
    code = (
        "import sys; sys.modules['genicam'] = None\n"
        "import llpyspin.virtual as PySpin\n"
        "from llpyspin.errors import MissingExtraError\n"
        "try: PySpin.System.GetInstance()\n"
        "except MissingExtraError as error: print(error)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'llpyspin[virtual]'" in answer.stdout


def test_a_script_for_pyspin_runs_with_both_spellings_of_the_import(tmp_path):
    script = tmp_path / "their_program.py"
    script.write_text(
        "import sys\n"
        "import PySpin\n"
        "from PySpin.PySpin import System\n"
        "system = System.GetInstance()\n"
        "cameras = system.GetCameras()\n"
        "print([c.TLDevice.DeviceSerialNumber.GetValue() for c in cameras], sys.argv[1:], __name__)\n"
        "cameras.Clear()\n"
        "system.ReleaseInstance()\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "LLPYSPIN_VIRTUAL"}
    command = [sys.executable, "-m", "llpyspin.virtual", str(script), "--fast"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "['12345678', '87654321'] ['--fast'] __main__"


@pytest.mark.parametrize("arguments", [[], ["no_such_script.py"]])
def test_running_nothing_explains_itself(arguments):
    command = [sys.executable, "-m", "llpyspin.virtual", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 2
    assert "script" in answer.stderr


def test_name_lookup_is_cached():
    first = PySpin.CFloatPtr
    start = time.perf_counter()
    for _ in range(10_000):
        assert PySpin.CFloatPtr is first
    assert time.perf_counter() - start < 1.0


def test_the_small_functions_of_genapi_name_things():
    assert PySpin.EAccessModeClass_ToString(PySpin.RW) == "RW"
    assert PySpin.EVisibilityClass.ToString(PySpin.Guru) == "Guru"
    assert PySpin.EAccessModeClass.FromString("NA") == PySpin.NA
    assert PySpin.IsVisible(PySpin.Beginner, PySpin.Expert)
    assert not PySpin.IsVisible(PySpin.Guru, PySpin.Expert)
    with pytest.raises(PySpin.SpinnakerException, match="-1009"):
        PySpin.EAccessModeClass_ToString(77)
