"""Save each frame while the camera takes the next one.

    python examples/capture_while_saving.py --sdk virtual --frames 10 folder

A request is a frame that stays in shared memory.  One thread saves it from there, without a copy, and
releases it.  Meanwhile the program waits for the next one.  A JSON file beside each image has its metadata.
"""

from __future__ import annotations

import argparse
import json
import pathlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from llpyspin import VideoStream

AT_ONCE = 4  # requests that wait for the disk; the camera has memory for many more


def save(request, folder):
    """Save a frame and its metadata, and release it."""
    with request:
        name = folder / f"frame_{request.info.frame_id:06d}"
        np.save(name.with_suffix(".npy"), request.image)
        name.with_suffix(".json").write_text(json.dumps(request.info._asdict()), encoding="utf-8")
    return name


def main(options):
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        VideoStream(options.device, sdk=options.sdk, framerate=options.framerate) as cap,
        ThreadPoolExecutor(1) as disk,
    ):
        saving = []
        for _ in range(options.frames):
            saving.append(disk.submit(save, cap.request(), folder))
            if len(saving) >= AT_ONCE:
                saving.pop(0).result()
        for each in saving:
            last = each.result()
    print(f"{options.frames} frames saved, the last one is {last}.npy")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Save frames while the next one is taken.")
    parser.add_argument("folder")
    parser.add_argument("--device", default="0", help="index or serial number")
    parser.add_argument("--sdk", help="pyspin, rotpy or virtual")
    parser.add_argument("--framerate", type=float, default=10)
    parser.add_argument("--frames", type=int, default=10)
    arguments = parser.parse_args()
    if len(arguments.device) < 4:
        arguments.device = int(arguments.device)
    main(arguments)
