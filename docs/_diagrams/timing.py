"""What a pulse does at each camera, in time."""

from __future__ import annotations

from svg import GREY, INK, LINE, PRIMARY, SECONDARY, Drawing

_LEFT, _PERIOD = 236, 210
_HIGH, _END = 30, 936


def _exposures(
    drawing: Drawing, y: float, starts: list[float], width: float, colours: tuple[str, str]
) -> None:
    for start in starts:
        if start < _END:
            drawing.block(start, y - _HIGH, min(width, _END - start), _HIGH, colours)


def _pulses(drawing: Drawing, y: float, starts: list[float], width: float) -> None:
    points = [(_LEFT - 10.0, y)]
    for start in starts:
        points += [(start, y), (start, y - _HIGH), (start + width, y - _HIGH), (start + width, y)]
    drawing.line([*points, (_END, y)], LINE, 2.5)


def _panel(drawing: Drawing, top: float, title: str, exposure: float, kept: list[int]) -> None:
    starts = [_LEFT + 20 + _PERIOD * number for number in range(3)]
    delay, readout = 10, 120
    drawing.text(24, top, title, size=16, bold=True, colour=INK)
    rows = [top + 52, top + 108, top + 164, top + 220]
    names = ("primary exposes", "its output line", "secondary exposes", "secondary reads out")
    for y, name in zip(rows, names, strict=True):
        drawing.text(24, y - 9, name, size=14)
        drawing.line([(_LEFT - 10, y), (_END, y)], "#cbd5e1", 1)
    _exposures(drawing, rows[0], starts, 70, PRIMARY)
    _pulses(drawing, rows[1], starts, 70)
    begun = [starts[number] + delay for number in kept]
    _exposures(drawing, rows[2], begun, exposure, SECONDARY)
    _exposures(drawing, rows[3], [start + exposure for start in begun], readout, ("#ffffff", SECONDARY[1]))
    for number, start in enumerate(starts):
        drawing.line([(start, rows[0] - _HIGH - 6), (start, rows[2])], "#94a3b8", 1)
        drawing.text(
            start + 35, rows[0] - 10, f"{number}", size=14, bold=True, colour=PRIMARY[1], anchor="middle"
        )
        if number in kept:
            middle = start + delay + exposure / 2
            drawing.text(
                middle, rows[2] - 10, f"{number}", size=14, bold=True, colour=SECONDARY[1], anchor="middle"
            )
        else:
            drawing.text(
                start + 8,
                rows[2] - _HIGH - 6,
                "pulse missed: lost in “sensor”",
                size=13,
                colour="#b91c1c",
            )


def triggering() -> Drawing:
    """Exposures of primary and secondary, one that can be followed and one that cannot."""
    drawing = Drawing(960, 590, "What a pulse does at each camera")
    _panel(drawing, 36, "A secondary that is fast enough", 100, [0, 1, 2])
    drawing.text(
        24,
        282,
        "Its exposure begins some µs after the pulse, and lasts as long as its own exposure time says.",
        size=14,
        colour=GREY,
    )
    _panel(drawing, 330, "A secondary with an exposure longer than the period", 230, [0, 2])
    drawing.text(
        24,
        576,
        "It exposes only at every second pulse. prime() refuses such a rate.",
        size=14,
        colour=GREY,
    )
    return drawing


def drawings() -> dict[str, str]:
    """By the name of their file."""
    return {"triggering.svg": triggering().svg()}
