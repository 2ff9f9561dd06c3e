"""The documents tell the truth: their commands run, their tables agree with the
programs, the files and functions that they name exist.

Environment: SOURCE_DIR, BUILD_DIR, TIME_SERVER, TIME_CLIENT; VENV_PYTHON, one with
thriftpy2.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE_DIR = os.environ["SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE_DIR, "test", "system"))
from document import blocks, commands, section, text_of  # noqa: E402
from server_process import ServerProcess  # noqa: E402

DEV = os.path.join(SOURCE_DIR, "dev")


class Documents(unittest.TestCase):
    readme = text_of("README.md")

    @classmethod
    def setUpClass(cls):
        cls.server = ServerProcess(os.environ["TIME_SERVER"]).start(["--listen", "127.0.0.1:0"])
        cls.help = subprocess.check_output([os.environ["TIME_SERVER"], "--help"], text=True)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_the_table_of_flags_is_the_table_of_help(self):
        documented = dict(re.findall(r"^\| `--([a-z-]+)[^|]*` \| ([^|]*) \|", section(self.readme, "Flags"), re.M))
        existing = set(re.findall(r"^  --([a-z-]+) ", self.help, re.M)) - {"config"}
        self.assertEqual(set(documented), existing)
        for flag, default in documented.items():
            found = re.search(r"^  --%s .*?default (\S+?):?$" % flag, self.help, re.M)
            if found:
                self.assertEqual(default.strip().strip("`"), found.group(1), flag)

    def test_the_table_of_modes_is_the_table_of_help(self):
        documented = re.findall(r"^\| `([a-z]+)`", section(self.readme, "Modes"), re.M)
        existing = re.findall(r"^ {36}([a-z]+) ", self.help.split("--listen")[0], re.M)
        self.assertEqual(documented, existing)
        default = re.search(r"^  --mode .*?default (\w+):$", self.help, re.M).group(1)
        self.assertEqual(re.findall(r"^\| `([a-z]+)` \(default\)", section(self.readme, "Modes"), re.M), [default])

    def test_the_ready_line_is_as_shown(self):
        shown = re.search(r"^ready: .*$", self.readme, re.M).group(0)
        self.assertEqual(re.sub(r":\d+", ":N", shown), re.sub(r":\d+", ":N", self.server.ready_line))

    def test_the_line_that_the_log_has_for_a_call_is_as_shown(self):
        (shown,) = blocks(section(text_of("docs/operations.md"), "When something is wrong"), "json")
        with ServerProcess(os.environ["TIME_SERVER"]).start(
                ["--listen", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug"]) as server:
            subprocess.check_output([os.environ["TIME_CLIENT"], "--endpoint", server.endpoints[0], "get_time"])
            line = server.wait_for_log('"message":"call"')
        self.assertEqual(list(json.loads(line)), list(json.loads(shown)))

    def test_the_commands_of_the_client_run(self):
        found = commands(section(self.readme, "Clients"))
        self.assertGreaterEqual(len(found), 3)
        for command in found:
            words = command.split()
            self.assertEqual(words[:2], ["./dev", "client"])
            words = [word.replace("localhost:9090", self.server.endpoints[0]) for word in words[2:]]
            if "--endpoint" not in words:
                words = ["--endpoint", self.server.endpoints[0]] + words
            subprocess.check_output([os.environ["TIME_CLIENT"]] + words, text=True)

    def test_the_three_uses_do_what_is_shown(self):
        uses = section(self.readme, "Three uses")
        serve, *asked = commands(uses)
        words = serve.split()
        self.assertEqual(words[:2], ["./dev", "run"])
        with tempfile.TemporaryDirectory() as scratch:
            state = os.path.join(scratch, words[words.index("--oracle-state") + 1])
            flags = [state if words[i - 1] == "--oracle-state" else word for i, word in enumerate(words)][2:]
            with ServerProcess(os.environ["TIME_SERVER"]).start(["--listen", "127.0.0.1:0", *flags]) as server:
                self.check_shown_commands(asked, blocks(uses, "text")[0].splitlines(), server.endpoints[0])
                for program in blocks(uses, "python"):
                    self.run_shown_program(program.replace("localhost:9090", server.endpoints[0]))

    def check_shown_commands(self, asked, shown, endpoint):
        printed = []
        for command in asked:
            words = command.split()
            self.assertEqual(words[:2], ["./dev", "client"])
            out = subprocess.check_output([os.environ["TIME_CLIENT"], "--endpoint", endpoint, *words[2:]], text=True)
            printed += out.splitlines()
        changing = r"[+-]?\d+(\.\d+)?( [num]?s)?"  # what is measured, and instants of today
        for line, as_shown in zip(printed, shown, strict=True):
            self.assertEqual(re.sub(changing, "N", line), re.sub(changing, "N", as_shown))
        self.assertEqual(printed[3:5], shown[3:5])

    def test_the_programs_of_the_python_package_do_what_is_shown(self):
        if not os.path.exists(os.environ["VENV_PYTHON"]):
            self.skipTest("no thriftpy2")  # which another test here says aloud
        programs = blocks(text_of("client/python/README.md"), "python")
        shown = [program for program in programs if "time.example.com" not in program]
        self.assertEqual(len(programs) - len(shown), 1)  # TLS, of hosts that are not there
        with tempfile.TemporaryDirectory() as scratch, ServerProcess(os.environ["TIME_SERVER"]).start(
                ["--listen", "127.0.0.1:0", "--clock-error=fixed:1ms", "--oracle-init",
                 f"--oracle-state={scratch}/timestamps"]) as server:
            endpoint = server.endpoints[0]
            for program in shown:
                program = re.sub(r'\["a:9090".*?\]|"localhost:9090"', repr(endpoint), program)
                if "clock." in program and "as clock" not in program:
                    program = (f"clock = time_client.connect({endpoint!r})\nfrom_ns, until_ns = 0, 10**18\n"
                               "instants = local = [10**17]\n" + program)
                self.run_shown_program("import time_client\n" + program + "\nprint('done')")

    def run_shown_program(self, program):
        found = subprocess.run([os.environ["VENV_PYTHON"], "-c", program], text=True, capture_output=True, timeout=60,
                               env={**os.environ, "PYTHONPATH": os.path.join(SOURCE_DIR, "client", "python")})
        self.assertEqual((found.returncode, found.stderr), (0, ""), program)
        self.assertTrue(found.stdout)

    def need_release_build(self):
        """./dev runs what stands in build/release, and builds it where it does not."""
        if os.path.realpath(os.environ["BUILD_DIR"]) != os.path.realpath(os.path.join(SOURCE_DIR, "build", "release")):
            self.skipTest("this is the build of another preset")

    def test_dev_client_asks_a_server(self):
        self.need_release_build()
        answer = subprocess.check_output([DEV, "client", "--endpoint", self.server.endpoints[0], "get_time"],
                                         stdin=subprocess.DEVNULL, text=True)
        self.assertRegex(answer, r"\A\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n\Z")

    def test_dev_run_serves_with_its_flags(self):
        self.need_release_build()
        with ServerProcess(DEV).start(["run", "--mode", "threaded", "--listen", "127.0.0.1:0"]) as server:
            self.assertIn("; mode threaded,", server.ready_line)
            self.assertEqual(server.stop(), 0)

    def test_the_command_of_install_installs_what_it_says(self):
        self.need_release_build()
        (command,) = commands(section(self.readme, "Install"))
        name, verb, prefix = command.split()
        self.assertEqual((name, verb), ("./dev", "install"))
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([DEV, verb, scratch], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for file in ("bin/time-server", "bin/time-client", "include/timeservice/server/host/host.h"):
                self.assertTrue(os.path.exists(os.path.join(scratch, file)), file)
        self.assertTrue(os.path.isabs(prefix), prefix)

    def test_the_commands_of_docker_name_what_is_there(self):
        compose, dockerfile = text_of("docker/docker-compose.yml"), text_of("docker/Dockerfile")
        for profile in set(re.findall(r"--profile (\w+)", self.readme)):
            self.assertIn("profiles: [%s]" % profile, compose)
        for target in set(re.findall(r"--target ([\w-]+)", self.readme)):
            self.assertRegex(dockerfile, r"(?m)^FROM .* AS %s$" % target)
        for variable in set(re.findall(r"`(TIME_SERVER_[A-Z_]+)`", section(self.readme, "Deploy"))):
            self.assertIn(variable + "=", text_of("docker/.env.example"))

    def test_every_mode_is_a_service_of_docker_with_a_port_of_its_own(self):
        compose, variables = text_of("docker/docker-compose.yml"), text_of("docker/.env.example")
        ports = []
        for mode in re.findall(r"^ {36}([a-z]+) ", self.help.split("--listen")[0], re.M):
            service = re.search(r"^  %s:\n(.*?)(?=^  \w|\Z)" % mode, compose, re.M | re.S).group(1)
            self.assertIn("TIME_SERVER_MODE: %s\n" % mode, service)
            name, port = re.search(r"127\.0\.0\.1:\$\{(\w+):-(\d+)\}:9090", service).groups()
            self.assertEqual(name, "TIME_SERVER_%s_PORT" % mode.upper())
            self.assertIn("%s=%s\n" % (name, port), variables)
            ports.append(int(port))
        self.assertEqual(ports, list(range(ports[0], ports[-1] + 1)))
        self.assertIn("on the ports %d to %d" % (ports[0], ports[-1]), self.readme)

    def test_the_defaults_of_docker_are_those_that_are_documented(self):
        compose, variables = text_of("docker/docker-compose.yml"), text_of("docker/.env.example")
        given = dict(re.findall(r"^(TIME_SERVER_\w+)=(.+)$", variables, re.M))
        used = dict(re.findall(r"\$\{(TIME_SERVER_\w+):-(.+?)\}", compose))
        rows = dict(re.findall(r"^\| `(TIME_SERVER_\w+)` \| `(\w+)` \|", section(self.readme, "Deploy"), re.M))
        self.assertGreaterEqual(len(rows), 4)
        for name, value in [*rows.items(), *used.items()]:
            self.assertEqual(given.get(name), value, name)

    def test_the_python_snippets_run(self):
        python = os.environ["VENV_PYTHON"]
        if not os.path.exists(python):
            if os.environ.get("TIMESERVICE_NO_SKIP") == "1":
                self.fail("no thriftpy2: %s is not there" % python)
            print("SKIPPED: the Python snippets of README.md, because %s is not there" % python, flush=True)
            self.skipTest("no thriftpy2")
        snippets = blocks(section(self.readme, "Clients"), "python")
        self.assertEqual(len(snippets), 2)
        for snippet in snippets:
            snippet = snippet.replace("localhost:9090", self.server.endpoints[0])
            snippet = snippet.replace("9090", str(self.server.port))
            output = subprocess.check_output(
                [python, "-c", snippet], text=True, cwd=SOURCE_DIR,
                env={**os.environ, "PYTHONPATH": os.path.join(SOURCE_DIR, "client", "python")})
            self.assertRegex(output, r"\d\d:\d\d:\d\d \d{4}")

    def test_the_commands_of_dev_exist(self):
        listed = subprocess.check_output([DEV, "help"], text=True)
        for name in set(re.findall(r"\./dev ([a-z]+)", self.readme + text_of("docs/decisions.md"))):
            if name != "help":
                self.assertRegex(listed, r"(?m)^  %s\b" % name)

    def test_named_files_exist_and_hold_the_functions_named_with_them(self):
        for name in ("README.md", "docs/request-flow.md", "docs/host-your-own-service.md"):
            text = text_of(name)
            for path in re.findall(r"`((?:wire|server|client|idl|test|docs)/[\w./]*)`", text):
                if "NAME" not in path:
                    self.assertTrue(os.path.exists(os.path.join(SOURCE_DIR, path)), "%s names %s" % (name, path))
            for path, functions in re.findall(r"`([\w/]+\.(?:cpp|h))` \(([^)]*)\)", text):
                for function in re.findall(r"`([\w:]+)`", functions):
                    self.assertRegex(text_of(path), r"\b%s\b" % function.split("::")[-1], "%s: %s" % (name, path))


if __name__ == "__main__":
    unittest.main()
