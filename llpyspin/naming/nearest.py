"""The words that are most like one that does not exist: the one rule for all that is mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.naming.aliases import squashed

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest_words"]

CLOSE = 0.6
"""How similar a word must be to be suggested, from 0 to 1 (``difflib``)."""
_LONGEST = 64


def nearest_words(word: str, known: Iterable[str], most: int = 1, close: float = CLOSE) -> list[str]:
    """At most so many of the ``known`` words, the nearest first.

    A word with the same letters in another order comes before all others: "mvk" means "mkv", not "mov".
    """
    wanted = squashed(word[:_LONGEST])
    there: dict[str, str] = {}
    for each in known:
        there.setdefault(squashed(each), each)
    from difflib import get_close_matches  # slow to import, and only for mistakes

    turned = get_close_matches(wanted, [each for each in there if sorted(each) == sorted(wanted)], most, 0.0)
    found = dict.fromkeys([*turned, *get_close_matches(wanted, there, most, close)])
    return [there[each] for each in list(found)[:most]]
