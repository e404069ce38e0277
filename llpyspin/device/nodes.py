"""Typed access to GenICam nodes by name; errors name what is allowed."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.device.nodefacts import REPEATABLE
from llpyspin.device.sdkcall import Code, SdkFailure, call, call_again, camera_error
from llpyspin.device.values import as_bool, as_entry, as_float, as_int, check, refuse
from llpyspin.errors import CameraLostError, LlpyspinError, SdkError, SettingError, SettingLockedError
from llpyspin.naming.known import meant
from llpyspin.naming.nearest import nearest_words
from llpyspin.settings import Limits, NodeInfo
from llpyspin.settings.applying import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.settings import AccessMode

__all__ = ["Node", "NodeMap"]

log = logging.getLogger(__name__)

_ACCESS: tuple[AccessMode, ...] = ("NI", "NA", "WO", "RO", "RW")
_VISIBILITY = ("Beginner", "Expert", "Guru", "Invisible")
_KINDS = {  # principal interface -> (kind, pointer class)
    "intfIInteger": ("Integer", "CIntegerPtr"),
    "intfIFloat": ("Float", "CFloatPtr"),
    "intfIBoolean": ("Boolean", "CBooleanPtr"),
    "intfIEnumeration": ("Enumeration", "CEnumerationPtr"),
    "intfIString": ("String", "CStringPtr"),
    "intfICommand": ("Command", "CCommandPtr"),
    "intfICategory": ("Category", "CCategoryPtr"),
    "intfIRegister": ("Register", "CRegisterPtr"),
}


class Node:
    """One node of a node map.

    Values are exchanged as int, float, bool or str (the symbolic name for an enumeration).
    """

    __slots__ = ("_camera", "_pointer", "_sdk", "kind", "name")

    def __init__(self, sdk: Any, pointer: Any, name: str, kind: str, camera: str) -> None:
        self._sdk = sdk
        self._pointer = pointer
        self._camera = camera
        self.name = name
        self.kind = kind

    @property
    def access(self) -> AccessMode:
        return _ACCESS[int(self._ask("GetAccessMode"))]

    @property
    def readable(self) -> bool:
        return self.access in ("RO", "RW")

    @property
    def writable(self) -> bool:
        return self.access in ("WO", "RW")

    def get(self) -> Any:
        """The value that the camera has now."""
        if self.kind == "Enumeration":
            return str(self._ask("ToString"))
        if self.kind in ("Integer", "Float", "Boolean", "String"):
            cast = {"Integer": int, "Float": float, "Boolean": bool, "String": str}[self.kind]
            return cast(self._ask("GetValue"))
        if self.kind == "Register":
            return str(self._ask("ToString"))
        return None

    def held(self) -> Any:
        """The same, but None where it cannot be read just now, as where its register holds no valid value."""
        if not self.readable:
            return None
        try:
            return self.get()
        except CameraLostError:
            raise
        except LlpyspinError as error:
            log.warning("%s cannot be read, and is passed over: %s", self.name, str(error))
            return None

    def int_value(self) -> int:
        """The camera's own integer for the present entry of an enumeration."""
        return int(self._ask("GetIntValue"))

    def set(self, value: object, why: str = "") -> None:
        """Write a value, validated beforehand; ``why`` explains the limits where one is passed."""
        value = self._validated(value, why)
        if not self.writable:
            raise self._locked(value)
        method = "FromString" if self.kind in ("Enumeration", "Register") else "SetValue"
        try:
            call_again(self._sdk, getattr(self._pointer, method), value)
        except SdkFailure as failure:
            error = self._refused(failure, value)
        else:
            return
        raise error

    def put(self, value: object) -> None:
        """Write a value only if the camera does not have it already."""
        if self.held() != value:
            self.set(value)

    def execute(self, timeout_s: float = 5.0) -> None:
        """Carry out a command and wait, at most ``timeout_s``, until the camera has done so."""
        if self.kind != "Command":
            raise SettingError(f"{self.name} is no command but of type {self.kind}", setting=self.name)
        if not self.writable:
            raise self._locked(None)
        try:
            self._carry_out()
            deadline = Deadline(timeout_s)
            while not call_again(self._sdk, self._pointer.IsDone):
                if deadline.passed:
                    break
                time.sleep(0.005)  # a camera's register; there is nothing to be woken by
            else:
                return
        except SdkFailure as failure:
            error: LlpyspinError = self._refused(failure, None)
        else:
            error = SettingError(f"{self.name} was not done after {timeout_s} s", setting=self.name)
        raise error

    def limits(self) -> Limits:
        """What the node accepts now (empty where it has no limits)."""
        if self.kind == "Enumeration":
            return Limits(entries=self.entries())
        if self.kind == "Integer":
            low, high, step = (int(self._ask(f"Get{what}")) for what in ("Min", "Max", "Inc"))
            return Limits(low, high, step, self._unit())
        if self.kind == "Float":
            grain = float(self._ask("GetInc")) if self._ask("HasInc") else None
            return Limits(float(self._ask("GetMin")), float(self._ask("GetMax")), grain, self._unit())
        return Limits()

    def entries(self) -> tuple[str, ...]:
        """Names of the entries of an enumeration that can be chosen now."""
        try:
            return tuple(self._entries())
        except SdkFailure as failure:
            error = self._refused(failure, None)
        raise error

    def info(self, category: str = "") -> NodeInfo:
        """Everything that the camera reports about the node."""
        access = self.access
        value, limits = None, Limits()
        if access in ("RO", "RW"):
            value = self.get()
            limits = self.limits()
        return NodeInfo(
            name=self.name,
            type=self.kind,
            access=access,
            value=value,
            limits=limits,
            display_name=str(self._ask("GetDisplayName")),
            description=str(self._ask("GetDescription") or self._ask("GetToolTip")),
            category=category,
            visibility=_VISIBILITY[min(3, int(self._ask("GetVisibility")))],
        )

    def forget(self) -> None:
        """Let go of the SDK's node, which would keep the camera from being closed."""
        self._pointer = None

    # ---- internals

    def _carry_out(self) -> None:
        if self.name in REPEATABLE:
            call_again(self._sdk, self._pointer.Execute)
            return
        try:
            call(self._sdk, self._pointer.Execute)
            return
        except SdkFailure as failed:
            failure = failed
        if failure.code == Code.ACCESS:
            raise failure
        call_again(self._sdk, self._pointer.IsDone)  # raises that of a camera that has gone
        raise SdkError(
            f"camera {self._camera}: {self.name} failed, and it is not known whether the camera did it. It "
            f"answers, so repeat it if that does no harm ({failure.text})",
            camera=self._camera,
            errorcode=failure.code,
        )

    def _ask(self, method: str) -> Any:
        try:
            return call_again(self._sdk, getattr(self._pointer, method))
        except SdkFailure as failure:
            error = self._refused(failure, None)
        raise error

    def _unit(self) -> str:
        unit = str(self._ask("GetUnit"))
        return "us" if unit in ("µs", "μs") else unit

    def _entries(self) -> Iterator[str]:
        for raw in call(self._sdk, self._pointer.GetEntries):
            entry = call(self._sdk, self._sdk.CEnumEntryPtr, raw)
            if call(self._sdk, self._sdk.IsAvailable, entry):
                yield str(call(self._sdk, entry.GetSymbolic))

    def _validated(self, value: object, why: str) -> Any:
        if self.kind == "Integer":
            number = as_int(self.name, value)
            check(self.name, number, self.limits(), why)
            return number
        if self.kind == "Float":
            real = as_float(self.name, value)
            check(self.name, real, self.limits(), why)
            return real
        if self.kind == "Boolean":
            return as_bool(self.name, value)
        if self.kind == "Enumeration":
            return as_entry(self.name, value, self.entries())
        if self.kind in ("String", "Register") and isinstance(value, str):
            return value
        raise refuse(self.name, value, f"a {self.kind} cannot be set to it")

    def _locked(self, value: object) -> SettingLockedError:
        return SettingLockedError(
            f"{self.name} cannot be written in the camera's present state (access {self.access})",
            setting=self.name,
            value=value,
        )

    def _refused(self, failure: SdkFailure, value: object) -> LlpyspinError:
        if failure.code == Code.ACCESS:
            return SettingLockedError(
                f"{self.name} cannot be read or written in the camera's present state: {failure.text}",
                setting=self.name,
                value=value,
            )
        if failure.code in (Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE):
            if value is None:
                return SettingError(f"{self.name} holds no valid value: {failure.text}", setting=self.name)
            return refuse(self.name, value, failure.text)
        return camera_error(failure, f"using node {self.name}", self._camera)


