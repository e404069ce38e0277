"""The places from which people use cameras: scripts, IPython, Jupyter, the shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from llpyspin.deadlines import Deadline
from tests.process.terminals import ipython

if TYPE_CHECKING:
    import pathlib

    from tests.process.conftest import World


def test_a_script_needs_no_main_guard_and_runs_once(world: World, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "experiment.py"
    script.write_text(
        "print('script runs')\n"
        "from llpyspin.streaming import VideoStream\n"
        f"cap = VideoStream({world.serials[0]!r}, sdk='virtual')\n"
        "ok, image = cap.read()\n"
        "print(ok, image.shape)\n"
        "cap.release()\n"
    )
    done = world.python(script)
    assert done.stdout == "script runs\nTrue (1080, 1440)\n"
    assert done.stderr == ""
    assert done.returncode == 0


def test_modules_in_the_working_directory_leave_the_camera_alone(
    world: World, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('the wrong json')\n")
    script = tmp_path / "sub" / "experiment.py"
    script.parent.mkdir()
    script.write_text(
        "from llpyspin import VideoStream\n"
        f"print(VideoStream({world.serials[0]!r}, sdk='virtual').read()[0])\n"
    )
    done = world.python(script, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_ctrl_c_in_ipython_ends_the_line_and_not_the_camera(world: World) -> None:
    with ipython(world.environment) as shell:
        shell.line("from llpyspin.streaming import VideoStream")
        said = shell.line(f"cap = VideoStream({world.serials[0]!r}, sdk='virtual')")
        assert [line for line in said.splitlines() if line.startswith(("INFO", "WARNING"))] == [
            "INFO : Opening the video stream.",
            "INFO : setting framerate to 30 fps",
            "INFO : setting exposure to 1500 us",
            "INFO : setting binsize to 1 pixel(s)",
            "INFO : setting the ROI parameters to (y=0, x=0, height=1080, width=1440).",
        ]
        said = shell.line("cap.framerate = 1000000")
        assert "WARNING : failed to set the framerate to 1000000 fps" in said
        shell.interrupt("while True: ok, image = cap.read()", 1.0)
        said = shell.line("print('still', cap.isOpened(), cap.read()[1].shape, cap.exposure)")
        assert "still True (1080, 1440) 1500" in said
        assert "INFO : Releasing the video stream." in shell.line("cap.release()")


def test_a_jupyter_kernel_reads_frames_and_survives_an_interrupt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3", env=world.environment)
    try:
        said: list[str] = []

        def hear(message: dict[str, object]) -> None:
            content = message["content"]
            assert isinstance(content, dict)
            if message["msg_type"] == "stream":
                said.append(content["text"])

        def run(code: str) -> str:
            reply = client.execute_interactive(code, timeout=60, output_hook=hear)
            return str(reply["content"]["status"])

        assert (
            run(f"from llpyspin import VideoStream\ncap = VideoStream({world.serials[0]!r}, sdk='virtual')")
            == "ok"
        )
        assert "INFO : Opening the video stream" in "".join(said)
        assert run("ok, image = cap.read(); print(ok, image.shape)") == "ok"
        assert "True (1080, 1440)" in "".join(said)
        number = client.execute("import threading\nprint('looping')\nwhile True: cap.read()")
        while True:
            message = client.get_iopub_msg(timeout=30)
            if message["msg_type"] == "stream" and "looping" in message["content"]["text"]:
                break
        kernel.interrupt_kernel()
        while client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != number:
            pass
        again, deadline = "print('again', cap.isOpened(), cap.read()[0]); cap.release()", Deadline(30)
        while (status := run(again)) == "aborted":  # a kernel drops what comes within 0.1 s after an error
            assert not deadline.passed
        assert status == "ok"
        assert "again True True" in "".join(said)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
        kernel.cleanup_resources()


def test_the_command_lists_virtual_cameras(world: World) -> None:
    done = world.python("-m", "llpyspin", "list", "--virtual")
    assert done.returncode == 0, done.stderr
    assert all(serial in done.stdout for serial in world.serials)


def test_the_command_shows_frames_with_their_figures(world: World) -> None:
    done = world.python("-m", "llpyspin", "view", "--virtual", world.serials[1], "--frames", "30")
    assert done.returncode == 0, done.stderr
    assert world.serials[1] in done.stdout
    assert re.search(r"30 frames in \d\.\d s: (29|30|31)\.\d fps, \d+ missed, latency", done.stdout)


def test_the_command_says_in_one_line_what_is_wrong(world: World) -> None:
    done = world.python("-m", "llpyspin", "view", "--virtual", "99999999")
    assert done.returncode == 1
    assert done.stderr.startswith("llpyspin: ")
    assert "99999999" in done.stderr
    assert "Traceback" not in done.stderr
