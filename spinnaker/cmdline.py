"""The kernel's command line: the words that set the USB limit, and the files that hold it."""

from __future__ import annotations

import re

__all__ = ["PARAMETER", "edit_lines", "kernel_part", "limit_in", "limit_of_lines", "replaced", "with_limit"]

PARAMETER = "usbcore.usbfs_memory_mb"

# the kernel takes - for _ in names of parameters
WORD = re.compile(r"(?<![^\s\"'])(usbcore\.usbfs[-_]memory[-_]mb=)(\d+)(?![^\s\"'])")


_REST = re.compile(r"(?<!\S)(?=--(?!\S))")


def limit_in(words: str) -> int | None:
    """The limit in MB that a command line sets; the last one counts. None if it sets none."""
    found = [int(number) for _, number in WORD.findall(kernel_part(words))]
    return found[-1] if found else None


def kernel_part(words: str) -> str:
    """What the kernel reads: all up to a word ``--``, behind which everything is for init."""
    return _REST.split(words, maxsplit=1)[0]


def replaced(words: str, limit_mb: int) -> str:
    """The same with every limit that it sets made this one."""
    return WORD.sub(lambda match: f"{match[1]}{limit_mb}", words)


def with_limit(words: str, limit_mb: int) -> str:
    """A command line that sets the limit, and is otherwise the same."""
    kernel = kernel_part(words)
    rest = words[len(kernel) :]
    if WORD.search(kernel):
        return replaced(kernel, limit_mb) + rest
    kept = kernel.rstrip()
    gap = kernel[len(kept) :]
    if not kept:
        return f"{kernel}{PARAMETER}={limit_mb}{' ' if rest else ''}{rest}"
    return f"{kept} {PARAMETER}={limit_mb}{gap}{rest}"


def _pattern(keyword: str) -> re.Pattern[str]:
    """Lines whose rest is a command line; with no keyword the first line is one whole."""
    if not keyword:
        return re.compile(r"\A()([^\n]*)")
    return re.compile(rf"^([ \t]*{keyword}[ \t]+)([^\n]*)", re.MULTILINE | re.IGNORECASE)


def limit_of_lines(text: str, keyword: str) -> int | None:
    """The smallest limit that the command lines in a file set; None if one sets none, or there are none."""
    limits = [limit_in(match[2]) for match in _pattern(keyword).finditer(text)]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known and len(known) == len(limits) else None


def edit_lines(text: str, keyword: str, limit_mb: int) -> str:
    """The file with the limit on each of its command lines."""
    return _pattern(keyword).sub(lambda match: match[1] + with_limit(match[2], limit_mb), text)
