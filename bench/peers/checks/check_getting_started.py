"""How much is to be written until get_time works?"""

import os

import count_lines
from matrix_answer import Answer, counted, figure

ROW = "Getting started"
HOW = ("lines (without comments and blank ones) of the smallest server, client, IDL, build file and commands that"
       " work: bench/peers/minimal, which a test runs. Ours: a server in C++, and the client for Python that comes "
       "with it, which knows get_time")
LIBRARY = True
_PROJECTS = {"timeservice": "timeservice", "apache-cpp": "thrift_cpp", "apache-python": "thrift",
             "thriftpy2": "thriftpy2", "grpc-cpp": "grpc_cpp", "grpc-python": "grpc", "rpyc": "rpyc"}


def check(system) -> Answer:
    lines = count_lines.count_folder(os.path.join(count_lines.MINIMAL, _PROJECTS[system.library]))
    parts = ", ".join(f"{kind} {lines[kind]}" for kind in count_lines.KINDS if lines[kind])
    generated = lines["commands"]
    return figure(lines["total"], "lines", f"{parts}; " + (
        counted(generated, "command") + " before the server runs" if generated else "nothing to generate or build"))
