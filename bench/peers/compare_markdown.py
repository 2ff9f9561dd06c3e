"""The comparison as a document: a table for each question, what failed and what is lacking,
the noise, how it was done. Generated as a whole."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

from catalog import OURS, Pair
from compare_ahead import AHEAD, ahead_of_ours, project_name
from compare_scenarios import ALL, METRICS, Metric, metric, metrics_of
from compare_summary import summary
from compare_view import LANGUAGES, View, cell, number_text, ratio_text

MATRIX_BEGIN = "<!-- matrix: begin -->"
MATRIX_END = "<!-- matrix: end -->"


class Question(NamedTuple):
    title: str
    about: str
    metrics: Tuple[str, ...]
    chart: str = ""


QUESTIONS = (
    Question("How long does a call take?", "`get_time`, one call at a time, on one connection. Nothing "
             "is pinned: rounds may be far apart, by where the scheduler happens to have client and server.",
             ("one.p50_us", "one.p99_us"), "comparison-latency"),
    Question("How many calls are answered?", "`get_time`, in a closed loop: 16 and 64 at a time, each on a connection "
             "of its own; and 16 under way on one connection, pipelined or multiplexed as the framework has it.",
             ("sixteen.rate", "sixty-four.rate", "shared.rate"), "comparison-throughput"),
    Question("What do larger messages take?", "The p50 of a payload of 1 KiB that comes back, and of 10,000 doubles "
             "as in market data; one call at a time.", ("echo.p50_us", "prices.p50_us")),
    Question("What if the handler waits?", "16 at a time, and each call waits 5 ms. 16 threads could answer 3,200 a "
             "second. timeservice reactor as it comes runs handlers in its event loops, until it finds them to be "
             "slow; then it starts 16 threads for them.", ("wait.rate", "wait.p99_us")),
    Question("What does a call cost?", "Processor time of the server and of the client, 16 calls at a time, without "
             "what connecting takes; bytes of `get_time` on the wire, without the headers of TCP and IP, and once for "
             "each connection. gRPC's bytes include the pings and window updates of HTTP/2.",
             ("cpu.server_us", "cpu.client_us", "wire.sent", "wire.received", "wire.set_up"), "comparison-costs"),
    Question("How soon is the first answer there?", "From the start of a client's process to its end, with one call "
             "between: its imports, its connection, the call.", ("first.ms",)),
)
_SERVERS = Question("What does a server take?", "From the start of the process to where it says that it is ready; "
                    "and its resident memory after all of these loads.", ("start.ready_ms", "start.rss_mb"))
_PROJECTS = Question(
    "What does it take to get there?",
    "Of the smallest programs with `get_time` in [bench/peers/minimal](../bench/peers/minimal): lines that are no "
    "comments, of IDL, server, client, build file and commands; the seconds of those commands, the framework being "
    "installed, from the sources to "
    "programs that run, on this machine and without a compiler cache (0 where nothing is made). Disk: what the "
    "server's program needs to run, itself and the packages of its libraries; and what the programs need to be "
    "developed, measured once for each set of versions; both "
    "beyond Debian's base system and, where it is Python, Python, or to develop in C++ compiler and CMake. Debian's "
    "libthrift needs Qt, and that ICU, which are most of what it takes, and so of what timeservice does.",
    ("cost.lines", "cost.build_s", "cost.run_mb", "cost.develop_mb"))


def _cells(view: View, pair: Pair, columns: Sequence[Metric], with_rounds: bool) -> List[str]:
    cells = []
    for column in columns:
        figure = view.figure(pair, column)
        if figure is None:
            cells += [cell(view, pair, column).replace("|", "\\|"), ""]
        elif with_rounds and figure.worst != figure.best:
            cells += [f"{number_text(figure.value)} ({number_text(figure.worst)}..{number_text(figure.best)})",
                      ratio_text(figure)]
        else:
            cells += [number_text(figure.value), ratio_text(figure).partition(" ")[0]]
    return cells


def _table(view: View, first: str, rows: Sequence[Tuple[str, Pair]], columns: Sequence[Metric],
           with_rounds: bool = True) -> List[str]:
    heads = [first] + [text for column in columns for text in (f"{column.title}, {column.unit}", "to ours")]
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for name, pair in rows:
        name = f"**{name}**" if pair.peer.framework == OURS else name
        lines.append("| " + " | ".join([name, *_cells(view, pair, columns, with_rounds)]) + " |")
    return [*lines, ""]


def _question(view: View, question: Question, charts: str) -> List[str]:
    columns = [metric(key) for key in question.metrics]
    lines = [f"## {question.title}", "", question.about, ""]
    # What is counted is the same in every round.
    counted = [column for column in columns if column.scenario == "wire"]
    for language in LANGUAGES:
        rows = [(view.name(pair), pair) for pair in view.of_language(language)]
        if rows:
            timed = [column for column in columns if column not in counted]
            lines += _table(view, f"server, called by a {language} client", rows, timed)
            lines += _table(view, f"server, called by a {language} client", rows, counted, False) if counted else []
    if question.chart and charts:
        lines += [f"![{question.title}]({charts}/{question.chart}.svg)", ""]
    return lines


def _servers(view: View) -> List[str]:
    rows = [(pair.peer.name, pair) for pair in view.servers()]
    columns = [metric(key) for key in _SERVERS.metrics]
    return [f"## {_SERVERS.title}", "", _SERVERS.about, "", *_table(view, "server", rows, columns)]


def _projects(view: View) -> List[str]:
    rows: Dict[str, Tuple[str, Pair]] = {}
    for pair in view.servers():
        rows.setdefault(pair.peer.project, (project_name(pair), pair))
    columns = [metric(key) for key in _PROJECTS.metrics]
    return [f"## {_PROJECTS.title}", "", _PROJECTS.about, "",
            *_table(view, "framework", list(rows.values()), columns, with_rounds=False)]


def _modes(view: View, charts: str) -> List[str]:
    """The modes of the host beside each other."""
    rows = [(view.name(pair), pair) for pair in view.of_language("C++") if pair.peer.framework == OURS]
    columns = [metric(key) for key in ("one.p50_us", "sixty-four.rate", "idle.rate", "shared.rate", "wait.rate",
                                       "cpu.server_us")]
    chart = [f"![Modes]({charts}/comparison-modes.svg)", ""] if charts else []
    return ["## Which mode for which work?", "", "The modes of timeservice alone, with a C++ client: few busy clients, "
            "64 of them, 16 beside many that are idle, pipelined calls as of a proxy, handlers that wait, processor "
            "time.", "",
            *_table(view, "mode", rows, columns, with_rounds=False), *chart]


def _behind(view: View) -> List[str]:
    lines = ["## Where timeservice is behind", "", "All that was better than timeservice reactor as it comes, by more "
             f"than {round((AHEAD - 1) * 100)} % and more than the noise in every round; the ratio to it.", ""]
    groups: Dict[Tuple[str, str], List[str]] = {}
    for column, language, name, figure in ahead_of_ours(view):
        groups.setdefault((_title(column), language), []).append(f"{name} **{ratio_text(figure).partition(' ')[0]}**")
    if not groups:
        return [*lines, "Nothing.", ""]
    return [*lines, "| what | client | who |", "|---|---|---|",
            *(f"| {what} | {language} | {'; '.join(names)} |" for (what, language), names in groups.items()), ""]


def _reasons(view: View) -> List[str]:
    results = view.results
    lines = ["## What failed, what cannot be, what was not there", ""]
    lines += [f"- **failed**: {subject}, {scenario}: {why}" for subject, scenario, why in view.failures()]
    lines += [f"- no: {subject}, {scenario}: {why}" for subject, scenario, why in view.lacks()]
    lines += [f"- not there: {pair}: {why}" for pair, why in view.absent()]
    lines += [f"- not measured: {what}: {why}" for what, why in results.unmeasured.items()]
    return [*lines, *([] if lines[2:] else ["Nothing."]), ""]


def _noise(view: View) -> List[str]:
    """Bold where it is much."""
    languages = [language for language in LANGUAGES if view.noise(language)]
    found = {language: {each.metric: each for each in view.noise(language)} for language in languages}
    lines = ["| | " + " | ".join(f"{language} clients" for language in languages) + " |",
             "|---" + "|---:" * len(languages) + "|"]
    for row in METRICS:
        each = [found[language].get(row) for language in languages]
        if any(each):
            texts = ["" if noise is None else ("**{}**" if noise.much else "{}").format(ratio_text(noise.figure))
                     for noise in each]
            lines.append(f"| {_title(row)} | " + " | ".join(texts) + " |")
    return [*lines, ""] if languages else []


def _title(row: Metric) -> str:
    scenario = next((scenario.title for scenario in ALL if scenario.key == row.scenario), "")
    alone = scenario and len(metrics_of(row.scenario)) == 1
    return scenario if alone else ", ".join(filter(None, (scenario, row.title)))


def _method(view: View) -> List[str]:
    taken = view.results.taken
    lines = ["## How it was measured", "",
             f"- {taken['rounds']} rounds. In each, every server is started anew, and each scenario is run with all "
             "pairs of server and client in turn, in another order each time, "
             f"{taken['seconds']:g} s each after {taken['warm_up_s']:g} s to warm up.",
             "- A figure is the median of the rounds, in brackets the worst and the best; *to ours* is the ratio to "
             "`timeservice reactor` with a client in the same language in the same round: the median of the rounds' "
             "ratios, the least and the largest. C++ and Python clients are not held against each other.",
             "- Each server has its own framework's client, or another of the same protocol. Every reply is checked. "
             "A run with an error or a wrong reply gives no figure, nor do other rounds of the same.",
             "- Client and server share the machine; nothing is pinned. A p99 is given where 100 calls and more were "
             "made in each round.",
             "- Servers are as they come, but for: 80 threads where a server holds one for each connection in a "
             "pool of fixed size; 16 threads in the other pools; and Thrift in C++: Apache's servers and timeservice "
             "have code generated for one protocol (`cpp:templates`), and Apache's servers and client buffers of "
             "64 KiB. With its standard ones, of 512 bytes, and without templates, 10,000 doubles took it seven times "
             "as long, and 1 KiB more than twice. `timeservice nonblocking` and Apache's `nonblocking` are called "
             "framed, all other Thrift buffered, binary protocol.",
             "- The Python servers of Apache Thrift, thriftpy and RPyC leave Nagle's algorithm on, and have no option "
             "for it. In the replies of thriftpy and thriftpy2 of 10,000 doubles it can be seen: some 44 ms, which is "
             "the kernel's delayed acknowledgement. With TCP_NODELAY set at the server's socket they took one or two.",
             "- The clients of several calls at a time are a thread for each, in C++ with gRPC one thread and a "
             "completion queue; in Python the threads share one interpreter, which is then what is measured.",
             f"- Load of the machine in the minute before, the checks of the matrix included: {taken['load']:.1f} of "
             f"{taken['cores']} cores.", ""]
    lines += ["### Noise", "", "The same server under two names, `timeservice reactor` and `timeservice reactor, "
              "again`: how far these ratios are from 1, so far may every other be off. Bold: by more than 10 % in half "
              "of the rounds.", ""]
    lines += [*(_noise(view) or ["Not known: the control was not measured.", ""]), "### Versions", ""]
    lines += [f"- {name}: {version}" for name, version in taken["versions"].items()]
    return [*lines, ""]


def document(view: View, charts: str, matrix: str) -> str:
    """`charts` is the folder of the charts, as seen from the document; empty without any.
    `matrix` is the feature matrix in Markdown."""
    taken = view.results.taken
    lines = ["# Compared with gRPC, Apache Thrift, thriftpy and RPyC", "",
             "<!-- Written by ./dev compare as a whole; what is edited here is lost. -->", "",
             f"Measured on {taken['date']}: {taken['machine']}. The same four calls, served by each framework and "
             "called by its own client. **Run it on your own machine: `./dev compare`**, some 15 minutes; "
             "`./dev compare --quick`, two.", ""]
    if view.failures():
        lines += ["**Some runs failed; their figures are left out, and why is below.**", ""]
    lines += [*summary(view), *_behind(view)]
    for question in QUESTIONS:
        lines += _question(view, question, charts)
    lines += [*_servers(view), *_projects(view), *_modes(view, charts)]
    lines += ["## What can each of them do?", "", MATRIX_BEGIN, matrix.strip(), MATRIX_END, ""]
    lines += [*_reasons(view), *_method(view)]
    return "\n".join(lines).rstrip() + "\n"


def matrix_in(text: str) -> str:
    """Between the markers of an older document."""
    return text.partition(MATRIX_BEGIN)[2].partition(MATRIX_END)[0].strip()
