"""The code of peer.thrift and peer.proto that the Python peers import, made for one test.

    PEERS_PYTHON  the interpreter of the virtual environment with requirements.txt
"""

import atexit
import functools
import os
import subprocess
import sys
import tempfile

from peer_process import PATIENCE_S, ROOT

SOURCES = os.path.join(ROOT, "bench", "peers", "python")
VENV = os.environ.get("PEERS_PYTHON", os.path.join(ROOT, "build", "peers-venv", "bin", "python"))


@functools.lru_cache(maxsize=None)
def generate() -> None:
    """Once for all peers. Comes before the import of what reads PEERS_GENERATED, which is catalog.py."""
    folder = tempfile.TemporaryDirectory(prefix="peers-python-")
    atexit.register(folder.cleanup)
    python = VENV if os.path.exists(VENV) else sys.executable
    subprocess.run([python, os.path.join(SOURCES, "generate.py"), folder.name], check=True, timeout=PATIENCE_S)
    os.environ["PEERS_GENERATED"] = folder.name
