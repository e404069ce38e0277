"""The wiring of each camera family.  ``python docs/_diagrams/draw.py`` writes all drawings.

Which line is output, input and 3.3 V comes from :mod:`llpyspin.roles`; pins and colours are those of FLIR's
technical references, where one was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from svg import GREY, INK, NEUTRAL, PRIMARY, SECONDARY, Drawing

from llpyspin.roles import lines_of

_LEFT, _RIGHT, _STUB = 332, 628, 86
_BUS, _GROUND = 470, 512
_DOTS = "A dot joins wires; wires that cross without a dot do not touch."


@dataclass(frozen=True)
class Pin:
    """A contact: its number ("" where it is not known), the colour of FLIR's cable, and what it is."""

    number: str
    colour: str
    what: str


@dataclass(frozen=True)
class Family:
    """The contacts of one family that synchronisation uses.

    ``ground`` are those of the primary, all of which go to ``return_``, the ground of a secondary.
    """

    name: str
    model: str
    connector: str
    output: Pin
    power: Pin | None
    ground: tuple[Pin, ...]
    input: Pin
    return_: Pin
    pull_up: str
    notes: tuple[str, ...]


FAMILIES = {
    "blackfly-s": Family(
        "Blackfly S, cased, USB3 and GigE",
        "Blackfly S BFS-U3-16S2M",
        "6-pin Hirose HR10A",
        Pin("4", "white", "opto-isolated output"),
        Pin("3", "red", "3.3 V supply"),
        (Pin("5", "blue", "opto ground"), Pin("6", "brown", "ground")),
        Pin("1", "green", "input, 3.3 V"),
        Pin("6", "brown", "ground"),
        "10 kΩ",
        (
            "As in FLIR's application note. llpyspin switches the 3.3 V on.",
            "With several secondaries or long cables take a smaller resistor.",
        ),
    ),
    "blackfly": Family(
        "Blackfly (BFLY)",
        "Blackfly BFLY-PGE-31S4C",
        "pins as in your camera's manual",
        Pin("", "any", "opto-isolated output"),
        Pin("", "any", "3.3 V supply"),
        (Pin("", "any", "opto ground"),),
        Pin("", "any", "opto-isolated input"),
        Pin("", "any", "opto ground"),
        "pull-up",
        (
            "Lines as in FLIR's application note; pins and resistor unconfirmed. Not tried by us.",
            "An opto-isolated input needs some mA: 10 kΩ give it only 0.3 mA, so take less.",
        ),
    ),
    "oryx": Family(
        "Oryx 10GigE",
        "Oryx ORX-10G-245S8M",
        "12-pin Hirose HR10A",
        Pin("7", "white, black stripes", "output, open drain"),
        Pin("11", "blue, black stripes", "3.3 V supply"),
        (Pin("9", "green, black stripes", "ground"),),
        Pin("8", "red, black stripes", "input"),
        Pin("9", "green, black stripes", "ground"),
        "10 kΩ",
        (
            "Lines as in FLIR's application note, pins of the ORX-10G-245S8. Not tried by us.",
            "llpyspin switches the 3.3 V on.",
        ),
    ),
    "firefly": Family(
        "Firefly (FFY-U3), Blackfly S board level",
        "Firefly FFY-U3-16S2M-DL",
        "6-pin JST NSH",
        Pin("3", "white", "output, open drain"),
        Pin("6", "red", "3.3 V supply"),
        (Pin("5", "brown", "ground"),),
        Pin("4", "green", "input"),
        Pin("5", "brown", "ground"),
        "10 kΩ",
        (
            "Lines as in FLIR's application note, pins of the FFY-U3-04S2. Not tried by us.",
            'Blackfly S board level: the same pins; lines=Lines("Line2", "ExposureActive", None, "Line3").',
        ),
    ),
    "flea3-grasshopper3-chameleon3": Family(
        "Flea3, Grasshopper3, Chameleon3",
        "Flea3 FL3-U3-13E4M",
        "8-pin Hirose HR25",
        Pin("3", "red", "output"),
        Pin("8", "yellow", "3.3 V supply"),
        (Pin("5", "brown", "ground"),),
        Pin("4", "green", "input"),
        Pin("5", "brown", "ground"),
        "10 kΩ",
        (
            "Lines as in FLIR's application note, pins of the Flea3; those of the other two unconfirmed.",
            "The inputs are pulled up weakly: short cables do without the resistor. Not tried by us.",
        ),
    ),
}


def draw(family: Family) -> Drawing:
    """One primary on the left, two secondaries on the right."""
    lines = lines_of(family.model)
    assert lines.output is not None
    rows = [family.power, family.output, *family.ground]
    height = 150 + 74 * max(len(rows), 4) + 24 * (len(family.notes) + 1)
    drawing = Drawing(960, height, f"Wiring: {family.name}")
    drawing.text(24, 34, family.name, size=19, bold=True, colour=INK)
    drawing.text(936, 34, family.connector, size=14, colour=GREY, anchor="end")
    bottom = height - 36 - 24 * (len(family.notes) + 1)
    drawing.box(24, 56, _LEFT - 24, bottom - 56, PRIMARY)
    drawing.text(44, 84, "primary", size=16, bold=True, colour=PRIMARY[1])
    y_of = {pin: 124 + 74 * row for row, pin in enumerate(rows) if pin is not None}

    half = (bottom - 56 - 20) / 2
    tops = (56.0, 56.0 + half + 20)
    inputs = [top + half / 2 - 14 for top in tops]
    returns = [top + half / 2 + 52 for top in tops]
    for number, top in enumerate(tops, start=1):
        drawing.box(_RIGHT, top, 936 - _RIGHT, half, SECONDARY)
        name = f"secondary {number}" if number == 1 else "secondary 2, and more alike"
        drawing.text(_RIGHT + 20, top + 28, name, size=16, bold=True, colour=SECONDARY[1])

    _grounds(drawing, family, [y_of[pin] for pin in family.ground], returns)
    _signal(drawing, family, y_of[family.output], inputs)
    if family.power is not None:
        drawing.wire([(_LEFT, y_of[family.power]), (_LEFT + 54, y_of[family.power])], family.power.colour)
        drawing.resistor(_LEFT + 54, y_of[family.power], y_of[family.output], family.pull_up)
        drawing.joint(_LEFT + 54, y_of[family.output])
        _label(drawing, _LEFT, y_of[family.power], family.power, lines.power or "", left=True)
    _label(drawing, _LEFT, y_of[family.output], family.output, lines.output, left=True)
    for pin in family.ground:
        _label(drawing, _LEFT, y_of[pin], pin, "", left=True)
    for at, back in zip(inputs, returns, strict=True):
        _label(drawing, _RIGHT, at, family.input, lines.input, left=False)
        _label(drawing, _RIGHT, back, family.return_, "", left=False)
    for row, note in enumerate((*family.notes, _DOTS)):
        drawing.text(24, bottom + 32 + 24 * row, note, size=14, colour=GREY)
    return drawing


