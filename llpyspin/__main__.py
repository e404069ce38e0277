"""``python -m llpyspin``: the same as the command ``llpyspin``."""

import sys

from llpyspin.cli import main

sys.exit(main())
