"""In how many languages can clients be written?"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
from typing import List

from matrix_answer import Answer, Missing, figure
from matrix_systems import PEERS, THRIFT

ROW = "Languages that the installed compiler generates"
HOW = ("generators of the compiler on this machine that make code of the service from bench/peers/peer.thrift or "
       "peer.proto. Of gRPC, Debian's plugins: those of Go, Java, C# and others are packages of their own, and are not "
       "counted; of Thrift, all that its compiler makes, whether or not a library for it is at hand")
LIBRARY = True
# Of Thrift's generators, those that make no client.
_NO_CODE = ("gv", "html", "json", "markdown", "xml", "xsd")


def _runs(*command: str) -> bool:
    """Whether it succeeds and writes a file into the folder that it ends with."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        try:
            done = subprocess.run([word.replace("FOLDER", folder) for word in command], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=15)
        except FileNotFoundError:
            raise Missing(f"no {command[0]}") from None
        return done.returncode == 0 and any(files for _, _, files in os.walk(folder))


@functools.lru_cache(maxsize=None)
def _of_thrift() -> List[str]:
    try:
        text = subprocess.run([THRIFT, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=15)
    except FileNotFoundError:
        raise Missing(f"no Thrift compiler {THRIFT}") from None
    names = re.findall(r"^  (\w+) \(", text.stdout + text.stderr, re.MULTILINE)
    return [name for name in names if name not in _NO_CODE
            and _runs(THRIFT, "--gen", name, "-out", "FOLDER", os.path.join(PEERS, "peer.thrift"))]


@functools.lru_cache(maxsize=None)
def _of_grpc() -> List[str]:
    plugins = sorted(name for name in os.listdir("/usr/bin") if re.fullmatch(r"grpc_\w+_plugin", name))
    return [name[5:-7] for name in plugins
            if _runs("protoc", "-I", PEERS, "--grpc_out=FOLDER", f"--plugin=protoc-gen-grpc=/usr/bin/{name}",
                     "peer.proto")]


def check(system) -> Answer:
    if system.library == "rpyc":
        return figure(1, "language", "Python: its messages are Python's objects and references to them")
    names = _of_grpc() if system.family == "grpc" else _of_thrift()
    return figure(len(names), "languages", ", ".join(names))
