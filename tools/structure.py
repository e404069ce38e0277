"""Figures of the package's structure and of its English: ``python tools/structure.py`` prints them.

Each figure has a limit; the exit code says whether all are kept.  They are counted in the source, without
importing the package, but for the classes that a camera is made of.
"""

from __future__ import annotations

import ast
import importlib
import pathlib
import re
import statistics
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOP = pathlib.Path(__file__).parents[1]
PACKAGE = TOP / "llpyspin"
BESIDE = ("benchmarks", "spinnaker")
FACES = {"virtual", "sdk"}  # they have the names of PySpin
CAMERAS = {
    "VideoStream": "llpyspin.streaming",
    "PrimaryCamera": "llpyspin.primary",
    "SecondaryCamera": "llpyspin.secondary",
    "StereoCamera": "llpyspin.stereo",
}
LONG_SENTENCE = 25
NO_PROSE = r"^\s*([\w*, ]+ : .*|>>> .*|[.][.][.] .*)$"  # of docstrings: types of parameters, examples
LONG_NAME = 70
LONG_MODULE = 400
MANY_METHODS = 40


class Figure(NamedTuple):
    name: str
    value: float
    most: float

    @property
    def kept(self) -> bool:
        return self.value <= self.most


class Module(NamedTuple):
    name: str
    path: pathlib.Path
    text: str
    tree: ast.Module


def modules(folder: pathlib.Path = PACKAGE) -> list[Module]:
    found = []
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, text, ast.parse(text)))
    return found


def beside() -> list[Module]:
    """Modules of the folders beside the package, of which only the imports are looked at."""
    return [module for name in BESIDE for module in modules(TOP / name)]


def in_faces(module: Module) -> bool:
    return module.path.relative_to(PACKAGE).parts[0] in FACES


# -- rooms and imports ------------------------------------------------------------------------------------


def root_entries() -> list[str]:
    left_out = {"__init__.py", "__main__.py", "__pycache__", "py.typed"}
    return sorted(path.name for path in PACKAGE.iterdir() if path.name not in left_out)


