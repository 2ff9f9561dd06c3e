"""The table of peers is whole, and what their frameworks cost is measured once."""

import os
import subprocess
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare_case import PATIENCE_S, ROOT, CompareTest  # noqa: E402
import catalog  # noqa: E402
import compare_costs  # noqa: E402
import compare_packages  # noqa: E402
import count_lines  # noqa: E402
from catalog import pairs  # noqa: E402
from compare_results import Results  # noqa: E402
from compare_view import View  # noqa: E402

sys.path.append(os.path.join(ROOT, "bench", "peers", "checks"))
from served_process import eventually  # noqa: E402


def has_ended(pid):
    """Or is a zombie, whose parent has gone before it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class TheCatalog(unittest.TestCase):
    def test_every_pair_has_a_name_of_its_own_in_its_language(self):
        found = pairs(catalog.PEERS)
        view = View(catalog.PEERS, Results())
        self.assertEqual(len({pair.key for pair in found}), len(found))
        names = {(view.name(pair), pair.client.language) for pair in found}
        self.assertEqual(len(names), len(found))

    def test_the_control_is_the_reference_but_for_its_name(self):
        by_key = {each.key: each for each in catalog.PEERS}
        reference, control = by_key[catalog.REFERENCE], by_key[catalog.CONTROL]
        self.assertEqual((reference.server, reference.threads, reference.quick, True),
                         (control.server, control.threads, control.quick, control.quick))
        self.assertLess(set(control.clients), set(reference.clients))

    def test_each_language_of_clients_has_a_control_and_a_reference_in_the_quick_comparison(self):
        for quick in (False, True):
            peers = tuple(each.quickly() if quick else each for each in catalog.PEERS if each.quick or not quick)
            for language in ("C++", "Python"):
                keys = [pair.peer.key for pair in pairs(peers) if pair.client.language == language]
                self.assertIn(catalog.REFERENCE, keys)
                self.assertIn(catalog.CONTROL, keys)

    def test_every_peer_has_a_project_whose_costs_are_measured(self):
        projects = {project.key: project for project in compare_costs.PROJECTS}
        for each in catalog.PEERS:
            self.assertIn(each.project, projects)
            self.assertIn(projects[each.project].minimal, count_lines.frameworks())

    def test_every_framework_of_the_comparison_is_there_in_both_manners(self):
        frameworks = {(each.framework, each.language) for each in catalog.PEERS}
        self.assertLessEqual({("gRPC", "C++"), ("gRPC", "Python"), ("Apache Thrift", "C++"),
                              ("Apache Thrift", "Python"), ("thriftpy2", "Python"), ("thriftpy", "Python"),
                              ("RPyC", "Python"), (catalog.OURS, "C++")}, frameworks)


class Costs(CompareTest):
    def costs(self, versions):
        return compare_costs.Costs(self.path("costs.json"), versions, lambda line: None)

    def test_they_are_measured_once_for_the_same_versions(self):
        measured = []
        before = dict(compare_costs._MEASURES)
        self.addCleanup(compare_costs._MEASURES.update, before)
        for name in before:
            compare_costs._MEASURES[name] = lambda project, name=name: measured.append(name) or 1.5
        for versions, slow, expected in (
                ({"a": "1"}, False, ["cost.lines"]), ({"a": "1"}, True, list(before)[1:]), ({"a": "1"}, True, []),
                ({"a": "1"}, False, []), ({"a": "2"}, True, list(before))):
            measured.clear()
            results = Results()
            self.costs(versions).add_to(results, ["rpyc"], slow)
            self.assertEqual(measured, expected)
            self.assertEqual(results.values["rpyc"]["cost.lines"], {"0": 1.5})

    def test_what_could_not_be_measured_is_told_and_tried_again(self):
        def fail(project):
            raise compare_packages.NotMeasured("why")

        self.addCleanup(setattr, compare_costs, "_MEASURES", compare_costs._MEASURES)
        for measure, values, unmeasured in ((fail, {}, {"rpyc, cost.run_mb": "why"}),
                                            (lambda project: 3.0, {"cost.run_mb": {"0": 3.0}}, {})):
            compare_costs._MEASURES = {"cost.run_mb": measure}
            results = Results()
            self.costs({}).add_to(results, ["rpyc"], slow_too=True)
            self.assertEqual((results.values.get("rpyc", {}), results.unmeasured), (values, unmeasured))

    def test_what_was_started_to_build_ends_with_the_comparison(self):
        minimal = self.path("minimal")
        os.makedirs(os.path.join(minimal, "endless"))
        with open(os.path.join(minimal, "endless", "commands.sh"), "w", encoding="utf-8") as file:
            file.write(f"pwd >{self.path('folder')}\nsleep 600 &\necho $! >{self.path('pids')}\nwait\n")
        before = count_lines.MINIMAL
        self.addCleanup(setattr, count_lines, "MINIMAL", before)
        count_lines.MINIMAL = minimal

        def interrupted(process, timeout):
            self.assertTrue(eventually(lambda: os.path.exists(self.path("pids")) and os.path.getsize(self.path("pids")),
                                       PATIENCE_S))
            raise KeyboardInterrupt

        with mock.patch.object(subprocess.Popen, "communicate", interrupted), self.assertRaises(KeyboardInterrupt):
            compare_costs._build_s(compare_costs.Project("endless", "endless", python=sys.executable))
        with open(self.path("pids"), encoding="utf-8") as file:
            pid = int(file.read())
        self.assertTrue(eventually(lambda: has_ended(pid), PATIENCE_S))
        with open(self.path("folder"), encoding="utf-8") as file:
            self.assertFalse(os.path.exists(file.read().strip()))

    def test_what_cannot_be_measured_has_no_figure(self):
        with self.assertRaises(compare_packages.NotMeasured):
            compare_packages.output_of(sys.executable, "-c", "import sys; sys.exit('no')")
        with self.assertRaises(compare_packages.NotMeasured):
            compare_packages.output_of("/nowhere/program")

    def test_packages_are_counted_with_what_they_need_and_without_the_base(self):
        package = compare_packages._Package
        made_up = {"base": package(100, True, ("libc",)), "libc": package(1000, False, ()),
                   "framework": package(10, False, ("libc", "helper")), "helper": package(5, False, ("framework",)),
                   "python": package(2, False, ()), "module": package(3, False, ("python", "helper"))}
        before = compare_packages._packages
        self.addCleanup(setattr, compare_packages, "_packages", before)
        compare_packages._packages = lambda: made_up
        self.assertEqual(compare_packages.debian_mb(["framework"]), 15 * 1024 / 1e6)
        self.assertEqual(compare_packages.debian_mb(["module"], ["python"]), 18 * 1024 / 1e6)
        with self.assertRaisesRegex(compare_packages.NotMeasured, "absent is not installed"):
            compare_packages.debian_mb(["absent"])


if __name__ == "__main__":
    unittest.main()
