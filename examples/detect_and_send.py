"""Find the brightest spot of each frame, and send where it is to everybody who listens, over TCP.

    python examples/detect_and_send.py --sdk virtual --port 8765
    nc localhost 8765

Each line is JSON: the camera's number of the frame, its timestamp in ns, and x and y in pixels.  The camera,
the network and any number of listeners live in one event loop.  A listener that is too slow gets the newest
line and misses others; it slows nobody down.
"""

from __future__ import annotations

import argparse
import asyncio
import json

from llpyspin import VideoStream

LOOK_AT_EVERY = 4  # pixel in each direction is enough to find a spot, and takes a sixteenth of the time


def find(image):
    """Where the brightest pixel is, as (x, y)."""
    small = image[::LOOK_AT_EVERY, ::LOOK_AT_EVERY]
    y, x = divmod(int(small.argmax()), small.shape[1])
    return LOOK_AT_EVERY * x, LOOK_AT_EVERY * y


class Listeners:
    """Those who are connected; for each a line that waits to be sent."""

    def __init__(self):
        self._lines = set()
        self._tasks = set()

    async def serve(self, reader, writer):
        """Send one listener what there is, for as long as it listens."""
        line = asyncio.Queue(1)
        self._lines.add(line)
        self._tasks.add(asyncio.current_task())
        try:
            while (text := await line.get()) is not None:
                writer.write(text)
                await writer.drain()
        except ConnectionError:
            pass  # it has gone
        finally:
            self._lines.discard(line)
            self._tasks.discard(asyncio.current_task())
            writer.close()

    def tell(self, text):
        """Have all told; who has not even got the line before gets this one instead."""
        for line in self._lines:
            if line.full():
                line.get_nowait()
            line.put_nowait(text)

    async def close(self):
        """Let all go."""
        self.tell(None)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)


async def main(options):
    listeners = Listeners()
    async with await VideoStream.aopen(options.device, sdk=options.sdk, framerate=options.framerate) as cap:
        server = await asyncio.start_server(listeners.serve, options.host, options.port)
        host, port = server.sockets[0].getsockname()[:2]
        print(f"listening on {host}:{port}", flush=True)
        count = 0
        async for image in cap:
            x, y = find(image)
            info = cap.frame_info
            found = {"frame": info.frame_id, "ns": info.camera_timestamp_ns, "x": x, "y": y}
            listeners.tell(json.dumps(found).encode() + b"\n")
            count += 1
            if count == options.frames:
                break
        server.close()
        await listeners.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send where the brightest spot of each frame is, over TCP.")
    parser.add_argument("--device", default="0", help="index or serial number")
    parser.add_argument("--sdk", help="pyspin, rotpy or virtual")
    parser.add_argument("--framerate", type=float, default=100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0: any that is free")
    parser.add_argument("--frames", type=int, help="stop after so many")
    arguments = parser.parse_args()
    if len(arguments.device) < 4:
        arguments.device = int(arguments.device)
    try:
        asyncio.run(main(arguments))
    except KeyboardInterrupt:
        pass
