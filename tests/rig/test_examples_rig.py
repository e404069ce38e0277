"""The example programs, through the vendor's own Spinnaker SDK."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests import example_runs

if TYPE_CHECKING:
    import pathlib

    from tests.rig.rig import Rig


@pytest.mark.slow
def test_what_is_found_in_frames_is_sent_to_those_who_listen(rig: Rig) -> None:
    example_runs.detect_and_send(rig.serials[0], "rotpy", os.environ)


@pytest.mark.slow
def test_what_takes_long_is_done_by_several_processes_in_order(rig: Rig, tmp_path: pathlib.Path) -> None:
    example_runs.process_in_order(rig.serials[0], "rotpy", os.environ, tmp_path)


@pytest.mark.slow
def test_frames_are_saved_while_the_next_is_taken(rig: Rig, tmp_path: pathlib.Path) -> None:
    example_runs.capture_while_saving(rig.serials[0], "rotpy", os.environ, tmp_path)
