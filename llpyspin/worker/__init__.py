"""The camera process, which alone has the SDK's handle."""
