"""What part a camera plays among others, and over which lines: plain values, no SDK.

A primary runs by itself and gives a pulse with each exposure; a secondary exposes with each pulse that it
gets.  A pulse box in the place of a primary is as good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from llpyspin.errors import SettingError

__all__ = [
    "Armed",
    "ClockSample",
    "Edge",
    "FollowLimit",
    "Lines",
    "PulseTiming",
    "Role",
    "Span",
    "Tally",
    "lines_of",
    "span_of",
]

Edge = Literal["", "rising", "falling"]

_COUNTER_WRAP = 65535  # counts after which a counter of 16 bit starts over


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
        f"the lines of a {model or 'camera without a model name'} are not known; known are those of "
        f"{', '.join(_LINES)}. Say which to use: lines=Lines(output=..., input=..., ...)",
        setting="lines",
        value=model,
    )


@dataclass(frozen=True)
class Role:
    """What a camera is to be armed as.

    Attributes
    ----------
    kind : str
        "primary": waits for "fire", then runs at its frame rate and gives pulses.  "secondary": exposes with
        each pulse.  "free": runs by itself at once.
    lines : Lines, optional
        By default those of its model.
    buffer_count : int, optional
        Frames of memory between camera and readers; by default as many as streaming takes.
    sync : str
        "lines": pulses come over wires.  "ptp": GigE cameras share one clock (IEEE 1588) and expose at times
        that action commands name; the process of the primary sends these, and the primary obeys them as the
        secondaries do.
    group : int
        With "ptp" the key of the cameras that belong together, 1 to 2**32 - 1; another for each rig of a
        network.
    """

    kind: Literal["primary", "secondary", "free"]
    lines: Lines | None = None
    buffer_count: int | None = None
    sync: Literal["lines", "ptp"] = "lines"
    group: int = 1

    def __post_init__(self) -> None:
        if self.kind not in ("primary", "secondary", "free"):
            raise SettingError(
                f"a camera is armed as primary, secondary or free, not {self.kind!r}",
                setting="kind",
                value=self.kind,
            )
        count = self.buffer_count
        if count is not None and (type(count) is not int or count < 1):
            raise SettingError(
                f"buffer_count is a number of frames from 1, not {count!r}",
                setting="buffer_count",
                value=count,
            )
        if self.sync not in ("lines", "ptp"):
            raise SettingError(
                f'cameras are synchronised by "lines" or "ptp", not {self.sync!r}',
                setting="sync",
                value=self.sync,
            )
        if type(self.group) is not int or not 1 <= self.group < 1 << 32:
            raise SettingError(
                f"a group is a number from 1 to 2**32 - 1, not {self.group!r}",
                setting="group",
                value=self.group,
            )


class Span(NamedTuple):
    """From the beginning of a pulse to the timestamp of its frame, in us: at least and at most."""

    least_us: float
    most_us: float

    @property
    def middle_us(self) -> float:
        return (self.least_us + self.most_us) / 2

    @property
    def unsure_us(self) -> float:
        """How far off the middle may be."""
        return (self.most_us - self.least_us) / 2


@dataclass(frozen=True)
class PulseTiming:
    """What of a camera's settings changes when it exposes with a pulse, besides how long.

    Attributes
    ----------
    delay_us : float
        From the edge to the exposure (``TriggerDelay``).
    filter_us : float
        What filters and debouncers of the input line may add to that, at most.
    by_width : bool
        Whether the end of the pulse ends the exposure (``ExposureMode`` "TriggerWidth").
    gives : str
        Edge at a primary's output with which its exposure begins: "rising", "falling", or "": another one.
    takes : str
        Edge at a secondary's input that begins an exposure.
    """

    delay_us: float = 0.0
    filter_us: float = 0.0
    by_width: bool = False
    gives: Edge = ""
    takes: Edge = ""


def span_of(
    own: PulseTiming,
    exposure_us: float | None,
    giver: PulseTiming | None = None,
    width_us: float | None = None,
    period_us: float | None = None,
) -> Span | None:
    """From the beginning of a pulse, which is that of the primary's exposure, to a camera's timestamp of it.

    The one place for everything that is known of a camera and changes when it exposes.  Timestamps are of the
    end of the exposure.

    Parameters
    ----------
    own, giver : PulseTiming
        Of the camera, and of the one that gives the pulses; None: something else gives them.
    exposure_us : float or None
        Of the camera; None: the pulse times it.
    width_us : float or None
        How long the pulse is: the exposure of the primary.
    period_us : float or None
        From pulse to pulse.

    Returns
    -------
    Span or None
        None where it depends on something that is not known.
    """
    begin = own.delay_us
    if giver is not None and own.takes and giver.gives and own.takes != giver.gives:
        # It takes the other edge, so its exposure begins at the end of the pulse.
        if width_us is None:
            return None
        begin += width_us
        width_us = None if period_us is None else period_us - width_us
    if own.by_width:  # the delay moves the pulse as a whole
        exposure_us = width_us
    if exposure_us is None:
        return None
    return Span(begin + exposure_us, begin + exposure_us + own.filter_us)


@dataclass(frozen=True)
class FollowLimit:
    """What rate a camera can follow as a secondary, with its present settings.

    Attributes
    ----------
    most_framerate : float
        Pulses a second (Hz) of which it takes every one.
    exposure_us : float or None
        None: as long as each pulse.
    readout_us : float or None
        The least time (us) between two frames however short the exposure, from read-out or link; None where
        the camera does not tell.
    """

    most_framerate: float
    exposure_us: float | None
    readout_us: float | None
    overlap: bool = True
    """Whether it exposes while the frame before is read out."""

    def most_with(self, pulse_us: float | None) -> float:
        """The same for pulses of that length (us), where these may time the exposure."""
        return _most_with(self.most_framerate, self.exposure_us, self.readout_us, pulse_us)


def _most_with(
    most: float, exposure_us: float | None, readout_us: float | None, pulse_us: float | None
) -> float:
    """An exposure that the pulse ends is never overlapped with the read-out of the frame before."""
    if exposure_us is not None or pulse_us is None:
        return most
    return min(most, 1e6 / (pulse_us + (readout_us or 0.0)))


@dataclass(frozen=True)
class Armed:
    """What a camera said when it was armed.

    Attributes
    ----------
    lines : Lines
        The lines that it uses.
    period_ns : int or None
        Between its pulses or frames; None for a secondary, which has the primary's.
    framerate : float
        Hz; for a secondary the most that it can follow.
    exposure_us : float or None
        None: as long as each pulse.
    readout_us : float or None
        As in :class:`FollowLimit`.
    most_framerate : float
        As in :class:`FollowLimit`.
    first_id : int
        Frame id of the first exposure: 0 (USB3) or 1 (GigE).
    published : int
        Index that the first frame will have.
    buffers : int
        Frames of memory.
    supply_switched : bool
        Whether arming has switched the 3.3 V supply, which may look like a pulse to the cameras behind it.
    timing : PulseTiming
    """

    lines: Lines
    period_ns: int | None
    framerate: float
    exposure_us: float | None
    readout_us: float | None
    most_framerate: float
    first_id: int
    published: int
    buffers: int
    supply_switched: bool = False
    timing: PulseTiming = PulseTiming()

    def most_with(self, pulse_us: float | None) -> float:
        """As :meth:`FollowLimit.most_with`."""
        return _most_with(self.most_framerate, self.exposure_us, self.readout_us, pulse_us)

    def frame_s(self, pulse_us: float | None = None) -> float:
        """Seconds from a pulse of that length until its frame is read out."""
        exposure_us = pulse_us if self.exposure_us is None else self.exposure_us
        timing = self.timing
        return (timing.delay_us + timing.filter_us + (exposure_us or 0.0) + (self.readout_us or 0.0)) / 1e6


@dataclass(frozen=True)
class Tally:
    """What a camera and its process have counted since it was armed.

    Attributes
    ----------
    published : int
        Frames published in the life of the camera process, which is the index after the newest one.
    incomplete : int
        Frames that the SDK delivered damaged, published or not.
    lost : int
        Frames that the camera numbered and that were not published: steps in the ids, and dropped ones.
    dropped : int
        Of these, frames for which readers left no memory.
    exposures : int or None
        What the camera itself counted; None where it has no counter for it.
    pulses : int or None
        Pulses at the input line of a secondary, taken or not; None for others, or without a counter.  Of a
        primary with ``sync="ptp"``: the exposures that were to be, those that the host asked for too late
        included.
    last_frame_id : int or None
        Id of the newest frame; None before the first.
    last_host_ns : int or None
        When it came, on the host's monotonic clock.
    since : int
        ``published`` when the camera was armed: the index of the first frame since.
    """

    published: int
    incomplete: int
    lost: int
    dropped: int
    exposures: int | None
    pulses: int | None
    last_frame_id: int | None
    last_host_ns: int | None
    since: int = 0

    @property
    def frames(self) -> int:
        """Frames published since the camera was armed."""
        return self.published - self.since

    @property
    def by_ids(self) -> int:
        """Exposures since the camera was armed up to the newest frame, by the frames and the steps in their
        ids."""
        return self.frames + self.lost

    @property
    def counter_slack(self) -> int:
        """How far off a counter may be that is off by one at its start and each time that it starts over."""
        return 1 + self.by_ids // _COUNTER_WRAP

    def exposed(self, most: int | None = None) -> int:
        """Exposures since the camera was armed, those after the newest frame included.

        Frames and ids tell of those before it, and its counter of those after it.  Some counters are off by
        one, some each time that they start over.  So one that differs by no more than that from the ids does
        not count where the ids prove it wrong, or the time does: ``most`` is how many exposures can have
        begun by the end, None where that is not known.
        """
        counted, slack = self.exposures, self.counter_slack
        if counted is None or counted == self.by_ids:
            return self.by_ids
        off = abs(counted - self.by_ids) <= slack
        if off and (counted < self.by_ids or (most is not None and most <= self.by_ids)):
            return self.by_ids
        return counted

    def given(self, most: int | None = None) -> int:
        """Pulses that a primary gave since it was armed.

        Over wires those are its exposures.  On a common clock they are the exposures that it asked all
        cameras for: the others may have exposed when it did not.
        """
        return self.exposed(most) if self.pulses is None else self.pulses

    @property
    def asked_for(self) -> int | None:
        """Exposures of a primary to wait for: on a common clock its counter may lag behind."""
        if self.exposures is None or self.pulses is None:
            return self.exposures
        return max(self.exposures, self.pulses)

    def end_lost_in(self, first_id: int) -> Literal["sensor", "transport"]:
        """Where the frames of pulses after the newest frame are: "sensor" if it exposed no more than came.

        ``first_id`` is the id of its first exposure.  Once the ids of GigE cameras have wrapped it cannot be
        told by these, and "transport" is said.
        """
        came = 0 if self.last_frame_id is None else self.last_frame_id - first_id + 1
        if self.exposures is not None and came > self.exposures:  # ids that did not begin there
            came = self.by_ids
        return "transport" if self.exposures is None or self.exposures > came else "sensor"


@dataclass(frozen=True)
class ClockSample:
    """The camera's clock and the host's monotonic clock at one moment.

    The camera's time was ``camera_ns`` at ``host_ns``, give or take ``uncertainty_ns`` (half of the round
    trip).
    """

    camera_ns: int
    host_ns: int
    uncertainty_ns: int
