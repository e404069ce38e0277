"""The USB limit, now and from the next start on: every way that there is, twice, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spinnaker.booting import TmpFiles, module_of_its_own
from spinnaker.grub import DEFAULTS, OURS
from tests.unit.installer.stand_in import LIMIT, UBUNTU_GRUB, StandIn, everything, stand_in

if TYPE_CHECKING:
    from pathlib import Path

RAISE = ("--increase-memory-limit", "--memory-limit", "1500")
NO_GRUB = {DEFAULTS: None, "/boot/grub/grub.cfg": None}
ENTRY = """\
title      Debian GNU/Linux 12 (bookworm)
version    6.1.0-21-amd64
machine-id 0123456789abcdef0123456789abcdef
options    root=UUID=1 ro quiet systemd.machine_id=0123456789abcdef0123456789abcdef
linux      /0123456789abcdef0123456789abcdef/6.1.0-21-amd64/linux
"""
ANOTHER_SYSTEM = "title Fedora\nmachine-id ffffffffffffffffffffffffffffffff\noptions root=UUID=2 ro\n"
LOADER = {
    "/boot/efi/EFI/systemd/systemd-bootx64.efi": "a loader",
    "/boot/efi/loader/entries/0123456789abcdef0123456789abcdef-6.1.0-21-amd64.conf": ENTRY,
    "/boot/efi/loader/entries/fedora.conf": ANOTHER_SYSTEM,
    "/etc/kernel/cmdline": "root=UUID=1 ro quiet\n",
}
ENTRIES = "/boot/efi/loader/entries"


def without_grub(machine: StandIn) -> StandIn:
    for where in NO_GRUB:
        machine.path(where).unlink()
    machine.path("/boot/grub").rmdir()
    return machine


def raised_twice_and_taken_back(machine: StandIn, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Raise the limit, see that a second time does nothing, take it back; what the files were in between."""
    before = everything(machine)
    assert machine.install(*RAISE) == 0
    assert machine.value(LIMIT) == 1500
    raised = everything(machine)
    capsys.readouterr()
    assert machine.install(*RAISE) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert everything(machine) == raised
    assert machine.install("--undo") == 0
    assert everything(machine) == before
    return raised


def changed(raised: dict[str, object], where: str) -> str:
    content = raised[where][1]  # type: ignore[index]
    return bytes(content).decode()


@pytest.mark.parametrize("system", ["debian-12", "ubuntu-22.04"])
def test_with_grub_the_limit_is_on_the_line_that_the_kernel_gets(
    tmp_path: Path, system: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path, system)
    machine.run(["update-grub"])
    raised = raised_twice_and_taken_back(machine, capsys)
    assert "usbcore.usbfs_memory_mb=1500" in changed(raised, "/boot/grub/grub.cfg")
    assert changed(raised, DEFAULTS) == machine.text(DEFAULTS), "the user's own file stays as it is"


def test_systemd_boot_sets_entries_of_present_and_future_kernels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = without_grub(stand_in(tmp_path, "debian-12", **LOADER))
    raised = raised_twice_and_taken_back(machine, capsys)
    options = ENTRY.replace("cdef\nlinux", "cdef usbcore.usbfs_memory_mb=1500\nlinux")
    assert changed(raised, f"{ENTRIES}/0123456789abcdef0123456789abcdef-6.1.0-21-amd64.conf") == options
    assert changed(raised, "/etc/kernel/cmdline") == "root=UUID=1 ro quiet usbcore.usbfs_memory_mb=1500\n"
    assert changed(raised, f"{ENTRIES}/fedora.conf") == ANOTHER_SYSTEM


