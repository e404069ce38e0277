"""Whatever a user can name is on a page of the manual: names, settings, options of commands."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pathlib
import re

import pytest

import llpyspin.virtual
from llpyspin.cli.program import program
from llpyspin.device.device import Device
from llpyspin.device.table import settings_of
from llpyspin.primary import PrimaryCamera
from llpyspin.recording.options import RecordingOptions
from llpyspin.rig import Rig
from llpyspin.streaming import VideoStream
from tests.unit.virtual_cameras import world

DOCS = pathlib.Path(__file__).parents[3] / "docs"
PUBLIC = (
    "llpyspin",
    "llpyspin.camera.camera",
    "llpyspin.errors",
    "llpyspin.frames",
    "llpyspin.camera.nodes",
    "llpyspin.primary",
    "llpyspin.recording",
    "llpyspin.rig",
    "llpyspin.sdk",
    "llpyspin.secondary",
    "llpyspin.settings",
    "llpyspin.streaming",
)
"""Modules all of whose names are for users; of llpyspin.virtual that is PySpin's whole interface besides."""
INTERNAL = {
    "ClockSample",
    "EVERY",
    "FrameToken",
    "FrameWriter",
    "HostedWriter",
    "SynchronisedCamera",
    "Watch",
    "brief",
    "given_again",
    "require",
}
"""Names that modules of the package have from one another."""
PLAIN = {"Any", "Array", "Iterator", "NDArray", "None", "Path", "Self", "Callable", "Mapping", "Sequence"}
PLAIN |= {"Event"}  # of threading


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def reference() -> str:
    """The pages of all modules."""
    pages = sorted((DOCS / "reference" / "api").glob("llpyspin*.md"))
    return "\n".join(path.read_text(encoding="utf-8") for path in pages)


def documented() -> set[str]:
    """What the reference names, without modules: of ``automodule`` with members all that the module has."""
    text = reference()
    names = {name.rsplit(".", 1)[1] for name in re.findall(r":: (llpyspin(?:\.\w+)+)", text)}
    for module, members in re.findall(r"automodule:: (\S+)\n\s+:members:([^\n]*)", text):
        names |= set(members.replace(",", " ").split() or importlib.import_module(module).__all__)
    return names


@pytest.mark.parametrize("module", PUBLIC)
def test_the_reference_has_every_public_name(module: str) -> None:
    names = {name for name in importlib.import_module(module).__all__ if not name.startswith("__")}
    assert not sorted(names - documented() - INTERNAL)


def test_the_reference_names_nothing_that_is_not_there() -> None:
    for name in re.findall(r"::\s(llpyspin(?:\.\w+)+)", reference()):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            module, attribute = name.rsplit(".", 1)
            assert hasattr(importlib.import_module(module), attribute), name


def test_the_page_of_settings_has_every_setting_with_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page("reference/settings.md").replace("µs", "us")
    told = [*text.split("\n\n"), *text.splitlines()]
    with world(monkeypatch, "BFS-U3-16S2C", collect=False), Device(llpyspin.virtual, 0) as device:
        for name, setting in settings_of(device._maps[""]).items():
            unit = {"px": "pixels"}.get(setting.limits().unit, setting.limits().unit)
            assert any(f"`{name}`" in each and unit in each for each in told), f"{name} ({unit})"


@pytest.mark.parametrize("cls", [VideoStream, PrimaryCamera, Rig])
def test_the_manual_tells_of_every_argument_of_the_cameras(cls: type) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    wanted = set(inspect.signature(cls).parameters)
    if cls is PrimaryCamera:
        wanted |= {field.name for field in dataclasses.fields(RecordingOptions)}
    assert not sorted(name for name in wanted if not re.search(rf"\b{name}\b", text))


def test_the_page_of_commands_has_every_command_and_option() -> None:
    text = page("reference/commands.md")
    common = {"-h", "--help", "--sdk", "--virtual", "--json", "-v", "--verbose", "-q", "--quiet"}
    assert all(f"`{option}" in text for option in common)
    sections = dict(re.findall(r"^## llpyspin (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(program.commands)
    for name, command in program.commands.items():
        flags = {flag for param in command.params for flag in (*param.opts, *param.secondary_opts)}
        for option in sorted(flag for flag in flags - common if flag.startswith("-")):
            assert re.search(rf"`{option}[ `]", sections[name]), f"{name} {option}"


def test_the_reference_has_whatever_its_methods_give() -> None:
    told = documented() | PLAIN | INTERNAL
    given: dict[str, str] = {}
    for full in re.findall(r"autoclass:: (llpyspin(?:\.\w+)+)", reference()):
        module, name = full.rsplit(".", 1)
        for member, found in inspect.getmembers(getattr(importlib.import_module(module), name)):
            function = found.fget if isinstance(found, property) else found
            hint = getattr(function, "__annotations__", {}).get("return", "")
            if not member.startswith("_"):
                given.update(dict.fromkeys(re.findall(r"\b[A-Z]\w+", str(hint)), f"{name}.{member}"))
    assert not {kind: where for kind, where in given.items() if kind not in told}


def test_each_page_of_the_reference_is_about_the_module_in_its_name() -> None:
    for path in (DOCS / "reference" / "api").glob("llpyspin*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.stem}\n"), path.name
        importlib.import_module(path.stem)


FENCE = re.compile(r"^```.*?^```[ \t]*$", re.MULTILINE | re.DOTALL)
PAGES = [path for kind in ("tutorial", "how-to", "reference") for path in (DOCS / kind).glob("*.md")]


@pytest.mark.parametrize("path", [DOCS.parent / "README.md", *PAGES], ids=lambda path: path.name)
def test_words_of_ours_are_explained_at_their_first_use(path: pathlib.Path) -> None:
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    prose = re.sub(r"`[^`]*`", "", re.sub(r"\]\([^)]*\)", "]", prose))
    for word in ("account", "sidecar", "spill file"):
        first = re.search(rf"(.)\b{word}s?\b(.{{0,2}})", prose, re.DOTALL)
        assert not first or first[1] == "*" or first[2] == " (", f"{word}: {first}"


@pytest.mark.parametrize("path", [*PAGES, *(DOCS / "explanation").glob("*.md")], ids=lambda path: path.name)
def test_code_on_a_page_is_not_cut(path: pathlib.Path) -> None:
    code = re.findall(
        r"^```(?:python|sh|yaml)[^\n]*\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S
    )
    assert not [line for block in code for line in block.splitlines() if len(line) > 110]
