"""Many recordings at once: what is refused before any process starts, and what errors become."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from llpyspin.errors import ArgumentError, ArgumentTypeError, LlpyspinError, RecordingError
from llpyspin.processes import batches
from llpyspin.processes.batches import BatchItem, BatchReport, run_batch
from llpyspin.processes.cluster import connecting, spreading
from llpyspin.processes.cluster.versions import Worker
from llpyspin.processes.tasks import Outcome, Task, call
from llpyspin.recording import check


def test_items_keep_the_order_in_which_they_were_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(task: Task, items: list[str], workers: int) -> Any:
        for place in reversed(range(len(items))):
            yield Outcome(place, items[place], None, 0.5)

    monkeypatch.setattr(batches, "in_pool", backwards)
    told: list[int] = []
    report = run_batch("llpyspin.x:y", ["b", Path("a"), "b"], {}, progress=lambda what, n, of: told.append(n))
    assert [item.result for item in report.items] == [os.path.abspath("b"), os.path.abspath("a")]
    assert told == [1, 2]


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_impossible_number_of_workers_is_refused(workers: Any) -> None:
    with pytest.raises(ArgumentError, match="workers is a whole number from 1"):
        check(["a"], workers=workers)


@pytest.mark.parametrize("paths", [b"mouse-17", 5, [5]])
def test_what_is_no_list_of_paths_is_refused(paths: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="recordings are paths, or one path"):
        check(paths)


def test_workers_are_for_several_recordings() -> None:
    with pytest.raises(ArgumentTypeError, match="Pass a list of them"):
        check("mouse-17", workers=2)  # type: ignore[call-overload]
    with pytest.raises(ArgumentTypeError, match="Pass one of them"):
        check(["mouse-17"], workers=2, client=object())


def test_report_has_results_and_failures() -> None:
    class Wrong:
        ok = False

    items = (BatchItem("a", 1, None, 0.1), BatchItem("b", None, RecordingError("broken"), 0.1))
    report: BatchReport[Any] = BatchReport(items)
    assert report.results == {"a": 1}
    assert not report.ok
    assert "b: broken" in str(report)
    assert BatchReport(items[:1]).ok
    assert not BatchReport((BatchItem("a", Wrong(), None, 0.1),)).ok


def test_only_functions_of_the_package_are_called(tmp_path: Path) -> None:
    with pytest.raises(ArgumentTypeError, match="is no function of llpyspin"):
        call("os:unlink", bytes(tmp_path), {})


def test_other_errors_name_the_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nowhere: TypeError: .*required positional") as raised:
        call("llpyspin.tables.texttable:TextTable", os.fsencode(tmp_path / "nowhere"), {})
    assert isinstance(raised.value.__cause__, TypeError)
    with pytest.raises(LlpyspinError, match="does not exist"):
        call("llpyspin.recording.checking.check:check", os.fsencode(tmp_path / "nowhere"), {})


@pytest.mark.parametrize("address", ["tcp://192.0.2.1:8786", "rig-left:8786", "tcp://[2001:db8::1]:8786"])
def test_scheduler_without_encryption_is_refused(address: str) -> None:
    with pytest.raises(ArgumentError, match=r"is not encrypted.* tls://"):
        connecting.connected(address)


@pytest.mark.parametrize(
    ("declared", "needed"), [([], None), ([{}], None), ([{}, {"encode": 2.0}], {"encode": 1})]
)
def test_resource_is_taken_only_where_a_worker_has_it(declared: list[Any], needed: object) -> None:
    workers = {str(number): Worker("", each) for number, each in enumerate(declared)}
    assert spreading._needs(workers, "encode") == needed
    assert spreading._needs(workers, "") is None
