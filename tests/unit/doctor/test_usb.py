"""What the doctor says of USB: speeds, shared links, the kernel's limit, access."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.doctor.access import check_access
from llpyspin.doctor.cameras import Camera, merge
from llpyspin.doctor.usb import check_speeds, check_usbfs, shares
from llpyspin.doctor.usbtree import UsbTree, read_usb, usable_usb
from tests.unit.machines import CARD, CHIPSET, FLIRIMAGING, USER, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.doctor.finding import Finding


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.controller(CHIPSET)
    return machine


def seen(machine: Machine) -> tuple[list[Camera], UsbTree]:
    tree = read_usb(machine.system)
    return merge([], tree, virtual=False), tree


def codes(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.level for finding in findings}


def only(findings: list[Finding], code: str) -> Finding:
    (found,) = (finding for finding in findings if finding.code == code)
    return found


def test_a_camera_is_known_by_the_serial_number_that_is_printed_on_it(machine: Machine) -> None:
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5, serial="0138C343")
    (camera,), tree = seen(machine)
    assert camera.serial == "20497219"
    assert camera.model == "Blackfly S BFS-U3-16S2M"
    assert tree.camera("20497219") is tree.camera("0138C343") is camera.usb


def test_a_tree_says_what_hangs_on_what(machine: Machine) -> None:
    machine.hub(f"{CHIPSET}/usb2/2-1", 2, 2)
    machine.hub(f"{CHIPSET}/usb2/2-1/2-1.4", 2, 3)
    machine.camera(f"{CHIPSET}/usb2/2-1/2-1.4/2-1.4.2", 2, 4)
    (camera,), tree = seen(machine)
    assert camera.usb is not None
    assert camera.usb.controller == "0000:00:14.0"
    assert camera.usb.node == "/dev/bus/usb/002/004"
    assert [hub.name for hub in tree.hubs_above(camera.usb)] == ["2-1.4", "2-1"]


def test_a_machine_without_usb_has_no_devices(tmp_path: Path) -> None:
    tree = read_usb(Machine(tmp_path).system)
    assert not tree.devices
    assert not tree.controllers


def test_a_camera_alone_at_full_speed_is_fine(machine: Machine) -> None:
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5)
    assert codes(check_speeds(*seen(machine))) == {"usb-speed": "ok"}


def test_a_camera_that_fell_back_to_usb_2_is_a_problem(machine: Machine) -> None:
    machine.camera(f"{CHIPSET}/usb1/1-3", 1, 5, speed=480)
    finding = only(check_speeds(*seen(machine)), "usb2-link")
    assert finding.level == "problem"
    assert "20497219" in finding.text
    assert "40 MB/s" in finding.text
    assert "USB 3 cable" in finding.fix


def test_two_fast_cameras_on_one_hub_do_not_get_their_full_rates(machine: Machine) -> None:
    machine.hub(f"{CHIPSET}/usb2/2-1", 2, 2)
    machine.camera(f"{CHIPSET}/usb2/2-1/2-1.1", 2, 3, serial="0138C343")
    machine.camera(f"{CHIPSET}/usb2/2-1/2-1.2", 2, 4, serial="0138C344")
    findings = check_speeds(*seen(machine))
    hub = next(each for each in findings if each.text.startswith("Hub 2-1 "))
    assert hub.level == "note"
    # two of 1440 x 1080 at 226 Hz through a hub of 5 Gbit/s
    assert hub.data["full_rate_bytes_s"] == 2 * 1440 * 1080 * 226
    assert hub.data["usable_bytes_s"] == 400e6
    assert "57%" in hub.text
    controller = next(each for each in findings if each.text.startswith("USB controller"))
    assert controller.level == "ok"  # 10 Gbit/s


def test_two_slow_cameras_may_share_a_controller(machine: Machine) -> None:
    for port in (1, 2):
        machine.camera(
            f"{CHIPSET}/usb2/2-{port}", 2, port + 2, serial=f"0138C34{port}", model="Blackfly S BFS-U3-04S2M"
        )
    finding = only(check_speeds(*seen(machine)), "usb-shared")
    assert finding.level == "ok"
    assert "enough" in finding.text


def test_a_card_carries_no_more_than_its_slot(machine: Machine) -> None:
    machine.controller(CARD, first_bus=3, speed=5000)
    machine.camera(f"{CARD}/usb4/4-1", 4, 2)
    (camera,), tree = seen(machine)
    assert camera.usb is not None
    card = tree.controllers["0000:03:00.0"]
    assert card.link_text == "PCI Express, 5.0 GT/s x1"
    assert card.usable == usable_usb(5000) == 400e6  # a lane of 5 GT/s leaves 415 MB/s
    machine.write(f"/sys/devices/{CARD}/current_link_speed", "2.5 GT/s PCIe")
    _, slower = seen(machine)
    assert slower.controllers["0000:03:00.0"].usable == pytest.approx(207.5e6)
    (share,) = (each for each in shares(slower, {"top": ("4-1", 351e6)}) if "controller" in each.name)
    assert not share.fits


def test_a_disk_on_the_cameras_controller_is_told(machine: Machine) -> None:
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5)
    machine.disk_on_usb(f"{CHIPSET}/usb2/2-4", 2, 6)
    finding = only(check_speeds(*seen(machine)), "usb-neighbours")
    assert finding.level == "note"
    assert "Portable SSD T5" in finding.text


# -- the kernel's limit


def test_the_default_limit_is_a_problem_for_a_connected_camera(machine: Machine) -> None:
    machine.usbfs(16)
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5)
    (finding,) = check_usbfs(machine.system, seen(machine)[0])
    assert (finding.code, finding.level) == ("usbfs-low", "problem")
    assert finding.data["needed_bytes"] == 64 * 1519 * 1024  # 64 frames of 1440 x 1080, in packets of 1 KiB
    assert "16 MB" in finding.text
    assert any("echo 1000 >" in command for command in finding.commands)


def test_the_default_limit_is_worth_a_note_where_no_camera_is(machine: Machine) -> None:
    machine.usbfs(16)
    (finding,) = check_usbfs(machine.system, [])
    assert (finding.code, finding.level) == ("usbfs-low", "note")


@pytest.mark.parametrize("limit", [0, 1000, 2000])
def test_a_raised_limit_is_fine(machine: Machine, limit: int) -> None:
    machine.usbfs(limit)
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5)
    assert codes(check_usbfs(machine.system, seen(machine)[0])) == {"usbfs": "ok"}


def test_many_cameras_come_close_to_the_advised_limit(machine: Machine) -> None:
    machine.usbfs(1000)
    for port in range(1, 12):
        machine.camera(f"{CHIPSET}/usb2/2-{port}", 2, port + 2, serial=f"0138C3{port:02X}")
    (finding,) = check_usbfs(machine.system, seen(machine)[0])
    assert (finding.code, finding.level) == ("usbfs-close", "note")
    assert any("echo 1045 >" in command for command in finding.commands)


def test_above_the_kernels_maximum_no_command_helps(machine: Machine) -> None:
    machine.usbfs(0)  # which is 2047
    for port in range(1, 24):
        machine.camera(f"{CHIPSET}/usb2/2-{port}", 2, port + 2, serial=f"0138C3{port:02X}")
    (finding,) = check_usbfs(machine.system, seen(machine)[0])
    assert (finding.code, finding.level, finding.commands) == ("usbfs-close", "note", ())
    assert "2047 MB" in finding.text


# -- access


@pytest.fixture
def connected(machine: Machine) -> Machine:
    machine.group("ada")
    machine.udev_rule()
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5)
    return machine


def test_a_member_of_the_group_may_use_the_camera(connected: Machine) -> None:
    assert codes(check_access(connected.system, seen(connected)[0])) == {"access": "ok"}


def test_who_is_not_in_the_group_is_told_to_join_it(connected: Machine) -> None:
    connected.group()
    connected.groups = frozenset({USER})
    (finding,) = check_access(connected.system, seen(connected)[0])
    assert (finding.code, finding.level) == ("not-in-group", "problem")
    assert finding.commands == ("sudo usermod -aG flirimaging ada",)
    assert "/dev/bus/usb/002/005" in finding.text


def test_a_session_from_before_joining_must_be_begun_anew(connected: Machine) -> None:
    connected.groups = frozenset({USER})
    (finding,) = check_access(connected.system, seen(connected)[0])
    assert (finding.code, finding.level) == ("group-not-in-session", "problem")
    assert "Log out and in" in finding.fix


def test_without_a_udev_rule_the_camera_is_for_root(machine: Machine) -> None:
    machine.write("/etc/group", "root:x:0:")
    machine.camera(f"{CHIPSET}/usb2/2-3", 2, 5, mode=0o600)
    machine.groups = frozenset({USER})
    (finding,) = check_access(machine.system, seen(machine)[0])
    assert (finding.code, finding.level) == ("no-udev-rule", "problem")
    assert finding.commands[0].endswith("spinnaker.install --usb-access")
    assert finding.commands[1] == "sudo groupadd flirimaging"
    assert any("1e10" in command and "tee" in command for command in finding.commands)
    machine.uid = 0
    assert codes(check_access(machine.system, seen(machine)[0])) == {"access": "ok"}


def test_a_rule_that_came_after_the_camera_must_be_applied(connected: Machine) -> None:
    connected.camera(f"{CHIPSET}/usb2/2-4", 2, 6, serial="0138C399", mode=0o644)
    (finding,) = check_access(connected.system, seen(connected)[0])
    assert (finding.code, finding.level) == ("udev-rule-not-applied", "problem")
    assert "40-flir-spinnaker.rules" in finding.text


def test_a_container_without_the_devices_is_recognised(connected: Machine) -> None:
    (connected.root / "dev/bus/usb/002/005").unlink()
    (finding,) = check_access(connected.system, seen(connected)[0])
    assert (finding.code, finding.level) == ("camera-without-file", "problem")
    assert "docker" in finding.fix


def test_before_a_camera_comes_rule_and_group_are_worth_a_note(tmp_path: Path) -> None:
    machine = Machine(tmp_path, groups=frozenset({USER}))
    assert codes(check_access(machine.system, [])) == {"no-udev-rule": "note"}
    machine.udev_rule()
    machine.group()
    assert codes(check_access(machine.system, [])) == {"not-in-group": "note"}
    machine.groups = frozenset({USER, FLIRIMAGING})
    assert codes(check_access(machine.system, [])) == {"access": "ok"}


def test_a_rule_for_everybody_asks_for_no_group(tmp_path: Path) -> None:
    machine = Machine(tmp_path, groups=frozenset({USER}))
    machine.group()
    machine.write("/lib/udev/rules.d/40-x.rules", 'SUBSYSTEM=="usb", ATTR{idVendor}=="1e10", MODE="0666"')
    assert codes(check_access(machine.system, [])) == {"access": "ok"}


def test_a_rule_that_is_commented_out_is_none(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write("/etc/udev/rules.d/40-x.rules", '# SUBSYSTEM=="usb", ATTRS{idVendor}=="1e10", GROUP="a"')
    assert codes(check_access(machine.system, [])) == {"no-udev-rule": "note"}
