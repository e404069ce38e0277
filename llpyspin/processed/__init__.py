"""ProcessedRecorder: runs scripts that were written for ProcessedPiRecorder."""

from llpyspin.processed.recorder import ProcessedRecorder

__all__ = ["ProcessedRecorder"]
