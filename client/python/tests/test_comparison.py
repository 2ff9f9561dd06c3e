import unittest

from time_client import ClockState, ClockStepped
from time_client._comparison import Sample, compare


def sample(t1, t2, t3, t4, error_ns=None, state=ClockState.SYNCHRONIZED):
    return Sample(t1, t2, t3, t4, error_ns, state)


class ComparisonTest(unittest.TestCase):
    def test_offset_is_server_minus_client_and_server_time_is_not_delay(self):
        # There and back 10 each, 50 in the server, whose clock is 1000 ahead.
        result = compare([sample(0, 1010, 1060, 70)])
        self.assertEqual(result.offset_ns, 1000)
        self.assertEqual(result.delay_ns, 20)
        self.assertEqual(result.bound_ns, 10)

    def test_the_sample_of_least_delay_wins_with_its_own_state(self):
        result = compare([
            sample(0, 100, 100, 50, error_ns=1),
            sample(0, 200, 200, 20, error_ns=2, state=ClockState.HOLDOVER),
            sample(0, 300, 300, 90, error_ns=3)])
        self.assertEqual(result.delay_ns, 20)
        self.assertEqual(result.server_error_ns, 2)
        self.assertEqual(result.state, ClockState.HOLDOVER)
        self.assertEqual(result.samples, 3)

    def test_what_cannot_be_used_is_discarded(self):
        beyond = 1 << 63
        for useless in (sample(0, 0, 0, -1), sample(0, beyond, beyond, 0),
                        sample(0, 0, 0, beyond)):
            result = compare([useless, sample(0, 5, 5, 10)])
            self.assertEqual(result.delay_ns, 10)
            self.assertEqual((result.samples, result.discarded), (2, 1))

    def test_nothing_that_can_be_used_is_an_error(self):
        with self.assertRaisesRegex(ClockStepped, "none of 2 samples"):
            compare([sample(0, 0, 0, -1), sample(0, 0, 9, 0)])

    def test_the_bound_covers_every_way_the_delay_can_be_split(self):
        for there in range(6):
            for back in range(6):
                for offset in (-7, 0, 8):
                    t2 = there + offset
                    result = compare([sample(0, t2, t2, there + back)])
                    self.assertLessEqual(abs(result.offset_ns - offset),
                                         result.bound_ns, (there, back))

    def test_nanoseconds_of_today_are_exact(self):
        now = 1795555856123456789
        result = compare([sample(now, now + 3, now + 3, now + 4)])
        self.assertEqual((result.offset_ns, result.delay_ns), (1, 4))

    def test_client_error_adds_offset_bound_and_server_error(self):
        result = compare([sample(0, -990, -990, 20, error_ns=5)])
        self.assertEqual(result.client_error_ns, 1000 + 10 + 5)
        self.assertIsNone(compare([sample(0, 0, 0, 2)]).client_error_ns)
        most = (1 << 63) - 1
        for error_ns, sum_ns in ((most, most), (most + 1, None)):
            result = compare([sample(0, 0, 0, 0, error_ns=error_ns)])
            self.assertEqual(result.client_error_ns, sum_ns)
