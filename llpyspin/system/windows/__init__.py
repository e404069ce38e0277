"""What the modules of ``system/`` are on Windows, as far as it is written."""
