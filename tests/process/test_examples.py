"""The example programs, on virtual cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import example_runs

if TYPE_CHECKING:
    import pathlib

    from tests.process.conftest import World


def test_what_is_found_in_frames_is_sent_to_those_who_listen(world: World) -> None:
    example_runs.detect_and_send(world.serials[0], "virtual", world.environment)


def test_what_takes_long_is_done_by_several_processes_in_order(world: World, tmp_path: pathlib.Path) -> None:
    example_runs.process_in_order(world.serials[0], "virtual", world.environment, tmp_path)


def test_frames_are_saved_while_the_next_is_taken(world: World, tmp_path: pathlib.Path) -> None:
    example_runs.capture_while_saving(world.serials[0], "virtual", world.environment, tmp_path)


def test_each_example_is_tested() -> None:
    names = {path.stem for path in example_runs.EXAMPLES.glob("*.py")}
    assert names == {"capture_while_saving", "detect_and_send", "process_in_order"}
