"""Prometheus, with the configuration that docker/ deploys, watches real servers; and its
alerts are about metrics that there are."""

import os
import re
import signal
import subprocess
import unittest

from daemon_process import ROOT, find_program
from fleet import FleetTest
from http_get import get, metric, parse_metrics
from load import cpp_load
from prometheus_process import DOCKER, Prometheus

from system_test import PATIENCE_S, main

UNIT_TESTS = os.path.join(ROOT, "test", "scale", "alerts_unit.yml")


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Rules(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run([find_program("promtool"), *arguments], timeout=PATIENCE_S, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_finds_nothing_wrong(self):
        self.promtool("check", "config", os.path.join(DOCKER, "prometheus.yml"))
        self.promtool("check", "rules", os.path.join(DOCKER, "alerts.yml"))

    def test_each_alert_fires_at_what_it_is_for_and_at_nothing_else(self):
        self.promtool("test", "rules", UNIT_TESTS)
        alerts = re.findall(r"- alert: (\w+)", text_of(os.path.join(DOCKER, "alerts.yml")))
        self.assertGreater(len(alerts), 10)
        healthy, *firing = text_of(UNIT_TESTS).split("\n  - name: ")[1:]
        self.assertEqual(alerts, re.findall(r"alertname: (\w+), eval_time: 2h, exp_alerts: \[\]", healthy))
        self.assertEqual(set(alerts), {name for part in firing for name in re.findall(
            r"- alertname: (\w+)\n        eval_time: \w+\n        exp_alerts:\n          - exp_labels", part)})

    def test_each_alert_is_told_of_in_operations(self):
        told = text_of(os.path.join(ROOT, "docs", "operations.md"))
        for alert in re.findall(r"- alert: (\w+)", text_of(os.path.join(DOCKER, "alerts.yml"))):
            self.assertIn(f"`{alert}`", told)


class Scraping(FleetTest):
    def test_prometheus_sees_what_the_servers_count_and_each_metric_of_an_alert(self):
        certificate = os.path.join(os.environ["TIMESERVICE_CERTIFICATES"], "server")
        self.fleet("--oracle-state", os.path.join(self.server().directory, "timestamps"), "--oracle-init", "--listen",
                   "tls:127.0.0.1:0", "--tls-cert", certificate + ".pem", "--tls-key", certificate + ".key")
        prometheus = Prometheus(self, self.members, self.haproxy.observe_port)
        load = cpp_load(self, self.haproxy.time_port, threads=6)
        load.wait_for_more(100)
        self.assertEqual(load.end(), [])

        instances = {f"127.0.0.1:{member.admin}": member for member in self.members}
        counted = {name: metric(member.admin, "time_server_calls_total") for name, member in instances.items()}
        self.assertEqual(sum(counted.values()), load.calls)
        for query, label, wanted in (
                ("sum by (instance) (time_server_calls_total)", "instance", counted),
                ('up{job="time-server"}', "instance", {name: 1 for name in instances}),
                ('up{job="haproxy"}', "job", {"haproxy": 1}),
                ('haproxy_backend_active_servers{proxy="time"}', "proxy", {"time": 3})):
            prometheus.wait_until(lambda query=query, label=label, wanted=wanted: prometheus.query(query, label) == wanted,
                                  f"{query} is {wanted}", lambda query=query, label=label: prometheus.query(query, label))
        self.check_names_of_alerts()

        for member in self.members[:2]:
            member.process.signal(signal.SIGKILL)
            member.process.wait()
        prometheus.wait_until(lambda: sorted(prometheus.query('up{job="time-server"}').values()) == [0, 0, 1],
                              "Prometheus misses two")
        # Not yet firing: that takes as long as the rules say.
        prometheus.wait_until(lambda: {"TimeServerDown", "TimeServersFewLeft", "BalancerFewServers"}
                              <= set(prometheus.query('ALERTS{alertstate="pending"}', "alertname")), "alerts are pending",
                              lambda: prometheus.query("ALERTS", "alertname"))

    def check_names_of_alerts(self):
        there = {"up"}
        for port in (self.members[0].admin, self.haproxy.observe_port):
            there |= {sample[0] for sample, _ in parse_metrics(get(port, "/metrics")[1])}
        wanted = set(re.findall(r"\b(?:up|(?:time_server|process|haproxy)_\w+)\b",
                                " ".join(re.findall(r"expr: ((?:.|\n)*?)\n        (?:for|labels):",
                                                    text_of(os.path.join(DOCKER, "alerts.yml"))))))
        self.assertGreater(len(wanted), 15)
        self.assertEqual(wanted - there, set())


if __name__ == "__main__":
    main()
