"""The account of a recording: what happened to every trigger at every camera."""

from llpyspin.recording.account.account import Account, CameraAccount

__all__ = ["Account", "CameraAccount"]
