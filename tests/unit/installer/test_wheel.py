"""PySpin's wheel against Python, NumPy, SDK and machine; and by the real pip into a real environment."""

from __future__ import annotations

import dataclasses
import importlib.util
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from spinnaker.changes import WriteFile
from spinnaker.environment import Environment, look_at_environment
from spinnaker.gentl import gentl_outlook
from spinnaker.machine import Machine, Owner
from spinnaker.wheel import misfits, read_wheel
from tests.unit.installer.downloads import PRODUCER, VERSION, make_wheel
from tests.unit.installer.stand_in import StandIn, architecture, everything, stand_in

NUMPY_1 = b"numpy.core._multiarray_umath"
HERE = f"cp{sys.version_info.major}{sys.version_info.minor}"
PYTHON_310 = Environment(
    executable="/home/anna/cameras/bin/python",
    version=(3, 10, 12),
    implementation="CPython",
    free_threaded=False,
    numpy="1.26.4",
    pip="23.0",
    wheel=None,
    pyspin=None,
    site="/home/anna/cameras/lib/python3.10/site-packages",
    owner=Owner(1000, 1000),
    managed=False,
)

# what fits and what does not


def reasons(
    tmp_path: Path, sdk: str | None = VERSION, python: Environment = PYTHON_310, **wheel: str | bytes
) -> str:
    """Why a wheel is refused; empty if it fits."""
    tag = str(wheel.pop("tag", "cp310"))
    made = make_wheel(tmp_path, tag, **wheel)  # type: ignore[arg-type]
    return "\n".join(misfits(read_wheel(made), python, architecture(), sdk))


def test_a_wheel_for_this_python_numpy_machine_and_sdk_fits(tmp_path: Path) -> None:
    assert reasons(tmp_path) == ""
    assert reasons(tmp_path, numpy=NUMPY_1) == ""


def test_wheel_for_another_python_is_refused_and_the_right_one_named(tmp_path: Path) -> None:
    said = reasons(tmp_path, tag="cp38")
    assert "the wheel is for CPython 3.8" in said
    assert "is 3.10.12: download\nthe one with cp310 in its name" in said


def test_wheel_for_numpy_1_is_refused_with_numpy_2(tmp_path: Path) -> None:
    python = dataclasses.replace(PYTHON_310, numpy="2.1.0")
    assert "the wheel was built for NumPy 1, and NumPy 2.1.0 is there" in reasons(
        tmp_path, python=python, numpy=NUMPY_1
    )
    assert "pip install 'numpy<2'" in reasons(tmp_path, python=python, numpy=NUMPY_1)
    assert reasons(tmp_path, python=python) == ""


@pytest.mark.parametrize(
    ("numpy", "wanted"), [(NUMPY_1, "install 'numpy<2'"), (b"numpy._core._multiarray_umath", "install numpy")]
)
def test_without_numpy_it_is_said_which_to_install(tmp_path: Path, numpy: bytes, wanted: str) -> None:
    assert wanted in reasons(tmp_path, python=dataclasses.replace(PYTHON_310, numpy=None), numpy=numpy)


@pytest.mark.parametrize("platform", ["linux_riscv64", "win_amd64", "macosx_14_0_arm64"])
def test_a_wheel_for_another_machine_is_refused(tmp_path: Path, platform: str) -> None:
    assert f"the wheel is for {platform}; this machine needs linux_" in reasons(tmp_path, platform=platform)


@pytest.mark.parametrize(
    ("sdk", "fits"),
    [("4.2.0.46", True), ("4.2.0.45", True), ("4.2.1.46", False), ("3.0.0.118", False), (None, True)],
)
def test_wheel_and_sdk_must_be_of_one_release_builds_may_differ(
    tmp_path: Path, sdk: str | None, fits: bool
) -> None:
    assert (reasons(tmp_path, sdk) == "") is fits


