"""Public names of a package that are imported when they are first used."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.errors import UnknownImportError, UnknownNameError

__all__ = ["later_names", "unknown_in"]


def unknown_in(module: str, name: str) -> UnknownNameError | UnknownImportError:
    """The error for a name that a module does not have, which says what was meant.

    Python makes an ``ImportError`` without a hint of an ``AttributeError`` that ``from ... import`` gets.
    """
    from llpyspin.errors import UnknownImportError, UnknownNameError

    hint = ""
    if not name.startswith("_"):
        from llpyspin.naming.known import did_you_mean

        hint = did_you_mean(name, getattr(sys.modules.get(module), "__all__", ()))
    if _imports_from():
        text = f"cannot import name {name!r} from {module!r}. {hint}"
        return UnknownImportError(text.removesuffix(". "), name=module)
    text = f"module {module!r} has no attribute {name!r}. {hint}"
    return UnknownNameError(text.removesuffix(". "), name=name)


def _imports_from() -> bool:
    """Whether the code that asked this package for a name is ``from ... import`` at this moment."""
    import inspect
    import opcode

    from llpyspin.errors.tracebacks import is_ours

    frame = inspect.currentframe()
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_code[frame.f_lasti] == opcode.opmap["IMPORT_FROM"]


def later_names(
    package: str, homes: Mapping[str, str], otherwise: Callable[[str], Any] | None = None
) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    homes : mapping of str to str
        From each public name to the module in the package that has it.
    otherwise : callable, optional
        ``__getattr__`` for all other names; by default they raise an error that knows a similar one.
    """

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            if otherwise is not None:
                return otherwise(name)
            raise unknown_in(package, name)
        value = getattr(importlib.import_module(f"{package}.{home}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
