"""Faults of a recording, grouped by kind."""

from __future__ import annotations

__all__ = ["Offences"]

NAMED = 3
"""Of each kind, so many are told one by one."""


class Offences:
    """Faults by kind: the first ones of each kind are named, the others counted."""

    def __init__(self) -> None:
        self._told: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, text: str) -> None:
        """One more of a kind, which is called as in "... and 3 more {kind}"."""
        told = self._told.setdefault(kind, [])
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if len(told) < NAMED:
            told.append(text)

    def sentences(self) -> list[str]:
        """All of it, kinds in the order in which they were first seen."""
        sentences = []
        for kind, told in self._told.items():
            sentences += told
            more = self._counts[kind] - len(told)
            if more:
                sentences.append(f"... and {more} more {kind}")
        return sentences
