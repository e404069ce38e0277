"""ProcessedRecorder: scripts that were written for ProcessedPiRecorder run with cameras of this package."""

from llpyspin.processed.recorder import ProcessedRecorder

__all__ = ["ProcessedRecorder"]
