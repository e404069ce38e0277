"""Two cameras in one process: they stream, fail and end without regard for each other."""


def ids(cam, count):
    """The numbers of the next images."""
    found = []
    for _ in range(count):
        image = cam.GetNextImage(2000)
        found.append(image.GetFrameID())
        image.Release()
    return found


def main(stage):
    """Both stream; one ends, is closed and opened again, while the other goes on."""
    first, second = stage.camera(0), stage.camera(1)
    stage.say("distinct:", first != second, first.GetUniqueID() != second.GetUniqueID())
    first.BeginAcquisition()
    second.BeginAcquisition()
    stage.say("streaming:", first.IsStreaming(), second.IsStreaming())
    stage.say("ids:", ids(first, 3), ids(second, 3))
    held = first.GetNextImage(2000)
    second.EndAcquisition()
    stage.say(
        "one has ended:", first.IsStreaming(), second.IsStreaming(), stage.error(second.GetNextImage, 10)
    )
    stage.say("held image:", held.GetWidth(), held.GetHeight())
    held.Release()
    second.DeInit()
    stage.say("one is closed:", first.IsInitialized(), second.IsInitialized())
    stage.say("the other goes on:", len(ids(first, 3)))
    second.Init()
    second.BeginAcquisition()
    stage.say("opened again:", ids(second, 2))
    first.EndAcquisition()
    second.EndAcquisition()
    first.DeInit()
    second.DeInit()
    cameras = stage.system.GetCameras()
    stage.say("list:", cameras.GetSize(), [cam.IsInitialized() for cam in cameras])
    stage.say("past the end:", stage.error(cameras.GetByIndex, 2))
    stage.say("unknown:", cameras.GetBySerial("404").IsValid(), stage.error(cameras.RemoveBySerial, "404"))
    del first, second, held
    cameras.Clear()
