"""Which nodes are writable before, during and after an acquisition: all of them."""

import PySpin


def writable(nodes):
    """The names of the nodes that can be written now."""
    names = (node.GetName() for node in nodes.GetNodes())
    return {name for name in names if PySpin.IsWritable(nodes.GetNode(name))}


def main(stage):
    """The camera's map and that of the stream."""
    cam = stage.camera()
    maps = {"camera": cam.GetNodeMap(), "stream": cam.GetTLStreamNodeMap()}
    before = {name: writable(nodes) for name, nodes in maps.items()}
    cam.BeginAcquisition()
    during = {name: writable(nodes) for name, nodes in maps.items()}
    for name in ("Width", "PixelFormat", "ChunkModeActive", "AcquisitionMode", "AdcBitDepth", "OffsetX"):
        node = getattr(cam, name)
        stage.say(f"{name}:", stage.error(node.FromString, node.ToString()))
    cam.EndAcquisition()
    for name, nodes in maps.items():
        for node in sorted(before[name] - during[name]):
            stage.say(f"{name}, locked by streaming:", node)
        stage.say(f"{name}, only while streaming:", sorted(during[name] - before[name]))
        stage.say(f"{name}, the same afterwards:", writable(nodes) == before[name])
