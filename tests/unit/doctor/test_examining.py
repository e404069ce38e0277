"""The whole examination, of machines that are not there and with SDKs that are broken."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from llpyspin.doctor import Options, diagnose
from llpyspin.doctor.access import check_access
from llpyspin.doctor.cameras import Camera, merge
from llpyspin.doctor.disk import look_at_disk
from llpyspin.doctor.encoding import try_encoders
from llpyspin.doctor.holders import check_holders, find_holders
from llpyspin.doctor.libraries import check_session, find_spinnaker
from llpyspin.doctor.machine import check_machine, describe_machine
from llpyspin.doctor.memory import check_memory, read_memory
from llpyspin.doctor.network import check_network
from llpyspin.doctor.nics import read_nics
from llpyspin.doctor.packages import check_packages
from llpyspin.doctor.sdks import Loaded, check_sdks, try_all
from llpyspin.doctor.usb import INSTALL, check_speeds, check_usbfs
from llpyspin.doctor.usbtree import read_usb
from llpyspin.recording.sinks import Picture
from llpyspin.rig.parsing import config_from
from llpyspin.system.processtable import read_processes
from spinnaker.options import parser
from tests.unit.machines import CARD, CHIPSET, USER, Machine

if TYPE_CHECKING:
    from pathlib import Path

ABSENT = Loaded(False, installed=False, why="it is not installed; pip install it")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on its first afternoon: one camera, and nothing set up."""
    monkeypatch.setattr(
        "llpyspin.doctor.examining.try_all",
        lambda: {"pyspin": ABSENT, "rotpy": ABSENT, "virtual": Loaded(True, version="1")},
    )
    machine = Machine(tmp_path / "root", groups=frozenset({USER}))
    machine.controller(CHIPSET)
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5, mode=0o600)
    machine.usbfs(16)
    machine.meminfo(16000, 8000)
    machine.process(4711, "SpinView", "/dev/bus/usb/002/005")
    return machine


def test_a_first_afternoon_has_all_its_problems_told_at_once(machine: Machine, tmp_path: Path) -> None:
    waited: list[str] = []
    diagnosis = diagnose(Options(folder=str(tmp_path), measure=False), machine.system, waited.append)
    problems = {each.code for each in diagnosis.findings if each.level == "problem"}
    assert problems == {"no-sdk", "camera-held", "no-udev-rule", "usbfs-low"}
    assert not diagnosis.ok
    assert all(each.fix for each in diagnosis.findings if each.level == "problem")
    assert [*diagnosis.sections] == [
        *("Machine", "SDKs", "Cameras", "Access", "USB", "Network", "Memory", "Disk", "Encoders")
    ]
    assert "loading the SDKs" in waited
    assert diagnosis.facts["controllers"][0]["address"] == "0000:00:14.0"


def test_the_installer_takes_every_command_that_is_proposed(machine: Machine, tmp_path: Path) -> None:
    machine.nic(mtu=1500, rp_filter=1)
    machine.receive_buffers(212992)
    findings = [
        *diagnose(Options(folder=str(tmp_path), measure=False), machine.system).findings,
        *check_network(
            machine.system, [Camera("1", "", "GigE", address="169.254.1.1")], read_nics(machine.system)
        ),
    ]
    proposed = {command for each in findings for command in each.commands if command.startswith(INSTALL)}
    options = [
        parser().parse_args(shlex.split(command.removeprefix(INSTALL))) for command in sorted(proposed)
    ]
    assert [each.gige for each in options] == [["enp4s0"], [], []]
    assert [each.memory_limit for each in options] == [None, 1000, None]
    assert [each.usb_access for each in options] == [False, False, True]


def test_a_plan_takes_the_place_of_what_is_reckoned_without_one(machine: Machine, tmp_path: Path) -> None:
    rig = config_from({"cameras": ["20497219"], "framerate": 300, "exposure": 1000})
    diagnosis = diagnose(Options(plan=rig, folder=str(tmp_path), measure=False), machine.system)
    codes = [each.code for each in diagnosis.findings]
    assert {"plan-sensor", "plan-usb-too-much", "memory"} <= set(codes)
    assert codes.count("usbfs-low") == 1
    assert "Encoders" not in diagnosis.sections


def test_nothing_is_measured_while_somebody_uses_a_camera(machine: Machine, tmp_path: Path) -> None:
    rig = config_from({"cameras": ["20497219"], "framerate": 30, "exposure": 1000})
    diagnosis = diagnose(Options(plan=rig, folder=str(tmp_path)), machine.system)
    codes = {each.code: each.level for each in diagnosis.findings}
    assert codes["not-measured-in-use"] == codes["plan-encoder-unmeasured"] == "unknown"
    assert diagnosis.facts["disk"]["rate"] is None


