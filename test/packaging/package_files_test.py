"""Man pages and completion say what --help says.

Environment: TIME_SERVER, TIME_CLIENT, the programs; SOURCE_DIR, BUILD_DIR.
"""

import gzip
import os
import re
import shutil
import subprocess
import unittest

from system_test import MODES, PATIENCE_S, main, skip

PROGRAMS = {"time-server": os.environ["TIME_SERVER"], "time-client": os.environ["TIME_CLIENT"]}
COMPLETION = os.path.join(os.environ["SOURCE_DIR"], "packaging", "completion")


def help_of(program):
    return subprocess.run([PROGRAMS[program], "--help"], timeout=PATIENCE_S, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def flags_of(program):
    flags = re.findall(r"^  (--[a-z][a-z-]*)", help_of(program), re.M)
    assert len(flags) > 15, flags
    return sorted({*flags, "--help", "--version"})


def page_path(program):
    return os.path.join(os.environ["BUILD_DIR"], "packaging", f"{program}.1.gz")


def plain(roff):
    """Its text, without requests and escapes, as one line."""
    text = re.sub(r"^\.(SH|TP|RS|RE|PP|TH)\b.*$", "", roff, flags=re.M)
    text = re.sub(r"^\.[A-Z]+ ", "", text, flags=re.M)
    text = re.sub(r"\\f[BIR]|\\&", "", text).replace("\\-", "-").replace("\\e", "\\")
    return " ".join(text.split())


class ManPages(unittest.TestCase):
    def test_each_flag_is_a_paragraph(self):
        for program in PROGRAMS:
            with gzip.open(page_path(program), "rt", encoding="utf-8") as file:
                roff = file.read()
            for flag in flags_of(program):
                self.assertRegex(roff, rf"\n\.TP\n.*\\fB{re.escape(flag).replace('-', '-')}\b".replace(
                    "\\-", r"\\-"), (program, flag))

    def test_all_that_the_help_says_is_said(self):
        for program in PROGRAMS:
            with gzip.open(page_path(program), "rt", encoding="utf-8") as file:
                text = plain(file.read())
            for line in help_of(program).splitlines()[1:]:
                if line.startswith("Usage:") or re.fullmatch(r"\S[^:]*:", line):
                    continue
                for part in re.split(r"  +", re.sub(r"^Exit codes: ", "", line)):
                    self.assertIn(" ".join(part.split()), text, program)

    def test_they_have_the_sections_of_a_man_page_in_their_order(self):
        for program in PROGRAMS:
            with gzip.open(page_path(program), "rt", encoding="utf-8") as file:
                sections = re.findall(r"^\.SH (.*)$", file.read(), re.M)
            self.assertEqual(len(sections), len(set(sections)), sections)
            wanted = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO"]
            self.assertEqual([section for section in sections if section in wanted], wanted)

    def test_man_shows_them_without_a_warning(self):
        if shutil.which("man") is None:
            skip("man pages as shown", "man is not installed")
        for program in PROGRAMS:
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page_path(program)],
                                  timeout=PATIENCE_S, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "MANWIDTH": "80"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), program)


class Completion(unittest.TestCase):
    def offered(self, program, *words):
        script = ("source \"$1\"; program=$2; shift 2; COMP_WORDS=(x \"$@\"); COMP_CWORD=$#; "
                  "function=$(complete -p | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $function \"$program\"; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script, "bash", os.path.join(COMPLETION, program), PROGRAMS[program],
                               *words], timeout=PATIENCE_S, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_every_flag_of_the_help_is_offered_and_no_other(self):
        for program in PROGRAMS:
            self.assertEqual(sorted({*self.offered(program, "--"), "--help", "--version"}), flags_of(program), program)

    def test_what_begins_as_typed_is_offered(self):
        self.assertEqual(self.offered("time-server", "--tls-ce"), ["--tls-cert"])
        self.assertEqual(self.offered("time-client", "--samp"), ["--samples"])

    def test_names_are_offered_behind_the_flags_that_take_them(self):
        self.assertEqual(self.offered("time-server", "--mode", ""), list(MODES))
        self.assertEqual(self.offered("time-server", "--mode", "thr"), ["threaded", "threadpool"])
        self.assertEqual(self.offered("time-server", "--log-level", ""), ["debug", "info", "warning", "error", "off"])
        self.assertEqual(self.offered("time-client", "--protocol", ""), ["auto", "binary", "compact", "json"])
        self.assertEqual(self.offered("time-client", "--against", ""), ["true-time", "server"])
        self.assertEqual(self.offered("time-client", "--output", "j"), ["json"])

    def test_files_are_offered_behind_the_flags_that_take_them(self):
        self.assertEqual(self.offered("time-server", "--config", COMPLETION + "/time-c"), [COMPLETION + "/time-client"])
        self.assertEqual(self.offered("time-server", "--zoneinfo", COMPLETION[:-3]), [COMPLETION])

    def test_nothing_is_offered_where_nobody_can_know(self):
        self.assertEqual(self.offered("time-server", "--listen", ""), [])
        self.assertEqual(self.offered("time-client", "--endpoint", ""), [])

    def test_commands_are_offered_to_the_client(self):
        commands = re.findall(r"^  ([a-z][\w-]+) ", help_of("time-client").split("Flags")[0], re.M)
        self.assertGreater(len(commands), 10)
        self.assertEqual(self.offered("time-client", ""), commands)
        self.assertEqual(self.offered("time-client", "--endpoint", "x:1", "time"), ["timestamps"])


if __name__ == "__main__":
    main()
