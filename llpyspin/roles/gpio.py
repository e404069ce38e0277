"""Which GPIO lines carry pulses, for each family of cameras."""

from __future__ import annotations

from dataclasses import dataclass

from llpyspin.errors import SettingError
from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named

__all__ = ["Lines", "lines_of"]


@checked_arguments
@named
@dataclass(frozen=True)
class Lines:
    """The GPIO lines of one camera that synchronisation uses.

    Attributes
    ----------
    output : str or None
        Line that carries the pulses of a primary, as "Line1"; None: it gives none.
    output_source : str
        What drives it (``LineSource``).
    power : str or None
        Line that is to give 3.3 V (``V3_3Enable``) for the pull-up of an open-collector output; None where
        the wiring needs none.
    input : str
        Line on which a secondary gets its pulses (``TriggerSource``).
    activation : str
        Which edge of them (``TriggerActivation``).
    overlap : str
        Whether a pulse may start an exposure while the frame before is read out (``TriggerOverlap``); with
        "Off" a secondary follows about half the rate.
    """

    output: str | None
    output_source: str
    power: str | None
    input: str
    activation: str = "RisingEdge"
    overlap: str = "ReadOut"


# FLIR's application note TAN2016008, "Configuring Synchronized Capture with Multiple Cameras", in its newer
# text, names output and input of every family here; the pinouts are those of FLIR's technical references.
# None of these lines but those of Blackfly S were seen to work.
_LINES: dict[str, Lines] = {
    # Line1: opto-isolated output, open collector, pulled up to Line2, which gives 3.3 V; Line3: non-isolated
    # input.
    "Blackfly S": Lines("Line1", "ExposureActive", "Line2", "Line3"),
    # Line2 and Line5: TTL inputs, open-drain outputs; Line6 gives 3.3 V that firmware switches.
    "Oryx": Lines("Line2", "ExposureActive", "Line6", "Line5"),
    # Four non-isolated lines, 3.3 V always there on pin 6; Line0 and Line1 are serial as well.
    "Firefly": Lines("Line2", "ExposureActive", None, "Line3"),
    # Opto-isolated both ways.  Its 3.3 V is no line's on all models, and some have no node for it.
    "Blackfly": Lines("Line1", "ExposureActive", None, "Line0"),
    # Line0 opto-isolated input, Line1 opto-isolated output, Line2 and Line3 non-isolated either way, 3.3 V
    # always there.
    "Grasshopper3": Lines("Line2", "ExposureActive", None, "Line3"),
    "Chameleon3": Lines("Line2", "ExposureActive", None, "Line3"),
    "Flea3": Lines("Line2", "ExposureActive", None, "Line3"),
}
# The family as models are named, and the beginning of their codes.
_FAMILIES = (
    ("BFS-", "Blackfly S"),
    ("BLACKFLY S", "Blackfly S"),
    ("ORX-", "Oryx"),
    ("ORYX", "Oryx"),
    ("FFY-", "Firefly"),
    ("FIREFLY", "Firefly"),
    ("GS3-", "Grasshopper3"),
    ("GRASSHOPPER3", "Grasshopper3"),
    ("CM3-", "Chameleon3"),
    ("CHAMELEON3", "Chameleon3"),
    ("FL3-", "Flea3"),
    ("FLEA3", "Flea3"),
    ("BFLY-", "Blackfly"),
    ("BLACKFLY", "Blackfly"),
)


def lines_of(model: str) -> Lines:
    """The lines to use on a model, by its family.

    Known are Blackfly S, Blackfly, Oryx, Firefly, Grasshopper3, Chameleon3 and Flea3, with the lines that
    FLIR's application note on synchronised capture names.  Only those of Blackfly S were seen to work:
    compare the others with your camera's pinout, and give others where they differ.

    Parameters
    ----------
    model : str
        ``DeviceModelName``, as "Blackfly S BFS-U3-16S2M".

    Raises
    ------
    SettingError
        No such family is known here: name the lines yourself.
    """
    name = model.upper()
    for mark, family in _FAMILIES:
        if mark in name:
            return _LINES[family]
    raise SettingError(
        f"the lines of a {model or 'camera without a model name'} are not known. Known are the lines of "
        f"{', '.join(_LINES)}. Pass the lines to use: lines=Lines(output=..., input=..., ...)",
        setting="lines",
        value=model,
    )
