"""What a child process of the doctor runs."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["main"]


def main() -> None:
    """Do what the command line says; one line of JSON for each value, on what was standard output.

    Ends without the interpreter's clean-up: SDKs abort processes that leave references alive.
    """
    asked = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # SDKs and drivers write to standard output as they please
    module, _, function = asked["task"].partition(":")
    status = 0
    try:
        given = getattr(importlib.import_module(module), function)(**asked["arguments"])
        for value in given if isinstance(given, Iterator) else [given]:
            _say(answers, value=value)
    except Exception as error:  # noqa: BLE001 - it is told to the one who asked
        _say(answers, error=f"{type(error).__name__}: {error}")
        status = 1
    answers.flush()
    sys.stderr.flush()
    os._exit(status)


def _say(answers: Any, **message: Any) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()
