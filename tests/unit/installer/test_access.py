"""Access to USB cameras: the rule and the group, twice, and taken back; what others set up is respected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spinnaker.access import RULES, find_rule, members
from tests.unit.installer.stand_in import everything, needs_root, stand_in

if TYPE_CHECKING:
    from pathlib import Path

ACCESS = ("--usb-access", "--user", "anna")
# gshadow's and group's former contents, which the tools of the system keep, and their lock
KEPT_BY_TOOLS = ("/etc/group-", "/etc/gshadow-", "/etc/.pwd.lock", "/etc/passwd-", "/etc/shadow-")


@needs_root
@pytest.mark.parametrize("system", ["debian-12", "ubuntu-22.04"])
def test_access_sets_group_rule_and_member_and_undo_removes_them(
    tmp_path: Path, system: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path, system)
    before = everything(machine, *KEPT_BY_TOOLS)
    assert machine.install(*ACCESS) == 0
    assert members(machine, "flirimaging") == ["anna"]
    assert 'ATTRS{idVendor}=="1e10", GROUP="flirimaging"' in machine.text(RULES)
    done = everything(machine)
    capsys.readouterr()
    assert machine.install(*ACCESS) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert everything(machine) == done
    assert machine.install("--undo") == 0
    assert everything(machine, *KEPT_BY_TOOLS) == before


def test_a_dry_run_says_the_rule_and_the_group_and_makes_neither(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    before = everything(machine)
    assert machine.install(*ACCESS, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "groupadd --system flirimaging" in said
    assert '+SUBSYSTEM=="usb", ATTRS{idVendor}=="1724", GROUP="flirimaging"' in said
    assert "gpasswd --add anna flirimaging" in said
    assert everything(machine) == before
    assert not machine.ran


@needs_root
def test_a_member_that_joined_since_keeps_the_group_alive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    assert machine.install(*ACCESS) == 0
    machine.run(["gpasswd", "--add", "root", "flirimaging"])
    assert machine.install("--undo") == 0
    assert members(machine, "flirimaging") == ["root"]
    assert "root were put into it by somebody else" in capsys.readouterr().out
    assert not machine.exists(RULES)


@needs_root
def test_a_group_that_was_there_is_used_and_stays(tmp_path: Path) -> None:
    machine = stand_in(tmp_path, **{"/etc/group": "anna:x:1000:\nflirimaging:x:998:bert\n"})
    machine.put("/etc/gshadow", "anna:!::\nflirimaging:!::bert\n")
    assert machine.install(*ACCESS) == 0
    assert members(machine, "flirimaging") == ["bert", "anna"]
    assert machine.install("--undo") == 0
    assert members(machine, "flirimaging") == ["bert"]


@needs_root
def test_a_rule_of_somebody_else_s_decides_which_group_is_joined(tmp_path: Path) -> None:
    theirs = "/usr/lib/udev/rules.d/60-cameras.rules"
    rule = 'SUBSYSTEM=="usb", ATTR{idVendor}=="1e10", MODE="0660", GROUP="plugdev"\n'
    machine = stand_in(tmp_path, **{theirs: rule})
    assert machine.install(*ACCESS) == 0
    assert members(machine, "plugdev") == ["anna"]
    assert not machine.exists(RULES)


@pytest.mark.parametrize(
    "line",
    [
        'SUBSYSTEM=="usb", ATTRS{idVendor}=="1e10", MODE="0666"',
        'SUBSYSTEM=="usb", ATTR{idVendor}=="1E10", MODE:="0777", GROUP="flirimaging"',
        'ATTRS{idVendor}=="1e10", TAG+="uaccess"',
    ],
)
def test_where_everybody_has_access_already_nobody_has_to_join_anything(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path, **{"/etc/udev/rules.d/99-x.rules": f"{line}\n"})
    assert machine.install(*ACCESS) == 0
    assert "gives everybody access" in capsys.readouterr().out
    assert "flirimaging" not in machine.text("/etc/group")


@pytest.mark.parametrize(
    "line",
    [
        '#ATTRS{idVendor}=="1e10", MODE="0666"',
        'ATTRS{idVendor}=="046d", MODE="0666"',
        'ATTRS{idVendor}=="1e10"',
    ],
)
def test_rules_that_give_no_access_to_these_cameras_do_not_count(tmp_path: Path, line: str) -> None:
    assert find_rule(stand_in(tmp_path, **{"/etc/udev/rules.d/99-x.rules": f"{line}\n"})) is None


@needs_root
def test_what_else_was_in_the_file_of_flir_s_name_stays_in_it(tmp_path: Path) -> None:
    machine = stand_in(tmp_path, **{RULES: "# nothing yet\n"})
    assert machine.install(*ACCESS) == 0
    assert machine.text(RULES).startswith("# nothing yet\n")
    assert machine.install("--undo") == 0
    assert machine.text(RULES) == "# nothing yet\n"


def test_a_user_who_is_not_there_stops_it_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    before = everything(machine)
    assert machine.install("--usb-access", "--user", "nobody.here") == 1
    assert "there is no user nobody.here" in capsys.readouterr().err
    assert everything(machine) == before


@needs_root
def test_without_a_user_the_rule_is_made_and_it_is_said_that_nobody_joins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    assert machine.install("--usb-access") == 0
    assert "nobody is put into the group flirimaging" in capsys.readouterr().out
    assert members(machine, "flirimaging") == []
