"""Old import paths and old names that were documented in llpyspin 0.2 and early 0.3.

They work for one more release, with a ``DeprecationWarning``.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import warnings
from typing import TYPE_CHECKING

from llpyspin.naming.later import unknown_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

__all__ = ["MOVED", "keep_old_paths", "old_names"]

MOVED = {
    "llpyspin.jobs": "llpyspin.reading.jobs",
    "llpyspin.mapping": "llpyspin.reading.mapping",
    "llpyspin.nodes": "llpyspin.camera.nodes",
    "llpyspin.preview": "llpyspin.display.preview",
    "llpyspin.processing": "llpyspin.callbacks.child",
    "llpyspin.processing.account": "llpyspin.callbacks.child.account",
    "llpyspin.processing.buffer": "llpyspin.callbacks.child.buffer",
    "llpyspin.processing.items": "llpyspin.callbacks.child.items",
    "llpyspin.processing.joinspec": "llpyspin.joining.spec",
    "llpyspin.processing.latency": "llpyspin.callbacks.child.latency",
    "llpyspin.processing.overlay": "llpyspin.display.overlay",
    "llpyspin.processing.statuses": "llpyspin.callbacks.child.statuses",
    "llpyspin.processor": "llpyspin.callbacks.processing",
    "llpyspin.progress": "llpyspin.recording.progress",
    "llpyspin.recorder": "llpyspin.recording.recorder",
    "llpyspin.requesting": "llpyspin.reading.request",
}


class _Finder:
    """Finds the old paths; asked last, for modules that are nowhere else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in MOVED:
            return None
        package = any(other.startswith(f"{fullname}.") for other in MOVED)
        return importlib.machinery.ModuleSpec(fullname, _Loader(), is_package=package)  # type: ignore[arg-type]


class _Loader:
    """Makes a module that has the names of the new one."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        new = MOVED[module.__name__]
        warnings.warn(f"{module.__name__} is {new} now", DeprecationWarning, stacklevel=2)
        there = importlib.import_module(new)
        module.__doc__ = there.__doc__
        module.__getattr__ = lambda name: getattr(there, name)  # type: ignore[method-assign]
        module.__all__ = list(getattr(there, "__all__", ()))  # type: ignore[attr-defined]


def old_names(module: str, renamed: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a module with renamed attributes.

    Parameters
    ----------
    module : str
        ``__name__`` of the module.
    renamed : mapping of str to str
        From each old name to the new one.
    """

    def find(name: str) -> object:
        if name not in renamed:
            raise unknown_in(module, name)
        new = renamed[name]
        warnings.warn(f"{module}.{name} is {module}.{new} now", DeprecationWarning, stacklevel=2)
        return getattr(sys.modules[module], new)

    return find


def keep_old_paths() -> None:
    """Make Python find the old paths; a second call does nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())  # importlib.abc is slow to import
