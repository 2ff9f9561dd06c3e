"""How much documentation is on the disk once it is installed?"""

from __future__ import annotations

import ast
import gzip
import importlib.util
import os
import re
import subprocess
from typing import Iterable, List

from matrix_answer import Answer, Missing, counted, figure
from matrix_systems import ROOT

ROW = "Documentation that is installed"
HOW = ("words of prose in what is installed: docstrings of the Python package (without code that is generated or "
       "tests), comments of the C++ package's headers (without licences), man pages and documents of the package;"
       " web sites, books and forums are not counted")
LIBRARY = True
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
_PYTHON = {"apache-python": "thrift", "thriftpy2": "thriftpy2", "grpc-python": "grpc", "rpyc": "rpyc"}
_DEBIAN = {"apache-cpp": ("libthrift-dev", "thrift-compiler"),
           "grpc-cpp": ("libgrpc++-dev", "libgrpc-dev", "protobuf-compiler-grpc")}
_LICENCE = re.compile(r"licen[cs]e|copyright", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/|(?:^[ \t]*//[^\n]*\n)+", re.DOTALL | re.MULTILINE)


def words(text: str) -> int:
    return len(_WORD.findall(text))


def docstring_words(path: str) -> int:
    with open(path, encoding="utf-8", errors="replace") as file:
        try:
            tree = ast.parse(file.read())
        except SyntaxError:
            return 0
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return sum(words(ast.get_docstring(node) or "") for node in ast.walk(tree) if isinstance(node, kinds))


def comment_words(path: str) -> int:
    with open(path, encoding="utf-8", errors="replace") as file:
        return sum(words(comment) for comment in _COMMENT.findall(file.read()) if not _LICENCE.search(comment))


def text_words(path: str) -> int:
    opened = gzip.open(path, "rt", encoding="utf-8", errors="replace") if path.endswith(".gz") else open(
        path, encoding="utf-8", errors="replace")
    with opened as file:
        return words(file.read())


def _files_below(folder: str, ending: str) -> Iterable[str]:
    for where, _, names in os.walk(folder):
        yield from (os.path.join(where, name) for name in names if name.endswith(ending))


def check(system) -> Answer:
    if system.library in _PYTHON:
        return _of_python(_PYTHON[system.library])
    if system.library in _DEBIAN:
        return _of_debian(_DEBIAN[system.library])
    return _of_this_project()


def _of_python(package: str) -> Answer:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        raise Missing(f"the Python package {package} is not installed")
    folder = os.path.dirname(spec.origin)
    files = [path for path in _files_below(folder, ".py") if "/tests/" not in path and not path.endswith("_pb2.py")]
    total = sum(map(docstring_words, files))
    return figure(total, "words", f"docstrings of {len(files)} modules; no man page")


def _of_debian(packages: Iterable[str]) -> Answer:
    paths: List[str] = []
    for package in packages:
        listed = subprocess.run(["dpkg-query", "-L", package], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if listed.returncode != 0:
            raise Missing(f"the Debian package {package} is not installed")
        paths += [path for path in listed.stdout.splitlines() if os.path.isfile(path)]
    headers = [path for path in paths if path.endswith((".h", ".tcc"))]
    pages = [path for path in paths if "/man/" in path]
    documents = [path for path in paths if "/doc/" in path
                 and not re.search(r"changelog|copyright|NEWS", os.path.basename(path))]
    by_comments = sum(map(comment_words, headers))
    by_texts = sum(map(text_words, pages + documents))
    return figure(by_comments + by_texts, "words",
                  f"comments of {len(headers)} headers {by_comments:,}, {counted(len(pages), 'man page')} and "
                  f"{counted(len(documents), 'document')} {by_texts:,}")


def _of_this_project() -> Answer:
    # What ./dev install and the package bring. README and docs/ are not among it.
    headers = [path for folder in ("wire", os.path.join("server", "host"), "client")
               for path in _files_below(os.path.join(ROOT, folder), ".h")
               if not os.path.basename(path).startswith("cli_")]  # of the program time-client
    pages = list(_files_below(os.path.join(ROOT, "packaging", "man"), ".in"))
    modules = list(_files_below(os.path.join(ROOT, "client", "python", "time_client"), ".py"))
    idl = os.path.join(ROOT, "idl", "time_service.thrift")
    by_comments = sum(map(comment_words, [*headers, idl]))
    by_docstrings = sum(map(docstring_words, modules))
    by_texts = sum(map(text_words, pages))
    return figure(by_comments + by_docstrings + by_texts, "words",
                  f"comments of {len(headers)} headers and the IDL {by_comments:,}, docstrings {by_docstrings:,}, "
                  f"{counted(len(pages), 'man page')} {by_texts:,}")
