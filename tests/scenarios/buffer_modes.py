"""The handling modes and counts of buffers: which images are there, and what is locked when."""

import time

import PySpin

MODES = ("OldestFirst", "OldestFirstOverwrite", "NewestOnly", "NewestFirst")


def fill(stage, cam, mode, triggers):
    """Trigger without reading, then read all there is."""
    cam.TLStream.StreamBufferHandlingMode.SetValue(getattr(PySpin, f"StreamBufferHandlingMode_{mode}"))
    cam.BeginAcquisition()
    for _ in range(triggers):
        cam.TriggerSoftware.Execute()
        time.sleep(0.06)  # as the vendor's example does: the sensor takes no trigger while it is busy
    ids = []
    while True:
        try:
            image = cam.GetNextImage(150)
        except PySpin.SpinnakerException as error:
            stage.say(f"{mode}, {triggers} triggers: {ids}, then {error.errorcode}")
            break
        ids.append(image.GetFrameID())
        image.Release()
    cam.EndAcquisition()


def main(stage):
    """Fewer triggers than buffers, as many, and more, in each mode."""
    cam = stage.camera()
    stream = cam.TLStream
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    stage.say(
        "at first:", stream.StreamBufferHandlingMode.ToString(), stream.StreamBufferCountManual.GetValue()
    )
    stream.StreamBufferCountMode.SetValue(PySpin.StreamBufferCountMode_Manual)
    stream.StreamBufferCountManual.SetValue(4)
    for mode in MODES:
        for triggers in (2, 4, 7):
            fill(stage, cam, mode, triggers)
    stage.say("none:", stage.error(stream.StreamBufferCountManual.SetValue, 0))
    cam.BeginAcquisition()
    stage.say("result:", stream.StreamBufferCountResult.GetValue())
    stage.say("mode while streaming:", PySpin.IsWritable(stream.StreamBufferHandlingMode))
    stage.say("count while streaming:", PySpin.IsWritable(stream.StreamBufferCountManual))
    held = []
    for _ in range(4):
        cam.TriggerSoftware.Execute()
        held.append(cam.GetNextImage(1000))
    stage.say("held:", [image.GetFrameID() for image in held], cam.GetNumImagesInUse())
    cam.TriggerSoftware.Execute()
    stage.say("no buffer is left:", stage.code(cam.GetNextImage, 150))
    held.pop(0).Release()
    cam.TriggerSoftware.Execute()
    stage.say("one is free again:", stage.code(lambda: cam.GetNextImage(1000).Release()))
    while held:
        held.pop().Release()
    cam.EndAcquisition()
    stream.StreamBufferCountManual.SetValue(10)
    stage.say("afterwards:", PySpin.IsWritable(stream.StreamBufferHandlingMode))
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
