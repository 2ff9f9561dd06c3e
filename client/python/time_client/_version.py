"""The version of this package; that of the whole project."""

VERSION = "0.1.0"
