"""Children of the doctor: whatever becomes of them, the doctor lives on and says so."""

from __future__ import annotations

from llpyspin.deadlines import Deadline
from llpyspin.doctor.asking import Question, answers, ask
from llpyspin.doctor.encoding import try_encoders
from llpyspin.doctor.sdks import try_all
from llpyspin.recording.sinks import Picture

CHILDREN = "tests.unit.doctor_children"


def test_values_come_in_their_order() -> None:
    answer = ask(f"{CHILDREN}:count", Deadline(30), most=3)
    assert (answer.values, answer.value, answer.failure) == ((0, 1, 2), 0, "")


def test_what_the_child_prints_is_no_answer() -> None:
    answer = ask(f"{CHILDREN}:noisy", Deadline(30), word="x")
    assert (answer.values, answer.failure) == (("x",), "")
    assert answer.said.endswith("xxx\nand much on the other")


def test_aborted_child_is_reported_with_its_last_output() -> None:
    answer = ask(f"{CHILDREN}:abort_after", Deadline(30), most=2)
    assert answer.values == (0, 1)
    assert answer.failure == "was killed by SIGABRT"
    assert "Spinnaker::Exception" in answer.said


def test_a_child_that_hangs_is_killed_at_the_deadline() -> None:
    answer = ask(f"{CHILDREN}:hang", Deadline(0.5))
    assert answer.values == ()
    assert answer.failure == "gave no answer within 0.5 s"


def test_hanging_child_does_not_delay_answers_of_the_others() -> None:
    hanging, working = Question(f"{CHILDREN}:hang"), Question(f"{CHILDREN}:count", most=2)
    late, in_time = answers([hanging, working], Deadline(3.0))
    assert late.failure == "gave no answer within 3 s"
    assert (in_time.values, in_time.failure) == ((0, 1), "")


def test_a_child_that_raises_says_what() -> None:
    assert ask(f"{CHILDREN}:fail", Deadline(30)).failure == "RuntimeError: no such thing"


def test_every_sdk_is_tried_and_the_virtual_one_loads() -> None:
    loaded = try_all()
    assert list(loaded) == ["pyspin", "rotpy", "virtual"]
    assert loaded["virtual"].usable
    assert loaded["virtual"].version
    assert all(each.usable or each.why for each in loaded.values())


def test_encoders_are_tried_by_name_and_failures_have_a_reason() -> None:
    tried = try_encoders(Picture(48, 64), ["ffv1", "h264_nvenc", "mjpeg"])
    assert [each.name for each in tried] == ["ffv1", "h264_nvenc", "mjpeg"]
    assert tried[0].why == tried[2].why == ""
    assert tried[1].why
