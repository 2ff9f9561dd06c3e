"""Which Thrift library this process uses, and the IDL loaded by it.

thriftpy2 if it is installed, else its ancestor thriftpy, which Debian 12
packages (0.3.9). TIME_CLIENT_THRIFT names one to take that and no other.

The library is loaded when something of it is first used, so that its absence
is an error of whoever calls, and not a traceback of an import.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import re
import threading
from typing import Any, Dict

from .errors import ThriftMissing, one_line

_LIBRARIES = ("thriftpy2", "thriftpy")

_loading = threading.RLock()


def __getattr__(name: str) -> Any:
    """NAME, IS_THRIFTPY2 and the modules of the library; ``idl`` and its
    ``service``; where to find TBinaryProtocol, TBufferedTransportFactory and
    TFramedTransportFactory: ``binary``, ``buffered`` and ``framed``.

    Throws ThriftMissing.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    with _loading:
        if "NAME" not in globals():
            globals().update(_load(_choose()))
    try:
        return globals()[name]
    except KeyError:
        raise AttributeError(name) from None


def _choose() -> str:
    forced = os.environ.get("TIME_CLIENT_THRIFT", "")
    if forced and forced not in _LIBRARIES:
        raise ThriftMissing(f"TIME_CLIENT_THRIFT={forced!r}: "
                            f"only {' or '.join(_LIBRARIES)} will do")
    for name in (forced,) if forced else _LIBRARIES:
        try:
            importlib.import_module(name)
        except Exception as error:
            if isinstance(error, ModuleNotFoundError) and error.name == name:
                continue
            # Installed, but broken, or too old for this Python: that is the
            # news, and not what else there may be.
            raise ThriftMissing(
                f"{name} is installed, but cannot be loaded "
                f"({one_line(error)}): pip install --force-reinstall "
                "thriftpy2") from error
        return name
    missing = (f"TIME_CLIENT_THRIFT={forced}, which is not installed"
               if forced else "neither thriftpy2 nor thriftpy is installed")
    raise ThriftMissing(f"{missing}: pip install thriftpy2, or apt install "
                        "python3-thriftpy")


def _load(name: str) -> Dict[str, Any]:
    library: Any = importlib.import_module(name)
    found: Dict[str, Any] = {
        "library": library, "IS_THRIFTPY2": name == "thriftpy2",
        **{part: importlib.import_module(f"{name}.{part}")
           for part in ("protocol", "transport", "thrift")}}
    if _has_sound_cython(name, library):
        found.update(binary=found["protocol"], buffered=found["transport"],
                     framed=found["transport"])
    else:  # in pure Python
        found.update(
            binary=importlib.import_module(name + ".protocol.binary"),
            buffered=importlib.import_module(name + ".transport.buffered"),
            framed=importlib.import_module(name + ".transport.framed"))
    found["idl"] = _load_idl(library, _packaged_idl(), "time_service")
    found["service"] = found["idl"].TimeService
    found["NAME"] = name
    return found


def load_idl(text: str, name: str) -> Any:
    """The module of an IDL, called time_client.<name>_thrift."""
    return _load_idl(__getattr__("library"), text, name)


def _load_idl(library: Any, text: str, name: str) -> Any:
    # From text and not from a path: old thriftpy reads files in the locale's
    # encoding. It also wants the module name to end in "_thrift".
    return library.load_fp(io.StringIO(text), f"{__package__}.{name}_thrift")


def _packaged_idl() -> str:
    try:
        idl: Any = pkgutil.get_data(__package__, "time_service.thrift")
    except OSError as error:
        raise ThriftMissing("this installation lacks time_service.thrift: "
                            f"install it again ({one_line(error)})") from error
    return str(idl, "utf-8")


def _has_sound_cython(name: str, library: Any) -> bool:
    """The Cython classes of thriftpy 0.3.9 and thriftpy2 0.5 leak as much
    memory as a bad reply announces, up to 2 GB each time, and crash when
    there is no more. thriftpy2 0.6 frees it."""
    version = re.findall(r"\d+", library.__version__)
    return name == "thriftpy2" and tuple(map(int, version[:2])) >= (0, 6)
