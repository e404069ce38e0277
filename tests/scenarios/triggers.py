"""Software triggers: one image each, none while the sensor is busy, and what a second start counts."""

import PySpin


def main(stage):
    """Free, armed, too fast, in bursts, and after a restart."""
    cam = stage.camera()
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    stage.say("executable while off:", PySpin.IsWritable(cam.TriggerSoftware))
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    stage.say("executable while on:", PySpin.IsWritable(cam.TriggerSoftware))
    cam.TriggerSoftware.Execute()
    cam.BeginAcquisition()
    stage.say("triggered before the start:", stage.code(cam.GetNextImage, 200))
    ids = []
    for _ in range(3):
        cam.TriggerSoftware.Execute()
        image = cam.GetNextImage(2000)
        ids.append(image.GetFrameID())
        image.Release()
    stage.say("one each:", ids, stage.code(cam.GetNextImage, 150))
    cam.ExposureTime.SetValue(100_000.0)
    for _ in range(3):
        cam.TriggerSoftware.Execute()
    cam.GetNextImage(2000).Release()
    stage.say("while it exposes:", stage.code(cam.GetNextImage, 300))
    cam.ExposureTime.SetValue(2000.0)
    stage.say("source while streaming:", stage.error(cam.TriggerSource.FromString, "Line3"))
    stage.say("executable with a line:", PySpin.IsWritable(cam.TriggerSoftware))
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    cam.EndAcquisition()
    cam.BeginAcquisition()
    cam.TriggerSoftware.Execute()
    image = cam.GetNextImage(2000)
    stage.say("after a restart:", image.GetFrameID())
    image.Release()
    cam.EndAcquisition()
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    cam.AcquisitionMode.SetValue(PySpin.AcquisitionMode_MultiFrame)
    cam.AcquisitionFrameCount.SetValue(3)
    cam.BeginAcquisition()
    ids = []
    while len(ids) < 10 and not stage.code(lambda: ids.append(next_id(cam))):
        pass
    stage.say("three frames:", ids, cam.IsStreaming())
    cam.EndAcquisition()


def next_id(cam):
    image = cam.GetNextImage(500)
    number = image.GetFrameID()
    image.Release()
    return number
