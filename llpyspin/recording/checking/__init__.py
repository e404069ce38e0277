"""Checks recordings against their files."""
