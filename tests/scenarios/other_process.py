"""A camera that another process has open, or leaves open."""


def tell(other, line):
    """Give the other process a line of Python; what it says."""
    print(line, file=other.stdin, flush=True)
    return other.stdout.readline().strip()


def main(stage):
    """Who comes second is refused, until the first has gone."""
    serial = stage.serials[0]
    other = stage.other_process()
    tell(other, " cameras = PySpin.System.GetInstance().GetCameras()")
    tell(other, f" camera = cameras.GetBySerial({serial!r})")
    tell(other, " camera.Init()")
    stage.say("the other has it:", tell(other, "camera.IsInitialized()"))
    cameras = stage.system.GetCameras()
    cam = cameras.GetBySerial(serial)
    cameras.Clear()
    stage.say("found:", cam.IsValid(), cam.IsInitialized())
    stage.say("open:", stage.code(cam.Init))
    stage.say("the other has it still:", tell(other, "camera.ExposureTime.GetValue() > 0"))
    tell(other, " camera.DeInit()")
    stage.say("the other has closed it:", tell(other, "camera.IsInitialized()"))
    other.stdin.close()
    other.kill()
    other.wait(10)
    other.stdout.close()
    del cam
    stage.system.ReleaseInstance()
