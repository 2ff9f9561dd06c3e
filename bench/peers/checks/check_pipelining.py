"""Are calls answered that were sent together on one connection?"""

from matrix_answer import Answer, either, no

ROW = "Pipelining in order"
HOW = ("on one connection a call of 0.2 s and 9 quick ones are sent before a reply is read; are all answered, in "
       "the order in which they were sent?")
QUICK = 9


def replies(system):
    """The order of the replies, or why there is none."""
    with system.serve() as server, system.open(server.port) as link:
        link.check_time()
        try:
            return link.together(200, QUICK)
        except Exception as error:
            return f"{type(error).__name__}: {error}".splitlines()[0][:120]


def check(system) -> Answer:
    order = replies(system)
    if isinstance(order, str):
        return no(f"not all were answered: {order}")
    if order == sorted(order):
        return either(True, "10 of 10 replies, in order")
    return no(f"10 of 10 replies, not in order: the slow one came as number {order.index(0) + 1}")
