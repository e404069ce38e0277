"""Names that users type: those that were renamed, and those that do not exist."""
