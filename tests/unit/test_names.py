"""Names that do not exist: nothing is set, and the error says which name was meant."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import weakref
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin
from llpyspin import PrimaryCamera, ProcessedRecorder, Rig, SecondaryCamera, StereoCamera, VideoStream
from llpyspin.callbacks.child.items import ItemQueue
from llpyspin.callbacks.processing import Processing
from llpyspin.camera.inventory import OpenCamera
from llpyspin.camera.nodes import FoundNodes, Nodes
from llpyspin.display.overlay import Overlay
from llpyspin.doctor import Diagnosis, Options
from llpyspin.errors import (
    ArgumentTypeError,
    LlpyspinError,
    RigConfigError,
    UnknownArgumentError,
    UnknownImportError,
    UnknownNameError,
)
from llpyspin.export import export
from llpyspin.frames import FrameFlags, FrameInfo, FrameReader
from llpyspin.naming.constructors import checked_arguments, checked_methods
from llpyspin.naming.known import did_you_mean, meant, named
from llpyspin.reading.borrowing import Borrowed
from llpyspin.reading.jobs import Job
from llpyspin.reading.mapping import FrameMap
from llpyspin.reading.request import HeldFrame
from llpyspin.recording import Account, CheckReport, Loaded, Recording, RepairReport, Session, collect
from llpyspin.recording.clockfit import ClockFit
from llpyspin.recording.options import RecordingOptions
from llpyspin.recording.pictures import Frames
from llpyspin.report import write_report
from llpyspin.rig import CameraConfig, RigConfig
from llpyspin.roles import Lines, PulseTiming, lines_of
from llpyspin.settings import Roi
from llpyspin.settings.shown import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

CAMERAS = [VideoStream, PrimaryCamera, SecondaryCamera, StereoCamera]
OTHERS: list[type] = [
    *[Rig, ProcessedRecorder, Processing, Job, FrameMap, HeldFrame, Nodes, ItemQueue, Overlay],
    *[
        Loaded,
        Recording,
        Account,
        CheckReport,
        RepairReport,
        RecordingOptions,
        RigConfig,
        CameraConfig,
        Lines,
    ],
    *[OpenCamera, FoundNodes, Frames, Borrowed, Diagnosis, Options, ClockFit, PulseTiming, Snapshot],
]


def bare(cls: type) -> Any:
    """An object that nothing was done to yet: names are refused without looking at it."""
    return cls.__new__(cls)


# -- classes of this package


@pytest.mark.parametrize("cls", CAMERAS)
@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("frame_rate", "framerate"),
        ("frameRate", "framerate"),
        ("fps", "framerate"),
        ("framrate", "framerate"),
        ("exposure_time", "exposure"),
        ("shutter", "exposure"),
        ("expsoure", "exposure"),
        ("gian", "gain"),
        ("binning", "binsize"),
        ("bin_size", "binsize"),
        ("ROI", "roi"),
        ("crop", "roi"),
        ("pixelformat", "pixel_format"),
        ("brightness", "black_level"),
        ("awb", "white_balance"),
        ("buffer_size", "buffersize"),
        ("nick_name", "nickname"),
        ("name", "nickname"),
    ],
)
def test_camera_takes_no_unknown_name(cls: type, typed: str, right: str) -> None:
    camera = bare(cls)
    with pytest.raises(UnknownNameError, match=f"no attribute '{typed}', and nothing was set.*'{right}'"):
        setattr(camera, typed, 10)
    assert typed not in vars(camera)
    with pytest.raises(AttributeError, match=rf"no attribute '{typed}'\. Did you mean '{right}'\?"):
        getattr(camera, typed)
    assert not hasattr(camera, typed)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("ExposureTime", r"'exposure', or nodes\[\"ExposureTime\"\]"),
        ("AutoExposureTargetGreyValue", r"nodes\[\"AutoExposureTargetGreyValue\"\]"),
    ],
)
def test_name_of_a_node_leads_to_the_nodes(typed: str, hint: str) -> None:
    for act in (lambda: getattr(bare(VideoStream), typed), lambda: setattr(bare(VideoStream), typed, 1)):
        with pytest.raises(UnknownNameError, match=hint):
            act()


@pytest.mark.parametrize("cls", CAMERAS + OTHERS)
def test_object_takes_no_name_at_random(cls: type) -> None:
    thing = bare(cls)
    with pytest.raises(AttributeError, match="zzyzx"):
        thing.zzyzx = 1
    with pytest.raises(UnknownNameError, match=f"{cls.__name__} has no attribute 'zzyzx'"):
        _ = thing.zzyzx


@pytest.mark.parametrize(
    ("cls", "typed", "right"),
    [
        (VideoStream, "is_opened", "isOpened"),
        (VideoStream, "close", "release"),
        (VideoStream, "get_image", "read"),
        (PrimaryCamera, "start", "trigger"),
        (PrimaryCamera, "stop_recording", "stop"),
        (Rig, "cameras", "names"),
        (Rig, "sesion", "session"),
        (Rig, "release_", "release"),
        (Session, "directory", "folder"),
        (Session, "report", "account"),
        (ProcessedRecorder, "stopvid", "stopVid"),
        (ProcessedRecorder, "fps", "average_framerate"),
        (Processing, "fps", None),
        (HeldFrame, "array", "image"),
        (FrameReader, "adress", "address"),
    ],
)
def test_reading_an_unknown_name_leads_to_the_right_one(cls: type, typed: str, right: str | None) -> None:
    with pytest.raises(UnknownNameError) as caught:
        getattr(bare(cls), typed)
    assert right is None or f"Did you mean {right!r}?" in str(caught.value)


@pytest.mark.parametrize("typed", ["prime", "trigger", "stop"])
def test_what_a_video_stream_has_not_is_said_where_it_is(typed: str) -> None:
    with pytest.raises(UnknownNameError, match=r"PrimaryCamera|release\(\)"):
        getattr(bare(VideoStream), typed)


def test_named_tuples_know_their_fields() -> None:
    info = FrameInfo(0, 0, 0, 0, FrameFlags.NONE, 0, 1.0, 0.0, -1)
    with pytest.raises(UnknownNameError, match="Did you mean 'frame_id'"):
        _ = info.frameid  # type: ignore[attr-defined]
    with pytest.raises(UnknownNameError, match="Did you mean 'width'"):
        _ = Roi(0, 0, 1, 1).widht  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("size", " Set 'roi' instead"), ("width", " Set 'roi' instead"), ("info", ""), ("frame_info", "")],
)
def test_what_can_only_be_read_says_what_can_be_set(typed: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"'{typed}' of VideoStream can only be read.{hint}"):
        setattr(bare(VideoStream), typed, (480, 640))


def test_method_is_not_overwritten_by_a_value() -> None:
    camera = bare(PrimaryCamera)
    with pytest.raises(UnknownNameError, match="'trigger' is a method of PrimaryCamera: call it"):
        camera.trigger = True
    camera.trigger = lambda: "replaced on purpose"
    assert camera.trigger() == "replaced on purpose"


def test_underscored_names_are_free() -> None:
    camera = bare(VideoStream)
    camera._note = "mouse 17"
    assert camera._note == "mouse 17"
    with pytest.raises(AttributeError, match="_other"):
        _ = camera._other


# -- classes of users


class Mouse(VideoStream):
    """A user's class with attributes of its own."""

    exposures: list[float]
    fps = None

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.model = "a network"
        self.label = "left"
        self.exposures = []
        self.fps = 3


