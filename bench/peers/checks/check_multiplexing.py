"""Does a slow call hold up others on its connection?"""

import check_pipelining
from matrix_answer import Answer, either, no

ROW = "A slow call does not hold up others on its connection"
HOW = "the calls of the row above: do the quick ones' replies come before the slow one's?"


def check(system) -> Answer:
    order = check_pipelining.replies(system)
    if isinstance(order, str):
        return no(f"not all were answered: {order}")
    before = order.index(0)
    return either(before == check_pipelining.QUICK,
                  f"{before} of {check_pipelining.QUICK} quick replies came before the slow one's")
