"""The bootstrap registers of a camera, which ReadPort and WritePort reach by address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.virtual.exceptions import INVALID_PARAMETER, IO_ERROR, raise_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual._seam import Model, Registers

__all__ = ["BootstrapRegisters"]

_GIGE = {
    **{"DeviceVendorName": (0x48, 32), "DeviceModelName": (0x68, 32), "DeviceVersion": (0x88, 32)},
    **{"DeviceManufacturerInfo": (0xA8, 48), "DeviceSerialNumber": (0xD8, 16), "DeviceUserID": (0xE8, 16)},
}
"""Address and length of texts in a device of GigE Vision."""
_USB3 = {
    **{"DeviceVendorName": (0x4, 64), "DeviceModelName": (0x44, 64), "DeviceVersion": (0xC4, 64)},
    **{"DeviceManufacturerInfo": (0x104, 64), "DeviceSerialNumber": (0x144, 64), "DeviceUserID": (0x184, 64)},
}
"""The same in a device of USB3 Vision."""
_GIGE_NUMBERS = {
    **{"GevCurrentIPAddress": 0x24, "GevCurrentSubnetMask": 0x34, "GevHeartbeatTimeout": 0x938},
    **{"GevNumberOfInterfaces": 0x600, "GevSCPSPacketSize": 0xD04, "GevSCPD": 0xD08},
}
_WRITABLE = ("GevHeartbeatTimeout", "GevSCPD")
_VERSION = {"GigE": 0x00010002, "USB3": 0x00010001}
"""Of GigE Vision, of the control protocol GenCP: what the register at 0 holds."""


class BootstrapRegisters:
    """Registers with fixed addresses, as numbers of four bytes.

    Parameters
    ----------
    model : Model
    serial : str
    registers : Registers
        Where the values are.
    """

    def __init__(self, model: Model, serial: str, registers: Registers) -> None:
        self._gige = model.interface == "GigE"
        self._registers = registers
        self._readers: dict[int, Callable[[], int]] = {0: lambda: _VERSION[model.interface]}
        for name, (start, length) in (_GIGE if self._gige else _USB3).items():
            for place in range(0, length, 4):
                self._readers[start + place] = self._reader_of_text(name, place)
        self._numbers = _GIGE_NUMBERS if self._gige else {}
        for name, address in self._numbers.items():
            self._readers[address] = self._reader_of_number(name)

    def read(self, address: int) -> int:
        reader = self._readers.get(_whole(address, "ReadPort"))
        if reader is None:
            raise_error("Could not read remote Port on device", IO_ERROR)
        return reader()

    def write(self, address: int, value: int) -> None:
        place = _whole(address, "WritePort")
        if not isinstance(value, int) or not 0 <= value < 1 << 32:
            raise_error(f"Invalid value {value!r}: a register has four bytes.", INVALID_PARAMETER)
        name = next((name for name in _WRITABLE if self._numbers.get(name) == place), None)
        if name is None:
            raise_error("Could not write remote Port on device", IO_ERROR)
        self._registers.set(name, value)

    def _reader_of_text(self, name: str, place: int) -> Callable[[], int]:
        order = "big" if self._gige else "little"

        def read() -> int:
            data = str(self._registers.get(name)).encode()[place : place + 4].ljust(4, b"\0")
            return int.from_bytes(data, order)  # type: ignore[arg-type]

        return read

    def _reader_of_number(self, name: str) -> Callable[[], int]:
        return lambda: int(self._registers.get(name))


def _whole(address: int, method: str) -> int:
    if not isinstance(address, int):
        raise TypeError(f"in method 'CameraBase_{method}', argument 2 of type 'uint64_t', not {address!r}")
    return address
