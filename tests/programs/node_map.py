"""Walk through all categories of a node map."""

import sys

import PySpin


def walk(node, depth=0):
    """Numbers of categories and features below a category."""
    categories = features = 0
    for feature in PySpin.CCategoryPtr(node).GetFeatures():
        if not PySpin.IsAvailable(feature) or not PySpin.IsReadable(feature):
            continue
        if feature.GetPrincipalInterfaceType() == PySpin.intfICategory:
            below = walk(feature, depth + 1)
            categories, features = categories + 1 + below[0], features + below[1]
        else:
            features += PySpin.CValuePtr(feature).ToString() is not None
    return categories, features


def print_node_maps(cam):
    """The camera's, the device's and the stream's."""
    categories, features = walk(cam.GetNodeMap().GetNode("Root"))
    print(f"camera: {categories > 10}, {features > 150}")
    for nodemap in (cam.GetTLDeviceNodeMap(), cam.GetTLStreamNodeMap()):
        print(
            f"transport layer: {walk(nodemap.GetNode('Root'))[1] > 10}, {PySpin.CBasePtr(nodemap.GetNode('Root')).IsValid()}"
        )
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = print_node_maps(cam)
        cam.DeInit()
    except PySpin.SpinnakerException as ex:
        print(f"Error: {ex}")
        return False
    return result


def main():
    """Run the steps with the first camera."""
    system = PySpin.System.GetInstance()
    cam_list = system.GetCameras()
    if cam_list.GetSize() == 0:
        cam_list.Clear()
        system.ReleaseInstance()
        print("Not enough cameras!")
        return False
    cam = cam_list[0]
    result = run_single_camera(cam)
    del cam
    cam_list.Clear()
    system.ReleaseInstance()
    return result


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
