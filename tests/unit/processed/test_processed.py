"""What the arguments of a ProcessedRecorder come to, and what frames become on the way to its callback."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from llpyspin.display.overlay import Overlay, OverlayPainter
from llpyspin.errors import FunctionError, RecordingError, RecordingExistsError, SettingRangeError
from llpyspin.processed import ProcessedRecorder
from llpyspin.processed.adapting import Adapter, Shape
from llpyspin.processed.arguments import Arguments, region
from llpyspin.processed.callbacklog import CallbackLog
from llpyspin.processed.devices import Devices
from llpyspin.processed.taking import average, previews_of, say_average
from llpyspin.recording.account.account import Account, CameraAccount

if TYPE_CHECKING:
    import pathlib

SENSOR = (1080, 1440)
STEPS = (2, 4, 2, 4)
DEFAULTS: dict[str, Any] = {
    "tif_path": None,
    "x_resolution": 0,
    "y_resolution": 0,
    "scale_factor": 1,
    "framerate": 0,
    "rec_length": 0,
    "display": True,
    "display_proc": "camera_reader",
    "stereo": False,
    "timestamp": False,
    "report_Hz": False,
    "monitor_qs": False,
    "callback": None,
    "cb_type": None,
    "blocking": True,
    "write_vid": True,
    "tif_compression": 6,
    "buffer_length": 1,
    "Hz_buffer": 10,
    "log_file": None,
}


def arguments(**changes: Any) -> Arguments:
    return Arguments(**{**DEFAULTS, **changes})


def callback(buffer: Any, cb_queue: Any) -> Any:
    return buffer[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x_resolution", -16),
        ("x_resolution", 10.5),
        ("y_resolution", True),
        ("scale_factor", 0),
        ("scale_factor", float("nan")),
        ("framerate", -1),
        ("framerate", "fast"),
        ("rec_length", -1),
        ("rec_length", float("inf")),
        ("display", "yes"),
        ("stereo", None),
        ("timestamp", 2),
        ("report_Hz", "x"),
        ("monitor_qs", "x"),
        ("cb_type", "4Proc"),
        ("blocking", "no"),
        ("write_vid", "no"),
        ("tif_compression", 10),
        ("tif_compression", None),
        ("buffer_length", 0),
        ("Hz_buffer", 1),
        ("on_error", "ignore"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(SettingRangeError, match=f"^{name} must be "):
        arguments(**{name: value})


def test_whole_numbers_may_be_floats_as_quotients_are() -> None:
    assert arguments(x_resolution=1280 / 2).x_resolution == 640


def test_a_callback_must_be_callable_with_what_it_is_called_with() -> None:
    def four(queue1: Any, queue2: Any, cb_queue: Any, cb_logger: Any) -> None: ...

    for bad in (True, "callback", four):
        with pytest.raises(FunctionError):
            arguments(callback=bad)
    assert arguments(callback=False).callback is None


@pytest.mark.parametrize(("name", "written"), [("a.tif", "a.tif"), ("a.TIFF", "a.tiff"), ("a", "a.tif")])
def test_tif_path_is_the_file(tmp_path: pathlib.Path, name: str, written: str) -> None:
    assert arguments(tif_path=str(tmp_path / name)).path == tmp_path / written


def test_without_tif_path_or_write_vid_no_file_is_written(tmp_path: pathlib.Path) -> None:
    assert arguments(tif_path=None).path is None
    assert arguments(tif_path=tmp_path / "a.tif", write_vid=False).path is None


def test_a_tif_path_that_cannot_be_written_is_refused_at_once(tmp_path: pathlib.Path) -> None:
    (tmp_path / "there.tif").touch()
    with pytest.raises(RecordingError, match=r"should end in \.tif or \.tiff"):
        arguments(tif_path=tmp_path / "a.avi")
    with pytest.raises(RecordingError, match="no folder"):
        arguments(tif_path=tmp_path / "nowhere" / "a.tif")
    with pytest.raises(RecordingError, match="tif_path"):
        arguments(tif_path="")
    with pytest.raises(RecordingExistsError):
        arguments(tif_path=tmp_path / "there")
    assert arguments(tif_path=tmp_path / "there.tif", overwrite=True).path
    for name in ("log_file", "cb_log"):
        with pytest.raises(RecordingError, match=f"{name} .*nowhere"):
            arguments(**{name: tmp_path / "nowhere" / "a.log"})
        with pytest.raises(RecordingError, match=name):
            arguments(**{name: 5})


def test_the_names_of_logs_in_version_0_3_are_known(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TypeError, match="Pass only one"):
        ProcessedRecorder(log_file="a.log", latency_log="b.log")
    recorder = ProcessedRecorder(latency_log="b.log", aquisition_log="c.log")
    assert recorder._arguments.log_file == "b.log"
    assert "aquisition_log has no effect" in caplog.text


def test_what_callbacks_log_goes_to_a_file_until_that_is_closed(tmp_path: pathlib.Path) -> None:
    logger = logging.getLogger("llpyspin.callback")
    level = logger.level
    log = CallbackLog(tmp_path / "said.log")
    logger.getChild("one").info("the first line")
    log.close()
    logger.error("the second line")
    assert (tmp_path / "said.log").read_text().endswith("INFO the first line\n")
    assert logger.level == level
    with pytest.raises(RecordingError, match="cannot write the cb_log"):
        CallbackLog(tmp_path)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0, 0, (0, 0, 1080, 1440)),
        (640, 480, (300, 400, 480, 640)),
        (641, 481, (292, 392, 496, 656)),  # up to multiples of 16
        (1440, 1080, (0, 0, 1080, 1440)),  # 1088 would be more than there is
        (16, 0, (0, 712, 1080, 16)),
    ],
)
def test_resolutions_are_a_region_in_the_middle(x: int, y: int, expected: tuple[int, ...]) -> None:
    assert region(arguments(x_resolution=x, y_resolution=y), SENSOR, STEPS) == expected


def test_the_resolution_of_two_cameras_is_that_of_both_together() -> None:
    both = arguments(stereo=True, x_resolution=1270, y_resolution=480)
    assert region(both, SENSOR, STEPS)[2:] == (480, 640)
    assert region(arguments(stereo=True, x_resolution=2880), SENSOR, STEPS)[2:] == SENSOR


def test_more_pixels_than_the_sensor_has_are_refused() -> None:
    with pytest.raises(SettingRangeError, match="x_resolution is up to 1440 pixels"):
        region(arguments(x_resolution=1441), SENSOR, STEPS)
    with pytest.raises(SettingRangeError, match="x_resolution is up to 2880 pixels with these cameras"):
        region(arguments(x_resolution=3000, stereo=True), SENSOR, STEPS)


@pytest.mark.parametrize(
    ("level", "options"),
    [(0, {"compression": "none"}), (6, {"compression": "deflate", "level": 6})],
)
def test_tif_compression_is_the_level_of_the_file(level: int, options: dict[str, Any]) -> None:
    assert arguments(tif_compression=level).codec_options == options


def test_the_three_texts_are_one_overlay() -> None:
    assert arguments().overlay is None
    assert arguments(timestamp=True).overlay == Overlay(timestamp=True)
    assert arguments(report_Hz=True, Hz_buffer=20).overlay == Overlay(report_hz=True, hz_buffer=20)
    assert arguments(monitor_qs=True).overlay == Overlay(monitor_queues=True)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"timestamp": True}, "t: 0.400s"),
        ({"report_Hz": True, "Hz_buffer": 3}, "FR: 5.000"),  # of the last two steps
        ({"report_Hz": True, "Hz_buffer": 10}, "FR: 7.500"),
        ({"monitor_qs": True}, "2,7"),
        ({"timestamp": True, "report_Hz": True, "monitor_qs": True}, "t: 0.400s, FR: 7.500, 2,7"),
    ],
)
def test_each_text_says_what_its_argument_asks_for(changes: dict[str, Any], text: str) -> None:
    overlay = arguments(**changes).overlay
    assert overlay is not None
    painter = OverlayPainter(overlay)
    for milliseconds in (0, 0, 200, 400):
        said = painter.text(milliseconds * 1_000_000, (2, 7))
    assert said == text


def test_the_arguments_can_be_given_without_names_as_they_could_there() -> None:
    parameters = inspect.signature(ProcessedRecorder).parameters.values()
    by_place = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert [each.name for each in by_place] == list(DEFAULTS)
    assert [each.default for each in by_place] == list(DEFAULTS.values())


def test_cb_type_is_the_process_of_the_callback(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.tif"
    assert arguments(tif_path=path, callback=callback, cb_type="2Proc").where == "writer"
    assert arguments(tif_path=path, callback=callback, cb_type="3Proc").where == "process"
    assert arguments(tif_path=path, callback=callback).where == "process"
    assert arguments(callback=callback, cb_type="2Proc").where == "process"  # there is no writer


@pytest.mark.parametrize(
    "changes",
    [
        {"callback": callback},
        {"scale_factor": 0.5},
        {"timestamp": True},
        {"log_file": "a.log"},
    ],
)
def test_a_process_of_its_own_is_there_only_where_it_is_needed(changes: dict[str, Any]) -> None:
    assert not arguments().needs_stage
    assert arguments(**changes).needs_stage


def test_display_proc_says_what_is_displayed(caplog: pytest.LogCaptureFixture) -> None:
    assert arguments().shows == "camera_reader"
    assert arguments(display_proc="file_writer").shows == "file_writer"
    assert arguments(display=False).shows is None
    assert arguments(display_proc=None).shows is None
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert arguments(display_proc="nobody").shows is None
    assert "display_proc 'nobody' is not one of camera_reader, file_writer" in caplog.text


def test_cameras_are_named_as_many_as_there_are() -> None:
    assert Devices().single == 0
    assert Devices("12345678").single == "12345678"
    assert Devices(stereo=True).pair == (0, 1)
    assert Devices(("a", "b"), stereo=True).pair == ("a", "b")
    with pytest.raises(TypeError, match="one camera"):
        Devices((0, 1))
    with pytest.raises(TypeError, match=r"\(left, right\)"):
        Devices(0, stereo=True)


@pytest.mark.parametrize(
    ("stamps", "rate"),
    [
        ([0.0, 20.0, 40.0], 50.0),
        ([0.0, np.nan, 40.0], 25.0),
        ([0.0], None),
        ([], None),
        ([np.nan, np.nan], None),
    ],
)
def test_the_average_frame_rate_is_that_of_the_frames_that_came(
    stamps: list[float], rate: float | None
) -> None:
    assert average(np.array(stamps)) == rate


def test_unwritten_frames_still_count_as_frames_of_the_camera() -> None:
    lost = {"sensor": 10, "transport": 10, "ring": 5, "writer": 5, "callback": 10}
    camera = CameraAccount(serial="1", triggers=200, written=160, lost=lost, rate=100.0)
    account = Account(first_trigger=0, triggers=200, cameras=(camera,))
    assert average(np.zeros(160), account) == pytest.approx(90.0)


def test_a_rate_that_is_far_from_the_one_asked_for_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="llpyspin"):
        say_average(47.6, 50.0)
        say_average(47.4, 50.0)
        say_average(None, 50.0)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Average Framerate: 47.600 Hz"),
        ("WARNING", "Camera ONLY averaged 47.400 Hz"),
    ]


@pytest.mark.parametrize(
    ("shown", "staged", "expected"),
    [
        ({"display_proc": "camera_reader"}, True, [("camera", Overlay(timestamp=True))]),
        ({"display_proc": "file_writer"}, True, [("returned", None)]),  # it has its texts already
        ({"display_proc": "file_writer"}, False, [("camera", Overlay(timestamp=True))]),
        ({"display": False}, True, []),
        ({"display_proc": None}, True, []),
    ],
)
def test_display_shows_camera_frames_or_written_frames(
    shown: dict[str, Any], staged: bool, expected: list[Any]
) -> None:
    displayed: list[Any] = []

    class Shown:
        def __init__(self, name: str) -> None:
            self.name = name

        def display(self, *, overlay: Any = None) -> Any:
            displayed.append((self.name, overlay))
            return self

    camera, returned = cast("Any", Shown("camera")), cast("Any", Shown("returned") if staged else None)
    windows = previews_of(arguments(timestamp=True, **shown), camera, returned)
    assert len(windows) == len(expected)
    assert displayed == expected


# -- frames on their way to the callback


def adapted(function: Any, shape: Shape, frame: np.ndarray[Any, Any], length: int = 1) -> Any:
    adapter = Adapter(function, shape, length)
    adapter.setup()
    frame.flags.writeable = False
    return adapter([frame], None, None)


GRAY = np.arange(48, dtype=np.uint8).reshape(6, 8)


def test_a_callback_gets_frames_of_four_channels_that_it_may_draw_into() -> None:
    def draw(buffer: Any) -> Any:
        assert buffer[-1].shape == (6, 8, 4)
        buffer[-1][0, 0] = (1, 2, 3, 255)
        return buffer[-1]

    image = adapted(draw, Shape(6, 8, color=True, bgra=True), GRAY.copy())
    assert image.shape == (6, 8, 3)
    assert image[0, 0].tolist() == [1, 2, 3]
    assert (image[1:] == GRAY[1:, :, None]).all()


def test_a_callback_may_have_the_frames_as_the_camera_gives_them() -> None:
    def invert(buffer: Any) -> Any:
        assert buffer[-1].shape == (6, 8)
        buffer[-1][:] = 255 - buffer[-1]
        return buffer[-1]

    assert (adapted(invert, Shape(6, 8, color=False, bgra=False), GRAY.copy()) == 255 - GRAY).all()


def test_frames_are_scaled_before_the_callback_has_them() -> None:
    shapes = []
    shape = Shape(3, 4, color=True, bgra=True)
    adapted(lambda buffer: shapes.append(buffer[-1].shape), shape, GRAY.copy())
    assert shapes == [(3, 4, 4)]
    half = adapted(None, Shape(3, 4, color=False, bgra=True), GRAY.copy())
    assert np.allclose(half, GRAY.reshape(3, 2, 4, 2).mean(axis=(1, 3)), atol=1)


def test_the_buffer_has_the_last_frames_oldest_first() -> None:
    lengths, newest = [], []

    def note(buffer: Any) -> None:
        lengths.append(len(buffer))
        newest.append([int(frame[0, 0, 0]) for frame in buffer])

    adapter = Adapter(note, Shape(6, 8, color=True, bgra=True), 2)
    adapter.setup()
    for value in range(3):
        adapter([np.full((6, 8), value, np.uint8)], None, None)
    assert lengths == [1, 2, 2]
    assert newest == [[0], [0, 1], [1, 2]]


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_what_is_returned_becomes_a_frame_of_the_file(channels: tuple[int, ...]) -> None:
    array = np.full((6, 8, *channels), 7, np.uint8)
    image = adapted(lambda buffer: array, Shape(6, 8, color=True, bgra=True), GRAY.copy())
    assert image.shape == (6, 8, 3)
    assert (image == 7).all()


def test_a_mask_becomes_black_and_white() -> None:
    image = adapted(lambda buffer: buffer[-1] > 20, Shape(6, 8, color=False, bgra=False), GRAY.copy())
    assert (image == np.where(GRAY > 20, 255, 0)).all()


def test_frame_is_written_and_data_stored_when_nothing_is_returned() -> None:
    shape = Shape(6, 8, color=False, bgra=False)
    image, data = adapted(lambda buffer: None, shape, GRAY.copy())
    assert (image == GRAY).all()
    assert data is None
    image, data = adapted(lambda buffer: {"x": 1}, shape, GRAY.copy())
    assert (image == GRAY).all()
    assert data == {"x": 1}
    image, data = adapted(lambda buffer: (buffer[-1], 5), shape, GRAY.copy())
    assert (image == GRAY).all()
    assert data == 5


def test_skipped_frames_are_written_in_the_size_and_type_of_results() -> None:
    adapter = Adapter(lambda buffer: None, Shape(3, 4, color=True, bgra=True))
    adapter.setup()
    assert adapter.unchanged(GRAY).shape == (3, 4, 3)


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        (np.zeros((5, 8), np.uint8), "8 x 5 pixels"),
        (np.zeros((6, 8, 3), np.uint8), "The file is gray"),
        (np.zeros((6, 8), np.float32), "float32"),
    ],
)
def test_frames_that_the_file_cannot_have_are_refused_in_words(returned: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        adapted(lambda buffer: returned, Shape(6, 8, color=False, bgra=False), GRAY.copy())


def test_classes_are_set_up_in_the_process_of_the_callback_and_closed() -> None:
    events: list[str] = []

    class Tracker:
        def __init__(self) -> None:
            events.append("made")

        def setup(self) -> None:
            events.append("setup")

        def __call__(self, buffer: Any, cb_queue: Any, logger: Any) -> None:
            events.append("called")

        def close(self) -> None:
            events.append("closed")

    adapter = Adapter(Tracker, Shape(6, 8, color=True, bgra=True))
    assert events == []
    adapter.setup()
    adapter([GRAY], None, None)
    adapter.close()
    assert events == ["made", "setup", "called", "closed"]
