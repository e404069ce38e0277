"""As a script that was written for ProcessedPiRecorder is, but for the line that imports it."""

import sys

import cv2

from llpyspin.processed import ProcessedRecorder as ppr

BUFFER = 3


def motion(buffer, cb_queue):
    frame = buffer[-1]
    if len(buffer) == BUFFER:
        first = cv2.cvtColor(buffer[0], cv2.COLOR_BGR2GRAY)
        last = cv2.cvtColor(buffer[-1], cv2.COLOR_BGR2GRAY)
        cb_queue.put(int(cv2.absdiff(first, last).sum()))
        cv2.circle(frame, (20, 30), 5, (0, 0, 255), -1)
    return frame


if __name__ == "__main__":
    recorder = ppr(
        sys.argv[1],
        320,
        240,
        0.5,
        30,
        0.5,
        True,
        "file_writer",
        False,
        False,
        True,
        callback=motion,
        cb_type="3Proc",
        blocking=False,
        buffer_length=BUFFER,
    )
    recorder.recordVid()
    for _ in range(5):
        print("moved", recorder.cb_queue.get())
    print("going on while it records")
