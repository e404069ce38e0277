"""Repairs recordings whose writer was killed."""