class NodeMap:
    """The nodes of one of a camera's node maps, by name.

    Nodes are looked up once and kept until :meth:`close`.
    """

    def __init__(self, sdk: Any, raw: Any, camera: str) -> None:
        self._sdk = sdk
        self._raw = raw
        self._camera = camera
        self._nodes: dict[str, Node | None] = {}
        self._categories: dict[str, str] = {}

    def find(self, name: str) -> Node | None:
        """The node, or None if this camera has none of that name."""
        if name not in self._nodes:
            self._nodes[name] = self._look_up(name)
        return self._nodes[name]

    def node(self, name: str) -> Node:
        """The node, or an error that suggests names like it."""
        found = self.find(name)
        if found is None or found.access == "NI":
            near = nearest_words(name, self.names(), 3)
            setting = meant(name, SETTINGS)
            near = near or ([f"the setting {setting!r}"] if setting else [])
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise SettingError(f"camera {self._camera} has no node {name!r}{hint}", setting=name)
        return found

    def usable(self, name: str) -> Node | None:
        """The node if it is there and can be read now."""
        found = self.find(name)
        return found if found is not None and found.readable else None

    def first(self, *names: str) -> Node | None:
        """The first of these nodes that this camera implements (names changed between generations)."""
        for name in names:
            found = self.find(name)
            if found is not None and found.access != "NI":
                return found
        return None

    def names(self) -> list[str]:
        """Names of all features, in the order of the camera's categories."""
        if not self._categories:
            try:
                self._walk()
            except SdkFailure as failure:
                error = camera_error(failure, "listing the nodes", self._camera)
                raise error from None
        return list(self._categories)

    def category(self, name: str) -> str:
        """The category that a feature stands in, as "AcquisitionControl"."""
        self.names()
        return self._categories.get(name, "")

    def close(self) -> None:
        """Let go of every node; the map cannot be used afterwards."""
        for node in self._nodes.values():
            if node is not None:
                node.forget()
        self._nodes.clear()
        self._raw = None

    # ---- internals

    def _look_up(self, name: str) -> Node | None:
        try:
            raw = call(self._sdk, self._raw.GetNode, name)
            if raw is None:
                return None
            kinds = {getattr(self._sdk, key): kind for key, kind in _KINDS.items()}
            kind, cast = kinds.get(call(self._sdk, raw.GetPrincipalInterfaceType), ("", ""))
            if not kind:
                return None
            pointer = call(self._sdk, getattr(self._sdk, cast), raw)
            return Node(self._sdk, pointer, name, kind, self._camera) if pointer.IsValid() else None
        except SdkFailure as failure:
            error = camera_error(failure, f"looking up node {name}", self._camera)
        raise error from None

    def _walk(self) -> None:
        waiting = ["Root"]
        while waiting:
            category = waiting.pop(0)
            raw = call(self._sdk, self._raw.GetNode, category)
            for feature in (
                call(self._sdk, self._sdk.CCategoryPtr(raw).GetFeatures) if raw is not None else ()
            ):
                name = str(call(self._sdk, self._sdk.CNodePtr(feature).GetName))
                kind = call(self._sdk, self._sdk.CNodePtr(feature).GetPrincipalInterfaceType)
                if kind == self._sdk.intfICategory:
                    waiting.append(name)
                else:
                    self._categories.setdefault(name, category)
