"""Keep images in a list, and the list in a file."""

import sys
import tempfile

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def keep_images(cam):
    """Copies outlive the acquisition."""
    images = PySpin.ImageList()
    cam.BeginAcquisition()
    for _ in range(3):
        image = cam.GetNextImage(2000)
        images.Add(image)
        image.Release()
    cam.EndAcquisition()
    print(f"images: {images.GetSize()}, {images.GetByIndex(2).GetFrameID() > images[0].GetFrameID()}")
    found = images.GetByPixelFormat(PySpin.PixelFormat_Mono8)
    print(f"found: {found.IsValid()}, a pointer: {isinstance(found, PySpin.ImagePtr)}")
    with tempfile.TemporaryDirectory() as folder:
        images.Save(f"{folder}/images.sil")
        loaded = PySpin.ImageList.Load(f"{folder}/images.sil")
    print(f"loaded: {loaded.GetSize()}, {code_of(loaded.GetByIndex, 3)}")
    images.RemoveByIndex(0)
    images.Append(loaded)
    images.Release()
    print(f"together: {len(images)}")
    images.Clear()
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = keep_images(cam)
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
