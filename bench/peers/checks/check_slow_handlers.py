"""Do handlers that wait hold up other clients?"""

import time

from matrix_answer import Answer, either, no

ROW = "Slow handlers do not hold up other clients"
HOW = ("server as it comes: 8 clients call a handler that blocks for 1 s; is a quick call of a ninth client "
       "answered within 0.5 s?")
CLIENTS = 8
MILLISECONDS = 1000


def check(system) -> Answer:
    with system.serve() as server:
        slow = [system.open(server.port, 10.0) for _ in range(CLIENTS)]
        for link in slow:
            link.begin_wait(MILLISECONDS)
        time.sleep(0.1)  # for the server to take what is sent
        begun = time.monotonic()
        try:
            with system.open(server.port, MILLISECONDS / 2000) as quick:
                quick.check_time()
            answer = either(True, f"answered after {1000 * (time.monotonic() - begun):.0f} ms")
        except Exception:
            answer = no(f"no answer in {MILLISECONDS / 2000} s while {CLIENTS} handlers wait")
        for link in slow:
            link.close()
        return answer
