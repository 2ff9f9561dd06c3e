"""The package is built with all that it needs, or not at all."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import time_client

_PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(
    time_client.__file__)))


def _setuptools():
    try:
        return int(importlib.metadata.version("setuptools").split(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return 0


@unittest.skipIf(_setuptools() < 61, "setuptools 61 is not installed")
class PackagingTest(unittest.TestCase):
    def build(self, folder, *left_out):
        project = os.path.join(folder, "project")
        shutil.copytree(_PROJECT, project, ignore=shutil.ignore_patterns(
            "tests", "build", "*.egg-info", "__pycache__", *left_out))
        return subprocess.run(
            [sys.executable, "setup.py", "-q", "build", "--build-base",
             os.path.join(folder, "built")], cwd=project, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True)

    def test_what_is_built_holds_the_idl(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.build(folder)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertTrue(os.path.isfile(os.path.join(
                folder, "built", "lib", "time_client",
                "time_service.thrift")))

    def test_without_the_idl_nothing_is_built(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.build(folder, "*.thrift")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout,
                             r"time_service\.thrift is not there.*\n\Z")
            self.assertFalse(os.path.exists(os.path.join(folder, "built")))
