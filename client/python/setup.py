"""What pyproject.toml cannot say: without the IDL there is no package to build.
setuptools leaves out data that is not there, without a word."""

import os
import sys

from setuptools import setup

# A link to the one contract of the repository: a copy of this folder alone
# does not have it.
IDL = os.path.join("time_client", "time_service.thrift")

if not os.path.isfile(IDL):
    sys.exit(f"{IDL} is not there, or is a link to nowhere: build the package "
             "within the whole repository, where it is idl/time_service.thrift")

setup()
