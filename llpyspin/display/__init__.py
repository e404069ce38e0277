"""The preview process from inside, and the window that it shows; ``llpyspin view`` has the same window."""
