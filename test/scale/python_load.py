"""Python clients that call without a pause for long, until standard input ends.

    python_load.py CLIENT PORT THREADS

CLIENT is a row of CLIENTS. While they call, each line of standard output tells how
many calls were answered and how many failed, and how the first did; the last line how
all of them did.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import sys
import threading
import time
from typing import Any, Callable, Dict, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from system_test import IDL, PATIENCE_S  # noqa: E402

# So that not the machine's processor is measured.
_PAUSE_S = 0.002
_TIME = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")


def checked(get_time: Callable[[], str]) -> Callable[[], None]:
    """Each of these is a call that throws if it fails or if its answer is wrong."""
    def call() -> None:
        text = get_time()
        assert _TIME.fullmatch(text), text
    return call


def own_client(port: int) -> Callable[[], None]:
    """Our own, which retries by itself."""
    client = importlib.import_module("time_client").connect(f"127.0.0.1:{port}", transport="framed")
    return checked(client.get_time)


def own_timestamps(port: int) -> Callable[[], None]:
    source = importlib.import_module("time_client").TimestampSource(f"127.0.0.1:{port}")
    last = 0

    def call() -> None:
        nonlocal last
        taken = source.take()
        assert taken > last, (taken, last)
        last = taken
    return call


def stock(connect: Callable[[int], Any], calls: int, look: bool = False) -> Callable[[int], Callable[[], None]]:
    return lambda port: checked(Stock(connect, port, calls, look))


class Stock:
    """A library's own client, which connects anew after each `calls` calls, and after a
    failure. With `look`, before a call it asks its transport whether that is open."""

    def __init__(self, connect: Callable[[int], Any], port: int, calls: int, look: bool = False) -> None:
        self._connect, self._port, self._calls, self._look = connect, port, calls, look
        self._client: Any = None
        self._made = 0

    def __call__(self) -> str:
        if self._client is not None and self._look and not self._client.is_open():
            self._close()
        if self._client is None:
            self._client, self._made = self._connect(self._port), 0
        try:
            text = self._client.get_time()
        except BaseException:
            self._close()
            raise
        self._made += 1
        if self._made == self._calls:
            self._close()
        return text

    def _close(self) -> None:
        client, self._client = self._client, None
        client.close()


class ThriftpyClient:
    def __init__(self, port: int) -> None:
        self._client = _thriftpy()(port)
        self.get_time, self.close = self._client.get_time, self._client.close


class ApacheClient:
    def __init__(self, port: int) -> None:
        apache = _apache()
        self._socket = apache.open_socket(port)
        transport = apache.TRANSPORTS["framed"](self._socket)
        client = apache.TimeService.Client(apache.PROTOCOLS["binary"]["plain"](transport))
        transport.open()
        self.get_time, self.close, self.is_open = client.get_time, transport.close, self._socket.isOpen


# The IDL is read once: two threads cannot at the same time.
_loading = threading.Lock()


def _apache() -> Any:
    with _loading:
        return importlib.import_module("apache_client")


def _thriftpy() -> Callable[[int], Any]:
    library = "thriftpy" if importlib.util.find_spec("thriftpy") else "thriftpy2"
    with _loading:
        contract = importlib.import_module(library).load(IDL, module_name="contract_thrift")
        make_client = importlib.import_module(library + ".rpc").make_client
    return lambda port: make_client(contract.TimeService, "127.0.0.1", port, timeout=PATIENCE_S * 1000)


_FOR_EVER = 0
CLIENTS: Dict[str, Callable[[int], Callable[[], None]]] = {
    "own": own_client,
    "own timestamps": own_timestamps,
    "thriftpy a call each": stock(ThriftpyClient, 1),
    "thriftpy 20 calls each": stock(ThriftpyClient, 20),
    "thriftpy kept": stock(ThriftpyClient, _FOR_EVER),
    "apache a call each": stock(ApacheClient, 1),
    "apache 20 calls each": stock(ApacheClient, 20),
    "apache kept": stock(ApacheClient, _FOR_EVER),
    "apache kept, looked at": stock(ApacheClient, _FOR_EVER, look=True),
}


class Tally:
    """What one thread has seen; others may read it."""

    def __init__(self) -> None:
        self.calls = self.failed = 0
        self.errors: List[str] = []


def call_on(call: Callable[[], None], tally: Tally, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            call()
            tally.calls += 1
        except Exception as error:  # pylint: disable=broad-except
            tally.failed += 1
            tally.errors.append(f"{type(error).__name__}: {error}")
        time.sleep(_PAUSE_S)


def main() -> None:
    name, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    tallies = [Tally() for _ in range(threads)]
    ended = threading.Event()
    running = [threading.Thread(target=call_on, args=(CLIENTS[name](port), tally, ended)) for tally in tallies]
    waiting = threading.Thread(target=lambda: (sys.stdin.read(), ended.set()))
    for thread in (*running, waiting):
        thread.start()
    while not ended.wait(0.02):
        tell(tallies, errors=[error for tally in tallies for error in tally.errors[:1]])
    for thread in running:
        thread.join()
    tell(tallies, errors=[error for tally in tallies for error in tally.errors])


def tell(tallies: List[Tally], **more: List[str]) -> None:
    print(json.dumps({"calls": sum(tally.calls for tally in tallies), "failed": sum(tally.failed for tally in tallies),
                      **more}), flush=True)


if __name__ == "__main__":
    main()
