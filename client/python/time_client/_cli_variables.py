"""Variables of the environment that are no settings, and were meant to be."""

from __future__ import annotations

import difflib
from typing import List, Mapping, Sequence

_PREFIX = "TIME_CLIENT_"
# Of this package, and of the bench of the C++ client, for which there is no
# flag here.
_OTHERS = ("TIME_CLIENT_THRIFT", "TIME_CLIENT_CONNECTIONS",
           "TIME_CLIENT_IN_FLIGHT", "TIME_CLIENT_SECONDS")


def unknown_variables(environment: Mapping[str, str],
                      flags: Sequence[str]) -> List[str]:
    """A line of warning for each, with the one that was meant, as far as that
    can be guessed. An empty one is as good as absent."""
    known = (*flags, *_OTHERS)
    return [f"{name} is no setting and is ignored: {_advice(name, known)}"
            for name, value in environment.items()
            if name.startswith(_PREFIX) and value and name not in known
            and not _is_of_deployment(name[len(_PREFIX):])]


def _is_of_deployment(rest: str) -> bool:
    """What Kubernetes gives every container beside a service "time-client"."""
    return (rest == "PORT" or rest.endswith("_PORT")
            or rest.startswith(("PORT_", "SERVICE_")))


def _advice(name: str, known: Sequence[str]) -> str:
    # Without what is the same in all, so that what is not counts.
    near = difflib.get_close_matches(
        name[len(_PREFIX):], [other[len(_PREFIX):] for other in known], n=1)
    return f"did you mean {_PREFIX}{near[0]}?" if near else "see --help"
