"""What the modules of ``system/`` are on Linux; everybody imports those, not these."""