def test_class_of_a_user_has_names_of_its_own() -> None:
    mouse = Mouse("17")
    assert (mouse.subject, mouse.model, mouse.label, mouse.exposures, mouse.fps) == (
        *("17", "a network", "left", []),
        3,
    )


@pytest.mark.parametrize("typed", ["frame_rate", "exposre", "gian", "binning", "shutter"])
def test_class_of_a_user_does_not_take_typing_errors(typed: str) -> None:
    mouse = Mouse("17")
    with pytest.raises(UnknownNameError, match=r"nothing was set.*into the body of the class"):
        setattr(mouse, typed, 1)


# -- the mechanism


@named
class Thing:
    """Something with one of each kind of attribute."""

    annotated: int
    plain = 1

    @property
    def broken(self) -> int:
        """Its own code has a mistake in it."""
        return self._nothing  # type: ignore[attr-defined,no-any-return]

    @property
    def fixed(self) -> int:
        """Can only be read."""
        return 1


def test_error_inside_a_property_is_not_hidden() -> None:
    with pytest.raises(AttributeError, match="_nothing"):
        _ = Thing().broken


def test_annotated_name_without_a_value_says_so() -> None:
    thing = Thing()
    with pytest.raises(UnknownNameError, match="'annotated' of this Thing has no value yet"):
        _ = thing.annotated
    thing.annotated, thing.plain = 2, 3
    assert (thing.annotated, thing.plain, vars(thing)) == (2, 3, {"annotated": 2, "plain": 3})


