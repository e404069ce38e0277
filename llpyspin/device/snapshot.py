"""All settings of a camera as plain values, and back again with a report.

Keys are node names; a node that a selector multiplies appears once for each of the selector's entries, as
"LineSource[Line1]".
"""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

from llpyspin.device.nodefacts import FIRST, LOCKED_WHILE_STREAMING, SELECTED, SELECTOR_OF, is_setting
from llpyspin.errors import CameraLostError, LlpyspinError
from llpyspin.settings import RestoreReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llpyspin.device.nodes import Node, NodeMap

__all__ = ["restore", "snapshot"]

log = logging.getLogger(__name__)

KINDS = ("Integer", "Float", "Boolean", "Enumeration", "String")
MOST_PASSES = 8


def snapshot(nodes: NodeMap, *, streaming: bool = False) -> dict[str, Any]:
    """Every setting that can be read and written, as int, float, bool or str.

    While ``streaming``, settings that are locked only until the stream stops belong to it too.
    """
    with _Selectors(nodes) as selectors:
        found: dict[str, Any] = {}
        for name in nodes.names():
            if not is_setting(name):
                continue
            for key in selectors.positions(name):
                value = _read(nodes, name, streaming)
                if value is not None:
                    found[key] = value
    return found


def restore(nodes: NodeMap, wanted: Mapping[str, Any]) -> RestoreReport:
    """Write a snapshot into a camera, each setting as often as it takes for all to fit together.

    Settings limit each other, as offset and size do. So a setting that was refused is tried again after the
    others, until a pass changes nothing.  Nothing is raised for a setting that does not take: the report says
    so.  Of a lost camera, :class:`CameraLostError` is.
    """
    missing = tuple(key for key in wanted if nodes.find(_split(key)[0]) is None)
    keys = [key for key in _ordered(wanted, nodes) if key not in missing]
    positions = [key for key in keys if key in SELECTED]
    report = _Report(missing)
    with _Selectors(nodes) as selectors:
        _make_room(nodes, wanted)
        _write_all(nodes, selectors, wanted, [key for key in keys if key not in SELECTED], report)
    # Only now, for the work above moves the selectors about.
    with _Selectors(nodes) as selectors:
        _write_all(nodes, selectors, wanted, positions, report)
    return report.done()


class _Report:
    """What becomes of each setting, while it is found out."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        self.applied: list[str] = []
        self.changed: dict[str, tuple[Any, Any]] = {}
        self.refused: dict[str, str] = {}

    def done(self) -> RestoreReport:
        return RestoreReport(tuple(self.applied), self.changed or None, self.refused or None, self.missing)


def _write_all(
    nodes: NodeMap, selectors: _Selectors, wanted: Mapping[str, Any], keys: list[str], report: _Report
) -> None:
    refused: dict[str, str] = {}
    for _ in range(MOST_PASSES):
        refused, wrote = {}, False
        for key in keys:
            took, why = _write(nodes, selectors, key, wanted[key])
            wrote = wrote or took
            if why:
                refused[key] = why
        if not wrote:
            break
    report.refused |= refused
    for key in keys:
        if key in refused:
            continue
        got = _now(nodes, selectors, key)
        if got == wanted[key]:
            report.applied.append(key)
        else:
            report.changed[key] = (wanted[key], got)


class _Selectors:
    """Moves selectors about and puts them back where they were."""

    def __init__(self, nodes: NodeMap) -> None:
        self._nodes = nodes
        self._before: dict[str, Any] = {}

    def __enter__(self) -> _Selectors:
        return self

    def __exit__(self, *_: object) -> None:
        for name, position in self._before.items():
            if position is None:  # it could not be read
                continue
            try:
                self._nodes.node(name).put(position)
            except CameraLostError:
                return
            except LlpyspinError as error:
                log.warning("selector %s could not be put back to %s: %s", name, position, str(error))

    def point(self, selector: str, entry: str) -> bool:
        """Put a selector to an entry; False if this camera has none such now."""
        node = self._nodes.usable(selector)
        if node is None or entry not in node.entries() or not node.writable:
            return False
        self._before.setdefault(selector, node.held())
        node.put(entry)
        return True

    def positions(self, name: str) -> Iterator[str]:
        """Keys of a node, while its selector stands at each entry in turn."""
        selector = self._nodes.usable(SELECTOR_OF.get(name, ""))
        if selector is None or not selector.writable:
            yield name
            return
        for entry in selector.entries():
            if self.point(selector.name, entry):
                yield f"{name}[{entry}]"


def _split(key: str) -> tuple[str, str]:
    name, _, entry = key.partition("[")
    return name, entry.rstrip("]")


def _read(nodes: NodeMap, name: str, streaming: bool) -> Any:
    """The node's value if it is a setting that can be written too, else None."""
    node = nodes.find(name)
    if node is None or node.kind not in KINDS:
        return None
    if node.access != "RW" and not (streaming and name in LOCKED_WHILE_STREAMING and node.access == "RO"):
        return None
    try:
        return node.get()
    except CameraLostError:
        raise
    except LlpyspinError as error:
        log.debug("%s is left out of the snapshot: %s", name, str(error))
        return None


def _ordered(wanted: Iterable[str], nodes: NodeMap) -> list[str]:
    places = {name: place for place, name in enumerate(itertools.chain(FIRST, nodes.names()))}

    def place(key: str) -> tuple[bool, int]:
        name = _split(key)[0]
        return name in SELECTED, FIRST.index(name) if name in FIRST else len(FIRST) + places.get(name, 9999)

    return sorted(wanted, key=place)


def _make_room(nodes: NodeMap, wanted: Mapping[str, Any]) -> None:
    """With offsets at 0 any size and binning fits."""
    sizes = [nodes.usable(name) for name in ("Height", "Width")]
    if any(node is not None and node.held() != wanted.get(node.name) for node in sizes):
        for name in ("OffsetY", "OffsetX"):
            node = nodes.usable(name)
            if node is not None and node.writable and name in wanted:
                node.put(node.limits().min)


def _write(nodes: NodeMap, selectors: _Selectors, key: str, value: Any) -> tuple[bool, str]:
    """Write one setting; return whether something was written, and why not where it was refused."""
    name, entry = _split(key)
    try:
        if entry and not selectors.point(SELECTOR_OF.get(name, ""), entry):
            return False, f"this camera has no {entry} for it now"
        node = nodes.node(name)
        if node.readable and _same(node, value):
            return False, ""
        node.set(value)
    except CameraLostError:
        raise
    except LlpyspinError as error:
        return False, str(error)
    if not _same(node, value):
        _nudge(node, value)
    return True, ""


def _same(node: Node, value: Any) -> bool:
    return bool(node.held() == value)


def _nudge(node: Node, value: Any) -> None:
    """Meet a float exactly that the camera rounds down from just below: offer it a hair more, or less."""
    if node.kind != "Float" or not isinstance(value, float):
        return
    for hair in (1e-9, -1e-9, 1e-6, -1e-6):
        try:
            node.set(value * (1 + hair))
        except CameraLostError:
            raise
        except LlpyspinError:
            continue
        if _same(node, value):
            return


def _now(nodes: NodeMap, selectors: _Selectors, key: str) -> Any:
    name, entry = _split(key)
    if entry:
        selectors.point(SELECTOR_OF.get(name, ""), entry)
    node = nodes.usable(name)
    return node.held() if node is not None else None
