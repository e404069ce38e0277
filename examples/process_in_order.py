"""Measure something slow in each frame, in several processes, and write the results in order.

    python examples/process_in_order.py --sdk virtual --workers 2 --frames 200 results.csv

Frames go to the processes without a copy.  The results come in the order of the frames, even if some take
longer.  If no process has time, frames are skipped and counted.
"""

from __future__ import annotations

import argparse
import csv

import numpy as np

from llpyspin import VideoStream


class Sharpness:
    """How sharp an image is, on several scales.  Each process makes one object of this class."""

    def setup(self):
        """Called once in each process; load a model here."""
        self.scales = [1, 2, 4, 8]

    def __call__(self, image):
        image = image.astype(np.float32)
        return [float(np.abs(np.diff(image[::scale, ::scale], axis=1)).mean()) for scale in self.scales]


def main(options):
    with VideoStream(options.device, sdk=options.sdk, framerate=options.framerate) as cap:
        with (
            cap.map(Sharpness, workers=options.workers) as results,
            open(options.path, "w", newline="", encoding="utf-8") as file,
        ):
            rows = csv.writer(file)
            rows.writerow(["frame_id", "camera_timestamp_ns", "scale_1", "scale_2", "scale_4", "scale_8"])
            for count, sharpness in enumerate(results, 1):
                info = results.info
                rows.writerow(
                    [info.frame_id, info.camera_timestamp_ns, *(f"{each:.4f}" for each in sharpness)]
                )
                if count == options.frames:
                    break
        print(f"{count} frames measured, {results.skipped} skipped")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the sharpness of each frame in several processes.")
    parser.add_argument("path", help="the CSV file to write")
    parser.add_argument("--device", default="0", help="index or serial number")
    parser.add_argument("--sdk", help="pyspin, rotpy or virtual")
    parser.add_argument("--framerate", type=float, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--frames", type=int, help="stop after this many frames")
    arguments = parser.parse_args()
    if len(arguments.device) < 4:
        arguments.device = int(arguments.device)
    try:
        main(arguments)
    except KeyboardInterrupt:
        pass
