"""Where the code made by generate.py is, for the peers that need it: importing this
module puts it on Python's path.

The folder is the environment's PEERS_GENERATED or, without, build/peers-python.
"""

import os
import sys

_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
FOLDER = os.environ.get("PEERS_GENERATED") or os.path.join(_ROOT, "build", "peers-python")


def need(name: str) -> None:
    """Ends the program, with what to do, where `name` was not generated."""
    if not os.path.exists(os.path.join(FOLDER, name)):
        generate = os.path.join(os.path.dirname(os.path.abspath(__file__)), "generate.py")
        sys.exit(f"{FOLDER} has no {name}: run build/peers-venv/bin/python {generate} {FOLDER}")
    sys.path.insert(0, FOLDER)
