"""GigE cameras: packets, buffers and filters, twice, and taken back; other interfaces keep their filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spinnaker import sysctl
from spinnaker.gige import RULES
from tests.unit.installer.stand_in import StandIn, everything, stand_in

if TYPE_CHECKING:
    from pathlib import Path

MTU = "/sys/class/net/enp3s0/mtu"
FILTER = "/proc/sys/net/ipv4/conf/{}/rp_filter"
# what systemd and Ubuntu come with
SYSTEMD = "net.ipv4.conf.default.rp_filter = 2\nnet.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n"
UBUNTU = "net.ipv4.conf.default.rp_filter=2\nnet.ipv4.conf.all.rp_filter=2\n"


def with_network(directory: Path, system: str = "ubuntu-22.04", for_all: int = 2, **files: str) -> StandIn:
    network = {
        MTU: "1500\n",
        "/sys/class/net/enp3s0/address": "00:1b:21:aa:bb:cc\n",
        "/sys/class/net/enp3s0/device": "",
        "/sys/class/net/eno1/mtu": "1500\n",
        "/sys/class/net/wlp2s0/wireless/status": "",
        "/sys/class/net/lo/mtu": "65536\n",
        "/proc/sys/net/core/rmem_max": "212992\n",
        "/proc/sys/net/core/rmem_default": "212992\n",
        "/usr/lib/sysctl.d/50-default.conf": SYSTEMD,
        **{FILTER.format(name): "2\n" for name in ("default", "enp3s0", "eno1")},
        FILTER.format("lo"): "0\n",
        FILTER.format("all"): f"{for_all}\n",
    }
    if system.startswith("ubuntu"):
        network["/etc/sysctl.d/10-network-security.conf"] = UBUNTU
    return stand_in(directory, system, **{**network, **files})


@pytest.mark.parametrize(("system", "for_all"), [("debian-12", 0), ("ubuntu-22.04", 2), ("ubuntu-22.04", 1)])
def test_gige_is_set_now_and_at_boot_and_undo_restores_it(
    tmp_path: Path, system: str, for_all: int, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = with_network(tmp_path, system, for_all)
    before = everything(machine)
    assert machine.install("--gige", "enp3s0") == 0
    assert machine.value(MTU) == 9000
    assert 'ATTR{address}=="00:1b:21:aa:bb:cc", ATTR{mtu}="9000"' in machine.text(RULES)
    for key, value in {"net/core/rmem_max": 32 * 2**20, "net/ipv4/conf/enp3s0/rp_filter": 0}.items():
        assert sysctl.current(machine, key) == value
        assert sysctl.at_start(machine, key)[0] == str(value)
    done = everything(machine)
    capsys.readouterr()
    assert machine.install("--gige", "enp3s0") == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert everything(machine) == done
    assert machine.install("--undo") == 0
    assert everything(machine) == before


def test_the_filter_of_other_interfaces_stays_as_strict_as_it_was(tmp_path: Path) -> None:
    machine = with_network(tmp_path, for_all=1)
    assert machine.install("--gige", "enp3s0") == 0
    assert {name: machine.value(FILTER.format(name)) for name in ("all", "enp3s0", "eno1", "default")} == {
        "all": 0,
        "enp3s0": 0,
        "eno1": 2,
        "default": 2,
    }
    assert sysctl.at_start(machine, "net/ipv4/conf/all/rp_filter")[0] == "0"
    assert sysctl.at_start(machine, "net/ipv4/conf/eno1/rp_filter")[0] == "2"


def test_other_interfaces_keep_a_filter_that_was_set_for_all(
    tmp_path: Path,
) -> None:
    machine = with_network(tmp_path, for_all=1, **{FILTER.format("eno1"): "0\n"})
    assert machine.install("--gige", "enp3s0") == 0
    assert machine.value(FILTER.format("eno1")) == 1
    assert machine.install("--undo") == 0
    assert machine.value(FILTER.format("eno1")) == 0


def test_buffers_and_packets_that_are_larger_already_are_not_made_smaller(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    larger = {"/proc/sys/net/core/rmem_max": "268435456\n", MTU: "9216\n"}
    machine = with_network(tmp_path, **larger)
    assert machine.install("--gige", "enp3s0") == 0
    assert machine.value("/proc/sys/net/core/rmem_max") == 268435456
    assert machine.value(MTU) == 9216
    assert "has an MTU of 9216 now" in capsys.readouterr().out


def test_a_second_interface_and_a_larger_buffer_join_what_is_there(tmp_path: Path) -> None:
    machine = with_network(tmp_path)
    before = everything(machine)
    assert machine.install("--gige", "enp3s0") == 0
    assert (
        machine.install("--gige", "enp3s0", "--gige", "eno1", "--receive-buffer", "64", "--mtu", "9014") == 0
    )
    assert machine.value(FILTER.format("eno1")) == 0
    assert machine.text(RULES).count("9014") == 2
    assert "9000" not in machine.text(RULES)
    assert sysctl.at_start(machine, "net/core/rmem_max")[0] == str(64 * 2**20)
    assert sysctl.at_start(machine, "net/ipv4/conf/eno1/rp_filter")[0] == "0"
    assert machine.install("--undo") == 0
    assert everything(machine) == before


def test_a_later_file_that_sets_less_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = with_network(tmp_path, **{"/etc/sysctl.d/99-small.conf": "net.core.rmem_max=100000\n"})
    machine.install("--gige", "enp3s0", "--dry-run")
    assert "/etc/sysctl.d/99-small.conf is read later and sets net/core/rmem_max" in capsys.readouterr().out


def test_an_mtu_in_netplan_is_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = "network:\n  ethernets:\n    enp3s0:\n      mtu: 1500\n"
    machine = with_network(tmp_path, **{"/etc/netplan/01-network-manager-all.yaml": plan})
    machine.install("--gige", "enp3s0", "--dry-run")
    assert "/etc/netplan/01-network-manager-all.yaml names enp3s0 and an MTU too" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "reason"), [("eth9", "there are eno1, enp3s0"), ("wlp2s0", "wireless"), ("lo", "no net")]
)
def test_interface_not_for_cameras_is_refused_first(
    tmp_path: Path, name: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = with_network(tmp_path)
    before = everything(machine)
    assert machine.install("--gige", "enp3s0", "--gige", name) == 1
    assert reason in capsys.readouterr().out
    assert everything(machine) == before


def test_a_value_that_somebody_has_set_since_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = with_network(tmp_path)
    assert machine.install("--gige", "enp3s0") == 0
    machine.put(MTU, "4000\n")
    assert machine.install("--undo") == 0
    assert machine.value(MTU) == 4000
    assert f"{MTU} was set to 4000 by somebody else since" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "value"),
    [
        ({"/etc/sysctl.d/50-a.conf": "a.b = 1\n", "/etc/sysctl.d/60-b.conf": "a/b=2\n"}, "2"),
        ({"/usr/lib/sysctl.d/50-a.conf": "a.b = 1\n", "/etc/sysctl.d/50-a.conf": "# empty\n"}, None),
        ({"/etc/sysctl.d/50-a.conf": "a.b = 1\n", "/etc/sysctl.d/60-b.conf": "a.* = 3\n"}, "1"),
        ({"/etc/sysctl.d/60-b.conf": "a.* = 3\n"}, "3"),
        ({"/etc/sysctl.d/60-b.conf": "a.* = 3\n-a.b\n"}, None),
        ({"/etc/sysctl.d/60-b.conf": "; a.b = 3\n-a.b = 4\n", "/etc/sysctl.conf": "#a.b=5\n"}, "4"),
        ({"/etc/sysctl.d/60-b.conf": "a.b = 4\n", "/etc/sysctl.conf": "a.b=5\n"}, "5"),
    ],
)
def test_what_a_setting_will_be_is_read_as_the_system_reads_it(
    tmp_path: Path, files: dict[str, str], value: str | None
) -> None:
    assert sysctl.at_start(stand_in(tmp_path, **files), "a/b")[0] == value