@pytest.mark.parametrize(
    ("name", "said"), [("pyspin", "nothing to do with cameras"), ("numpy", "the wheel is of numpy")]
)
def test_the_wheel_of_another_package_is_refused(tmp_path: Path, name: str, said: str) -> None:
    assert said in reasons(tmp_path, name=name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pip": None}, "has no pip"),
        ({"managed": True}, "python3 -m venv"),
        ({"implementation": "PyPy"}, "is PyPy Python"),
        ({"free_threaded": True}, "free-threaded"),
    ],
)
def test_a_python_that_cannot_take_the_wheel_is_refused_with_the_reason(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    assert said in reasons(tmp_path, python=dataclasses.replace(PYTHON_310, **change))  # type: ignore[arg-type]


def test_this_python_describes_itself_as_it_is() -> None:
    told = look_at_environment(Machine(), sys.executable)
    assert told.version == sys.version_info[:3]
    assert told.tag == HERE
    assert Path(told.site) == Path(sysconfig.get_paths()["platlib"])


# with the real pip


@pytest.fixture
def machine(tmp_path: Path) -> StandIn:
    """With an environment /venv that sees the pip and the NumPy of the one that runs the tests."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("needs pip in the environment of the tests")
    machine = stand_in(tmp_path / "root", **{PRODUCER: "of an SDK that is there"})
    venv = tmp_path / "root/venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "outside.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return machine


def install(machine: StandIn, *arguments: object) -> int:
    return machine.install(*map(str, arguments), "--python", "/venv/bin/python")


def test_wheel_install_is_idempotent_and_undo_removes_it(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = make_wheel(tmp_path, HERE)
    before = everything(machine)
    assert install(machine, wheel) == 0
    assert "/venv/bin/python can use PySpin" in capsys.readouterr().out
    assert look_at_environment(machine, "/venv/bin/python").wheel == VERSION
    assert f"export SPINNAKER_GENTL64_CTI={PRODUCER}\n" in machine.text(
        "/etc/profile.d/llpyspin-spinnaker.sh"
    )
    assert install(machine, wheel) == 0
    assert "PySpin: nothing to do, /venv/bin/python has spinnaker_python 4.2.0.46" in capsys.readouterr().out
    assert machine.install("--undo") == 0
    assert everything(machine) == before


def test_a_wheel_that_does_not_fit_stops_everything_else_too(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert install(machine, make_wheel(tmp_path, "cp37"), "--increase-memory-limit") == 1
    assert "Nothing was changed." in capsys.readouterr().out
    assert everything(machine) == before


def test_a_pyspin_that_cannot_be_imported_is_said_with_its_own_words(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = "raise ImportError('libSpinnaker.so.4: cannot open shared object file')\n"
    assert install(machine, make_wheel(tmp_path, HERE, module=broken)) == 1
    said = capsys.readouterr().out
    assert "no SDK is given, and none is installed" in said
    assert "libSpinnaker.so.4: cannot open shared object file" in said


def test_sdk_that_does_not_start_is_reported_though_pyspin_imports(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.path(PRODUCER).unlink()
    assert install(machine, make_wheel(tmp_path, HERE)) == 1
    assert (
        "the SDK does not start:\n    RuntimeError: Spinnaker: Could not load producer"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("directory", "variable"),
    [("flir-gentl/FLIR_GenTL", "FLIR"), ("spinnaker-gentl/Spinnaker_GenTL", "SPINNAKER")],
)
def test_the_variable_is_called_as_the_version_of_the_sdk_wants_it(
    tmp_path: Path, directory: str, variable: str
) -> None:
    machine = stand_in(tmp_path, **{f"/opt/spinnaker/lib/{directory}.cti": ""})
    (write,) = gentl_outlook(machine, []).changes
    assert isinstance(write, WriteFile)
    assert write.content.endswith(f"\nexport {variable}_GENTL64_CTI=/opt/spinnaker/lib/{directory}.cti\n")
    told = subprocess.run(
        ["sh", "-c", f"{write.content}\nenv"], capture_output=True, text=True, check=True
    ).stdout
    assert f"{variable}_GENTL64_CTI=/opt/spinnaker/lib/{directory}.cti" in told.splitlines()


def test_what_flir_s_own_script_has_set_is_left(tmp_path: Path) -> None:
    theirs = f"#!/bin/sh\nexport SPINNAKER_GENTL64_CTI={PRODUCER}\n"
    machine = stand_in(tmp_path, **{PRODUCER: "", "/etc/profile.d/setup_spinnaker_gentl_64.sh": theirs})
    assert gentl_outlook(machine, []).because == "SPINNAKER_GENTL64_CTI is set at login"


def test_an_environment_that_is_gone_by_then_is_no_hindrance_to_undo(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install(machine, make_wheel(tmp_path, HERE)) == 0
    machine.path("/venv").rename(tmp_path / "elsewhere")
    assert machine.install("--undo") == 0
    assert "/venv/bin/python is gone" in capsys.readouterr().out


def test_a_newer_wheel_that_somebody_installed_since_is_left(machine: StandIn, tmp_path: Path) -> None:
    assert install(machine, make_wheel(tmp_path / "a", HERE)) == 0
    newer = make_wheel(machine.root / "tmp", HERE, version="4.3.0.1")
    pip = ["/venv/bin/python", "-m", "pip", "install", "--no-deps", f"/tmp/{newer.name}"]
    machine.run(pip)
    assert machine.install("--undo") == 0
    assert look_at_environment(machine, "/venv/bin/python").wheel == "4.3.0.1"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (f"spinnaker_python-{VERSION}-{HERE}-{HERE}-linux_x86_64.whl", b"PK", "is damaged"),
        ("PySpin (1).whl", b"PK", "was it renamed?"),
    ],
)
def test_a_damaged_or_renamed_wheel_is_refused(
    machine: StandIn, tmp_path: Path, name: str, content: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert install(machine, tmp_path / name) == 1
    assert said in capsys.readouterr().out


def test_a_stand_in_has_to_be_told_which_python(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert machine.install(str(make_wheel(tmp_path, HERE))) == 1
    assert "with --python" in capsys.readouterr().out
