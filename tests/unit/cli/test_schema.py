"""``llpyspin schema`` prints what is published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llpyspin import cli
from llpyspin.cli import schema
from llpyspin.rig.schemas import NAMES, schema_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("given", "name"), [([], "rig"), (["settings"], "settings"), (["World"], "world"), (["rig"], "rig")]
)
def test_schema_is_that_of_the_file(
    given: Sequence[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["schema", *given]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == schema_of(name)
    assert told.out.endswith("}\n")
    assert told.err == ""


def test_all_schemas_can_be_printed() -> None:
    assert schema._FILES == NAMES


def test_wrong_schema_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema", "setting"]) == 2
    assert "Did you mean settings?" in capsys.readouterr().err
