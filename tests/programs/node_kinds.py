"""Ask nodes of each kind for their interface, and cast them."""

import sys

import PySpin


def ask_nodes(cam):
    """Kinds, casts that fit, and casts that do not."""
    nodemap = cam.GetNodeMap()
    for name, pointer in (
        ("Width", PySpin.CIntegerPtr),
        ("ExposureTime", PySpin.CFloatPtr),
        ("AcquisitionFrameRateEnable", PySpin.CBooleanPtr),
        ("TriggerMode", PySpin.CEnumerationPtr),
        ("TriggerSoftware", PySpin.CCommandPtr),
        ("DeviceVendorName", PySpin.CStringPtr),
        ("Root", PySpin.CCategoryPtr),
    ):
        node = PySpin.CNodePtr(nodemap.GetNode(name))
        fits = pointer(nodemap.GetNode(name)).IsValid()
        other = PySpin.CIntegerPtr if pointer is not PySpin.CIntegerPtr else PySpin.CFloatPtr
        wrong = other(nodemap.GetNode(name)).IsValid()
        print(f"{name}: {node.GetPrincipalInterfaceType()} {fits} {wrong} {PySpin.CValuePtr(node).IsValid()}")
    print(f"unknown: {nodemap.GetNode('NoSuchNode')}, {PySpin.IsReadable(PySpin.CFloatPtr(None))}")
    category = PySpin.CCategoryPtr(nodemap.GetNode("Root"))
    print(f"categories: {len(category.GetFeatures()) > 3}")
    entry = PySpin.CEnumerationPtr(nodemap.GetNode("TriggerMode")).GetEntryByName("On")
    print(f"entry: {PySpin.CEnumEntryPtr(entry).GetSymbolic()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = ask_nodes(cam)
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
