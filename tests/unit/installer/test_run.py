"""One run after another: dry, refused, interrupted, taken back; and who may do what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import spinnaker
from spinnaker.errors import CommandError, InstallError
from spinnaker.grub import DEFAULTS, OURS
from spinnaker.install import main
from spinnaker.journal import NAME, Journal
from spinnaker.machine import Machine
from spinnaker.running import ROOT_NEEDED, run
from tests.unit.installer.stand_in import LIMIT, UBUNTU_GRUB, StandIn, everything, stand_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spinnaker.machine import Owner

RAISE = "--increase-memory-limit"


@pytest.fixture
def machine(tmp_path: Path) -> StandIn:
    machine = stand_in(tmp_path / "root")
    machine.run(["update-grub"])
    machine.ran.clear()
    return machine


# saying and asking


def test_a_dry_run_says_every_step_and_changes_nothing_not_even_the_record(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert machine.install(RAISE, "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"set {LIMIT} to 1000 (now 16)" in said
    assert f"write {OURS}" in said
    assert '+GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT usbcore.usbfs_memory_mb=1000"' in said
    assert "run `update-grub`" in said
    assert everything(machine) == before
    assert not machine.ran


def test_a_file_that_is_edited_is_shown_line_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = UBUNTU_GRUB.replace("splash", "usbcore.usbfs_memory_mb=64")
    machine = stand_in(tmp_path, **{DEFAULTS: text})
    assert machine.install(RAISE, "--dry-run") == 0
    said = capsys.readouterr().out
    assert '-GRUB_CMDLINE_LINUX_DEFAULT="quiet usbcore.usbfs_memory_mb=64"' in said
    assert '+GRUB_CMDLINE_LINUX_DEFAULT="quiet usbcore.usbfs_memory_mb=1000"' in said
    assert "GRUB_TIMEOUT" not in said


def test_without_a_terminal_and_yes_nothing_is_done(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert run([RAISE], machine) == 1
    assert "Say --yes" in capsys.readouterr().out
    assert everything(machine) == before


@pytest.mark.parametrize(
    ("answer", "status", "limit"), [("y", 0, 1000), ("YES ", 0, 1000), ("n", 1, 16), ("", 1, 16)]
)
def test_at_a_terminal_the_user_is_asked_and_the_answer_counts(
    machine: StandIn, monkeypatch: pytest.MonkeyPatch, answer: str, status: int, limit: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert run([RAISE], machine) == status
    assert machine.value(LIMIT) == limit


def test_with_nothing_asked_for_the_help_is_shown(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert machine.install() == 2
    assert "--increase-memory-limit" in capsys.readouterr().out


class NotForUs(StandIn):
    """A machine that this user may read only."""

    @property
    def privileged(self) -> bool:
        return False


def test_an_ordinary_user_sees_the_steps_and_the_command_with_sudo(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert run(["--yes", RAISE], NotForUs(machine.root)) == ROOT_NEEDED
    said = capsys.readouterr().out
    assert f"set {LIMIT} to 1000" in said
    assert f"sudo {sys.executable} -m spinnaker.install --yes {RAISE}" in said
    assert everything(machine) == before


# taking back


def test_with_no_record_there_is_nothing_to_take_back(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert machine.install("--undo") == 0
    assert "Nothing to take back" in capsys.readouterr().out
    assert everything(machine) == before


def test_a_dry_undo_says_what_it_would_do_and_does_not(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install(RAISE)
    done = everything(machine)
    assert machine.install("--undo", "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"remove {OURS}" in said
    assert f"set {LIMIT} back to 16" in said
    assert "run `update-grub`" in said
    assert everything(machine) == done


def test_a_file_that_the_user_has_changed_since_is_left_as_the_user_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path, **{DEFAULTS: UBUNTU_GRUB.replace("splash", "usbcore.usbfs_memory_mb=64")})
    assert machine.install(RAISE) == 0
    theirs = machine.text(DEFAULTS).replace("GRUB_TIMEOUT=0", "GRUB_TIMEOUT=7")
    machine.put(DEFAULTS, theirs)
    assert machine.install("--undo") == 0
    assert f"{DEFAULTS} was changed by somebody else since, and is left as it is" in capsys.readouterr().out
    assert machine.text(DEFAULTS) == theirs
    assert machine.value(LIMIT) == 16


def test_a_file_that_the_user_has_put_back_already_is_no_hindrance(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    machine.install(RAISE)
    machine.path(OURS).unlink()
    assert machine.install("--undo") == 0
    assert f"{OURS} is as it was" in capsys.readouterr().out
    assert everything(machine) == before


def test_modes_and_odd_bytes_survive(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    odd = (
        UBUNTU_GRUB.encode().replace(b"splash", b"usbcore.usbfs_memory_mb=64")
        + b"# na\xefve, no newline at the end"
    )
    machine.path(DEFAULTS).write_bytes(odd)
    machine.path(DEFAULTS).chmod(0o640)
    before = everything(machine, "/boot")
    assert machine.install(RAISE) == 0
    assert machine.path(DEFAULTS).read_bytes() == odd.replace(b"mb=64", b"mb=1000")
    assert machine.path(DEFAULTS).stat().st_mode & 0o7777 == 0o640
    assert machine.install("--undo") == 0
    assert everything(machine, "/boot") == before


# interrupted


class Interrupted(StandIn):
    """A machine where the power goes before the n-th change."""

    def __init__(self, root: Path, after: int) -> None:
        super().__init__(root)
        self.left = after

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt

    def write(self, *arguments: object) -> None:  # type: ignore[override]
        self._count()
        super().write(*arguments)  # type: ignore[arg-type]

    def set_value(self, where: str, value: str) -> None:
        self._count()
        super().set_value(where, value)

    def launch(self, command: Sequence[str], owner: Owner | None = None) -> list[str]:
        self._count()
        return super().launch(command, owner)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_run_that_was_interrupted_anywhere_is_finished_by_the_next_one(
    machine: StandIn, after: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert run(["--yes", RAISE], Interrupted(machine.root, after)) == 130
    assert "--undo to take back what was done" in capsys.readouterr().err
    assert machine.install(RAISE) == 0
    assert machine.value(LIMIT) == 1000
    assert machine.kernel_line().endswith("usbcore.usbfs_memory_mb=1000")
    assert machine.install(RAISE) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert machine.install("--undo") == 0
    assert everything(machine) == before


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_run_that_was_interrupted_anywhere_can_be_taken_back(machine: StandIn, after: int) -> None:
    before = everything(machine)
    assert run(["--yes", RAISE], Interrupted(machine.root, after)) == 130
    assert machine.install("--undo") == 0
    assert everything(machine) == before


def test_half_a_file_that_the_power_left_beside_a_file_is_cleared_away(machine: StandIn) -> None:
    before = everything(machine)
    assert run(["--yes", RAISE], Interrupted(machine.root, 1)) == 130
    half = machine.path(OURS).parent / f".{machine.path(OURS).name}.llpyspin-new"
    half.write_text("GRUB_CMD")
    assert machine.install("--undo") == 0
    assert everything(machine) == before


@pytest.mark.parametrize("after", [0, 1])
def test_an_undo_that_was_interrupted_is_finished_by_the_next_one(machine: StandIn, after: int) -> None:
    before = everything(machine)
    assert machine.install(RAISE) == 0
    assert run(["--yes", "--undo"], Interrupted(machine.root, after)) == 130
    assert machine.install("--undo") == 0
    assert everything(machine) == before


def test_a_command_that_fails_is_said_and_is_run_again_next_time(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    good = machine.text("/usr/sbin/update-grub")
    machine.put("/usr/sbin/update-grub", "echo no space left on device; exit 1\n")
    assert machine.install(RAISE) == 1
    said = capsys.readouterr().err
    assert "no space left on device" in said
    assert "Run it again to go on" in said
    machine.put("/usr/sbin/update-grub", good)
    assert machine.install(RAISE) == 0
    assert machine.kernel_line().endswith("usbcore.usbfs_memory_mb=1000")


def test_a_step_that_had_no_effect_is_noticed(machine: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    machine.put("/usr/sbin/update-grub", "")
    assert machine.install(RAISE) == 1
    assert "done, but not in effect: Memory for USB cameras from the next start on" in capsys.readouterr().err


def test_a_record_that_was_torn_when_the_power_went_is_read_up_to_there(machine: StandIn) -> None:
    before = everything(machine)
    assert machine.install(RAISE) == 0
    with open(machine.path(NAME), "ab") as file:
        file.write(b'{"number": 99, "kind": "fi')
    assert machine.install("--memory-limit", "1500") == 0
    assert all(
        json.loads(line)
        for line in machine.text(NAME).splitlines()
        if '"number": 99, "kind": "fi' not in line
    )
    assert machine.install("--undo") == 0
    assert everything(machine) == before


def test_the_record_is_for_root_only(machine: StandIn) -> None:
    machine.install(RAISE)
    assert machine.path(NAME).stat().st_mode & 0o777 == 0o600


def test_two_installers_at_once_are_one_too_many(
    machine: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(machine).alone():
        assert machine.install(RAISE) == 1
    assert "another spinnaker.install is at work" in capsys.readouterr().err
    assert machine.value(LIMIT) == 16


# other systems, and the machine itself


@pytest.mark.parametrize(
    ("platform", "said"), [("win32", "On Windows"), ("darwin", "On macOS"), ("freebsd14", "Ubuntu and")]
)
def test_elsewhere_it_is_said_what_to_do(
    platform: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--yes", RAISE], platform) == 2
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("release", "said"),
    [
        (
            'PRETTY_NAME="Fedora Linux 40"\nID=fedora\n',
            "this is Fedora Linux 40; only Ubuntu and Debian are known",
        ),
        ("", "an unknown system"),
    ],
)
def test_other_linuxes_are_refused_before_anything_is_done(
    tmp_path: Path, release: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path, **{"/etc/os-release": release})
    before = everything(machine)
    assert machine.install(RAISE) == 1
    assert said in capsys.readouterr().out
    assert everything(machine) == before


def test_a_system_that_descends_from_ubuntu_is_taken_for_one(tmp_path: Path) -> None:
    mint = 'PRETTY_NAME="Linux Mint 21.3"\nID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21.3"\n'
    machine = stand_in(tmp_path, **{"/etc/os-release": mint})
    assert machine.install(RAISE) == 0


def test_links_are_followed_inside_the_root_only(tmp_path: Path) -> None:
    machine = stand_in(tmp_path / "root")
    (tmp_path / "root/etc/outside").symlink_to("/etc/machine-id")
    (tmp_path / "root/etc/up").symlink_to("../../../../etc/machine-id")
    (tmp_path / "root/etc/circle").symlink_to("circle")
    assert machine.path("/etc/outside") == tmp_path / "root/etc/machine-id"
    assert machine.path("/etc/up") == tmp_path / "root/etc/machine-id"
    with pytest.raises(InstallError, match="in a circle"):
        machine.path("/etc/circle")


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    real = machine.path(DEFAULTS).rename(tmp_path / "etc/grub.real")
    real.write_text(UBUNTU_GRUB.replace("splash", "usbcore.usbfs_memory_mb=64"))
    (tmp_path / "etc/default/grub").symlink_to("../grub.real")
    assert machine.install(RAISE) == 0
    assert (tmp_path / "etc/default/grub").is_symlink()
    assert "usbfs_memory_mb=1000" in machine.text("/etc/grub.real")


def test_live_programs_run_as_they_are_and_report_why_they_fail() -> None:
    machine = Machine()
    assert machine.live
    assert machine.run(["sh", "-c", "cat; echo $LC_ALL"], given="given ") == "given C\n"
    with pytest.raises(CommandError, match="ended with status 3:\nwhy") as caught:
        machine.run(["sh", "-c", "echo why >&2; exit 3"])
    assert caught.value.status == 3
    with pytest.raises(InstallError, match="there is no no-such-program"):
        machine.run(["no-such-program"])
    with pytest.raises(InstallError, match="has not ended after"):
        machine.run(["sleep", "60"], timeout_s=0.05)


def test_it_runs_with_nothing_installed_but_python() -> None:
    checkout = str(Path(spinnaker.__file__).parent.parent)
    program = (
        "import sys; sys.path[:0] = [sys.argv.pop()]; from spinnaker.install import main; main(['--help'])"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, checkout],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert result.returncode == 0, result.stderr
    assert "--undo" in result.stdout


def test_it_may_be_called_by_its_path_as_its_ancestor_was(tmp_path: Path) -> None:
    program = Path(spinnaker.__file__).parent / "install.py"
    result = subprocess.run(
        [sys.executable, program, "--help"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    assert "--increase-memory-limit" in result.stdout
