"""Cameras in asyncio, and frames that are held, through the vendor's own Spinnaker SDK."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from typing import TYPE_CHECKING

import pytest

from llpyspin import VideoStream
from llpyspin.errors import CameraProcessError
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from tests.rig.rig import Rig

SMALL = (0, 0, 240, 320)  # what the rig sends without loss on a busy machine


@pytest.mark.slow
def test_an_event_loop_goes_on_while_the_sdk_starts_streams_and_is_killed(rig: Rig) -> None:
    async def main() -> None:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.01)
                beats += 1

        heart = asyncio.create_task(beat())
        cap = await VideoStream.aopen(rig.serials[0], sdk="rotpy", framerate=30, roi=SMALL, timeout=10)
        assert beats > 100  # it took seconds
        async with cap:
            last = None
            async for image in cap:
                info = cap.frame_info
                assert info is not None
                assert read_stamp(image) == read_stamp(image, foot=True)
                assert last is None or info.frame_id - last == info.missed + 1
                last = info.frame_id
                if info.index > 40:
                    break
            with await cap.submit(lambda request: request) as request:
                with pickle.loads(pickle.dumps(request)) as other:
                    while cap.frame_info is None or cap.frame_info.index < request.info.index + 100:
                        assert (await cap.aread())[0]
                    stamp = read_stamp(other.image)
                    assert stamp == read_stamp(other.image, foot=True) == read_stamp(request.image)
            assert await asyncio.to_thread(next, cap.map(lambda image: image.shape, workers=1)) == (240, 320)
            waiting = [asyncio.create_task(cap.aread()) for _ in range(40)]
            await waiting[0]
            os.kill(cap._process.pid, signal.SIGKILL)
            outcomes = await asyncio.gather(*waiting[1:], return_exceptions=True)
            assert isinstance(outcomes[-1], CameraProcessError)
            with pytest.raises(CameraProcessError, match="SIGKILL"):
                await cap.aread()
        heart.cancel()

    asyncio.run(main())
