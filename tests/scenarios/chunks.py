"""Chunk data: before there is any, with an image, and after its release."""

import PySpin


def values(chunks):
    """What a frame says of itself."""
    return (
        f"id {chunks.GetFrameID()}, {chunks.GetWidth()} x {chunks.GetHeight()} at {chunks.GetOffsetX()}, "
        f"{chunks.GetOffsetY()}, exposure {chunks.GetExposureTime():.0f}, gain {chunks.GetGain():.1f}"
    )


def main(stage):
    """All chunks, two of them, none."""
    cam = stage.camera()
    nodes = cam.GetNodeMap()
    stage.say("selector before:", PySpin.IsWritable(nodes.GetNode("ChunkSelector")))
    stage.say("enable before:", stage.error(cam.ChunkEnable.SetValue, True))
    cam.ChunkModeActive.SetValue(True)
    for name in ("FrameID", "ExposureTime", "Gain", "Width", "Height", "OffsetX", "OffsetY", "Timestamp"):
        cam.ChunkSelector.SetValue(getattr(PySpin, f"ChunkSelector_{name}"))
        cam.ChunkEnable.SetValue(True)
    for name in ("Image", "CRC"):
        cam.ChunkSelector.SetValue(getattr(PySpin, f"ChunkSelector_{name}"))
        stage.say(name, "is on:", cam.ChunkEnable.GetValue(), PySpin.IsWritable(cam.ChunkEnable))
    cam.Gain.SetValue(6.0)
    cam.BeginAcquisition()
    stage.say("while streaming:", stage.error(cam.ChunkModeActive.SetValue, False))
    image = cam.GetNextImage(2000)
    chunks = image.GetChunkData()
    stage.say("has chunks:", image.HasChunkData())
    stage.say("frame:", values(chunks))
    stage.say("same id:", chunks.GetFrameID() == image.GetFrameID())
    stage.say("same time:", chunks.GetTimestamp() == image.GetTimeStamp())
    stage.say("pixels:", image.GetWidth(), image.GetHeight(), image.GetNDArray().shape)
    image.Release()
    cam.Gain.SetValue(0.0)
    gains = []
    for _ in range(15):
        image = cam.GetNextImage(2000)
        gains.append(round(image.GetChunkData().GetGain(), 1))
        image.Release()
    stage.say("gain of later frames:", sorted(set(gains), reverse=True) in ([6.0, 0.0], [0.0]), gains[-1])
    cam.EndAcquisition()
    cam.ChunkModeActive.SetValue(False)
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    stage.say("has none:", image.HasChunkData())
    stage.say("without:", stage.value(lambda image: image.GetChunkData().GetExposureTime(), image))
    image.Release()
    cam.EndAcquisition()
