"""Figures of merit, each measured as ratios within one run: ``python -m benchmarks.transport``."""
