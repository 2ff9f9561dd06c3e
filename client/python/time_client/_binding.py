"""Which Thrift library this process uses, and the IDL loaded by it.

thriftpy2 if it is installed, else its ancestor thriftpy, which Debian 12
packages (0.3.9). TIME_CLIENT_THRIFT names one to take that and no other.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import re
from typing import Any

_LIBRARIES = ("thriftpy2", "thriftpy")


def _choose() -> str:
    forced = os.environ.get("TIME_CLIENT_THRIFT", "")
    if forced and forced not in _LIBRARIES:
        raise ImportError(f"TIME_CLIENT_THRIFT={forced!r}: "
                          f"only {' or '.join(_LIBRARIES)} will do")
    for name in (forced,) if forced else _LIBRARIES:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise  # installed, but broken: that is the news
        else:
            return name
    wanted = forced or " nor ".join(_LIBRARIES)
    raise ImportError(f"no {wanted} is installed: pip install thriftpy2, "
                      "or apt install python3-thriftpy")


def load_idl(text: str, name: str) -> Any:
    """The module of an IDL, called time_client.<name>_thrift."""
    # From text and not from a path: old thriftpy reads files in the locale's
    # encoding. It also wants the module name to end in "_thrift".
    return _library.load_fp(io.StringIO(text), f"{__package__}.{name}_thrift")


def _packaged_idl() -> str:
    idl = pkgutil.get_data(__package__, "time_service.thrift")
    if idl is None:
        raise ImportError("time_service.thrift is not in the package")
    return idl.decode("utf-8")


def _has_sound_cython(library: Any) -> bool:
    """The Cython classes of thriftpy 0.3.9 and thriftpy2 0.5 leak as much
    memory as a bad reply announces, up to 2 GB each time, and crash when
    there is no more. thriftpy2 0.6 frees it."""
    version = re.findall(r"\d+", library.__version__)
    return IS_THRIFTPY2 and tuple(map(int, version[:2])) >= (0, 6)


NAME: str = _choose()
IS_THRIFTPY2: bool = NAME == "thriftpy2"
_library: Any = importlib.import_module(NAME)

protocol: Any = importlib.import_module(NAME + ".protocol")
transport: Any = importlib.import_module(NAME + ".transport")
thrift: Any = importlib.import_module(NAME + ".thrift")

# Where to find TBinaryProtocol, TBufferedTransportFactory and
# TFramedTransportFactory: in Cython, or else in pure Python.
if _has_sound_cython(_library):
    binary: Any = protocol
    buffered: Any = transport
    framed: Any = transport
else:
    binary = importlib.import_module(NAME + ".protocol.binary")
    buffered = importlib.import_module(NAME + ".transport.buffered")
    framed = importlib.import_module(NAME + ".transport.framed")

idl: Any = load_idl(_packaged_idl(), "time_service")
service: Any = idl.TimeService
