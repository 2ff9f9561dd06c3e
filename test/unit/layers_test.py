"""The layers of the source include only what is below them."""

import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATED = r"(.*/)?(TimeService|time_service_types)\.(h|tcc)"
SOCKETS = r"sys/socket\.h|sys/un\.h|sys/epoll\.h|netinet/.*|arpa/.*|netdb\.h|poll\.h"

# Folder, and what no file in it may include.
RULES = {
    "wire": [r"server/.*", r"client/.*", GENERATED],
    "server/host": [r"server/time/.*", r"client/.*", GENERATED],
    "server/time": [r"server/host/.*", r"wire/.*", r"client/.*", SOCKETS],
    "client": [r"server/.*"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')


def included(path):
    """Yields (line number, what is included)."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1)


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".h", ".cpp", ".cc", ".hpp", ".tcc"))


def violations(root):
    """Each include that a rule forbids, as "file:line includes what"."""
    wrong = []
    for folder, forbidden in RULES.items():
        for path in sources(root / folder):
            for number, header in included(path):
                # A relative include is named by what it leads to.
                beside = (path.parent / header).resolve()
                if beside.is_file() and beside.is_relative_to(root.resolve()):
                    header = str(beside.relative_to(root.resolve()))
                if any(re.fullmatch(pattern, header) for pattern in forbidden):
                    wrong.append(f"{path.relative_to(root)}:{number} includes {header}")
    return wrong


class LayersTest(unittest.TestCase):
    def test_no_layer_includes_what_is_above_it(self):
        self.assertEqual(violations(ROOT), [])

    def test_each_layer_was_looked_at(self):
        for folder in RULES:
            self.assertGreater(len(sources(ROOT / folder)), 3, folder)
            self.assertTrue(any(list(included(path)) for path in sources(ROOT / folder)), folder)


class CheckerTest(unittest.TestCase):
    """The check itself sees what is planted."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name).resolve()

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def test_each_forbidden_include_is_found(self):
        planted = [
            ("wire/a.h", '#include "server/host/host.h"'),
            ("wire/b.cpp", '#include "client/retry.h"'),
            ("wire/c.cpp", '#include "TimeService.h"'),
            ("wire/d.h", '#include <time_service_types.h>'),
            ("wire/e.h", '#include "gen/TimeService.h"'),
            ("server/host/a.cpp", '#include "server/time/time_handler.h"'),
            ("server/host/b.cpp", '#include "server/time/clock/clock.h"'),
            ("server/host/c.h", '#  include "TimeService.tcc"'),
            ("server/host/d.h", ' #include "client/retry.h"'),
            ("server/time/a.cpp", '#include "server/host/host.h"'),
            ("server/time/clock/b.cpp", '#include "wire/limits.h"'),
            ("server/time/c.cpp", "#include <sys/socket.h>"),
            ("server/time/clock/d.cpp", "#include <netinet/in.h>"),
            ("client/a.cpp", '#include "server/host/host.h"'),
        ]
        for name, line in planted:
            self.plant(name, f"#pragma once\n\n{line}\n")
        found = violations(self.root)
        self.assertEqual(len(found), len(planted), found)
        for name, _ in planted:
            self.assertTrue(any(one.startswith(f"{name}:3 includes ") for one in found), name)

    def test_a_relative_include_is_found(self):
        self.plant("server/time/clock.h", "\n")
        self.plant("server/host/a.cpp", '#include "../time/clock.h"\n')
        self.assertEqual(violations(self.root), ["server/host/a.cpp:1 includes server/time/clock.h"])

    def test_what_is_allowed_or_only_mentioned_is_not_found(self):
        self.plant("wire/a.h", '#include <vector>\n#include "wire/limits.h"\n// #include "server/host/host.h"\n')
        self.plant("server/host/a.cpp", '#include "wire/limits.h"\n#include <sys/socket.h>\n')
        self.plant("server/time/a.cpp", '#include "TimeService.h"\n#include "server/time/clock/clock.h"\n')
        self.plant("server/main.cpp", '#include "server/host/host.h"\n#include "TimeService.h"\n')
        self.assertEqual(violations(self.root), [])


if __name__ == "__main__":
    unittest.main()
