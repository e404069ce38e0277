"""``llpyspin view`` as somebody runs it, on virtual cameras."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.process.rig_worlds import wired

if TYPE_CHECKING:
    import pytest


def test_view_shows_all_cameras_and_prints_their_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    done = subprocess.run(
        [sys.executable, "-m", "llpyspin", "view", "--virtual", "--frames", "3", "--no-window", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sorted(told) == ["20000001", "20000002"]
    assert all(each["frames"] >= 3 for each in told.values())
    assert done.stderr.startswith("2 cameras. Ctrl-C ends\n")
