"""compare.py: gRPC, Apache Thrift, thriftpy, RPyC and this project's host, measured in turn on
this machine, on the same calls.

It prints one table, and writes a document and charts. The exit code is 0 if every reply of
every run was right, 1 if any was not (such a run has no figure), 2 for wrong flags.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from typing import List, NoReturn, Sequence, Tuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare_machine  # noqa: E402
from catalog import PEERS, ROOT, Peer, pairs  # noqa: E402
from compare_charts import CHARTS, chart_svg  # noqa: E402
from compare_costs import Costs  # noqa: E402
from compare_markdown import document  # noqa: E402
from compare_matrix import matrix_text  # noqa: E402
from compare_results import Results  # noqa: E402
from compare_rounds import Rounds, Settings  # noqa: E402
from compare_scenarios import ALL  # noqa: E402
from compare_table import terminal_table  # noqa: E402
from compare_view import View  # noqa: E402

DOCUMENT = os.path.join(ROOT, "docs", "comparison.md")
# What is kept between runs: costs, figures, the matrix.
KEPT = os.path.join(ROOT, "build", "compare")

_FULL = Settings(rounds=5, seconds=0.4, warm_up_s=0.15, budget_s=1200)
_QUICK = Settings(rounds=3, seconds=0.15, warm_up_s=0.05, budget_s=95)


def flags_of(peers: Sequence[Peer]) -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(description="Measures gRPC, Apache Thrift, thriftpy, RPyC and timeservice in turn.")
    flags.add_argument("--quick", action="store_true", help="fewer peers, shorter runs: under two minutes; writes no "
                       "document unless --out is given")
    flags.add_argument("--rounds", type=int, help=f"{_FULL.rounds}, or as many of {_QUICK.rounds} as there is time for")
    flags.add_argument("--seconds", type=float, help=f"of each run; {_FULL.seconds:g}, or {_QUICK.seconds:g}")
    flags.add_argument("--peers", help="some of them, as reactor,grpc-callback: "
                       + ", ".join(peer.key for peer in peers))
    flags.add_argument("--scenarios", help="some of them, as one,wait: " + ", ".join(row.key for row in ALL)
                       + "; cpu needs sixteen")
    flags.add_argument("--out", help="the document; docs/comparison.md, none with --quick, --peers or --scenarios")
    flags.add_argument("--charts", help="the folder of the charts; charts beside the document")
    flags.add_argument("--json", help="all figures of all rounds; build/compare/figures.json, none with --quick, --peers "
                       "or --scenarios")
    flags.add_argument("--matrix", default=os.path.join(KEPT, "matrix.json"),
                       help="what bench/peers/checks/run.py found; build/compare/matrix.json")
    flags.add_argument("--from", dest="source", help="measure nothing: show what such a --json holds")
    return flags


def chosen(options: argparse.Namespace, peers: Sequence[Peer], flags: argparse.ArgumentParser) -> Tuple[Peer, ...]:
    if options.peers is None:
        return tuple(peer.quickly() for peer in peers if peer.quick) if options.quick else tuple(peers)
    names = _known(options.peers, "peer", [peer.key for peer in peers], flags)
    return tuple(peer for peer in peers if peer.key in names)


def _known(given: str, what: str, there: List[str], flags: argparse.ArgumentParser) -> Tuple[str, ...]:
    names = given.split(",")
    for name in names:
        if name not in there:
            flags.error(f"no {what} {name}; there are {', '.join(there)}")
    return tuple(names)


def settings_of(options: argparse.Namespace, flags: argparse.ArgumentParser) -> Settings:
    base = _QUICK if options.quick else _FULL
    rounds = base.rounds if options.rounds is None else options.rounds
    seconds = base.seconds if options.seconds is None else options.seconds
    if rounds < 1 or seconds <= 0:
        flags.error("--rounds is at least 1, --seconds more than 0")
    # Rounds that were asked for are made, however long they take.
    budget_s = base.budget_s if options.rounds is None else float("inf")
    only = _known(options.scenarios, "scenario", [row.key for row in ALL], flags) if options.scenarios else ()
    return Settings(rounds, seconds, base.warm_up_s, budget_s, only=only)


def is_part(options: argparse.Namespace) -> bool:
    """Whether it leaves out what the document has."""
    return bool(options.quick or options.peers or options.scenarios)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def measure(peers: Tuple[Peer, ...], settings: Settings, quick: bool) -> Results:
    results = Results()
    versions = compare_machine.versions()
    load = compare_machine.load()
    rounds = Rounds(peers, settings, results, say).run()
    results.taken = {"date": compare_machine.today(), "machine": compare_machine.machine(), "load": load,
                     "cores": os.cpu_count(), "rounds": rounds, "seconds": settings.seconds,
                     "warm_up_s": settings.warm_up_s, "quick": quick, "peers": [peer.key for peer in peers],
                     "pairs": [pair.key for pair in pairs(peers)], "versions": versions}
    Costs(os.path.join(KEPT, "costs.json"), versions, say).add_to(
        results, [peer.project for peer in peers if peer.project], slow_too=not quick)
    return results


def taken_text(results: Results) -> str:
    taken = results.taken
    return f"{taken['date']}, {taken['machine']}; {taken['rounds']} rounds of {taken['seconds']:g} s a run"


def write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def show(view: View, options: argparse.Namespace) -> None:
    taken = taken_text(view.results)
    print(terminal_table(view, taken))
    out = options.out or ("" if is_part(options) else DOCUMENT)
    charts = options.charts or (os.path.join(os.path.dirname(os.path.abspath(out)), "charts") if out else "")
    if charts:
        for chart in CHARTS:
            write(os.path.join(charts, chart.name + ".svg"), chart_svg(view, chart, taken))
    if out:
        seen_from_it = os.path.relpath(charts, os.path.dirname(os.path.abspath(out)))
        write(out, document(view, seen_from_it, matrix_text(options.matrix, out)))
        say(f"written: {out}, and charts in {charts}")


def main(arguments: List[str], peers: Sequence[Peer] = PEERS) -> int:
    flags = flags_of(peers)
    options = flags.parse_args(arguments)
    if options.source:
        try:
            with open(options.source, encoding="utf-8") as file:
                results = Results.of(json.load(file))
        except (OSError, ValueError, KeyError) as error:
            flags.error(f"--from {options.source}: {error}; name what a --json of another run has written")
        among = tuple(peer for peer in peers if peer.key in results.taken["peers"])
    else:
        among = chosen(options, peers, flags)
        results = measure(among, settings_of(options, flags), options.quick)
        if kept := options.json or ("" if is_part(options) else os.path.join(KEPT, "figures.json")):
            write(kept, json.dumps(results.json(), indent=1))
    show(View(among, results), options)
    return 0 if results.right else 1


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _end(number: int, frame: object) -> NoReturn:
    for each in _SIGNALS:  # a second one would end it before its servers
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)  # servers are ended on the way


if __name__ == "__main__":
    for each in _SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(each, _end)
    sys.exit(main(sys.argv[1:]))