def test_error_is_of_both_trees_and_keeps_no_object() -> None:
    thing = Thing()
    there = weakref.ref(thing)
    with pytest.raises(UnknownNameError) as caught:
        _ = thing.plian  # type: ignore[attr-defined]
    error = caught.value
    assert isinstance(error, LlpyspinError)
    assert (error.name, error.obj) == ("plian", None)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    error.__traceback__ = None
    del thing, caught
    gc.collect()
    assert there() is None


def test_frozen_dataclass_stays_frozen() -> None:
    lines = lines_of("Blackfly S BFS-U3-16S2M")
    with pytest.raises(dataclasses.FrozenInstanceError):
        lines.input = "Line0"  # type: ignore[misc]
    with pytest.raises(UnknownNameError, match="Did you mean 'input'"):
        lines.inptu = "Line0"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "known", "right"),
    [
        ("frame_rate", ["framerate", "rate"], "framerate"),
        ("shutter", ["exposure"], "exposure"),
        ("shutter", ["gain"], None),
        ("", ["gain"], None),
        ("gainn", ["gain", "again"], "gain"),
    ],
)
def test_name_that_was_meant_is_found(typed: str, known: list[str], right: str | None) -> None:
    assert meant(typed, known) == right


def test_hint_falls_back_where_nothing_is_like_it() -> None:
    assert did_you_mean("zzz", ["gain"], "There is gain.") == "There is gain."
    assert did_you_mean(3, ["gain"], "There is gain.") == "There is gain."


# -- arguments


@pytest.mark.parametrize("cls", [*CAMERAS, ProcessedRecorder, RecordingOptions, RigConfig, CameraConfig])
def test_constructor_refuses_unknown_arguments_by_name(cls: type) -> None:
    with pytest.raises(UnknownArgumentError, match=rf"{cls.__name__}\(\) has no argument 'zzyzx'"):
        cls(zzyzx=1)


@pytest.mark.parametrize(
    ("typed", "right"), [("fps", "framerate"), ("exposure_time", "exposure"), ("serial", "serial_number")]
)
def test_argument_that_was_meant_is_named(typed: str, right: str) -> None:
    with pytest.raises(TypeError, match=f"Did you mean '{right}'"):
        VideoStream(0, **{typed: 1})


def test_checked_constructor_keeps_its_signature() -> None:
    import inspect

    assert list(inspect.signature(VideoStream).parameters)[:3] == ["device", "framerate", "exposure"]

    @checked_arguments
    class Two:
        def __init__(self, one: int, *, two: int = 2) -> None:
            self.sum = one + two

    assert Two(1).sum + Two(one=1, two=3).sum == 7


class Caller:
    """A class with methods that are checked."""

    def __init__(self) -> None:
        self.got: list[object] = []

    def record(self, path: str, seconds: float = 1.0, *, codec: str = "") -> str:
        self.got.append((path, seconds, codec))
        return path

    def read(self, wait: bool = True) -> bool:
        return wait

    def wrong(self, number: int) -> None:
        len(number)  # type: ignore[arg-type]

    def free(self, **options: object) -> dict[str, object]:
        return options


checked_methods("read")(Caller)


def test_method_says_which_argument_was_meant() -> None:
    caller = Caller()
    assert caller.record("x", 2.0, codec="raw") == "x"
    assert caller.got == [("x", 2.0, "raw")]
    with pytest.raises(
        UnknownArgumentError, match=r"^record\(\) has no argument 'secnds'. Did you mean 'seconds'\?"
    ):
        caller.record("x", secnds=1)  # type: ignore[call-arg]
    with pytest.raises(ArgumentTypeError, match=r"'path'. Its arguments: path, seconds, codec"):
        caller.record()  # type: ignore[call-arg]
    assert caller.free(anything=1) == {"anything": 1}
    assert caller.got == [("x", 2.0, "raw")]


def test_error_inside_a_checked_method_is_its_own() -> None:
    with pytest.raises(TypeError, match="has no len") as caught:
        Caller().wrong(1)
    assert not isinstance(caught.value, LlpyspinError)


def test_method_of_every_frame_is_not_checked() -> None:
    assert not hasattr(Caller.read, "__wrapped__")
    assert not any(
        hasattr(getattr(VideoStream, name), "__wrapped__") for name in ("read", "grab", "retrieve")
    )


