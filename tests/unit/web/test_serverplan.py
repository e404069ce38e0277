from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import ArgumentError, SettingRangeError
from llpyspin.web.serverplan import ServerPlan, plan_from

if TYPE_CHECKING:
    from pathlib import Path


def test_server_listens_only_on_this_machine_by_default() -> None:
    plan = ServerPlan()
    assert plan.local
    assert not plan.tls
    assert set(plan.hosts) == {"127.0.0.1", "localhost", "::1"}


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "http://127.0.0.1:9/"),
        ({"host": "::1"}, "http://[::1]:9/"),
        ({"host": "192.168.1.5"}, "http://192.168.1.5:9/"),
        ({"host": "0.0.0.0", "names": ["Rig.lab"]}, "http://rig.lab:9/"),
    ],
)
def test_url_has_the_first_name_of_the_machine(options: dict[str, Any], url: str) -> None:
    assert plan_from(options).url(9) == url


@pytest.mark.parametrize(
    "options",
    [
        {"rate": 0},
        {"rate": 31},
        {"rate": float("nan")},
        {"rate": True},
        {"rate": "15"},
        {"port": -1},
        {"port": 65536},
        {"port": 80.0},
        {"viewers": 0},
        {"viewers": 65},
        {"edge": 79},
        {"edge": True},
    ],
)
def test_number_outside_its_limits_is_refused(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(SettingRangeError, match=name):
        plan_from(options)


@pytest.mark.parametrize("name", ["", "*", "http://rig.lab", "rig.lab:80", "[::1]", "a b", "a@b"])
def test_name_that_no_browser_sends_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="no name of a machine"):
        plan_from({"names": [name]})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_every_address_needs_the_names_of_the_machine(host: str) -> None:
    with pytest.raises(ArgumentError, match="names="):
        ServerPlan(host=host)


def test_names_must_be_a_list() -> None:
    with pytest.raises(ArgumentError, match="list"):
        plan_from({"names": "rig.lab"})


def test_tls_needs_both_files(tmp_path: Path) -> None:
    file = tmp_path / "rig.pem"
    file.touch()
    with pytest.raises(ArgumentError, match="both"):
        plan_from({"certificate": file})
    with pytest.raises(ArgumentError, match=r"none\.pem"):
        plan_from({"certificate": file, "key": tmp_path / "none.pem"})
    plan = plan_from({"certificate": file, "key": file})
    assert plan.tls
    assert plan.url(9).startswith("https://")


@pytest.mark.parametrize("control", [1, "yes", None])
def test_control_is_true_or_false(control: Any) -> None:
    with pytest.raises(ArgumentError, match="control must be True or False"):
        ServerPlan(control=control)


def test_control_from_other_machines_needs_tls(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="needs TLS"):
        ServerPlan(host="192.168.1.5", control=True)
    file = tmp_path / "rig.pem"
    file.touch()
    assert plan_from({"host": "192.168.1.5", "control": True, "certificate": file, "key": file}).control
    assert ServerPlan(host="127.0.0.1", control=True).control


def test_folder_for_sessions_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"none, and it does not exist"):
        plan_from({"control": True, "folder": tmp_path / "none"})
    with pytest.raises(ArgumentError, match="control=True"):
        plan_from({"folder": tmp_path})
    assert plan_from({"control": True, "folder": tmp_path}).folder == str(tmp_path)


def test_unknown_argument_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'ports'"):
        plan_from({"ports": 1})
