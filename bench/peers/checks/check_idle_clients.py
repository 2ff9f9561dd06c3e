"""Do clients that are connected and silent keep others from being served?"""

from contextlib import ExitStack

from matrix_answer import Answer, counted, no, yes

ROW = "Idle clients do not starve others"
HOW = ("16 threads where there is a pool; 16 clients call once and then stay silent; is the 17th answered within "
       "1.5 s?")
CLIENTS = 16
PATIENCE_S = 1.5


def check(system) -> Answer:
    with system.serve("--threads", str(CLIENTS)) as server, ExitStack() as idle:
        for connected in range(CLIENTS + 1):
            try:
                idle.enter_context(system.open(server.port, PATIENCE_S)).check_time()
            except Exception as error:
                return no(f"{counted(connected, 'idle client')}: the next got no answer in {PATIENCE_S} s "
                          f"({type(error).__name__})")
        return yes(f"{CLIENTS} idle clients: the next was answered")
