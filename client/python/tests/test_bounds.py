"""The arithmetic of bounds, number by number."""

import random
import unittest

from time_client import ClockState
from time_client._agreement import _PROBATION, Servers
from time_client._boot_clock import longest_ns, shortest_ns
from time_client._bounds import Bound, ServerBound, agreement, bound_of
from time_client._comparison import Sample

PPM = 500
MS = 10**6


def sample(t1, t2, t3, t4, error_ns=0, state=ClockState.SYNCHRONIZED):
    return Sample(t1, t2, t3, t4, error_ns, state)


class BoundTest(unittest.TestCase):
    def test_elapsed_time_is_rounded_outwards(self):
        self.assertEqual((shortest_ns(0), longest_ns(0)), (0, 0))
        for elapsed in (1, 999, 10**6 + 1, 10**18 + 7):
            self.assertLess(shortest_ns(elapsed), elapsed)
            self.assertGreater(longest_ns(elapsed), elapsed)
            # Of a clock that is fast, and of one that is slow, by the most.
            self.assertLessEqual(shortest_ns(elapsed) * 10**6,
                                 elapsed * (10**6 - PPM))
            self.assertGreaterEqual(longest_ns(elapsed) * (10**6 - PPM),
                                    elapsed * 10**6)

    def test_an_exchange_says_when_the_server_looked(self):
        # 10 there and 20 back, 50 in the server, 5 of error.
        bound = bound_of(sample(0, 1010, 1060, 80, error_ns=5), 0)
        self.assertEqual(bound, Bound(80, 1060 - 5, 1060 + 5 + 80))

    def test_the_bound_grows_by_the_drift_at_both_ends(self):
        bound = Bound(0, 100, 200).at(2 * 10**9, PPM)
        self.assertEqual(bound.earliest_ns, 100 + 2 * 10**9 - 10**6)
        self.assertEqual(bound.latest_ns,
                         200 + longest_ns(2 * 10**9, PPM))

    def test_an_exchange_without_a_bound_or_with_a_step_says_nothing(self):
        self.assertIsNone(bound_of(sample(0, 5, 5, 10, error_ns=None), PPM))
        self.assertIsNone(bound_of(sample(0, 5, 4, 10), PPM))
        self.assertIsNone(bound_of(sample(0, 0, 100, 10), PPM))

    def test_exchanges_with_one_server_are_intersected(self):
        server = ServerBound(0)
        self.assertIsNone(server.at(5))
        self.assertTrue(server.add(Bound(0, 0, 100)))
        self.assertTrue(server.add(Bound(10, 50, 200)))
        self.assertEqual(server.at(10), Bound(10, 50, 110))

    def test_a_contradiction_is_told_and_the_latest_kept(self):
        server = ServerBound(0)
        server.add(Bound(0, 0, 100))
        self.assertFalse(server.add(Bound(10, 500, 600)))
        self.assertEqual(server.at(10), Bound(10, 500, 600))


class AgreementTest(unittest.TestCase):
    def test_it_holds_every_point_that_all_but_the_false_ones_hold(self):
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        for _ in range(3000):
            bounds = []
            for _ in range(dice.randrange(1, 6)):
                low = dice.randrange(12)
                bounds.append((low, low + dice.randrange(6)))
            false = dice.randrange(3)
            good = [point for point in range(20)
                    if sum(low <= point <= high for low, high in bounds)
                    >= len(bounds) - false]
            expected = ((min(good), max(good))
                        if good and len(bounds) > false else None)
            with self.subTest(bounds, false=false, seed=seed):
                self.assertEqual(agreement(bounds, false), expected)

    def test_one_false_interval_cannot_cut_true_time_off(self):
        # What most have in common is 9 to 10; true time may be 8.
        self.assertEqual(agreement([(0, 10), (8, 18), (9, 30)], 1), (8, 18))


