"""Runs of the example programs, on whichever cameras the caller has, and what must have come of them."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import pathlib
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
PATIENCE_S = 60.0

__all__ = ["EXAMPLES", "capture_while_saving", "detect_and_send", "process_in_order"]


@contextlib.contextmanager
def started(name: str, *arguments: object, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """An example program that runs; it must end well."""
    command = [sys.executable, "-W", "error", EXAMPLES / f"{name}.py", *map(str, arguments)]
    program = subprocess.Popen(
        command, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield program
        _, errors = program.communicate(timeout=PATIENCE_S)
        assert program.returncode == 0, errors
        assert errors == ""
    finally:
        program.kill()
        program.wait()


def detect_and_send(serial: str, sdk: str, env: Mapping[str, str]) -> None:
    """Two listen, of whom one goes in the middle."""
    options = ["--device", serial, "--sdk", sdk, "--framerate", 30, "--port", 0, "--frames", 60]
    with started("detect_and_send", *options, env=env) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        match = re.fullmatch(r"listening on ([\d.]+):(\d+)\n", line)
        assert match, f"{line}{program.stderr.read() if program.stderr else ''}"
        address = match[1], int(match[2])
        with socket.create_connection(address, PATIENCE_S) as leaving:
            assert leaving.recv(10)
        with socket.create_connection(address, PATIENCE_S) as staying:
            staying.settimeout(PATIENCE_S)
            found = [json.loads(each) for each in staying.makefile()]
    frames = [each["frame"] for each in found]
    assert len(frames) >= 10
    assert all(later > earlier for earlier, later in itertools.pairwise(frames))
    assert all(later["ns"] > earlier["ns"] for earlier, later in itertools.pairwise(found))
    assert all(0 <= each["x"] < 1440 and 0 <= each["y"] < 1080 for each in found)


def process_in_order(serial: str, sdk: str, env: Mapping[str, str], folder: pathlib.Path) -> None:
    """There is a row a frame, in order, and what was skipped is what is not there."""
    path = folder / "results.csv"
    options = ["--device", serial, "--sdk", sdk, "--framerate", 20, "--frames", 20, path]
    with started("process_in_order", *options, env=env) as program:
        assert program.stdout is not None
        words = program.stdout.read()
    match = re.fullmatch(r"20 frames measured, (\d+) skipped\n", words)
    assert match, words
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    frames = [int(row["frame_id"]) for row in rows]
    assert len(frames) == 20
    assert frames == sorted(set(frames))
    assert frames[-1] - frames[0] - 19 <= int(match[1])
    assert all(float(row["scale_1"]) > 0 for row in rows)


def capture_while_saving(serial: str, sdk: str, env: Mapping[str, str], folder: pathlib.Path) -> None:
    """Each image is the one that its metadata are of."""
    options = ["--device", serial, "--sdk", sdk, "--framerate", 20, "--frames", 8, folder / "images"]
    with started("capture_while_saving", *options, env=env) as program:
        assert program.stdout is not None
        assert program.stdout.read().startswith("8 frames saved")
    saved = sorted((folder / "images").glob("*.npy"))
    assert len(saved) == 8
    for path in saved:
        image = np.load(path)
        account = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert image.shape == (1080, 1440)
        # The rig's cameras count from another number than the scene, which begins at 0.
        first = json.loads(saved[0].with_suffix(".json").read_text(encoding="utf-8"))["frame_id"]
        offset = read_stamp(np.load(saved[0])).frame - first
        assert read_stamp(image).frame == account["frame_id"] + offset
