"""The writer process from inside."""
