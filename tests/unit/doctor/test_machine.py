"""What the doctor says of network, processes, memory and packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.doctor.cameras import Camera, ask_sdk, check_cameras, merge
from llpyspin.doctor.holders import check_holders, find_holders
from llpyspin.doctor.libraries import Spinnaker, check_session, find_spinnaker
from llpyspin.doctor.machine import check_machine, describe_machine
from llpyspin.doctor.memory import check_memory, read_memory
from llpyspin.doctor.network import check_network
from llpyspin.doctor.nics import read_nics, usable_gige
from llpyspin.doctor.packages import check_packages, versions
from llpyspin.doctor.sdks import Loaded, check_sdks
from llpyspin.doctor.usbtree import read_usb
from llpyspin.system.processtable import read_processes
from tests.unit.machines import CHIPSET, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.doctor.finding import Finding

GIGE = Camera("19450001", "Blackfly S BFS-PGE-16S2M", "GigE", address="169.254.3.7", seen=True)
MIB = 1 << 20


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def codes(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.level for finding in findings}


def only(findings: list[Finding], code: str) -> Finding:
    (found,) = (finding for finding in findings if finding.code == code)
    return found


# -- network


def network(machine: Machine, *cameras: Camera) -> list[Finding]:
    return check_network(machine.system, cameras, read_nics(machine.system))


def test_a_network_that_is_set_up_is_fine(machine: Machine) -> None:
    machine.nic(mtu=9000)
    machine.receive_buffers(10485760)
    assert codes(network(machine, GIGE)) == {"rmem": "ok", "network": "ok"}


def test_without_gige_cameras_the_network_is_not_judged(machine: Machine) -> None:
    machine.nic(mtu=1500, rp_filter=1)
    machine.receive_buffers(212992)
    assert codes(network(machine)) == {"no-gige-camera": "ok"}


def test_a_distributions_settings_are_told_with_commands(machine: Machine) -> None:
    machine.nic("enp4s0", mtu=1500, rp_filter=1)
    machine.receive_buffers(212992)
    findings = network(machine, GIGE)
    assert codes(findings) == {"nic-mtu": "note", "rp-filter": "note", "rmem-low": "problem"}
    assert only(findings, "nic-mtu").commands == (
        "sudo $(which python) -m spinnaker.install --gige enp4s0",
        "sudo ip link set enp4s0 mtu 9000",
    )
    assert "208 KiB (rmem_default)" in only(findings, "rmem-low").text
    assert "net.core.rmem_max=10485760" in only(findings, "rmem-low").commands[0]


def test_a_socket_gets_the_smaller_of_the_usual_and_the_largest_buffer(machine: Machine) -> None:
    machine.nic(mtu=9000)
    machine.receive_buffers(33554432)
    machine.write("/proc/sys/net/core/rmem_default", 212992)
    assert codes(network(machine, GIGE))["rmem-low"] == "problem"


def test_the_stricter_of_two_reverse_path_filters_counts(machine: Machine) -> None:
    machine.nic(mtu=9000, rp_filter=0)
    machine.write("/proc/sys/net/ipv4/conf/all/rp_filter", 1)
    machine.receive_buffers(10485760)
    assert codes(network(machine, GIGE))["rp-filter"] == "note"


def test_a_camera_in_no_subnet_of_ours_cannot_be_opened(machine: Machine) -> None:
    machine.nic(mtu=9000, net="192.168.1.0/24")
    machine.receive_buffers(10485760)
    finding = only(network(machine, GIGE), "gige-wrong-subnet")
    assert finding.level == "problem"
    assert "169.254.3.7" in finding.text
    assert "192.168.1.0/24" in finding.text


def test_the_interface_of_a_camera_is_judged_and_no_other(machine: Machine) -> None:
    machine.nic("enp4s0", mtu=9000)
    machine.nic("enp5s0", mtu=1500, net="192.168.1.0/24")
    machine.receive_buffers(10485760)
    assert "nic-mtu" not in codes(network(machine, GIGE))


def test_wireless_and_slow_links_are_problems(machine: Machine) -> None:
    machine.nic("wlp3s0", wireless=True)
    machine.nic("enp5s0", mtu=9000, speed=100, net="10.0.0.0/8")
    machine.receive_buffers(10485760)
    other = Camera("2", "Blackfly S BFS-PGE-16S2M", "GigE", address="10.1.1.1")
    assert codes(network(machine, GIGE, other)) == {
        "gige-wireless": "problem",
        "nic-slow": "problem",
        "rmem": "ok",
    }


def test_where_a_camera_is_not_known_all_cables_are_judged_and_no_radio(machine: Machine) -> None:
    machine.nic("wlp3s0", wireless=True)
    machine.nic("enp5s0", mtu=1500, net="10.0.0.0/8")
    machine.receive_buffers(10485760)
    unaddressed = Camera("2", "Blackfly S BFS-PGE-16S2M", "GigE")
    assert codes(network(machine, unaddressed)) == {"nic-mtu": "note", "rmem": "ok"}


def test_larger_packets_carry_more_images() -> None:
    assert usable_gige(1000, 1500) == pytest.approx(125e6 * 1464 / 1538)
    assert usable_gige(1000, 9000) / usable_gige(1000, 1500) == pytest.approx(1.042, abs=0.001)


# -- who holds a camera


@pytest.fixture
def usb(machine: Machine) -> tuple[Machine, list[Camera]]:
    machine.controller()
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5)
    return machine, merge([], read_usb(machine.system), virtual=False)


def holders(machine: Machine, cameras: list[Camera], world: str | None = None) -> list[Finding]:
    processes = read_processes(machine.system, {1})
    return check_holders(cameras, find_holders(machine.system, processes, cameras, world), processes)


def test_a_process_that_has_the_cameras_file_open_holds_it(usb: tuple[Machine, list[Camera]]) -> None:
    machine, cameras = usb
    machine.process(4711, "/opt/spinnaker/bin/SpinView_QT --last", "/dev/bus/usb/002/005")
    machine.process(4712, "/usr/bin/bash")
    (finding,) = holders(machine, cameras)
    assert (finding.code, finding.level) == ("camera-held", "problem")
    assert "process 4711 (/opt/spinnaker/bin/SpinView_QT --last)" in finding.text
    assert finding.commands == ("kill 4711",)


def test_a_camera_process_is_told_as_the_program_that_it_belongs_to(
    usb: tuple[Machine, list[Camera]],
) -> None:
    machine, cameras = usb
    machine.process(800, "python rec.py")
    machine.process(801, "python -c boot 5 800 path llpyspin.worker.main", "/dev/bus/usb/002/005")
    machine.write("/proc/801/stat", "801 (python (x)) S 800 801 801 0 -1 4194560 0 0")
    finding = only(holders(machine, cameras), "camera-held")
    assert "process 800 (python rec.py)" in finding.text
    assert finding.commands == ("kill 800",)


def test_where_nobody_holds_a_camera_that_is_said(usb: tuple[Machine, list[Camera]]) -> None:
    machine, cameras = usb
    machine.process(4712, "/usr/bin/bash", "/dev/bus/usb/002/001")
    assert codes(holders(machine, cameras)) == {"no-camera-held": "ok"}


def test_holder_of_a_gige_camera_is_found_by_its_socket(machine: Machine) -> None:
    head = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref"
    )
    # 169.254.3.7:3956 as the kernel writes it on a little-endian machine
    line = "  77: 0203FEA9:C350 0703FEA9:0F74 01 00000000:00000000 00:00000000 00000000  1000        0 888 2"
    machine.write("/proc/net/udp", f"{head}\n{line}")
    machine.process(90, "python grab.py", "socket:[888]")
    assert "process 90 (python grab.py)" in only(holders(machine, [GIGE]), "camera-held").text


def test_processes_with_the_sdk_in_memory_may_hold_gige_cameras(machine: Machine) -> None:
    machine.process(90, "python grab.py", libraries="/opt/spinnaker/lib/libSpinnaker.so.4.2.0.88")
    finding = only(holders(machine, [GIGE]), "sdk-in-use")
    assert finding.level == "note"
    assert "90 (python grab.py)" in finding.text


def test_a_camera_that_is_controlled_is_probably_held_by_who_uses_the_sdk(machine: Machine) -> None:
    machine.process(90, "python grab.py", libraries="/site-packages/rotpy.libs/libSpinnaker-2f.so.2.6.0.160")
    held = Camera("19450001", "Blackfly S BFS-PGE-16S2M", "GigE", in_use=True, address="169.254.3.7")
    (finding,) = holders(machine, [held])
    assert finding.code == "camera-held"
    assert "probably by process 90 (python grab.py)" in finding.text


def test_a_camera_that_somebody_unseen_controls_is_told(machine: Machine) -> None:
    held = Camera("19450001", "Blackfly S BFS-PGE-16S2M", "GigE", in_use=True, address="169.254.3.7")
    assert codes(holders(machine, [held])) == {"camera-held-unseen": "problem"}


def test_a_real_sdk_is_not_asked_for_cameras_while_one_streams(usb: tuple[Machine, list[Camera]]) -> None:
    machine, cameras = usb
    machine.process(4711, "SpinView", "/dev/bus/usb/002/005")
    processes = read_processes(machine.system)
    held = find_holders(machine.system, processes, cameras)
    found, findings = ask_sdk("pyspin", [each for group in held.values() for each in group])
    assert found == []
    assert codes(findings) == {"cameras-not-asked": "unknown"}


def test_a_camera_on_usb_that_the_sdk_does_not_see_is_a_problem(usb: tuple[Machine, list[Camera]]) -> None:
    _, cameras = usb
    assert codes(check_cameras(cameras, asked=True)) == {"camera-not-seen": "problem"}
    assert codes(check_cameras(cameras, asked=False)) == {"camera": "ok"}
    assert codes(check_cameras([], asked=True)) == {"no-camera": "note"}


# -- memory


def test_memory_that_suffices_and_memory_that_does_not(machine: Machine) -> None:
    machine.meminfo(16000, 2000)
    memory = read_memory(machine.system)
    assert codes(check_memory(memory, 1000 * MIB, "2 cameras")) == {"memory": "ok"}
    finding = only(check_memory(memory, 3000 * MIB, "2 cameras"), "memory-low")
    assert finding.level == "problem"
    assert "1.95 GiB" in finding.text
    assert "2.93 GiB" in finding.text


def test_a_containers_limit_counts_wherever_it_is_set(machine: Machine) -> None:
    machine.meminfo(16000, 8000)
    machine.write("/proc/self/cgroup", "0::/system.slice/docker-1.scope")
    machine.write("/sys/fs/cgroup/system.slice/docker-1.scope/memory.max", "max")
    machine.write("/sys/fs/cgroup/system.slice/docker-1.scope/memory.current", 100 * MIB)
    assert read_memory(machine.system).spare == 8000 * MIB
    machine.write("/sys/fs/cgroup/system.slice/memory.max", 600 * MIB)
    machine.write("/sys/fs/cgroup/system.slice/memory.current", 100 * MIB)
    memory = read_memory(machine.system)
    assert memory.spare == 500 * MIB
    assert "container" in only(check_memory(memory, 501 * MIB, "it"), "memory-low").text


def test_a_containers_small_dev_shm_is_worth_a_note(machine: Machine) -> None:
    machine.meminfo(16000, 8000)
    machine.mounts("25 24 0:23 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k,inode64")
    assert codes(check_memory(read_memory(machine.system), 0, "")) == {"memory": "ok", "shm-small": "note"}
    machine.mounts("25 24 0:23 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw,inode64")
    assert read_memory(machine.system).shm == 8000 * MIB


# -- SDKs and packages


def test_the_package_of_the_wrong_name_is_told(machine: Machine) -> None:
    machine.package("pyspin", "1.1.1")
    assert codes(check_packages(machine.system, None, needed=True)) == {
        "package-of-the-wrong-name": "problem"
    }
    assert codes(check_packages(machine.system, None, needed=False)) == {"package-of-the-wrong-name": "note"}


SDK_42 = Spinnaker("/opt/spinnaker/lib", (4, 2, 0, 88))
WHEEL = "cp310-cp310-linux_x86_64"


def test_a_wheel_that_suits_is_fine(machine: Machine) -> None:
    machine.package("spinnaker-python", "4.2.0.88", WHEEL)
    machine.package("numpy", "2.2.6")
    assert codes(check_packages(machine.system, SDK_42, needed=True)) == {"wheel-fits": "ok"}
    assert versions(machine.system) == {"spinnaker-python": "4.2.0.88", "numpy": "2.2.6"}


def test_a_wheel_for_another_python_is_told(machine: Machine) -> None:
    machine.package("spinnaker-python", "4.2.0.88", "cp38-cp38-linux_x86_64")
    finding = only(check_packages(machine.system, SDK_42, needed=True), "wheel-for-another-python")
    assert finding.level == "problem"
    assert "cp310" in finding.fix


def test_a_wheel_built_for_numpy_1_is_told(machine: Machine) -> None:
    machine.package("spinnaker-python", "4.0.0.116", WHEEL)
    machine.package("numpy", "2.2.6")
    findings = check_packages(machine.system, Spinnaker("/opt/spinnaker/lib", (4, 0, 0, 116)), needed=True)
    assert only(findings, "wheel-for-another-numpy").commands == ("pip install 'numpy<2'",)


def test_a_wheel_needs_the_libraries_of_its_own_version(machine: Machine) -> None:
    machine.package("spinnaker-python", "4.2.0.88", WHEEL)
    assert codes(check_packages(machine.system, None, needed=True)) == {"wheel-without-libraries": "problem"}
    machine.write("/opt/spinnaker/lib/libSpinnaker.so.3.1.0.79", "")
    machine.link("/opt/spinnaker/lib/libSpinnaker.so.3", "libSpinnaker.so.3.1.0.79")
    found = find_spinnaker(machine.system)
    assert found == Spinnaker("/opt/spinnaker/lib", (3, 1, 0, 79))
    assert codes(check_packages(machine.system, found, needed=True)) == {"wheel-of-another-sdk": "problem"}


def test_a_session_from_before_the_sdk_lacks_its_variables(machine: Machine) -> None:
    script = "/etc/profile.d/setup_flir_gentl_64.sh"
    machine.write(script, "#!/bin/sh\nexport FLIR_GENTL64_CTI=/opt/spinnaker/lib/flir-gentl/FLIR_GenTL.cti")
    (finding,) = check_session(machine.system)
    assert (finding.code, finding.commands) == ("sdk-variables-not-set", (f"source {script}",))
    machine.environment["FLIR_GENTL64_CTI"] = "/opt/spinnaker/lib/flir-gentl/FLIR_GenTL.cti"
    assert check_session(machine.system) == []


ABSENT = Loaded(False, installed=False, why="it is not installed; pip install it")
BROKEN = Loaded(False, why="the process that loaded it was killed by SIGABRT. Install it anew")
WORKS = Loaded(True, version="4.2.0.88")


def test_no_sdk_at_all_is_a_problem(machine: Machine) -> None:
    findings = check_sdks(machine.system, None, {"pyspin": ABSENT, "rotpy": ABSENT, "virtual": WORKS})
    assert codes(findings)["no-sdk"] == "problem"
    assert codes(findings)["virtual-loads"] == "ok"


def test_one_usable_sdk_is_enough_and_a_broken_one_is_told(machine: Machine) -> None:
    findings = check_sdks(machine.system, None, {"pyspin": BROKEN, "rotpy": WORKS, "virtual": ABSENT})
    assert codes(findings) == {
        "pyspin-cannot-be-used": "note",
        "rotpy-loads": "ok",
        "virtual-not-installed": "ok",
    }
    assert only(findings, "pyspin-cannot-be-used").text.endswith("was killed by SIGABRT.")
    assert only(findings, "pyspin-cannot-be-used").fix == "Install it anew"
    assert "that is what is used" in only(findings, "rotpy-loads").text


def test_the_sdk_that_was_asked_for_must_load(machine: Machine) -> None:
    findings = check_sdks(machine.system, "pyspin", {"pyspin": BROKEN, "rotpy": WORKS, "virtual": WORKS})
    assert codes(findings)["pyspin-cannot-be-used"] == "problem"


# -- the machine itself


def test_an_old_kernel_and_another_processor_are_told(machine: Machine) -> None:
    machine.write("/proc/sys/kernel/osrelease", "5.2.0-1-amd64")
    machine.write("/etc/os-release", 'PRETTY_NAME="Ubuntu 18.04.6 LTS"\nNAME="Ubuntu"')
    machine.write("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Intel(R) Core(TM) i7\nprocessor\t: 1")
    about = describe_machine(machine.system)
    assert about["system"] == "Ubuntu 18.04.6 LTS"
    assert about["processors"] == 2
    assert codes(check_machine({**about, "architecture": "aarch64"})) == {
        "machine": "ok",
        "not-x86-64": "note",
        "old-kernel": "note",
    }
    assert codes(check_machine({**about, "architecture": "x86_64", "kernel": "6.8.0"})) == {"machine": "ok"}
