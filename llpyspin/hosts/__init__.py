"""The host process: the part of a rig on this computer, behind a socket.  This module has no contents."""