@pytest.mark.parametrize(
    ("where", "before", "after"),
    [
        (
            "/boot/firmware/cmdline.txt",
            "console=tty1 root=PARTUUID=1-02 rootwait\n",
            "console=tty1 root=PARTUUID=1-02 rootwait usbcore.usbfs_memory_mb=1500\n",
        ),
        (
            "/boot/extlinux/extlinux.conf",
            "LABEL primary\n      LINUX /boot/Image\n      APPEND ${cbootargs} root=/dev/mmcblk0p1 rw\n",
            "LABEL primary\n      LINUX /boot/Image\n"
            "      APPEND ${cbootargs} root=/dev/mmcblk0p1 rw usbcore.usbfs_memory_mb=1500\n",
        ),
    ],
)
def test_boards_get_it_on_their_command_line(
    tmp_path: Path, where: str, before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = without_grub(stand_in(tmp_path, **{where: before}))
    raised = raised_twice_and_taken_back(machine, capsys)
    assert changed(raised, where) == after


def test_usbcore_module_gets_an_option_and_the_initramfs_is_rebuilt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = without_grub(stand_in(tmp_path, "debian-12", **{"/usr/sbin/update-initramfs": ""}))
    assert module_of_its_own(machine)
    raised = raised_twice_and_taken_back(machine, capsys)
    assert "options usbcore usbfs_memory_mb=1500\n" in changed(raised, "/etc/modprobe.d/llpyspin.conf")
    assert machine.ran.count(["update-initramfs", "-u"]) == 2, (
        "once when it was raised, once when it was taken back"
    )


def test_systemd_writes_the_limit_at_boot_if_usbcore_is_built_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = without_grub(stand_in(tmp_path, **{"/usr/bin/systemd-tmpfiles": ""}))
    assert not module_of_its_own(machine)
    raised = raised_twice_and_taken_back(machine, capsys)
    assert f"w {LIMIT} - - - - 1500\n" in changed(raised, "/etc/tmpfiles.d/00-llpyspin.conf")


def test_unknown_boot_system_changes_nothing_and_not_the_kernel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = without_grub(stand_in(tmp_path))
    before = everything(machine)
    assert machine.install(*RAISE) == 1
    assert "usbcore.usbfs_memory_mb" in capsys.readouterr().err
    assert everything(machine) == before


@pytest.mark.parametrize("method", ["modprobe", "tmpfiles", "systemd-boot", "board"])
def test_a_way_that_the_machine_has_not_got_is_refused(
    tmp_path: Path, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    assert machine.install(*RAISE, "--boot-method", method) == 1
    assert method in capsys.readouterr().err
    assert machine.value(LIMIT) == 16


def test_the_way_that_is_asked_for_is_taken_although_there_is_grub(tmp_path: Path) -> None:
    machine = stand_in(tmp_path, "debian-12")
    assert machine.install(*RAISE, "--boot-method", "modprobe") == 0
    assert machine.exists("/etc/modprobe.d/llpyspin.conf")
    assert not machine.exists(OURS)


@pytest.mark.parametrize("present", ["1500", "2000", "0"])
def test_a_limit_that_is_enough_already_is_left_and_never_lowered(
    tmp_path: Path, present: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(
        tmp_path, **{DEFAULTS: UBUNTU_GRUB.replace("splash", f"usbcore.usbfs_memory_mb={present}")}
    )
    machine.run(["update-grub"])
    machine.put(LIMIT, f"{present}\n")
    before = everything(machine)
    assert machine.install(*RAISE) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert everything(machine) == before


def test_a_second_higher_limit_replaces_the_first_and_both_are_taken_back(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    before = everything(machine, "/boot")
    assert machine.install(*RAISE) == 0
    assert machine.install("--memory-limit", "2000") == 0
    assert machine.kernel_line().split()[-1] == "usbcore.usbfs_memory_mb=2000"
    assert machine.kernel_line().count("usbfs_memory_mb") == 1
    assert machine.value(LIMIT) == 2000
    assert machine.install("--undo") == 0
    assert everything(machine, "/boot") == before
    assert "usbfs" not in machine.kernel_line()


RC_LOCAL = f"#!/bin/sh -e\n# cameras\nsh -c 'echo 1000 > {LIMIT}'\n\nexit 0\n"


def test_rc_local_line_of_flir_is_enough_if_its_number_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    machine.put("/etc/rc.local", RC_LOCAL, 0o755)
    assert machine.install("--memory-limit", "1000") == 0
    assert "/etc/rc.local sets 1000 MB at every start" in capsys.readouterr().out
    assert not machine.exists(OURS)


def test_a_smaller_number_in_rc_local_which_would_win_is_changed_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    machine.put("/etc/rc.local", RC_LOCAL, 0o755)
    raised = raised_twice_and_taken_back(machine, capsys)
    assert changed(raised, "/etc/rc.local") == RC_LOCAL.replace("1000", "1500")


def test_an_rc_local_that_is_not_run_does_not_count(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    machine.put("/etc/rc.local", RC_LOCAL, 0o644)
    assert machine.install("--memory-limit", "1000") == 0
    assert machine.exists(OURS)


def test_an_option_for_modprobe_that_is_there_is_changed_in_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = "/etc/modprobe.d/cameras.conf"
    machine = stand_in(
        tmp_path, "debian-12", **{theirs: "options usbcore autosuspend=-1 usbfs_memory_mb=200\n"}
    )
    raised = raised_twice_and_taken_back(machine, capsys)
    assert changed(raised, theirs) == "options usbcore autosuspend=-1 usbfs_memory_mb=1500\n"
    assert OURS not in raised


@pytest.mark.parametrize("limit", ["15", "2048", "-1", "1e3", "a lot", ""])
def test_a_limit_that_the_kernel_would_not_take_is_refused_not_replaced(
    tmp_path: Path, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    with pytest.raises(SystemExit) as ended:
        machine.install(f"--memory-limit={limit}")
    assert ended.value.code == 2
    assert "from 16 to 2047" in capsys.readouterr().err
    assert machine.value(LIMIT) == 16


def test_kernel_without_usb_is_reported_and_set_up_for_the_next_boot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    machine.path(LIMIT).unlink()
    assert machine.install(*RAISE) == 0
    assert "it has no USB" in capsys.readouterr().out
    assert "usbfs_memory_mb=1500" in machine.kernel_line()


def test_first_of_several_tmpfiles_lines_counts_as_in_systemd(tmp_path: Path) -> None:
    line = f"w {LIMIT} - - - - {{}}\n"
    theirs = {"/etc/tmpfiles.d/a.conf": line.format(64), "/usr/lib/tmpfiles.d/b.conf": line.format(2000)}
    machine = stand_in(tmp_path, **theirs)
    assert TmpFiles(machine).limit_mb() == 64
    assert machine.install(*RAISE) == 0
    assert machine.text("/etc/tmpfiles.d/a.conf") == line.format(1500)
    assert TmpFiles(machine).limit_mb() == 1500