@pytest.mark.parametrize(
    ("call", "right"),
    [
        (lambda: VideoStream.live(None, edg=3), "edge"),  # type: ignore[arg-type,call-arg]
        (lambda: VideoStream.request(None, timeot=3), "timeout"),  # type: ignore[arg-type,call-arg]
        (lambda: Rig.live(None, rte=3), "rate"),  # type: ignore[arg-type,call-arg]
        (lambda: Rig.view(None, titel=""), "title"),  # type: ignore[arg-type,call-arg]
        (lambda: export("a", to="mp4", lnk=True), "link"),  # type: ignore[call-overload]
        (lambda: collect("a", "b", progres=print), "progress"),  # type: ignore[call-arg]
        (lambda: write_report("a", overwrit=True), "overwrite"),  # type: ignore[call-arg]
    ],
)
def test_argument_of_a_method_or_function_is_named(call: Callable[[], object], right: str) -> None:
    with pytest.raises(UnknownArgumentError, match=f"Did you mean '{right}'"):
        call()


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("from llpyspin import VideoSteam", "VideoStream"),
        ("from llpyspin.streaming import Videostream", "VideoStream"),
        ("from llpyspin.rig import Rgi", "Rig"),
        ("from llpyspin.recording import Collect", "collect"),
        ("from llpyspin.report import write_reprt", "write_report"),
    ],
)
def test_import_of_an_unknown_name_leads_to_the_right_one(line: str, right: str) -> None:
    with pytest.raises(UnknownImportError, match=f"cannot import name .* Did you mean '{right}'"):
        exec(line, {})


def test_unknown_name_of_a_module_is_an_attribute_error() -> None:
    assert not hasattr(llpyspin, "nothing")
    with pytest.raises(UnknownNameError, match=r"'opencameras'. Did you mean 'open_cameras'"):
        _ = llpyspin.opencameras  # type: ignore[attr-defined]


def test_argument_of_the_constructor_is_named_where_it_is_no_attribute() -> None:
    with pytest.raises(UnknownNameError, match=r"It is an argument: Rig\(..., budget=...\)"):
        bare(Rig).budget = {"min_disk": "50GB"}
    with pytest.raises(UnknownNameError, match=r"It is an argument: VideoStream\(..., sdk=...\)"):
        _ = bare(VideoStream).sdk


def test_package_knows_its_names() -> None:
    import llpyspin

    with pytest.raises(AttributeError, match=r"no attribute 'VideoSteam'\. Did you mean 'VideoStream'\?"):
        _ = llpyspin.VideoSteam
    with pytest.raises(AttributeError, match=r"no attribute 'zzyzx'$"):
        _ = llpyspin.zzyzx


def test_rig_knows_arguments_by_other_names() -> None:
    with pytest.raises(RigConfigError, match=r"'fps' is not known\. Did you mean 'framerate'"):
        Rig(["1"], fps=50)
    with pytest.raises(RigConfigError, match=r"'shutter' is not known\. Did you mean 'exposure'"):
        Rig(["1"], shutter=50)


def test_snapshot_of_settings_leads_to_its_key() -> None:
    snapshot = Snapshot({"ExposureTime": 1500.0})
    with pytest.raises(UnknownNameError, match=r'Did you mean \["ExposureTime"\]\?'):
        _ = snapshot.exposure_time
    with pytest.raises(UnknownNameError, match=r'Did you mean \["ExposureTime"\]\?'):
        _ = snapshot.ExposurTime
    with pytest.raises(UnknownNameError, match=r'nothing was set\. Did you mean \["ExposureTime"\]\?'):
        snapshot.ExposureTime = 3000


def test_new_methods_are_found_by_other_names() -> None:
    camera = bare(VideoStream)
    for typed, right in {"savee": "save", "recrod": "record", "updaet": "update"}.items():
        with pytest.raises(UnknownNameError, match=f"Did you mean '{right}'"):
            getattr(camera, typed)
    with pytest.raises(UnknownNameError, match=r"'record' is a method of VideoStream: call it"):
        camera.record = 5


@pytest.mark.parametrize("cls", [VideoStream, PrimaryCamera])
def test_constructor_says_that_a_setting_is_set_later(cls: Any) -> None:
    with pytest.raises(UnknownArgumentError, match=r"has no argument 'gain'. Set gain on the object"):
        cls(0, sdk="virtual", gain=3)
    with pytest.raises(UnknownArgumentError, match=r"has no argument 'serial'. Did you mean 'serial_number'"):
        cls(0, sdk="virtual", serial=3)
