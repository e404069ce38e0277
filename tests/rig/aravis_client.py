"""Aravis as a client of a test device, with the Python of the system: opens, streams, prints what it saw."""

import importlib.util
import json
import sys

import gi
import numpy as np

gi.require_version("Aravis", "0.8")
from gi.repository import Aravis  # noqa: E402

ROOT, SERIAL, FRAMES, LONG_IDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "long"
LONG_IDS_ENABLE = 0x960, 1 << 30
spec = importlib.util.spec_from_file_location("stamp", f"{ROOT}/llpyspin/virtual/stamp.py")
stamp = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stamp)


def look(buffer):
    whole = buffer.get_status() == Aravis.BufferStatus.SUCCESS
    if not whole:
        return [buffer.get_frame_id(), None, None, 0]
    pixels = np.frombuffer(buffer.get_data(), np.uint8).reshape(buffer.get_image_height(), -1)
    seen = stamp.read_stamp(pixels)
    return [buffer.get_frame_id(), seen.frame, seen.camera, buffer.get_timestamp()]


Aravis.update_device_list()
ids = [Aravis.get_device_id(index) for index in range(Aravis.get_n_devices())]
camera = Aravis.Camera.new(next(each for each in ids if each.endswith(SERIAL)))
device = camera.get_device()
device.set_string_feature_value("ExposureAuto", "Off")
device.set_float_feature_value("ExposureTime", 3000.0)
device.set_integer_feature_value("Height", 540)
device.set_boolean_feature_value("AcquisitionFrameRateEnable", True)
device.set_float_feature_value("AcquisitionFrameRate", 30.0)
if LONG_IDS:
    device.write_register(*LONG_IDS_ENABLE)
report = {
    "found": len(ids),
    "model": camera.get_model_name(),
    "region": list(camera.get_region())[-2:],
    "exposure": device.get_float_feature_value("ExposureTime"),
    "packet": camera.gv_auto_packet_size(),
}
try:
    Aravis.Camera.new(camera.get_device_id())
    report["second"] = "has it too"
except gi.repository.GLib.Error as error:
    report["second"] = error.message
stream = camera.create_stream(None, None)
for _ in range(10):
    stream.push_buffer(Aravis.Buffer.new_allocate(camera.get_payload()))
camera.start_acquisition()
report["frames"] = []
for _ in range(FRAMES):
    buffer = stream.timeout_pop_buffer(5_000_000)
    if buffer is None:
        break
    report["frames"].append(look(buffer))
    stream.push_buffer(buffer)
camera.stop_acquisition()
resent, missing = stream.get_statistics()[-2:]
report |= {"resent": resent, "missing": missing}
print(json.dumps(report))
