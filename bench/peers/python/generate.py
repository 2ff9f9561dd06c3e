"""generate.py FOLDER: makes the code of peer.thrift and peer.proto that the Python peers import.

Thrift's comes from its compiler (TIMESERVICE_THRIFT, or thrift on the path), gRPC's from
grpcio-tools, which the running interpreter must have. What is absent is said and left out;
the exit code is 1 only if a generator fails.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from typing import List

_PEERS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def commands(folder: str) -> List[List[str]]:
    """Of the generators that are there."""
    found = []
    thrift = shutil.which(os.environ.get("TIMESERVICE_THRIFT", "thrift"))
    if thrift is not None:
        found.append([thrift, "--gen", "py", "-out", folder, os.path.join(_PEERS, "peer.thrift")])
    else:
        print("generate.py: no Thrift compiler: nothing for Apache's library", file=sys.stderr)
    if importlib.util.find_spec("grpc_tools") is not None:
        found.append([sys.executable, "-m", "grpc_tools.protoc", "-I", _PEERS, "--python_out", folder,
                      "--grpc_python_out", folder, os.path.join(_PEERS, "peer.proto")])
    else:
        print(f"generate.py: {sys.executable} has no grpcio-tools: nothing for gRPC", file=sys.stderr)
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: generate.py FOLDER", file=sys.stderr)
        return 2
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    for command in commands(folder):
        done = subprocess.run(command, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            print(f"generate.py: {command[0]} ended with {done.returncode}: {' '.join(command)}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
