"""PySpin in the processes that a program starts which runs on virtual cameras: they import it anew."""

from llpyspin.virtual.substituting import as_in_parent

as_in_parent()