def _grounds(drawing: Drawing, family: Family, froms: list[float], returns: list[float]) -> None:
    colour = family.ground[-1].colour
    ys = [*froms, *returns]
    drawing.wire([(_GROUND, min(ys)), (_GROUND, max(ys))], colour)
    for pin, y in zip(family.ground, froms, strict=True):
        drawing.wire([(_LEFT, y), (_GROUND, y)], pin.colour)
    for y in returns:
        drawing.wire([(_GROUND, y), (_RIGHT, y)], family.return_.colour)
    for y in ys:
        drawing.joint(_GROUND, y)


def _signal(drawing: Drawing, family: Family, output: float, inputs: list[float]) -> None:
    ys = [output, *inputs]
    drawing.wire([(_BUS, min(ys)), (_BUS, max(ys))], family.output.colour)
    drawing.wire([(_LEFT, output), (_BUS, output)], family.output.colour)
    for y in inputs:
        drawing.wire([(_BUS, y), (_RIGHT - _STUB, y)], family.output.colour)
        drawing.wire([(_RIGHT - _STUB, y), (_RIGHT, y)], family.input.colour)
        drawing.joint(_RIGHT - _STUB, y)
    for y in ys:
        drawing.joint(_BUS, y)


def _label(drawing: Drawing, x: float, y: float, pin: Pin, line: str, *, left: bool) -> None:
    """What a contact is, beside it and inside its camera."""
    drawing.pin(x, y, pin.number)
    at, anchor = (x - 24, "end") if left else (x + 24, "start")
    head = f"{line}: {pin.what}" if line else pin.what
    drawing.text(at, y - 2, head, bold=bool(line), colour=INK, anchor=anchor)
    if pin.number:
        drawing.text(at, y + 17, f"pin {pin.number}, {pin.colour}", size=13, colour=GREY, anchor=anchor)


def external() -> Drawing:
    """A box that gives the pulses."""
    drawing = Drawing(960, 348, "Wiring: a pulse box")
    drawing.text(24, 34, "A pulse generator instead of a primary", size=19, bold=True, colour=INK)
    drawing.box(24, 56, _LEFT - 24, 220, NEUTRAL)
    drawing.text(44, 84, "pulse box", size=16, bold=True, colour=NEUTRAL[1])
    drawing.text(44, 108, "function generator, microcontroller, DAQ", size=13, colour=GREY)
    pulses, ground, tops = 146, 236, (56, 176)
    for number, top in enumerate(tops, start=1):
        drawing.box(_RIGHT, top, 936 - _RIGHT, 100, SECONDARY)
        drawing.text(916, top + 80, f"camera {number}", size=16, bold=True, colour=SECONDARY[1], anchor="end")
    drawing.wire([(_GROUND, tops[0] + 74), (_GROUND, tops[1] + 74)], "black")
    drawing.wire([(_LEFT, ground), (_GROUND, ground)], "black")
    drawing.wire([(_BUS, tops[0] + 30), (_BUS, tops[1] + 30)], "any")
    drawing.wire([(_LEFT, pulses), (_BUS, pulses)], "any")
    for top in tops:
        drawing.wire([(_GROUND, top + 74), (_RIGHT, top + 74)], "black")
        drawing.wire([(_BUS, top + 30), (_RIGHT, top + 30)], "any")
        drawing.joint(_BUS, top + 30)
        drawing.joint(_GROUND, top + 74)
        for y, said in ((top + 30, "input line of its family"), (top + 74, "ground")):
            drawing.pin(_RIGHT, y, "")
            drawing.text(_RIGHT + 24, y + 5, said, bold=said != "ground", colour=INK)
    drawing.joint(_BUS, pulses)
    drawing.joint(_GROUND, ground)
    for y, said in ((pulses, "pulses: 0 V and 3.3 V"), (ground, "ground")):
        drawing.pin(_LEFT, y, "")
        drawing.text(_LEFT - 24, y + 5, said, bold=said != "ground", colour=INK, anchor="end")
    for row, note in enumerate(
        ('All cameras are secondaries: Rig(..., trigger="external"). No pull-up is needed.', _DOTS)
    ):
        drawing.text(24, 308 + 24 * row, note, size=14, colour=GREY)
    return drawing


def drawings() -> dict[str, str]:
    """All of them, by the name of their file."""
    found = {f"wiring-{name}.svg": draw(family).svg() for name, family in FAMILIES.items()}
    found["wiring-external.svg"] = external().svg()
    return found
