"""The folder of an export until it is whole, and what killed programs have left of such folders."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, OutputExistsError, RecordingError
from llpyspin.recording.foreign import exists
from llpyspin.system.locks import FolderLock
from llpyspin.system.openfiles import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["new_folder"]


@contextlib.contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """A folder beside ``place`` that gets its name at the end; gone if the body fails.

    It is locked.  Folders of this kind that nobody has locked are left from programs that were killed on
    this computer, and are removed.

    Raises
    ------
    OutputExistsError
        Somebody else has made ``place`` meanwhile.
    RecordingError
        It cannot be written.
    """
    _sweep(place)
    part = place.with_name(f"{_prefix(place)}{os.getpid()}.part")
    lock: FolderLock | None = None
    try:
        part.mkdir()
        lock = FolderLock(part)
        lock.take()
    except OSError as error:
        raise RecordingError(f"{part} cannot be made: {error.strerror}") from error
    try:
        yield part
        if exists(place):
            raise OutputExistsError(f"{place} exists now. Choose another folder: --out, or out=")
        part.rename(place)
        sync_folder(place.parent)
    except LlpyspinError:
        raise
    except OSError as error:
        raise RecordingError(f"{place} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        lock.release()


def _prefix(place: Path) -> str:
    """How names of unfinished folders begin: locks of other computers may not be visible here."""
    return f".{place.name}.{platform.node()}-"


def _sweep(place: Path) -> None:
    try:
        names = os.listdir(place.parent)
    except OSError:
        return  # making a folder there says why
    for name in names:
        if name.startswith(_prefix(place)) and name.endswith(".part"):
            with contextlib.suppress(OSError):  # somebody else was faster
                lock = FolderLock(place.with_name(name))
                if lock.take():
                    shutil.rmtree(place.with_name(name), ignore_errors=True)
                lock.release()