class ServersTest(unittest.TestCase):
    def verdict(self, *bounds):
        names = [chr(ord("a") + index) for index in range(len(bounds))]
        servers = Servers(names, 0)
        for name, bound in zip(names, bounds):
            if bound is not None:
                servers.add(name, exact(*bound))
        return servers.verdict(0)

    def test_one_server_is_believed(self):
        self.assertEqual(self.verdict((5, 9)).bound, Bound(0, 5, 9))

    def test_two_servers_must_agree(self):
        self.assertEqual(self.verdict((5, 9), (7, 20)).bound, Bound(0, 7, 9))
        self.assertEqual(self.verdict((5, 9), None).bound, Bound(0, 5, 9))
        verdict = self.verdict((5, 9), (10, 20))
        self.assertIsNone(verdict.bound)
        self.assertRegex(verdict.reason, "contradict.*a says.*b says")

    def test_of_three_one_may_lie_and_is_named(self):
        for liar in range(3):
            bounds = [(5, 9), (7, 12), (6, 10)]
            bounds[liar] = (1000, 1001)
            verdict = self.verdict(*bounds)
            self.assertEqual(list(verdict.false), ["abc"[liar]])
            others = [bounds[index] for index in range(3) if index != liar]
            self.assertEqual(verdict.bound, Bound(
                0, max(low for low, _ in others),
                min(high for _, high in others)))

    def test_of_three_two_that_lie_leave_no_time(self):
        self.assertIsNone(self.verdict((5, 9), (20, 29), (40, 49)).bound)

    def test_one_of_three_is_too_few(self):
        verdict = self.verdict((5, 9), None, None)
        self.assertIsNone(verdict.bound)
        self.assertIn("it takes one more", verdict.reason)

    def test_two_of_three_hold_true_time_together(self):
        self.assertEqual(self.verdict((5, 9), None, (7, 20)).bound,
                         Bound(0, 5, 20))

    def test_no_server_is_no_time(self):
        self.assertIsNone(self.verdict(None, None).bound)

    def test_who_contradicts_himself_is_on_probation(self):
        servers = Servers(["a"], 0)
        servers.add("a", exact(5, 9))
        servers.add("a", exact(50, 90))
        for _ in range(_PROBATION):
            verdict = servers.verdict(0)
            self.assertIsNone(verdict.bound)
            self.assertEqual(list(verdict.false), ["a"])
            self.assertIn("contradict themselves: a", verdict.reason)
            servers.add("a", exact(50, 90))
        self.assertEqual(servers.verdict(0).bound, Bound(0, 50, 90))

    def test_what_a_server_on_probation_says_does_not_count(self):
        servers = Servers(list("abc"), 0)
        servers.add("a", exact(5, 9))
        servers.add("a", exact(1000, 1001))
        servers.add("b", exact(50, 60))
        servers.add("c", exact(55, 70))
        verdict = servers.verdict(0)
        self.assertEqual(verdict.bound, Bound(0, 50, 70))
        self.assertEqual(list(verdict.false), ["a"])

    def test_while_one_is_on_probation_any_other_may_be_false(self):
        """What the first one said is not in use, so the lie may have moved
        on: what is left must hold true time without another."""
        servers = Servers(list("abc"), 0)
        servers.add("a", exact(5, 9))
        servers.add("a", exact(50, 90))
        servers.add("b", exact(50, 60))
        self.assertIsNone(servers.verdict(0).bound)
        self.assertIn("it takes one more", servers.verdict(0).reason)
        servers.add("c", exact(55, 70))
        self.assertEqual(servers.verdict(0).bound, Bound(0, 50, 70))
        servers.add("c", exact(65, 70))
        self.assertEqual(servers.verdict(0).bound, Bound(0, 50, 70))

    def test_a_contradiction_is_not_outgrown(self):
        """A lie of 35 ms, with bounds of 10 ms, and the honest one stops: its
        bound, which grows, reaches the other's after a while."""
        servers = Servers(list("ab"), PPM)

        def hear(name, boot_s, off_ms):
            boot_ns = boot_s * 10**9
            servers.add(name, exact(boot_ns + (off_ms - 10) * MS,
                                    boot_ns + (off_ms + 10) * MS, boot_ns))
            return servers.verdict(boot_ns)

        hear("a", 0, 0)
        self.assertIn("contradict each other", hear("b", 0, 35).reason)
        hear("a", 1, 0)
        for boot_s in range(2, 300, 10):
            verdict = hear("b", boot_s, 35)
            self.assertIsNone(verdict.bound)
        self.assertIn("not been heard again since: a", verdict.reason)
        # Now it is, and is as far off as before.
        self.assertIn("contradict each other", hear("a", 300, 0).reason)
        self.assertIsNone(hear("b", 301, 35).bound)
        # Once both say the same, and have been heard, there is time again.
        self.assertIsNone(hear("b", 302, 0).bound)
        for boot_s in range(303, 303 + _PROBATION):
            verdict = hear("b", boot_s, 0)
        self.assertIsNone(verdict.bound)
        self.assertIsNotNone(hear("a", 320, 0).bound)

    def test_of_three_that_contradict_each_other_all_must_be_heard(self):
        servers = Servers(list("abc"), 0)
        for name, bound in zip("abc", ((5, 9), (20, 29), (40, 49))):
            servers.add(name, exact(*bound))
        self.assertIsNone(servers.verdict(0).bound)
        # b and c step to where a is, and agree with it.
        for name in "bc":
            for _ in range(_PROBATION + 1):
                servers.add(name, exact(5, 9))
                self.assertIsNone(servers.verdict(0).bound)
        self.assertIn("since: a", servers.verdict(0).reason)
        servers.add("a", exact(5, 9))
        self.assertEqual(servers.verdict(0).bound, Bound(0, 5, 9))

    def test_all_of_those_that_agree_must_be_synchronized(self):
        def synchronized_ns(*said):
            servers = Servers(list("abc"), 0)
            for name, boot_ns, off_ns, state in said:
                servers.add(name, exact(off_ns, off_ns + 9, boot_ns,
                                        state=state))
            return servers.verdict(10).synchronized_ns

        good, old = ClockState.SYNCHRONIZED, ClockState.HOLDOVER
        self.assertEqual(synchronized_ns(
            ("a", 1, 1, good), ("b", 2, 2, good), ("a", 3, 3, good)), 2)
        self.assertIsNone(synchronized_ns(
            ("a", 1, 1, good), ("b", 2, 2, good), ("a", 3, 3, old)))
        # Of one that is outvoted it does not matter.
        self.assertEqual(synchronized_ns(
            ("a", 3, 3, good), ("b", 2, 2, good), ("c", 1, 999, old)), 2)


def exact(earliest_ns, latest_ns, boot_ns=0, **said):
    """An exchange that ended when boot showed so much, and says just that."""
    width_ns = latest_ns - earliest_ns
    return sample(boot_ns - width_ns, earliest_ns, earliest_ns, boot_ns,
                  **said)
