"""A world of its own, event by event, which knows true time: however clocks
drift, replies are late, servers stop, and one at a time lies, the interval holds
it."""

import heapq
import random
import unittest

from time_client import ClockState
from time_client._agreement import Servers
from time_client._comparison import Sample

PPM = 500
SECOND = 10**9
START_NS = 1_700_000_000 * SECOND


class Host:
    """Its boot clock runs fast or slow by up to PPM, and changes that."""

    def __init__(self, dice):
        self._dice = dice
        self._true_ns = START_NS
        self._boot_ns = dice.randrange(10**15)
        self._change()

    def _change(self):
        # Often the worst, which is where an error would show. Either way of
        # counting: boot by true time, or true time by boot.
        error = self._dice.choice((-PPM, PPM, self._dice.randint(-PPM, PPM)))
        self._rate = self._dice.choice(((10**6 + error, 10**6),
                                        (10**6, 10**6 - error)))

    def boot_ns(self, true_ns):
        above, below = self._rate
        return self._boot_ns + (true_ns - self._true_ns) * above // below

    def wander(self, true_ns):
        self._boot_ns, self._true_ns = self.boot_ns(true_ns), true_ns
        self._change()


class Server:
    """Within its bound, which is a sawtooth as chrony's is; or a liar, which
    now and then says the truth. Now and then it does not answer."""

    def __init__(self, dice, lies):
        self._dice = dice
        self.lies = lies
        self.stopped_until_ns = START_NS
        self.last_lie_ns = START_NS  # when the last one was received
        self.step(START_NS)

    def step(self, true_ns):
        """Sets its clock, and for a while promises nothing."""
        self.lying = self.lies and self._dice.random() < 0.7
        self._silent_until_ns = true_ns + self._dice.randrange(20 * SECOND)
        self._base_ns = self._dice.randrange(1000, 3_000_000)
        self._share = self._dice.choice((-1.0, 1.0, self._dice.uniform(-1,
                                                                       1)))
        self._lie_ns = self._dice.choice((-1, 1)) * self._dice.choice(
            (10**5, 10**6, 10**7, 10**9, 10**13))

    def stop(self, true_ns):
        self.stopped_until_ns = true_ns + self._dice.randrange(200 * SECOND)

    def look(self, true_ns):
        """What its clock shows, and the bound; None for none."""
        if self.lying:
            return true_ns + self._lie_ns, self._base_ns
        if true_ns < self._silent_until_ns:
            return true_ns + self._lie_ns, None
        error_ns = self._base_ns + (true_ns // 1000) % (64 * 10**6) // 20
        return true_ns + int(self._share * error_ns), error_ns


class World:
    def __init__(self, seed, servers, lies, poll_ns):
        self._dice = random.Random(seed)
        self._host = Host(self._dice)
        self._names = [f"server{index}" for index in range(servers)]
        self.liar = self._dice.choice(self._names) if lies else None
        self.liars = {self.liar}
        self._servers = {name: Server(self._dice, name == self.liar)
                         for name in self._names}
        self.known = Servers(self._names, PPM)
        self._events = []
        self._poll_ns = poll_ns
        self.asked = self.answered = 0
        self.named = 0
        self.widest_ns = 0

    def run(self, events):
        for name in self._names:
            self._later(START_NS, self._poll, name)
        self._later(START_NS + SECOND, self._wander)
        self._later(START_NS + SECOND, self._step)
        self._later(START_NS + SECOND, self._stop)
        if self.liar is not None:
            self._later(START_NS + SECOND, self._repent)
        self._later(START_NS, self._ask)
        for _ in range(events):
            true_ns, _, action, arguments = heapq.heappop(self._events)
            action(true_ns, *arguments)

    def _later(self, true_ns, action, *arguments):
        heapq.heappush(self._events, (true_ns, self._dice.random(), action,
                                      arguments))

    def _delay_ns(self):
        return int(self._dice.expovariate(1 / self._dice.choice(
            (10**4, 10**5, 10**7, 10**8))))

    def _poll(self, true_ns, name):
        self._later(true_ns + self._dice.randrange(1, 2 * self._poll_ns),
                    self._poll, name)
        server = self._servers[name]
        if true_ns < server.stopped_until_ns:
            return
        t1 = self._host.boot_ns(true_ns)
        arrives_ns = true_ns + self._delay_ns()
        t2, _ = server.look(arrives_ns)
        leaves_ns = arrives_ns + self._delay_ns()
        t3, error_ns = server.look(leaves_ns)
        received_ns = leaves_ns + self._delay_ns()
        self._later(received_ns, self._receive, name, (t1, t2, t3, error_ns))
        if server.lying:
            server.last_lie_ns = max(server.last_lie_ns, received_ns)

    def _receive(self, true_ns, name, times):
        t1, t2, t3, error_ns = times
        self.known.add(name, Sample(t1, t2, t3, self._host.boot_ns(true_ns),
                                    error_ns, ClockState.SYNCHRONIZED))
        self._check_verdict(true_ns)

    def _wander(self, true_ns):
        self._host.wander(true_ns)
        self._later(true_ns + self._dice.randrange(1, 100 * SECOND),
                    self._wander)

    def _step(self, true_ns):
        self._servers[self._dice.choice(self._names)].step(true_ns)
        self._later(true_ns + self._dice.randrange(1, 500 * SECOND),
                    self._step)

    def _stop(self, true_ns):
        self._servers[self._dice.choice(self._names)].stop(true_ns)
        self._later(true_ns + self._dice.randrange(1, 300 * SECOND),
                    self._stop)

    def _repent(self, true_ns):
        """The liar says the truth from now on, and another is to lie."""
        server = self._servers[self.liar]
        server.lies = False
        server.step(true_ns)
        self._later(true_ns + SECOND, self._succeed)

    def _succeed(self, true_ns):
        """Once no lie of the last one is in use: one at a time is false."""
        bound = self.known._bounds[self.liar].at(self._host.boot_ns(true_ns))
        if (true_ns <= self._servers[self.liar].last_lie_ns
                or bound is not None
                and not bound.earliest_ns <= true_ns <= bound.latest_ns):
            self._later(true_ns + SECOND, self._succeed)
            return
        self.liar = self._dice.choice(self._names)
        self.liars.add(self.liar)
        self._servers[self.liar].lies = True
        self._servers[self.liar].step(true_ns)
        self._later(true_ns + self._dice.randrange(1, 60 * SECOND),
                    self._repent)

    def _ask(self, true_ns):
        self._check_verdict(true_ns)
        self._later(true_ns + self._dice.randrange(1, SECOND), self._ask)

    def _check_verdict(self, true_ns):
        boot_ns = self._host.boot_ns(true_ns)
        verdict = self.known.verdict(boot_ns)
        self.asked += 1
        if verdict.bound is not None:
            self.answered += 1
            # A snapshot is used for a while: a copy of what now() does.
            later_ns = true_ns + self._dice.randrange(10 * SECOND)
            for moment_ns, bound in (
                    (true_ns, verdict.bound),
                    (true_ns, verdict.bound.at(boot_ns, PPM))):
                assert (bound.earliest_ns <= moment_ns
                        <= bound.latest_ns), (bound, moment_ns)
            self._later(later_ns, self._check, verdict.bound)
            self.widest_ns = max(self.widest_ns, verdict.bound.latest_ns
                                 - verdict.bound.earliest_ns)
        assert self.liar is not None or not verdict.false, verdict
        for name in verdict.false:
            assert name == self.liar or (
                name in self.liars and name in self.known._probation), (
                    name, verdict)
            self.named += 1

    def _check(self, true_ns, bound):
        now = bound.at(self._host.boot_ns(true_ns), PPM)
        assert now.earliest_ns <= true_ns <= now.latest_ns, (now, true_ns)


class SimulatedTimeTest(unittest.TestCase):
    def run_world(self, seed, **settings):
        with self.subTest(seed=seed, **settings):
            world = World(seed, **settings)
            world.run(4000)
            return world
        self.fail(f"seed {seed}, {settings}: see above")

    def test_the_interval_holds_true_time(self):
        first = random.randrange(1 << 32)
        worlds = [self.run_world(seed, servers=servers, lies=False,
                                 poll_ns=10 * SECOND)
                  for seed in range(first, first + 6)
                  for servers in (1, 2, 3, 5)]
        self.assert_mostly_answered(worlds)

    def test_it_holds_true_time_though_one_at_a_time_lies(self):
        first = random.randrange(1 << 32)
        worlds = [self.run_world(seed, servers=servers, lies=True,
                                 poll_ns=poll_ns)
                  for seed in range(first, first + 12)
                  for servers in (3, 5) for poll_ns in (SECOND, 60 * SECOND)]
        self.assertGreater(sum(world.named for world in worlds), 0)
        self.assertGreater(max(len(world.liars) for world in worlds), 1)
        self.assert_mostly_answered(worlds)

    def assert_mostly_answered(self, worlds):
        self.assertGreater(sum(world.answered for world in worlds),
                           sum(world.asked for world in worlds) // 2)

    def test_where_too_many_lie_the_one_that_stops_does_not_agree_with_them(
            self):
        """Its bound grows until it holds what the others say."""
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        for _ in range(10):
            lie_ns = dice.choice((-1, 1)) * dice.randint(25, 60) * 10**6
            for lies_ns in ((0, lie_ns), (0, lie_ns, -lie_ns)):
                with self.subTest(seed=seed, lies_ns=lies_ns):
                    self.assertEqual(self.answers(dice, lies_ns), 0)

    def answers(self, dice, lies_ns):
        """Of servers with bounds of 10 ms, asked every second; the first one
        stops now and then. Counted once they have contradicted each other."""
        host = Host(dice)
        names = [f"server{index}" for index in range(len(lies_ns))]
        known = Servers(names, PPM)
        stopped, contradicted, answers = 0, False, 0
        for second in range(400):
            if second > 2 and dice.random() < 0.02:
                stopped = second + dice.randrange(200)
            for name, lie_ns in zip(names, lies_ns):
                if name == names[0] and second < stopped:
                    continue
                true_ns = (START_NS + second * SECOND
                           + dice.randrange(SECOND // 10))
                shown_ns = true_ns + lie_ns + dice.randint(-10**6, 10**6)
                known.add(name, Sample(
                    host.boot_ns(true_ns), shown_ns, shown_ns,
                    host.boot_ns(true_ns + 10**6), 10**7,
                    ClockState.SYNCHRONIZED))
            boot_ns = host.boot_ns(START_NS + second * SECOND + SECOND // 2)
            verdict = known.verdict(boot_ns)
            contradicted |= "contradict each other" in verdict.reason
            answers += contradicted and verdict.bound is not None
        self.assertTrue(contradicted)
        return answers

    def test_a_bound_is_worth_having(self):
        """One that is never wrong because it is wide would be no use."""
        world = World(1, servers=3, lies=False, poll_ns=SECOND)
        world.run(4000)
        self.assertLess(world.widest_ns, SECOND)
