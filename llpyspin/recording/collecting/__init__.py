"""Copies recordings to another disk, and proves that the copies are whole."""
