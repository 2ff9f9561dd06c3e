"""The script `dev`, in a folder of its own where the tools that it calls are made up:
what it says, and what it leaves out.

Environment: SOURCE_DIR.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

SOURCE_DIR = os.environ["SOURCE_DIR"]

# What `dev` needs of the system; nothing else is found.
TOOLS = ("bash", "sh", "cat", "dirname", "env", "grep", "id", "mkdir", "sed", "touch")

# Every package is there, and so is the build, once it has been made.
MADE_UP = {
    "dpkg-query": "printf installed",
    "apt-cache": "exit 1",
    "cmake": """
        case "$1" in
          --preset) mkdir -p "build/$2" && touch "build/$2/build.ninja" "build/$2/${3#-D}" ;;
          --build)
            echo "[1/2] Building $5"
            if [ -e fails ]; then echo "it does not compile"; exit 1; fi
            touch "build/$3/.ninja_log"
            for name in build/release/time-server build/release/client/time-client; do
              mkdir -p "$(dirname "$name")" && printf '#!/bin/sh\\necho "${0##*/}" "$@"\\n' > "$name" && chmod +x "$name"
            done ;;
          --install) echo "installed $*" ;;
        esac""",
    "ninja": 'if [ -e "$2/.ninja_log" ]; then echo "ninja: no work to do."; else echo "[1/2] Building it"; fi',
}


class DevTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.tools = os.path.join(self.folder, "tools")
        os.mkdir(self.tools)
        shutil.copy(os.path.join(SOURCE_DIR, "dev"), self.folder)
        for name in (*TOOLS, "chmod"):
            os.symlink(shutil.which(name), os.path.join(self.tools, name))
        for name, script in MADE_UP.items():
            self.make_up(name, script)

    def make_up(self, name, script):
        path = os.path.join(self.tools, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{shutil.which('sh')}\n{script}\n")
        os.chmod(path, 0o755)

    def dev(self, *args, code=0):
        """What it said, on standard output and on standard error."""
        done = subprocess.run([os.path.join(self.tools, "bash"), "dev", *args], cwd=self.folder, timeout=60,
                              env={"PATH": self.tools}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout, done.stderr

    def has(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def test_a_first_build_is_announced_and_shows_its_progress(self):
        out, err = self.dev("client", "get_time")
        self.assertEqual(out, "time-client get_time\n")
        self.assertEqual(err, "dev: building; this takes some minutes the first time\n[1/2] Building time-client\n")

    def test_programs_that_are_built_run_without_a_word_about_building(self):
        self.dev("client", "get_time")
        self.assertEqual(self.dev("client", "exchange"), ("time-client exchange\n", ""))
        self.assertEqual(self.dev("run", "--mode", "simple"), ("time-server --mode simple\n", ""))

    def test_a_build_that_fails_shows_why_and_runs_nothing(self):
        with open(os.path.join(self.folder, "fails"), "w", encoding="utf-8"):
            out, err = self.dev("run", code=1)
        self.assertEqual(out, "")
        self.assertIn("it does not compile", err)

    def test_the_programs_alone_are_configured_without_tests_and_a_build_with_tests_keeps_them(self):
        without, with_tests = (f"build/release/TIMESERVICE_DEVELOP={value}" for value in ("OFF", "ON"))
        self.dev("client", "get_time")
        self.assertEqual((self.has(without), self.has(with_tests)), (True, False))
        self.dev("build")
        self.assertTrue(self.has(with_tests))
        os.remove(os.path.join(self.folder, without))
        self.dev("client", "get_time")
        self.assertFalse(self.has(without))

    def test_install_builds_the_package_and_installs_it_at_the_prefix(self):
        prefix = os.path.join(self.folder, "prefix")
        out, err = self.dev("install", prefix)
        self.assertEqual(out, "")
        self.assertIn("[1/2] Building timeservice_package\n", err)
        self.assertIn(f"installed --install build/release --prefix {prefix}\n", err)

    def test_docker_commands_say_in_one_line_what_is_missing(self):
        for command in ("up", "test", "down"):
            self.assertEqual(self.dev("docker", command, code=1),
                             ("", "dev: docker is missing: install the package docker.io\n"))
        self.make_up("docker", "exit 1")
        self.assertEqual(self.dev("docker", "up", code=1),
                         ("", "dev: docker's compose is missing: install the package docker-compose\n"))
        self.make_up("apt-cache", "exit 0")
        self.assertEqual(self.dev("docker", "up", code=1),
                         ("", "dev: docker's compose is missing: install the package docker-compose-v2\n"))
        self.make_up("docker-compose", "echo composed")
        out, err = self.dev("docker", "up", code=1)
        self.assertEqual(out, "")
        self.assertRegex(err, r"\Adev: no docker engine answers[^\n]*\n\Z")
        self.make_up("docker", '[ "$1" = info ]')
        self.assertIn("composed\n", self.dev("docker", "up")[0])

    def test_a_command_that_is_none_is_answered_with_the_list(self):
        _, err = self.dev("nonsense", code=2)
        self.assertIn("no command 'nonsense'", err)
        self.assertIn("  run [flags]", err)
        self.assertEqual(self.dev("docker", "nonsense", code=2), ("", "dev: docker takes up, test or down\n"))


if __name__ == "__main__":
    unittest.main()
