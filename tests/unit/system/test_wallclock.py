"""What the system says of its wall clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llpyspin.recording.session import Session
from llpyspin.system.wallclock import wall_clock
from tests.unit.machines import Machine

if TYPE_CHECKING:
    from pathlib import Path


def test_programs_that_set_the_wall_clock_are_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for pid, name in ((7, "bash"), (12, "phc2sys"), (13, "ptp4l"), (20, "systemd-timesyn")):
        machine.write(f"/proc/{pid}/comm", name)
    machine.write("/proc/sys/comm", "chronyd")  # no process
    found = wall_clock(machine.system)
    assert found["services"] == ["ptp4l", "phc2sys", "systemd-timesyncd"]


def test_kernel_says_whether_the_wall_clock_is_kept() -> None:
    found = wall_clock()
    assert isinstance(found["synchronised"], bool)
    assert found["max_error_us"] >= 0
    assert found["estimated_error_us"] >= 0


def test_recording_notes_the_state_of_the_wall_clock(tmp_path: Path) -> None:
    Session(id="a").recorded_here(tmp_path).save(tmp_path / "session.json")
    noted = json.loads((tmp_path / "session.json").read_text())["wall_clock"]
    assert noted["services"] == wall_clock()["services"]
    assert Session.read(tmp_path / "session.json").wall_clock == noted
