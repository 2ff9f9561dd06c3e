"""How much memory do bytes take that are no calls?"""

from check_hostile_bytes import MB, attack
from matrix_answer import Answer, figure, no

ROW = "Memory that hostile bytes take"
HOW = ("the bytes of the row above, with the limits that each library has as it comes: how much more memory is "
       "resident in the first 0.3 s that they are there, at most?")


def check(system) -> Answer:
    seen = attack(system)
    if not seen.alive:
        return no("the process died")
    return figure(max(0.0, round(seen.resident / MB, 1)), "MB",
                  f"{seen.sent / MB:.1f} MB sent; address space grew by {seen.reserved / MB:.0f} MB")
