"""The log file of callbacks."""

from __future__ import annotations

import logging
import os
import pathlib

from llpyspin.callbacks.child.telling import LOGGER
from llpyspin.errors import RecordingError

__all__ = ["CallbackLog"]

callback_logger = logging.getLogger(LOGGER)


class CallbackLog:
    """A handler of the logger that has the lines of callbacks, from now until :meth:`close`.

    Parameters
    ----------
    path : str or path-like
        A file that exists is replaced.

    Raises
    ------
    RecordingError
        It cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._level = callback_logger.level
        try:
            self._handler = logging.FileHandler(pathlib.Path(path).expanduser(), mode="w", encoding="utf-8")
        except OSError as error:
            raise RecordingError(f"cannot write the cb_log {os.fspath(path)}: {error.strerror}") from error
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        callback_logger.addHandler(self._handler)
        callback_logger.setLevel(min(logging.INFO, callback_logger.getEffectiveLevel()))

    def close(self) -> None:
        """Closing twice is fine."""
        callback_logger.removeHandler(self._handler)
        callback_logger.setLevel(self._level)
        self._handler.close()
