"""The package, installed from the project's build tree, and projects that use it.

Environment: BUILD_DIR, the project's build tree.
"""

import os
import subprocess


def run_quietly(*command, **how):
    """Shows what a command printed only where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)
    if done.returncode != 0:
        raise AssertionError("%s\n%s" % (" ".join(command), done.stdout))
    return done.stdout


def install(prefix):
    run_quietly("cmake", "--install", os.environ["BUILD_DIR"], "--prefix", prefix)


def build(source, build_dir, prefix):
    run_quietly("cmake", "-S", source, "-B", build_dir, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix)
    run_quietly("cmake", "--build", build_dir)
