"""The word that is most like a mistyped one."""

from __future__ import annotations

import pytest

from llpyspin.naming.nearest import nearest_words


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("mvk", ["mov", "mkv", "mp4"], "mkv"),
        ("h246", ["h265", "h264"], "h264"),
        ("H264x", ["h265", "h264"], "h264"),
        ("dict-5x5-10", ["DICT_4X4_100", "DICT_5X5_100"], "DICT_5X5_100"),
        ("12345687", ["87654321", "12345678"], "12345678"),
        ("virtul", ["pyspin", "rotpy", "virtual"], "virtual"),
        ("nothing", ["pyspin", "rotpy"], None),
    ],
)
def test_nearest_word_is_found(word: str, known: list[str], near: str | None) -> None:
    assert nearest_words(word, known) == ([] if near is None else [near])


def test_no_more_words_are_named_than_asked_for() -> None:
    assert nearest_words("stpo", ["stop", "step", "stoop"], 2) == ["stop", "step"]
