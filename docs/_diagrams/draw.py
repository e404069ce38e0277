"""Draw the manual's diagrams: ``python docs/_diagrams/draw.py`` writes them to docs/_static."""

from __future__ import annotations

import pathlib

import cabling
import processes
import timing
import wiring

FOLDER = pathlib.Path(__file__).parents[1] / "_static"


def drawings() -> dict[str, str]:
    """All drawings that are made, by the name of their file."""
    return {**wiring.drawings(), **timing.drawings(), **cabling.drawings(), **processes.drawings()}


if __name__ == "__main__":
    for name, svg in drawings().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
