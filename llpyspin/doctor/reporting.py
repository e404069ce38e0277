"""One file for a bug report: all findings and what they rest on, without what is nobody's business."""

from __future__ import annotations

import io
import ipaddress
import json
import re
import shlex
import socket
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from rich.console import Console

from llpyspin.doctor.printing import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.doctor.finding import Diagnosis
    from llpyspin.doctor.host import Person

__all__ = ["Shortener", "report"]

_COMMON = {
    "root",
    "user",
    "admin",
    "ubuntu",
    "debian",
    "localhost",
    "computer",
    "camera",
    "flir",
    "pi",
    "lab",
}
"""Names that say nothing about anybody, and might be part of other words' meaning."""
_MAC = re.compile(r"\b([0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){2})(?::[0-9a-fA-F]{2}){3}\b")
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")


@dataclass(frozen=True)
class Shortener:
    """Takes out of a text what does not belong into a public report.

    Home folders become ``~`` or ``/home/...``, the user's and the host's names ``USER`` and ``HOST``, public
    IP addresses and the own half of MAC addresses go; of other programs' command lines only the program and
    its script stay.  Serial numbers of cameras stay: without them nobody can tell cameras apart.

    Parameters
    ----------
    person : Person
    host : str
    commands : sequence of str
        Command lines that may be in the text.
    """

    person: Person
    host: str
    commands: Sequence[str] = ()

    def __call__(self, text: str) -> str:
        for command in sorted(self.commands, key=len, reverse=True):
            text = text.replace(command, _program(command))
        home = self.person.home.rstrip("/")
        if len(home) > 1:
            text = re.sub(re.escape(home) + r"(?![\w.-])", "~", text)
        text = re.sub(r"(/home|/Users)/[^/\s\"':,]+", r"\1/...", text)
        for name, word in (
            (self.person.name, "USER"),
            (self.host, "HOST"),
            (self.host.partition(".")[0], "HOST"),
        ):
            if len(name) > 1 and name.lower() not in _COMMON:
                text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", word, text)
        text = _MAC.sub(r"\1:..", text)
        return _ADDRESS.sub(lambda found: found[0] if _harmless(found[0]) else "(address)", text)


def _program(command: str) -> str:
    """Program and script of a command line, without folders and other arguments."""
    try:
        parts = shlex.split(command)
    except ValueError:
        parts = command.split()
    script = next((part for part in parts[1:] if part.endswith(".py")), None)
    names = [part.rpartition("/")[2] for part in [*parts[:1], script or ""] if part]
    return " ".join(names) + (" ..." if len(parts) > len(names) else "")


def _harmless(address: str) -> bool:
    """Whether it is an address of a local network, or none at all (a version has four numbers too)."""
    try:
        found = ipaddress.IPv4Address(address)
    except ValueError:
        return True
    return found.is_private or found.is_link_local or int(address.partition(".")[0]) < 10


def report(diagnosis: Diagnosis, person: Person, now: datetime | None = None) -> str:
    """The text of the report: findings as people read them, and facts as JSON."""
    facts = dict(diagnosis.facts)
    shorten = Shortener(person, socket.gethostname(), tuple(facts.pop("commands", ())))
    shown = io.StringIO()
    show(diagnosis, Console(file=shown, width=120, no_color=True, force_terminal=False, highlight=False))
    time = (now or datetime.now(timezone.utc)).strftime("%Y-%m-%d %H:%M UTC")
    text = (
        f"# Report of llpyspin doctor, {time}\n\n```text\n{shown.getvalue()}```\n\n"
        f"## Facts\n\n```json\n{json.dumps(facts, indent=1, default=_plain)}\n```\n"
    )
    return shorten(text)


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