def imports_of(module: Module, known: set[str]) -> set[str]:
    """Modules of the package that this one imports anywhere, also for types only."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)
    return (found & known) - {module.name, "llpyspin"}


def circles(all_modules: list[Module]) -> list[list[str]]:
    """Groups of modules that import each other, directly or by way of others (Tarjan's algorithm)."""
    known = {module.name for module in all_modules}
    graph = {module.name: sorted(imports_of(module, known)) for module in all_modules}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def repeated_names(all_modules: list[Module]) -> list[str]:
    """Names of files that stand in more than one folder; ``__init__`` and ``main`` apart."""
    counts = Counter(module.path.name for module in all_modules)
    return sorted(name for name, count in counts.items() if count > 1 and name != "__init__.py")


# -- classes and functions --------------------------------------------------------------------------------


def own_classes(camera: str) -> int:
    """Classes of ours that a camera is made of, itself included."""
    made = getattr(importlib.import_module(CAMERAS[camera]), camera)
    return sum(each.__module__.startswith("llpyspin") for each in made.__mro__)


def classes(all_modules: list[Module]) -> Iterator[tuple[Module, ast.ClassDef]]:
    for module in all_modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                yield module, node


def methods(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [each for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]


def only_raises_not_implemented(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = [each for each in function.body if not isinstance(each, ast.Expr)]
    return (
        len(body) == 1
        and isinstance(body[0], ast.Raise)
        and "NotImplementedError" in ast.unparse(body[0])
        and not any("abstract" in ast.unparse(each) for each in function.decorator_list)
    )


def empty_contracts(all_modules: list[Module]) -> list[str]:
    return [
        f"{module.name}.{node.name}.{method.name}"
        for module, node in classes(all_modules)
        if not in_faces(module)
        for method in methods(node)
        if only_raises_not_implemented(method)
    ]


def shared_private_names(all_modules: list[Module]) -> tuple[list[str], list[str]]:
    """Private attributes that several classes of a camera assign, and methods that several call."""
    behind: set[tuple[str, str]] = set()
    for camera, home in CAMERAS.items():
        made = getattr(importlib.import_module(home), camera)
        behind.update(
            (each.__module__, each.__name__)
            for each in made.__mro__
            if each.__module__.startswith("llpyspin")
        )
    assigned: dict[str, set[str]] = defaultdict(set)
    called: dict[str, set[str]] = defaultdict(set)
    for module, node in classes(all_modules):
        if (module.name, node.name) not in behind:
            continue
        for each in ast.walk(node):
            if isinstance(each, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                targets = each.targets if isinstance(each, ast.Assign) else [each.target]
                for target in targets:
                    for name in private_of_self(target):
                        assigned[name].add(node.name)
            elif isinstance(each, ast.Call):
                for name in private_of_self(each.func):
                    called[name].add(node.name)
    several = lambda found: sorted(name for name, owners in found.items() if len(owners) > 1)  # noqa: E731
    return several(assigned), several(called)


def private_of_self(node: ast.expr) -> Iterator[str]:
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    for each in nodes:
        if (
            isinstance(each, ast.Attribute)
            and isinstance(each.value, ast.Name)
            and each.value.id == "self"
            and each.attr.startswith("_")
            and not each.attr.startswith("__")
        ):
            yield each.attr


def function_lengths(all_modules: list[Module]) -> list[int]:
    """Lines of each function, without its docstring."""
    found = []
    for module in all_modules:
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                if body:
                    found.append((body[-1].end_lineno or 0) - body[0].lineno + 1)
    return found


def code_lines(all_modules: list[Module]) -> int:
    """Lines that are neither blank, nor comments, nor docstrings."""
    total = 0
    for module in all_modules:
        documented: set[int] = set()
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
                continue
            if isinstance(node.value.value, str):
                documented.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for number, line in enumerate(module.text.splitlines(), 1):
            stripped = line.strip()
            total += bool(stripped) and not stripped.startswith("#") and number not in documented
    return total


# -- English ----------------------------------------------------------------------------------------------


def prose() -> list[pathlib.Path]:
    pages = [path for path in (TOP / "docs").rglob("*.md") if "_build" not in path.parts]
    return [TOP / "README.md", *sorted(pages)]


def sentences(text: str) -> list[str]:
    """Sentences of a page: no code, no tables, no directives; a list item or heading ends one, too."""
    text = re.sub(r"^(`{3,}|~{3,}).*?^\1", "\n\n", text, flags=re.M | re.S)
    blocks: list[str] = [""]
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith(("|", "#", ":", "(", "<!--")) or set(stripped) <= set("-=*"):
            blocks.append("")
        elif re.match(r"([-*+]|\d+\.)\s", stripped):
            blocks.append(re.sub(r"^([-*+]|\d+\.)\s+", "", stripped))
        else:
            blocks[-1] += " " + stripped
    found = []
    for block in blocks:
        plain = re.sub(r"`[^`]*`", "code", block)
        plain = re.sub(r"\]\([^)]*\)", "]", plain)
        found += [each.strip() for each in re.split(r"(?<=[.!?])\s+(?=[A-Z`*\[(])", plain) if each.strip()]
    return found


def words(sentence: str) -> int:
    return len(re.findall(r"[A-Za-z0-9][\w'.-]*", sentence))


def share_of_long_sentences(texts: Iterable[str]) -> float:
    """In percent, of sentences of three words and more."""
    lengths = [words(each) for text in texts for each in sentences(text)]
    lengths = [length for length in lengths if length > 2]
    return round(100 * sum(length > LONG_SENTENCE for length in lengths) / len(lengths), 1)


def docstrings(all_modules: list[Module]) -> Iterator[str]:
    """All docstrings, those of attributes included; the lines with a parameter's type end a sentence."""
    for module in all_modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                text = node.value.value
                if isinstance(text, str):
                    yield re.sub(NO_PROSE, "", text.replace("``", "`"), flags=re.M)


def messages(all_modules: list[Module]) -> Iterator[str]:
    """The texts of errors that are raised; a value counts as one word."""
    for module in all_modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                for text in node.exc.args:
                    if isinstance(text, ast.JoinedStr):
                        yield "".join(
                            part.value if isinstance(part, ast.Constant) else "value" for part in text.values
                        )
                    elif isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield text.value


def long_test_names() -> list[str]:
    found = []
    for path in (TOP / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            if named and node.name.startswith("test_") and len(node.name) > LONG_NAME:
                found.append(f"{path.relative_to(TOP)}::{node.name}")
    return found


def made_without_constructor() -> list[str]:
    """Tests that make an object of ours by ``__new__``, because its constructor needs too much."""
    found = []
    for path in (TOP / "tests").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found += [str(path.relative_to(TOP))] * len(re.findall(r"\b([A-Z]\w*|object)\.__new__\(", text))
    return found


# -- all together -----------------------------------------------------------------------------------------


def figures() -> list[Figure]:
    found = modules()
    lengths = sorted(function_lengths(found))
    attributes, calls = shared_private_names(found)
    sizes = [len(module.text.splitlines()) for module in found]
    counted = [
        (module, node)
        for module, node in classes(found)
        if not in_faces(module) and node.name != "FrameMethods"
    ]
    return [
        Figure("entries in the package root", len(root_entries()), LIMITS["root"]),
        *(Figure(f"classes behind {name}", own_classes(name), LIMITS[name]) for name in CAMERAS),
        Figure("methods that only raise NotImplementedError", len(empty_contracts(found)), LIMITS["empty"]),
        Figure("private attributes assigned by several classes", len(attributes), LIMITS["attributes"]),
        Figure("private methods called by several classes", len(calls), LIMITS["calls"]),
        Figure("circles of imports", len(circles([*found, *beside()])), LIMITS["circles"]),
        Figure("modules of over 400 lines", sum(size > LONG_MODULE for size in sizes), LIMITS["long"]),
        Figure("lines of the longest module", max(sizes), LIMITS["longest"]),
        Figure("methods of one class, at most", max(len(methods(n)) for _, n in counted), LIMITS["methods"]),
        Figure(
            "lines of one class, at most",
            max((n.end_lineno or 0) - n.lineno + 1 for _, n in counted),
            LIMITS["class"],
        ),
        Figure("file names that stand in several folders", len(repeated_names(found)), LIMITS["repeated"]),
        Figure(
            "sentences of over 25 words (%)",
            share_of_long_sentences(page.read_text(encoding="utf-8") for page in prose()),
            LIMITS["sentences"],
        ),
        Figure(
            "sentences of over 25 words in docstrings (%)",
            share_of_long_sentences(docstrings(found)),
            LIMITS["docstrings"],
        ),
        Figure(
            "sentences of over 25 words in errors (%)",
            share_of_long_sentences(messages(found)),
            LIMITS["messages"],
        ),
        Figure(
            "objects that tests make without a constructor", len(made_without_constructor()), LIMITS["made"]
        ),
        Figure("test names of over 70 characters", len(long_test_names()), LIMITS["names"]),
        Figure("lines of code", code_lines(found), LIMITS["code"]),
        Figure("lines of a function, median", statistics.median(lengths), LIMITS["p50"]),
        Figure("lines of a function, 90 %", lengths[int(0.9 * len(lengths))], LIMITS["p90"]),
    ]


LIMITS = {
    "root": 34,
    "VideoStream": 4,
    "PrimaryCamera": 5,
    "SecondaryCamera": 5,
    "StereoCamera": 6,
    "empty": 0,
    "attributes": 0,
    "calls": 4,
    "circles": 0,
    "long": 3,
    "longest": 452,
    "methods": 38,
    "class": 390,
    "repeated": 15,
    "sentences": 3.5,
    "docstrings": 1.6,
    "messages": 0.3,
    "made": 0,
    "names": 0,
    "code": 33100,
    "p50": 4,
    "p90": 15,
}


def main() -> int:
    found = figures()
    width = max(len(figure.name) for figure in found)
    for figure in found:
        print(
            f"{figure.name:<{width}}  {figure.value:>8g}  {figure.most:>8g}  {'' if figure.kept else 'over'}"
        )
    return not all(figure.kept for figure in found)


if __name__ == "__main__":
    sys.exit(main())
