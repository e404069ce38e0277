"""Find the brightest spot of each frame, and send its position to all connected clients over TCP.

    python examples/detect_and_send.py --sdk virtual --port 8765
    nc localhost 8765

Each line is JSON: the frame id, the timestamp in ns, and x and y in pixels.  The camera, the network and any
number of clients share one event loop.  A client that is too slow misses lines and gets the newest one.  It
does not slow down the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json

from llpyspin import VideoStream

LOOK_AT_EVERY = 4  # use every fourth pixel in each direction: a sixteenth of the time


def find(image):
    """Return the position of the brightest pixel as (x, y)."""
    small = image[::LOOK_AT_EVERY, ::LOOK_AT_EVERY]
    y, x = divmod(int(small.argmax()), small.shape[1])
    return LOOK_AT_EVERY * x, LOOK_AT_EVERY * y


class Listeners:
    """The connected clients, each with the line that it gets next."""

    def __init__(self):
        self._lines = set()
        self._tasks = set()

    async def serve(self, reader, writer):
        """Send lines to one client until it disconnects."""
        line = asyncio.Queue(1)
        self._lines.add(line)
        self._tasks.add(asyncio.current_task())
        try:
            while (text := await line.get()) is not None:
                writer.write(text)
                await writer.drain()
        except ConnectionError:
            pass  # it disconnected
        finally:
            self._lines.discard(line)
            self._tasks.discard(asyncio.current_task())
            writer.close()

    def tell(self, text):
        """Send a line to all clients; it replaces a line that still waits."""
        for line in self._lines:
            if line.full():
                line.get_nowait()
            line.put_nowait(text)

    async def close(self):
        """Disconnect all clients."""
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
    parser.add_argument("--frames", type=int, help="stop after this many frames")
    arguments = parser.parse_args()
    if len(arguments.device) < 4:
        arguments.device = int(arguments.device)
    try:
        asyncio.run(main(arguments))
    except KeyboardInterrupt:
        pass
