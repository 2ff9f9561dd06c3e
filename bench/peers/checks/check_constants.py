"""Can the IDL hold constants that both ends see?"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile

from matrix_answer import Answer, Missing, either, no
from matrix_systems import THRIFT

ROW = "Constants in the IDL"
HOW = "a number and a map are declared as constants in the IDL: are they in what the compiler makes of it?"
LIBRARY = True
_THRIFT = 'const i32 LIMIT = 4711\nconst map<string, i32> PORTS = {"time": 9090}\n'
_PROTO = 'syntax = "proto3";\nconst int32 LIMIT = 4711;\n'


def check(system) -> Answer:
    if system.library == "thriftpy2":
        from thriftpy2.parser import load_fp
        made = load_fp(io.StringIO(_THRIFT), "limits_thrift")
        return either((made.LIMIT, made.PORTS) == (4711, {"time": 9090}), f"LIMIT {made.LIMIT}, PORTS {made.PORTS}")
    if system.library == "rpyc":
        return no("there is no IDL")
    generator = {"grpc-cpp": ["protoc", "--cpp_out=.", "limits.proto"],
                 "grpc-python": [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--python_out=.", "limits.proto"],
                 "apache-python": [THRIFT, "--gen", "py", "-out", ".", "limits.thrift"],
                 }.get(system.library, [THRIFT, "--gen", "cpp", "-out", ".", "limits.thrift"])
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        name = generator[-1]
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(_PROTO if name.endswith(".proto") else _THRIFT)
        try:
            done = subprocess.run(generator, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=15)
        except FileNotFoundError:
            raise Missing(f"no {generator[0]}") from None
        if done.returncode != 0:
            return no("refused by the compiler: " + done.stderr.strip().splitlines()[0][:120])
        holding = [path for path in _files(folder) if path != name and "4711" in _text(folder, path)]
        return either(bool(holding), "LIMIT and PORTS are in " + ", ".join(map(os.path.basename, holding)))


def _files(folder: str):
    for where, _, names in os.walk(folder):
        yield from (os.path.relpath(os.path.join(where, name), folder) for name in names)


def _text(folder: str, path: str) -> str:
    with open(os.path.join(folder, path), encoding="utf-8", errors="replace") as file:
        return file.read()
