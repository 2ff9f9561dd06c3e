"""Does a stop let the calls finish that are under way?"""

import time

from matrix_answer import YES, Answer, counted, either

ROW = "Drain without loss"
HOW = ("4 clients have a call of 0.2 s under way when SIGTERM comes, at which the program calls the framework's "
       "stop where it has one that waits, and lets its threads end where it has none; are all answered, and does it "
       "end with 0 within 4 s, though they stay connected?")
CLIENTS = 4
MILLISECONDS = 200
END_S = 4.0

# Whose threads would end by themselves; the peers' programs make daemons of them, to end at once.
_WITHOUT_DAEMONS = ("thriftpy2", "apache-python")


def check(system) -> Answer:
    flags = ("--threads", str(2 * CLIENTS))
    answer = _drain(system, system.serve(*flags))
    if answer.value == YES or system.library not in _WITHOUT_DAEMONS or system.family != "thrift":
        return answer
    waited = _drain(system, system.serve_by("without_daemons.py", *flags))
    return waited._replace(evidence=f"{waited.evidence}; with threads that are daemons: {answer.evidence}")


def _drain(system, served) -> Answer:
    with served as server:
        links = [system.open(server.port, END_S) for _ in range(CLIENTS)]
        for link in links:
            link.check_time()
        replies = [link.begin_wait(MILLISECONDS) for link in links]
        time.sleep(MILLISECONDS / 4000)  # for the server to take what is sent
        server.ask_to_end()
        answered = sum(_right(reply) for reply in replies)
        code = server.end_within(END_S)
        for link in links:
            link.close()
    end = f"still running after {END_S} s" if code is None else f"exit code {code}"
    return either(answered == CLIENTS and code == 0,
                  f"{CLIENTS - answered} of {counted(CLIENTS, 'call')} under way lost; {end}")


def _right(reply) -> bool:
    try:
        return reply() == MILLISECONDS
    except Exception:
        return False
