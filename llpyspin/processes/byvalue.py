"""Pickles the user's values for another process: by name if that process can import them, else by value."""

from __future__ import annotations

import collections
import contextlib
import functools
import io
import marshal
import sys
import sysconfig
import threading
import types
from typing import TYPE_CHECKING, Any

from llpyspin.processes.callables import is_cached

if TYPE_CHECKING:
    import importlib.machinery
    from collections.abc import Callable, Iterator

__all__ = ["pack"]

_SPAWNED = "__mp_main__"
"""What multiprocessing calls the main script in a process that it has spawned."""
_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))

_registering = threading.RLock()
_known: tuple[list[str], tuple[str, ...]] = ([], ())


def pack(value: object) -> bytes:
    """Pickled, for a process with the same ``sys.path``; raises what the values' classes raise."""
    with _by_value(_only_here()), io.BytesIO() as file:
        _pickler_class()(file, protocol=5).dump(value)
        return file.getvalue()


def _only_here() -> tuple[str, ...]:
    """Modules that another process could not import by their names: a spawned script, what was run by hand.

    cloudpickle takes all modules but ``__main__`` for importable.
    """
    global _known
    modules = sys.modules.copy()
    names, found = _known
    if names != list(modules):
        found = tuple(
            name
            for name, module in modules.items()
            if isinstance(module, types.ModuleType)
            and module.__name__ == name
            and _is_only_here(name, module)
        )
        _known = list(modules), found
    return found


def _is_only_here(name: str, module: types.ModuleType) -> bool:
    if name == _SPAWNED:
        return True
    if name == "__main__" or "." in name:  # cloudpickle knows the one, and parts go with their package
        return False
    spec = getattr(module, "__spec__", None)
    origin = None if spec is None else spec.origin
    if origin in ("built-in", "frozen") or (origin or "").startswith(_INSTALLED):
        return False
    there = _found(name)
    return there is None or (origin is not None and there.origin != origin)


def _found(name: str) -> importlib.machinery.ModuleSpec | None:
    """Where another process would find a module."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        if find is None:
            continue
        with contextlib.suppress(ImportError, ValueError):
            spec: importlib.machinery.ModuleSpec | None = find(name, None)
            if spec is not None:
                return spec
    return None


@contextlib.contextmanager
def _by_value(names: tuple[str, ...]) -> Iterator[None]:
    """Have cloudpickle send what is in these modules as it is."""
    import cloudpickle  # takes 30 ms; most programs send no function

    if not names:
        yield
        return
    with _registering:
        before = cloudpickle.list_registry_pickle_by_value()
        modules = [sys.modules[name] for name in names if name in sys.modules and name not in before]
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in modules:
                cloudpickle.unregister_pickle_by_value(module)


@functools.cache
def _pickler_class() -> Any:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        """Also takes functions with a cache, which start with an empty one."""

        def reducer_override(self, value: Any) -> Any:
            if is_cached(value) and not _importable(value):
                made = value.cache_parameters()
                state = value.__wrapped__
                return _cached, (made["maxsize"], made["typed"]), state, None, None, _complete
            return super().reducer_override(value)

    Pickler.dispatch_table = collections.ChainMap({types.CodeType: _code}, cloudpickle.Pickler.dispatch_table)
    return Pickler


def _code(code: types.CodeType) -> Any:
    """Code as it is: cloudpickle names every file ``<dynamic-code>``, and tracebacks lose their lines.

    The other process runs the same Python, so it reads what this one's `marshal` writes.
    """
    try:
        return marshal.loads, (marshal.dumps(code),)
    except ValueError:  # a tool has put something else among the constants
        import cloudpickle

        return cloudpickle.Pickler.dispatch_table[types.CodeType](code)


def _importable(value: Any) -> bool:
    """Whether another process gets the same by its name."""
    module = sys.modules.get(value.__module__)
    if module is None or value.__module__ in ("__main__", *_only_here()):
        return False
    found: Any = module
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value


def _cached(maxsize: int | None, typed: bool) -> Any:
    """An empty cache around a function that is still to come, for it may call itself through the cache."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return call.function(*args, **kwargs)  # type: ignore[attr-defined]

    return functools.lru_cache(maxsize, typed)(call)


def _complete(cached: Any, function: Callable[..., Any]) -> None:
    cached.__wrapped__.function = function
    functools.update_wrapper(cached, function)
