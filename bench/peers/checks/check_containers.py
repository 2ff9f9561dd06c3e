"""Which containers can the IDL describe, and does a value of each survive?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from matrix_answer import Answer, Missing, figure
from matrix_systems import THRIFT

ROW = "Containers"
HOW = ("a list, a set and a map of numbers, and a list of lists: how many of the four does the IDL take and give "
       "back as such, once encoded and decoded?")
LIBRARY = True

KINDS = {"list": [3, 1, 2], "set": {1, 2, 3}, "map": {1: 10, 2: 20}, "list of lists": [[1], [2, 3]]}
_THRIFT_TYPES = {"list": "list<i32>", "set": "set<i32>", "map": "map<i32, i32>", "list of lists": "list<list<i32>>"}
_PROTO_TYPES = {"list": "repeated int32", "set": "set<int32>", "map": "map<int32, int32>",
                "list of lists": "repeated repeated int32"}


def check(system) -> Answer:
    how = {"thriftpy2": _thriftpy2, "apache-python": _apache_python, "grpc-python": _grpc_python, "rpyc": _rpyc,
           "grpc-cpp": _grpc_cpp}.get(system.library, _apache_cpp)
    survived = [kind for kind in KINDS if how(kind)]
    return figure(len(survived), "of 4", ", ".join(survived) + {
        "grpc-cpp": "; taken by the compiler", "timeservice": "; taken by the compiler",
        "apache-cpp": "; taken by the compiler", "rpyc": "; by reference, of which the client makes copies",
    }.get(system.library, "; encoded and decoded"))


def _idl(kind: str) -> str:
    return f"struct Holder {{ 1: {_THRIFT_TYPES[kind]} held }}\n"


def _compiled(command, name: str, text: str, folder: str) -> bool:
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(text)
    try:
        return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=15).returncode == 0
    except FileNotFoundError:
        raise Missing(f"no {command[0]}") from None


def _proto(kind: str) -> str:
    return f'syntax = "proto3";\nmessage Holder {{ {_PROTO_TYPES[kind]} held = 1; }}\n'


def _apache_cpp(kind: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        return _compiled([THRIFT, "--gen", "cpp", "-out", folder, "holder.thrift"], "holder.thrift", _idl(kind), folder)


def _grpc_cpp(kind: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        return _compiled(["protoc", "--cpp_out=.", "holder.proto"], "holder.proto", _proto(kind), folder)


def _apache_python(kind: str) -> bool:
    code = ("import sys; sys.path.insert(0, '.')\n"
            "from holder.ttypes import Holder\n"
            "from thrift.TSerialization import serialize, deserialize\n"
            f"assert deserialize(Holder(), serialize(Holder(held={KINDS[kind]!r}))).held == {KINDS[kind]!r}\n")
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        return (_compiled([THRIFT, "--gen", "py", "-out", folder, "holder.thrift"], "holder.thrift", _idl(kind), folder)
                and _compiled([sys.executable, "try.py"], "try.py", code, folder))


def _grpc_python(kind: str) -> bool:
    value = KINDS[kind]
    fill = "holder.held.update(value)" if isinstance(value, dict) else "holder.held.extend(value)"
    code = ("import sys; sys.path.insert(0, '.')\n"
            "from holder_pb2 import Holder\n"
            f"holder, value = Holder(), {value!r}\n"
            f"{fill}\n"
            "held = Holder.FromString(holder.SerializeToString()).held\n"
            "assert type(value)(held) == value\n")
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        return (_compiled([sys.executable, "-m", "grpc_tools.protoc", "-I.", "--python_out=.", "holder.proto"],
                          "holder.proto", _proto(kind), folder)
                and _compiled([sys.executable, "try.py"], "try.py", code, folder))


def _thriftpy2(kind: str) -> bool:
    import io

    from thriftpy2.parser import load_fp
    from thriftpy2.utils import deserialize, serialize
    holder = load_fp(io.StringIO(_idl(kind)), f"holder_{kind.replace(' ', '_')}_thrift").Holder
    return deserialize(holder(), serialize(holder(held=KINDS[kind]))).held == KINDS[kind]


def _rpyc(kind: str) -> bool:
    from rpyc_pair import served

    class Echo:
        def exposed_value(self):
            return KINDS[kind]

    with served(Echo()) as root:
        value = root.value()
        copy = {key: value[key] for key in value} if kind == "map" else type(KINDS[kind])(value)
        return [list(item) for item in copy] == KINDS[kind] if kind == "list of lists" else copy == KINDS[kind]
