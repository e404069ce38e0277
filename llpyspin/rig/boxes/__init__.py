"""Pulse boxes: microcontrollers that send the trigger pulses of a rig, and count them."""
