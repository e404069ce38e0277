"""Sessions at fixed times, without anybody there: ``llpyspin record --every 1h --for 10m``."""
