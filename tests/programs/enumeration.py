"""Find interfaces and cameras, and hear of their coming and going."""

import sys

import PySpin


class SystemHandler(PySpin.SystemEventHandler):
    """Hears of interfaces."""

    def OnInterfaceArrival(self, pInterface):
        print(f"interface arrived: {pInterface.IsValid()}")

    def OnInterfaceRemoval(self, pInterface):
        print(f"interface removed: {pInterface.IsValid()}")


class CameraHandler(PySpin.InterfaceEventHandler):
    """Hears of cameras."""

    def OnDeviceArrival(self, camera):
        print(f"camera arrived: {camera.IsValid()}")

    def OnDeviceRemoval(self, camera):
        print(f"camera removed: {camera.IsValid()}")


def main():
    """Interfaces, their cameras, and handlers for both."""
    system = PySpin.System.GetInstance()
    parts = (PySpin.InterfaceArrivalEventHandler, PySpin.InterfaceRemovalEventHandler)
    parts += (PySpin.DeviceArrivalEventHandler, PySpin.DeviceRemovalEventHandler)
    print(f"handlers: {[issubclass(part, PySpin.EventHandler) for part in parts]}")
    system_handler = SystemHandler()
    system.RegisterEventHandler(system_handler)
    interfaces = system.GetInterfaces()
    print(f"a list of interfaces: {isinstance(interfaces, PySpin.InterfaceList)}, {interfaces.GetSize()}")
    for interface in interfaces:
        cameras = interface.GetCameras()
        kind = PySpin.CEnumerationPtr(interface.GetTLNodeMap().GetNode("InterfaceType")).ToString()
        print(f"{kind}: {cameras.GetSize()} cameras, {isinstance(interface, PySpin.InterfacePtr)}")
        handler = CameraHandler()
        interface.RegisterEventHandler(handler)
        interface.UnregisterEventHandler(handler)
        print(
            f"name: {interface.TLInterface.InterfaceDisplayName.GetValue() != ''}, in use: {interface.IsInUse()}"
        )
        cameras.Clear()
    print(
        f"changed: {system.UpdateCameras()}, type: {system.TLSystem.TLType.GetCurrentEntry().GetSymbolic()}"
    )
    system.UnregisterEventHandler(system_handler)
    print(f"node maps: {isinstance(system.TLSystem, PySpin.TransportLayerSystem)}")
    print(f"of interfaces: {isinstance(interface.TLInterface, PySpin.TransportLayerInterface)}")
    del interface
    interfaces.Clear()
    system.ReleaseInstance()
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
