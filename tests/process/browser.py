"""Frames of a video as headless Chromium shows them: it seeks to each, and sends what the pixels say."""

from __future__ import annotations

import contextlib
import http.server
import json
import queue
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_S = 90.0

_PAGE = """<!DOCTYPE html><meta charset="utf-8"><video muted src="{video}"></video><canvas></canvas><script>
const video = document.querySelector("video"), canvas = document.querySelector("canvas");
const url = "http://127.0.0.1:{port}/";
const say = (what) => fetch(url, {{method: "POST", mode: "no-cors", body: JSON.stringify(what)}});
const seek = (time) => new Promise((done) => {{ video.onseeked = done; video.currentTime = time; }});
video.onerror = () => say({{error: video.error.message}});
video.onloadeddata = async () => {{
  video.onloadeddata = null;
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const drawn = canvas.getContext("2d", {{willReadFrequently: true}}), numbers = [];
  for (const frame of {frames}) {{
    await seek((frame + 0.5) / {rate});
    drawn.drawImage(video, 0, 0);
    let number = 0;
    for (const row of [1, 2]) for (let column = 0; column < 16; column++) {{
      const x = (column + 0.5) * {block}, y = (row + 0.5) * {block};
      number = 2 * number + (drawn.getImageData(x, y, 1, 1).data[1] > 127 ? 1 : 0);
    }}
    numbers.push(number);
  }}
  say({{numbers, seconds: video.duration}});
}};
</script>"""


def numbers_by_chromium(video: Path, frames: Sequence[int], rate: float, block: int) -> list[int]:
    """The number in the pixels of each of these frames, by the time at which they are shown.

    Parameters
    ----------
    block : int
        Pixels along the side of a block of the stamp.
    """
    with _answers() as (port, answers), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        page = Path(place, "page.html")
        page.write_text(
            _PAGE.format(
                video=video.absolute().as_uri(), port=port, frames=list(frames), rate=rate, block=block
            )
        )
        with _browser(page, place):
            told = answers.get(timeout=PATIENCE_S)
    assert "numbers" in told, told
    return [int(number) for number in told["numbers"]]


@contextlib.contextmanager
def _answers() -> Iterator[tuple[int, queue.Queue[dict[str, Any]]]]:
    """A port that hears what the page says."""
    answers: queue.Queue[dict[str, Any]] = queue.Queue(4)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            answers.put_nowait(json.loads(said))

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, answers
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def _browser(page: Path, place: str) -> Iterator[None]:
    assert CHROMIUM is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    files = (
        "--allow-file-access-from-files",
        f"--user-data-dir={place}/profile",
        "--remote-debugging-port=0",
    )
    with subprocess.Popen(
        [CHROMIUM, *options, *files, page.as_uri()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            yield
        finally:
            running.terminate()
            running.wait(30)
