"""Images by an event handler, and grabbing beside it."""

import PySpin


class Eyes(PySpin.ImageEventHandler):
    """Keeps the numbers of images."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def OnImageEvent(self, image):
        self.seen.append(image.GetFrameID())


def main(stage):
    """Register before and while the camera streams."""
    cam = stage.camera()
    eyes = Eyes()
    cam.RegisterEventHandler(eyes)
    stage.say("registered again:", stage.code(cam.RegisterEventHandler, eyes) < 0)
    stage.say("grabbing before the start:", stage.error(cam.GetNextImage, 100))
    cam.BeginAcquisition()
    stage.say("came:", stage.until(lambda: len(eyes.seen) >= 4))
    stage.say("grabbing beside it:", stage.error(cam.GetNextImage, 100))
    cam.EndAcquisition()
    stage.say("in order from 1:", eyes.seen[:4] == [1, 2, 3, 4])
    count = len(eyes.seen)
    cam.BeginAcquisition()
    stage.say("again:", stage.until(lambda: len(eyes.seen) >= count + 2), eyes.seen[count])
    cam.EndAcquisition()
    cam.UnregisterEventHandler(eyes)
    cam.BeginAcquisition()
    stage.say("grabbing:", cam.GetNextImage(2000).GetFrameID())
    stage.say("registered while streaming:", stage.error(cam.RegisterEventHandler, eyes))
    cam.EndAcquisition()
    if stage.code(cam.UnregisterEventHandler, eyes):
        stage.say("it was not registered")
