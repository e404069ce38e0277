"""Get the log of the SDK by an event handler."""

import sys

import PySpin


class LoggingEventHandlerImpl(PySpin.LoggingEventHandler):
    """Keeps what it hears."""

    def __init__(self):
        super().__init__()
        self.heard = []
        self.pointers = False

    def OnLogEvent(self, logging_event_data):
        data = logging_event_data
        self.pointers = isinstance(data, PySpin.LoggingEventDataPtr)
        self.heard.append((data.GetPriorityName(), data.GetCategoryName() != "", data.GetLogMessage() != ""))


def main():
    """Everything from DEBUG upwards."""
    system = PySpin.System.GetInstance()
    handler = LoggingEventHandlerImpl()
    system.RegisterLoggingEventHandler(handler)
    system.SetLoggingEventPriorityLevel(PySpin.SPINNAKER_LOG_LEVEL_DEBUG)
    print(f"level: {system.GetLoggingEventPriorityLevel() == PySpin.SPINNAKER_LOG_LEVEL_DEBUG}")
    system.UpdateCameras()
    print(f"by pointers: {handler.pointers}")
    print(f"heard: {len(handler.heard) > 0}, {sorted(set(handler.heard))[0]}")
    system.UnregisterAllLoggingEventHandlers()
    heard = len(handler.heard)
    system.UpdateCameras()
    print(f"silent: {len(handler.heard) == heard}")
    system.ReleaseInstance()
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
