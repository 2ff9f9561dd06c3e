"""Runs Python under the interpreter that has a library, with the client package
of this source tree.

    under.py thriftpy|thriftpy2 ARGUMENT...

thriftpy is Debian's package, thriftpy2 is in the virtual environment. Where the
library is absent this says so aloud and exits with 77, or, if it could have been
installed and TIMESERVICE_NO_SKIP=1, with 1.
"""

import os
import subprocess
import sys
import unittest

from system_test import need_thriftpy

_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
_SKIPPED = 77


def main() -> int:
    library, *arguments = sys.argv[1:]
    try:
        python = need_thriftpy(library)
    except unittest.SkipTest:
        return _SKIPPED
    environment = {**os.environ, "TIME_CLIENT_THRIFT": library,
                   "PYTHONPATH": os.path.join(_ROOT, "client", "python")}
    return subprocess.run([python, *arguments], env=environment,
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
