"""Writes the manual's page on fidelity: python tools/fidelity.py > docs/reference/fidelity.md.

What stands in it comes from a comparison of the virtual module with the names of PySpin, from the list of
facts beside the tests, and from the programs that run on both SDKs.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]
sys.path.insert(0, str(TOP))

import llpyspin.virtual as virtual  # noqa: E402  (the path must be there first)
from llpyspin.virtual import api, unbuilt  # noqa: E402
from tests.unit.virtual import facts  # noqa: E402
from tests.unit.virtual_cameras import Bench  # noqa: E402

TESTS = TOP / "tests" / "unit" / "virtual"
SURFACE = TESTS / "pyspin_surface.json"
_DATA = ("factory", "families", "xml", "features", "eventdata", "unbuilt", "ports")
"""Modules that name nodes only as data."""
_MADE_NAMES = ("Counter",)
"""Nodes whose names the code puts together."""
_MODELS = ("BFS-U3-16S2C", "BFS-PGE-16S2C")


def surface() -> dict[str, Any]:
    """Names and parameters of PySpin, from its own module."""
    loaded: dict[str, Any] = json.loads(SURFACE.read_text(encoding="utf-8"))
    return loaded


def refuses(function: Any) -> bool:
    """Whether a function of the virtual module is there only to say that it is not built."""
    text = function.__doc__ or ""
    return text.startswith("Raises SpinnakerException [-1003]") or function.__name__ == "refuse"


def refused_methods() -> dict[str, list[str]]:
    """By class (and "functions"): what raises -1003.  Abstract classes and bases of pointers are left out."""
    found: dict[str, list[str]] = {}
    for name, data in surface()["classes"].items():
        cls = getattr(virtual, name)
        if name.startswith("_SWIG") or "__init__" not in data["methods"]:
            continue
        methods = [method for method in data["methods"] if refuses(getattr(cls, method))]
        if methods:
            found[name] = methods
    found["functions"] = [n for n in surface()["functions"] if refuses(getattr(virtual, n))]
    return found


def stored_nodes() -> list[str]:
    """Nodes that can be written and that no code of the virtual cameras reads."""
    modules = [path for path in (TOP / "llpyspin" / "virtual").glob("*.py") if path.stem not in _DATA]
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    features = {f.name: f for model in _MODELS for f in Bench(model).memory.features.values() if f.category}
    return sorted(
        name
        for name, feature in features.items()
        if feature.access != "RO"
        and f'"{name}"' not in code
        and not name.startswith(_MADE_NAMES)
        and not name.endswith("Selector")
    )


def reason_of_stored(node: str) -> str | None:
    return next((why for start, why in facts.STORED.items() if re.match(start, node)), None)


def programs(folder: str = "programs") -> list[tuple[str, str]]:
    """(name, first line) of each program that runs on virtual cameras."""
    paths = sorted((TOP / "tests" / folder).glob("[a-z]*.py"))
    return [(p.stem, p.read_text(encoding="utf-8").splitlines()[0].strip('"')) for p in paths]


def page() -> str:
    """The whole page."""
    parts = [
        _head(),
        _names(),
        _newer(),
        _unknown(),
        _refused(),
        _refused_nodes(),
        _stored(),
        _facts(),
        _differences(),
        _programs(),
        _scenarios(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head() -> str:
    return (
        "# Fidelity of the virtual cameras\n\n"
        "This page compares `llpyspin.virtual` with PySpin 4.0 and later, with the vendor's library 2.6, and "
        "with a Blackfly S.\nIt is generated: run `python tools/fidelity.py > docs/reference/fidelity.md` "
        "after a change. A test fails when it is out of date."
    )


def _names() -> str:
    known = surface()
    methods = sum(len(data["methods"]) for data in known["classes"].values())
    refused = refused_methods()
    rows = [
        ("constants, with their values", len(known["constants"])),
        ("classes", len(known["classes"]) + len(known["enumerations"])),
        ("methods, with the names of their parameters", methods),
        ("functions", len(known["functions"])),
    ]
    table = "\n".join(f"| {what} | {count} | {count} |" for what, count in rows)
    number = sum(map(len, refused.values()))
    return (
        "## Names\n\n| what | in PySpin 4.0 | in `llpyspin.virtual` |\n| --- | --- | --- |\n"
        f"{table}\n\nOf the methods and functions that a program can reach, {number} are not built."
    )


def newer_names() -> list[tuple[str, str, list[str], list[str]]]:
    """(version, class, names that work, names that refuse) of what PySpin has beyond 4.0."""
    found = []
    for version, names in api.newer()["names"].items():
        classes = {name: list(data["methods"]) for name, data in names.get("classes", {}).items()}
        groups = classes, {owner: list(methods) for owner, methods in names.get("methods", {}).items()}
        for owner, methods in ((o, m) for group in groups for o, m in group.items()):
            refused = [m for m in methods if refuses(getattr(getattr(virtual, owner), m))]
            if not owner.startswith("I") or owner in ("IInterface", "INode") or not _abstract(owner):
                found.append((version, owner, [m for m in methods if m not in refused], refused))
        found += [(version, owner, more, []) for owner, more in names.get("properties", {}).items()]
    return found


def _abstract(name: str) -> bool:
    """Whether a class is only there to be derived from."""
    return "abstract" in api.surface()["classes"][name]


def newer_nodes() -> list[tuple[str, str, list[str]]]:
    """(version, group, names) of QuickSpin attributes beyond 4.0."""
    return [
        (version, group, sorted(node for nodes in kinds.values() for node in nodes))
        for version, names in api.newer()["names"].items()
        for group, kinds in names.get("quickspin", {}).items()
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _newer() -> str:
    sources = "\n".join(f"| {version} | {source} |" for version, source in api.newer()["sources"].items())
    alike: dict[tuple[str, str, str], list[str]] = {}
    for version, owner, works, refused in newer_names():
        working = _listed([name for name in works if name != "__init__"])
        alike.setdefault((version, working, _listed(refused)), []).append(owner)
    rows = [
        f"| {version} | {_listed(owners)} | {works} | {refused} |"
        for (version, works, refused), owners in alike.items()
    ]
    nodes = [f"| {version} | {group} | {_listed(names)} |" for version, group, names in newer_nodes()]
    rest = [
        f"| {version} | {kind} | {_listed(sorted(names[kind]))} |"
        for version, names in api.newer()["names"].items()
        for kind in ("constants", "enumerations", "parameters")
        if kind in names
    ]
    return "\n\n".join(
        (
            "## Names since 4.0\n\nThese are in `llpyspin.virtual` too. The version is that of the oldest "
            "public source that was found.",
            f"| version | source |\n| --- | --- |\n{sources}",
            "| version | class | works | refuses (-1003) |\n| --- | --- | --- | --- |\n" + "\n".join(rows),
            "Nodes as attributes work where the camera has the node, and else refuse with -2006.",
            "| version | attributes of | names |\n| --- | --- | --- |\n" + "\n".join(nodes),
            "| version | kind | names |\n| --- | --- | --- |\n" + "\n".join(rest),
            "Names that a newer PySpin no longer has stay in `llpyspin.virtual`: "
            + "; ".join(f"{_listed(names)} ({version})" for version, names in api.newer()["gone"].items())
            + ".",
        )
    )


def _unknown() -> str:
    rows = "\n".join(f"| {what} | {why} |" for what, why in facts.UNKNOWN)
    return (
        "These stay out, because no public source that was found tells enough:\n\n"
        f"| what | what is not told |\n| --- | --- |\n{rows}"
    )


def _refused() -> str:
    rows = [
        f"| `{name}` | {', '.join(f'`{m}`' for m in methods) if len(methods) < 16 else 'all'} "
        f"| {facts.REFUSED[name]} |"
        for name, methods in refused_methods().items()
    ]
    return (
        "## Not built\n\nThese raise `SpinnakerException` with -1003. They never report a success.\n\n"
        "| class | methods | reason |\n| --- | --- | --- |\n" + "\n".join(rows)
    )


def _refused_nodes() -> str:
    rows = [f"| `{name}` | writing |" for name in unbuilt.LOCKED]
    rows += [f"| `{name}` | reading and writing |" for name in unbuilt.AVAILABLE]
    rows += [
        f"| `{name}` | {', '.join(f'`{e}`' for e in entries)} |" for name, entries in unbuilt.ENTRIES.items()
    ]
    return (
        "## Nodes that refuse\n\nA Blackfly S has these. A virtual camera refuses them with -2006.\n\n"
        "| node | refused |\n| --- | --- |\n" + "\n".join(rows)
    )


def _stored() -> str:
    by_reason: dict[str, list[str]] = {}
    for node in stored_nodes():
        by_reason.setdefault(str(reason_of_stored(node)), []).append(f"`{node}`")
    rows = [f"| {reason} | {', '.join(nodes)} |" for reason, nodes in by_reason.items()]
    return (
        "## Nodes whose value has no effect\n\nThese nodes keep their values and their limits, and change "
        "nothing else.\n\n| reason | nodes |\n| --- | --- |\n" + "\n".join(rows)
    )


def _facts() -> str:
    count = sum(map(len, facts.FACTS.values()))
    parts = [f"## Behaviour\n\n{count} facts, each with the test in `tests/unit/virtual` that asserts it."]
    for title, entries in facts.FACTS.items():
        rows = "\n".join(f"| {fact} | `{file}::{test}` |" for fact, file, test in entries)
        parts.append(f"### {title}\n\n| fact | test |\n| --- | --- |\n{rows}")
    return "\n\n".join(parts)


def _differences() -> str:
    rows = "\n".join(f"| {what} | {why} |" for what, why in facts.DIFFERENCES)
    return f"## Known differences\n\n| difference | reason |\n| --- | --- |\n{rows}"


def _programs() -> str:
    rows = "\n".join(f"| `{name}` | {title} |" for name, title in programs())
    if not rows:
        return ""
    return (
        "## Programs\n\nThese programs in `tests/programs` run unchanged on virtual cameras. Those that need "
        "no more than the 2.6\nlibrary also run on it, with the same results.\n\n| program | topic |\n"
        f"| --- | --- |\n{rows}"
    )


def _scenarios() -> str:
    folder = TOP / "tests" / "scenarios"
    seen = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    others = json.loads((folder / "differences.json").read_text(encoding="utf-8"))
    rows = "\n".join(f"| `{name}` | {title} | {len(seen[name])} |" for name, title in programs("scenarios"))
    differences = "\n".join(
        f"| `{each['scenario']}` | {each['virtual']} | {each['real']} | {each['reason']} |" for each in others
    )
    return (
        "## Side by side\n\nThese scenarios in `tests/scenarios` are played on virtual cameras, and through "
        "the 2.6 library on test devices\non a virtual network. Values, codes and texts of errors, and the "
        "order of events are compared, line by line.\n\n| scenario | topic | lines |\n| --- | --- | --- |\n"
        f"{rows}\n\nOf {sum(map(len, seen.values()))} lines {len(others)} differ.\n\n"
        "| scenario | on virtual cameras | through the library | reason |\n| --- | --- | --- | --- |\n"
        f"{differences}"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
