"""Many recordings at the same time: worker processes that die, programs that are ended, a Dask cluster."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import cli
from llpyspin.errors import RecordingError
from llpyspin.export import export
from llpyspin.processes.cluster import connecting, versions
from llpyspin.recording import check
from llpyspin.recording.sinks import Picture
from llpyspin.report import write_reports
from tests.unit.export.sessions import contents, session_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEADLINE_S = 60
LARGE = Picture(480, 640, rate=100.0)


def sessions_in(folder: Path, count: int, fates: str = "....", **more: Any) -> list[Path]:
    for number in range(count):
        (folder / f"day{number}").mkdir()
    return [session_in(folder / f"day{number}", [fates], **more) for number in range(count)]


def until(found: Callable[[], Any]) -> Any:
    """What the function finds, as soon as it finds something."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.001)
    raise AssertionError("it did not come in time")


def writer_of(session: Path) -> int | None:
    """The process that is exporting a session just now."""
    for path in session.parent.glob(".mouse_mp4.*.part"):
        with contextlib.suppress(OSError):
            if any(path.iterdir()):
                return int(re.findall(r"-(\d+)\.part", path.name)[0])
    return None


def killed(session: Path, times: int) -> threading.Thread:
    """A thread that kills whoever exports a session, as often as that."""

    def kill() -> None:
        before = None
        for _ in range(times):
            before = until(lambda last=before: (pid := writer_of(session)) != last and pid)
            os.kill(before, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_each_recording_has_its_own_result(tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path, 3)
    (sessions[1] / "session.json").write_text("{")
    told: list[tuple[str, int, int]] = []
    report = check(sessions, workers=2, progress=lambda *each: told.append(each))
    assert [item.path for item in report.items] == list(map(str, sessions))
    assert [each.pictures for each in report.results.values()] == [{"camera0.raw": 4}] * 2
    assert "is not JSON" in str(report.failures[str(sessions[1])])
    assert told == [("recordings", number, 3) for number in (1, 2, 3)]
    assert not report.ok
    assert check([]).items == ()


def test_reports_are_written_once(tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path, 2)
    first, second = write_reports(sessions, workers=2), write_reports(sessions, workers=1)
    assert [page.new for page in first.results.values()] == [True, True]
    assert [page.new for page in second.results.values()] == [False, False]
    os.utime(sessions[0] / "camera0.csv")
    third = write_reports(sessions, workers=1)
    assert [page.new for page in third.results.values()] == [True, False]


def test_recording_of_a_killed_worker_is_exported_again(tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path, 3, "." * 200, picture=LARGE)
    killing = killed(sessions[1], 1)
    report = export(sessions, "mp4", workers=2)
    killing.join(DEADLINE_S)
    assert report.ok, report
    assert all(names_in(session.parent) == ["mouse", "mouse_mp4"] for session in sessions)


def test_worker_that_always_dies_fails_for_its_recording_only(tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path, 3, "." * 200, picture=LARGE)
    killing = killed(sessions[1], 2)
    report = export(sessions, "mp4", workers=2)
    killing.join(DEADLINE_S)
    assert list(report.failures) == [str(sessions[1])]
    assert "was killed by SIGKILL, 2 times" in str(report.failures[str(sessions[1])])
    assert not (sessions[1].parent / "mouse_mp4").exists()
    again = export(sessions, "mp4", workers=2)
    assert [each.new for each in again.results.values()] == [False, True, False]
    assert names_in(sessions[1].parent) == ["mouse", "mouse_mp4"]


@pytest.mark.parametrize(("ended_by", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_batch_that_is_ended_leaves_no_half_export(
    tmp_path: Path, ended_by: signal.Signals, status: int
) -> None:
    sessions = sessions_in(tmp_path, 2, "." * 400, picture=LARGE)
    command = [sys.executable, "-m", "llpyspin", "batch", "export", str(tmp_path), "--to", "mp4", "-q"]
    with subprocess.Popen([*command, "--workers", "2"], stderr=subprocess.PIPE, text=True) as program:
        pids = [until(lambda one=session: writer_of(one)) for session in sessions]
        program.send_signal(ended_by)
        _, errors = program.communicate(timeout=DEADLINE_S)
    assert program.returncode == status, errors
    assert "Traceback" not in errors
    assert until(lambda: all(map(gone, pids)))
    assert not list(tmp_path.rglob("mouse_mp4"))
    assert cli.main(["batch", "export", str(tmp_path), "--to", "mp4"]) == 0
    assert all(names_in(session.parent) == ["mouse", "mouse_mp4"] for session in sessions)


def test_command_prints_a_table_and_a_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = sessions_in(tmp_path, 2)
    assert cli.main(["batch", "check", str(tmp_path), "--complete"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["day0/mouse", "complete"],
        ["day1/mouse", "complete"],
        ["2", "recordings,"],
    ]
    (tmp_path / "day2").mkdir()
    session_in(tmp_path / "day2", ["..s."])
    assert cli.main(["batch", "check", str(tmp_path)]) == 0
    assert cli.main(["batch", "check", str(tmp_path), "--complete"]) == 3
    capsys.readouterr()
    os.truncate(sessions[0] / "camera0.raw", 5000)
    assert cli.main(["batch", "check", str(tmp_path), "--complete", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["ok"] for each in told] == [False, True, True]
    assert cli.main(["batch", "export", str(tmp_path), "--to", "csv"]) == 0
    assert cli.main(["batch", "report", str(tmp_path)]) == 0


# -- on a Dask cluster


def program(name: str) -> list[str]:
    return [sys.executable, "-c", f"from distributed.cli.{name} import main; main()"]


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(DEADLINE_S)


@contextlib.contextmanager
def cluster_in(folder: Path) -> Iterator[Any]:
    """A client of a scheduler with two workers, each a process."""
    distributed = pytest.importorskip("distributed")
    file = folder / "scheduler.json"
    scheduler = ["dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    worker = [
        "dask_worker",
        "--nworkers",
        "2",
        "--nthreads",
        "1",
        "--resources",
        "encode=1",
        "--no-dashboard",
    ]
    with contextlib.ExitStack() as stack:
        for command in (scheduler, worker):
            words = [*program(command[0]), *command[1:], "--scheduler-file", str(file)]
            stack.callback(end, subprocess.Popen(words, cwd=folder, stderr=subprocess.DEVNULL))
            until(file.exists)
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as connected:
            connected.wait_for_workers(2, timeout=DEADLINE_S)
            yield connected


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with cluster_in(tmp_path_factory.mktemp("cluster")) as connected:
        yield connected


def test_cluster_does_what_this_machine_would_do(tmp_path: Path, client: Any) -> None:
    sessions = sessions_in(tmp_path, 4)
    (sessions[1] / "session.json").write_text("{")
    report = check(sessions, client=client)
    assert [each.pictures for each in report.results.values()] == [{"camera0.raw": 4}] * 3
    assert "is not JSON" in str(report.failures[str(sessions[1])])
    (sessions[1] / "session.json").write_bytes((sessions[0] / "session.json").read_bytes())
    exported = export(sessions, "csv", client=client)
    assert exported.ok, exported
    before = contents(tmp_path)
    assert [each.new for each in export(sessions, "csv", client=client).results.values()] == [False] * 4
    assert contents(tmp_path) == before


def test_killed_worker_of_a_cluster_leaves_no_half_export(tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path, 3, "." * 200, picture=LARGE)
    (tmp_path / "cluster").mkdir()
    with cluster_in(tmp_path / "cluster") as client:
        killing = killed(sessions[0], 1)
        report = export(sessions, "mp4", client=client)
        killing.join(DEADLINE_S)
    assert report.ok, report
    assert all(names_in(session.parent) == ["mouse", "mouse_mp4"] for session in sessions)


def test_lost_scheduler_is_an_error_of_each_recording(tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path, 3, "." * 300, picture=LARGE)
    (tmp_path / "cluster").mkdir()
    with cluster_in(tmp_path / "cluster") as client:
        scheduler = client.run_on_scheduler(os.getpid)

        def kill() -> None:
            until(lambda: writer_of(sessions[0]))
            os.kill(scheduler, signal.SIGKILL)

        killing = threading.Thread(target=kill)
        killing.start()
        report = export(sessions, "mp4", client=client)
        killing.join(DEADLINE_S)
    assert set(report.failures) == set(map(str, sessions))
    assert "the cluster gave it up" in str(report.failures[str(sessions[2])])
    assert export(sessions, "mp4", workers=2).ok
    assert all(names_in(session.parent) == ["mouse", "mouse_mp4"] for session in sessions)


def test_worker_with_another_version_is_refused(
    tmp_path: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "__version__", "0.0.1")
    with pytest.raises(RecordingError, match=r"has llpyspin 0\.\d\.\d, this program has 0\.0\.1"):
        check(sessions_in(tmp_path, 1), client=client)


def test_command_uses_a_scheduler(tmp_path: Path, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sessions_in(tmp_path, 2)
    address = client.scheduler.address
    assert cli.main(["batch", "check", str(tmp_path), "--scheduler", address]) == 0
    assert "2 recordings, 0 failed." in capsys.readouterr().out


def test_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(connecting, "CONNECT_S", 0.2)
    with pytest.raises(RecordingError, match=r"no connection to the scheduler tcp://127\.0\.0\.1:9"):
        connecting.connected("tcp://127.0.0.1:9")


def test_cluster_without_workers_is_refused(tmp_path: Path, client: Any) -> None:
    client.retire_workers()
    sessions = sessions_in(tmp_path, 1)
    with pytest.raises(RecordingError, match="the cluster has no workers"):
        check(sessions, client=client)
