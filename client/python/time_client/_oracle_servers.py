"""Which of an oracle's servers to ask for timestamps, and when again."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, Dict, Sequence, Set

from ._deadline import Deadline
from ._endpoint import parse_endpoint
from ._retry import backoff_s
from ._tls import make_tls
from .client import TimeClient
from .errors import (ConnectError, OracleUnavailable, TimeClientError,
                     UsageError)


class OracleServers:
    """The servers of one oracle. One thread at a time.

    A round asks each of the list, and each leader that is named, once; then
    there is a pause. A leader that is named is asked next. From one that fails
    the list goes on after the server that named it, which would only name it
    again.
    """

    def __init__(self, endpoints: Sequence[str], tls: Any,
                 **settings: Any) -> None:
        self._tls = make_tls(tls, endpoints)
        self._endpoints = [str(self._tls.checked(parse_endpoint(text)))
                           for text in endpoints]
        self._settings = settings
        self._clients: Dict[str, TimeClient] = {
            endpoint: self._client(endpoint) for endpoint in self._endpoints}
        self._next = 0  # how far in the list
        self._current = self._endpoints[0]  # or a leader, also beyond the list
        self._asked = ""  # the last one
        self._round: Set[str] = set()  # asked since the last success or pause
        self._failures: Dict[str, str] = {}  # the last of each, since success
        self._given_up: Set[str] = set()  # in a row, as ConnectError.permanent

    def ask(self, count: int, deadline: Deadline) -> int:
        """The first of so many. A server that hangs may use no more than its
        share of the time."""
        left = {self._current, *self._endpoints} - self._round
        seconds = max(deadline.remaining_s() / max(len(left), 1), 0.001)
        self._asked = self._current
        self._round.add(self._current)
        try:
            found = self._clients[self._current].get_timestamps(
                count, timeout=seconds)
        except OracleUnavailable as error:
            self._turn(error.leader)
            raise
        except TimeClientError:
            self._turn("")
            raise
        self._round.clear()
        self._failures.clear()
        return found.first

    def told(self, error: TimeClientError) -> TimeClientError:
        """The same, and in its text what happened to the other servers."""
        others = [text for endpoint, text in self._failures.items()
                  if endpoint != self._asked]
        self._failures.pop(self._asked, None)
        self._failures[self._asked] = str(error)
        # Leaders that were named by turns are not remembered for ever.
        while len(self._failures) > len(self._endpoints) + 1:
            del self._failures[next(iter(self._failures))]
        told = copy.copy(error)
        told.__cause__ = error
        told.args = ("; ".join([str(error), *reversed(others)]),)
        return told

    def gives_up(self, error: TimeClientError) -> bool:
        """Whether each server of the list has now failed so that no other try
        can mend it, and none otherwise meanwhile."""
        if not (isinstance(error, ConnectError) and error.permanent):
            self._given_up.clear()
            return False
        self._given_up.add(self._asked)
        return self._given_up.issuperset(self._endpoints)

    def begin_anew(self) -> None:
        """A take() is over: for the next each of them counts again."""
        self._given_up.clear()
        self._round.clear()

    def pause_s(self, error: TimeClientError, failures: int) -> float:
        """How long to wait before asking again: not at all while there is a
        server that has not been asked since."""
        if self._current not in self._round:
            return 0.0
        self._round.clear()
        wished_s = (error.retry_after_ms / 1000
                    if isinstance(error, OracleUnavailable) else 0.0)
        return max(wished_s, backoff_s(failures))

    def close(self) -> None:
        for client in list(self._clients.values()):
            client.close()

    def _turn(self, leader: str) -> None:
        """To the leader that was named, or to the next of the list, whichever
        has not been asked in this round; where all have, for the next one."""
        named = self._endpoint_of(leader)
        if named and named not in self._round:
            self._current = named
            return
        count = len(self._endpoints)
        for step in range(1, count + 1):
            place = (self._next + step) % count
            if self._endpoints[place] not in self._round:
                break
        else:
            place = (self._next + 1) % count
            if named:
                self._current = named
                return
        self._next = place
        self._current = self._endpoints[place]

    def _endpoint_of(self, leader: str) -> str:
        """Of one that can be asked, "" of any other. A round ends, even if
        every leader names another."""
        if not leader or len(self._round) > 2 * len(self._endpoints):
            return ""
        try:
            found = parse_endpoint(leader)
            if parse_endpoint(self._asked).tls:
                # What is told by TLS leads nobody to a place without it.
                found = replace(found, tls=True)
            endpoint = str(self._tls.checked(found))
            if endpoint not in self._clients:
                self._clients[endpoint] = self._client(endpoint)
        except UsageError:
            return ""
        return endpoint

    def _client(self, endpoint: str) -> TimeClient:
        shared: Any = self._tls
        return TimeClient(endpoint, retries=0, tls=shared, **self._settings)
