"""The pure parts of the test device on the wire: packets, registers, who may do what."""
