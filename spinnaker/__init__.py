"""The Spinnaker SDK on a machine: ``python -m spinnaker.install``.

Nothing here needs anything but Python's standard library: it runs before anything else is installed.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - it runs before anything has looked at the version
    raise SystemExit("spinnaker.install needs Python 3.10 or newer, as llpyspin does")
