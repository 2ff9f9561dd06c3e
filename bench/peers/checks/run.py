"""run.py: the feature matrix, executed. Each row is a check that is run against each
system, and answers yes, no or a figure, with what was seen.

The exit code is 1 if a check broke, which is no answer; 2 for wrong flags or without the
virtual environment that it runs in.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from typing import List

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.dirname(_HERE)]
sys.path.append(os.path.join(os.path.dirname(_HERE), "python"))
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import catalog  # noqa: E402


def flags() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one way of serving for each library, and no slow checks")
    parser.add_argument("--json", metavar="FILE", help="write the answers there too")
    parser.add_argument("--rows", metavar="WORD", help="only checks with this in their file's name")
    parser.add_argument("--columns", metavar="NAME", help="only these, separated by commas")
    return parser


def main() -> int:
    options = flags().parse_args()
    if not os.path.exists(catalog.VENV):
        print(f"run.py: {catalog.VENV} is missing: ./dev compare makes it", file=sys.stderr)
        return 2
    if os.path.abspath(sys.executable) != os.path.abspath(catalog.VENV):
        os.execv(catalog.VENV, [catalog.VENV, *sys.argv])
    from matrix_markdown import matrix_table
    from matrix_rows import ROWS
    from matrix_run import run
    from matrix_systems import SYSTEMS, columns
    rows = [row for row in ROWS if (row.quick or not options.quick) and (options.rows or "") in row.module]
    wanted = options.columns.split(",") if options.columns else columns()
    unknown = [name for name in wanted if name not in columns()]
    if unknown or not rows:
        print(f"run.py: no column {unknown[0]!r}; there are {', '.join(columns())}" if unknown
              else f"run.py: no check has {options.rows!r} in its name", file=sys.stderr)
        return 2
    ended: List[int] = []  # signals; a check that is under way comes to its end, and so do its servers
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(each, lambda number, frame: ended.append(number))
    results = run(rows, [system for system in SYSTEMS if system.column in wanted], options.quick,
                  lambda line: print(line, file=sys.stderr, flush=True), lambda: bool(ended))
    if ended:
        return 128 + ended[0]
    print(matrix_table(results))
    if options.json:
        os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1, ensure_ascii=False)
            file.write("\n")
    for failure in results["failures"]:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if results["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
