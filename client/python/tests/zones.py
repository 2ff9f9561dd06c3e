"""Zones for tests of ZoneTable: from Python's own tz database, and made up."""

import datetime
import unittest
import zoneinfo

from time_client import ZonePeriod
from time_client.zone_table import ZoneTable, periods_around

NS = 10**9
DAY_NS = 86_400 * NS
EPOCH = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc


def instant_ns(year, month=1, day=1, hour=0, minute=0):
    return int(datetime.datetime(year, month, day, hour, minute,
                                 tzinfo=UTC).timestamp()) * NS


def rule_at(zone, instant):
    """UTC offset in seconds and abbreviation at an instant in ns."""
    moment = datetime.datetime.fromtimestamp(
        0, UTC) + datetime.timedelta(seconds=instant // NS)
    local = moment.astimezone(zone)
    return int(local.utcoffset().total_seconds()), local.tzname()


def resolve(zone, local_ns):
    """The instants that PEP 495 gives a local time, for fold 0 and 1."""
    naive = EPOCH + datetime.timedelta(microseconds=local_ns // 1000)
    return [local_ns - int(naive.replace(tzinfo=zone, fold=fold).utcoffset()
                           .total_seconds()) * NS for fold in (0, 1)]


def periods_of(zone, from_ns, until_ns):
    """As the server's zone_periods. Sees at most one change a day."""
    edges = [(from_ns, rule_at(zone, from_ns))]
    low = from_ns
    while low < until_ns:
        high = min(low + DAY_NS, until_ns - 1) if low < until_ns - 1 else (
            until_ns)
        if high < until_ns and rule_at(zone, high) != edges[-1][1]:
            before, after = low, high
            while after - before > 1:
                middle = (before + after) // 2
                if rule_at(zone, middle) == edges[-1][1]:
                    before = middle
                else:
                    after = middle
            edges.append((after, rule_at(zone, after)))
        low = high
    ends = [start for start, _ in edges[1:]] + [until_ns]
    return [ZonePeriod(start, end, *rule)
            for (start, rule), end in zip(edges, ends)]


def table_of(name, from_ns, until_ns):
    try:
        zone = zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError:
        raise unittest.SkipTest(f"no zone {name} on this host") from None
    return ZoneTable(name, from_ns, until_ns,
                     periods_of(zone, *periods_around(from_ns, until_ns)))


def made_up(from_ns, until_ns, *rules):
    """A table of rules (start in ns, offset in seconds, abbreviation), of
    which the first begins before everything."""
    first_ns, end_ns = periods_around(from_ns, until_ns)
    starts = [first_ns] + [start for start, _, _ in rules[1:]]
    ends = starts[1:] + [end_ns]
    return ZoneTable("Made/Up", from_ns, until_ns, [
        ZonePeriod(start, end, offset, name)
        for start, end, (_, offset, name) in zip(starts, ends, rules)])