def test_an_sdk_that_there_is_not_is_a_problem(machine: Machine, tmp_path: Path) -> None:
    machine.environment["LLPYSPIN_SDK"] = "spinnaker"
    diagnosis = diagnose(Options(folder=str(tmp_path), measure=False), machine.system)
    assert "sdk-unknown" in {each.code for each in diagnosis.findings}


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (
            "import os; os.write(2, b'terminate called'); os.abort()",
            "was killed by SIGABRT (its last words: term",
        ),
        ("import threading; threading.Event().wait(60)", "gave no answer within 4 s"),
        (
            "raise ImportError('numpy.core.multiarray failed to import')",
            "numpy.core.multiarray failed to import",
        ),
        ("raise ImportError('libSpinnaker.so.4: cannot open shared object file')", "libSpinnaker.so.4"),
    ],
    ids=["aborts", "hangs", "numpy", "library"],
)
def test_a_broken_sdk_is_told_however_it_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, says: str
) -> None:
    (tmp_path / "PySpin.py").write_text(does)
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = try_all(4.0)
    assert not loaded["pyspin"].usable
    (finding,) = (
        each
        for each in check_sdks(Machine(tmp_path).system, "pyspin", loaded)
        if each.code.startswith("pyspin")
    )
    assert (finding.code, finding.level) == ("pyspin-cannot-be-used", "problem")
    assert says in finding.text
    assert finding.fix


def test_the_virtual_sdk_without_genicam_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "genicam.py").write_text(
        "raise ModuleNotFoundError('No module named genicam', name='genicam')"
    )
    (tmp_path / "av.py").write_text("raise ModuleNotFoundError('No module named av', name='av')")
    monkeypatch.syspath_prepend(str(tmp_path))
    findings = check_sdks(Machine(tmp_path).system, "virtual", try_all())
    (finding,) = (each for each in findings if each.code.startswith("virtual"))
    assert (finding.code, finding.level) == ("virtual-cannot-be-used", "problem")
    assert finding.fix == "pip install 'llpyspin[virtual]'"
    assert {each.why for each in try_encoders(Picture(48, 64))} == {"the package av is missing"}


GARBAGE = [
    "",
    "x y z",
    "-1",
    "9" * 30,
    "\0\x01\ufffd",
    "a:b:c:d\nIface\nx\tFFFFFFFFFF\t0\tzz",
    "1 2 3 4 5 6 7 8 9 - x",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_files_with_something_else_in_them_break_nothing(tmp_path: Path, garbage: str) -> None:
    machine = Machine(tmp_path, groups=frozenset({USER}))
    machine.controller(CARD)
    machine.hub(f"{CARD}/usb2/2-1", 2, 2)
    machine.camera(f"{CARD}/usb2/2-1/2-1.1", 2, 5)
    machine.usbfs(16)
    machine.meminfo(16000, 8000)
    machine.nic()
    machine.receive_buffers(212992)
    machine.group("ada")
    machine.udev_rule()
    machine.process(4711, "SpinView", "/dev/bus/usb/002/005")
    machine.mounts("25 24 0:23 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k,inode64")
    machine.write("/proc/self/cgroup", "0::/a.slice")
    machine.write("/proc/net/udp", "head\n 1: 0203FEA9:C350 0703FEA9:0F74 01 0:0 0:0 0 1000 0 888 2")
    machine.write("/proc/net/unix", "head\n0: 00000002 00000000 00010000 0001 01 1234 @llpyspin.virtual/w/1")
    machine.write("/proc/4711/stat", "4711 (x) S 1 1")
    machine.write("/etc/os-release", "NAME=x")
    machine.write("/proc/cpuinfo", "processor : 0")
    machine.write("/opt/spinnaker/lib/libSpinnaker.so.4", "")
    machine.write("/etc/profile.d/setup_gentl.sh", "export A=1")
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 50
    for file in files:
        before = file.read_bytes()
        file.write_text(garbage)
        try:
            look_at_all(machine)
        except Exception as error:
            raise AssertionError(f"{file.relative_to(tmp_path)}: {error!r}") from error
        file.write_bytes(before)


def look_at_all(machine: Machine) -> None:
    """Everything that reads the system."""
    system = machine.system
    tree, nics = read_usb(system), read_nics(system)
    connected = [*merge([], tree, virtual=False), Camera("1", "x", "GigE", address="169.254.3.7")]
    processes = read_processes(system)
    check_holders(connected, find_holders(system, processes, connected, "w"), processes)
    check_access(system, connected)
    check_access(system, [])
    check_speeds(connected, tree)
    check_usbfs(system, connected)
    check_network(system, connected, nics)
    check_memory(read_memory(system), 1 << 30, "it")
    check_machine(describe_machine(system))
    check_session(system)
    check_packages(system, find_spinnaker(system), True)
    look_at_disk(system, "/", measure=False)
