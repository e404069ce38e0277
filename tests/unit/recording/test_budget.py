"""What a recording may use up: read from mappings, and reasons in words."""

from __future__ import annotations

import pytest

from llpyspin.errors import RigConfigError, SettingRangeError
from llpyspin.recording.budget import Budget, budget_of
from llpyspin.rig import RigConfig
from llpyspin.rig.config import CameraConfig
from llpyspin.rig.parsing import config_from

GB = 10**9


def test_budget_is_read_with_units() -> None:
    budget = budget_of({"min_disk": "50GB", "max_size": 10**12, "max_temperature": 75})
    assert budget == Budget(50 * GB, 10**12, 75.0)
    assert budget_of(budget) is budget
    assert budget_of(None) == budget_of({"min_disk": None}) == Budget()
    assert not budget_of(None)
    assert budget_of({"max_temperature": 75})


def test_all_mistakes_of_a_budget_are_named() -> None:
    with pytest.raises(SettingRangeError) as error:
        budget_of({"min_dsk": "1GB", "max_size": "lots", "max_temperature": 400})
    lines = str(error.value).splitlines()
    assert lines[0] == "budget: 'min_dsk' is not known. Did you mean 'min_disk'?"
    assert lines[1].startswith("max_size must be a size with its unit")
    assert lines[2] == "max_temperature must be a number of °C, above 0 and up to 150, not 400"
    with pytest.raises(SettingRangeError, match="budget must be a mapping with min_disk"):
        budget_of("50GB")


@pytest.mark.parametrize("given", [{"min_disk": 50}, {"max_size": 500}, {"min_disk": "999kB"}])
def test_size_whose_unit_was_forgotten_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(SettingRangeError, match="bytes, and at least 1 MB is needed"):
        budget_of(given)


def test_disk_is_a_reason_only_below_the_limit() -> None:
    budget = Budget(min_disk=50 * GB)
    assert budget.disk_reason(50 * GB) == budget.disk_reason(None) == Budget().disk_reason(0) == ""
    assert budget.disk_reason(50 * GB - 10**8) == "49.9 GB are free on the disk, and min_disk is 50.0 GB"
    assert [budget.is_low(free) for free in (None, 63 * GB, 62 * GB)] == [False, False, True]


def test_size_is_a_reason_from_the_limit_on() -> None:
    budget = Budget(max_size=10 * GB)
    assert budget.size_reason(10 * GB - 1) == ""
    assert budget.size_reason(10 * GB) == "the videos have 10.0 GB, and max_size is 10.0 GB"
    assert budget.less(4 * GB).size_reason(6 * GB) != ""
    assert budget.less(11 * GB).size_reason(0) != ""
    assert Budget().less(5) == Budget()


def test_heat_is_a_reason_above_the_limit() -> None:
    budget = Budget(max_temperature=75)
    assert budget.heat_reason("top", 75.0) == budget.heat_reason("top", None) == ""
    assert budget.heat_reason("top", 75.1) == "camera top has 75.1 °C, and max_temperature is 75 °C"


def test_file_of_a_rig_has_budget_and_targets() -> None:
    config = config_from(
        {"cameras": ["1"], "budget": {"min_disk": "50GB"}, "on_event": ["true", "https://example.org/x"]}
    )
    assert config.budget == {"min_disk": "50GB"}
    assert config.on_event == ["true", "https://example.org/x"]
    assert "example.org" not in repr(config)


def test_mistakes_of_budget_and_targets_are_among_those_of_the_file() -> None:
    with pytest.raises(RigConfigError) as error:
        config_from({"cameras": ["1"], "budget": {"min_disk": "50"}, "on_event": "ftp://u:secret@x"})
    assert [mistake.path for mistake in error.value.mistakes] == ["budget.min_disk", "on_event"]
    assert "secret" not in str(error.value)
    with pytest.raises(RigConfigError, match="budget must be a mapping"):
        RigConfig((CameraConfig("1"),), budget="50GB")  # type: ignore[arg-type]
