"""Other programs' readers on exported recordings, in an environment of their own: see ``.ci/run``."""
