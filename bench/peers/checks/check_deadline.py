"""Does the server begin a call that nobody waits for?"""

import threading
import time

from matrix_answer import YES, Answer, either, no, no_matter

ROW = "A call whose client gave up waiting is not run"
HOW = ("1 thread is busy for 0.6 s; a second client asks for 0.6 s more, gives up after 0.1 s and hangs up; is a "
       "third one answered when the first is, or 0.6 s later?")
MILLISECONDS = 600
PATIENCE_S = 3.0


def check(system) -> Answer:
    """A yes is asked for twice: where the machine is busy, the third client may come before the second."""
    answer = _ask(system)
    return _ask(system) if answer.value == YES else answer


def _ask(system) -> Answer:
    with system.serve("--threads", "1") as server:
        busy = system.open(server.port, PATIENCE_S)
        reply = busy.begin_wait(MILLISECONDS)
        answered = []

        def receive() -> None:
            try:
                reply()
                answered.append(time.monotonic())
            finally:
                busy.close()  # by which it holds no thread

        first = threading.Thread(target=receive)
        first.start()
        time.sleep(0.05)  # for the server to begin it
        try:
            with system.open(server.port, 0.1) as impatient:
                impatient.wait(MILLISECONDS)
        except Exception:
            pass
        try:
            with system.open(server.port, PATIENCE_S) as third:
                third.wait(1)
            seconds = time.monotonic()
        except Exception as error:
            return no(f"the third client was not answered: {type(error).__name__}")
        finally:
            first.join()
    if not answered:
        return no("the first client was not answered")
    later = 1000 * (seconds - answered[0])
    if later < -MILLISECONDS / 3:
        return no_matter(f"no call waits for a thread: the third client was answered {-later:.0f} ms before the first")
    return either(later < MILLISECONDS * 2 / 3, f"the third client was answered {later:.0f} ms after the first")
