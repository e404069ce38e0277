"""Completes recordings whose writer was killed."""
