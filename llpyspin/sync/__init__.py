"""Cameras in step: primed, triggered, stopped, and accounted for."""
