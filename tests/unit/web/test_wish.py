"""What a page may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from llpyspin.errors import ArgumentError
from llpyspin.web.wish import KINDS, MOST_FIELDS, checked


def test_fields_that_were_left_out_are_empty() -> None:
    assert checked("prime", {}) == {"name": "", "subject": "", "notes": "", "metadata": {}}
    assert checked("set", {"name": "gain", "value": 3}) == {"name": "gain", "value": 3.0, "camera": ""}
    assert checked("set", {"name": "gain", "value": "auto", "camera": "a"})["value"] == "auto"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [None, [], "x", 1, True])
def test_request_must_be_an_object(kind: str, given: object) -> None:
    with pytest.raises(ArgumentError, match=f"{kind} needs a JSON object"):
        checked(kind, given)


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_field_is_refused_with_those_that_there_are(kind: str) -> None:
    with pytest.raises(ArgumentError, match=f"{kind} has no field 'out'. There are: "):
        checked(kind, {"out": "/"})


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("set", {"value": 1}, "name must be text"),
        ("set", {"name": 1, "value": 1}, "name must be text"),
        ("set", {"name": "gain"}, "value must be a finite number or a word"),
        ("set", {"name": "gain", "value": True}, "value must be"),
        ("set", {"name": "gain", "value": [1]}, "value must be"),
        ("set", {"name": "gain", "value": 1e999}, "value must be"),
        ("set", {"name": "gain", "value": "x" * 65}, "at most 64 characters"),
        ("set", {"name": "gain", "value": 1, "camera": ["a"]}, "camera must be text"),
        ("prime", {"name": "x" * 101}, "at most 100 characters"),
        ("prime", {"notes": "x" * 4001}, "at most 4000 characters"),
        ("prime", {"metadata": []}, "metadata must be an object"),
        ("prime", {"metadata": {"a": [1]}}, "'a' must have a number or text"),
        ("prime", {"metadata": {" ": 1}}, "must have a number or text"),
        ("prime", {"metadata": {str(n): n for n in range(MOST_FIELDS + 1)}}, "at most 50 names"),
        ("trigger", {}, "folder must be text"),
        ("stop", {}, "folder must be text"),
        ("stop", {"folder": None}, "folder must be text"),
    ],
)
def test_wrong_field_is_refused(kind: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        checked(kind, given)


def test_refusal_of_a_long_value_is_short() -> None:
    with pytest.raises(ArgumentError) as refused:
        checked("prime", {"name": "x" * 10_000})
    assert len(str(refused.value)) < 200
