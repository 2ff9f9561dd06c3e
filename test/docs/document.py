"""What the tests of documents read in them: their fenced blocks, sections, tables."""

import os
import re

SOURCE_DIR = os.environ["SOURCE_DIR"]


def text_of(name):
    with open(os.path.join(SOURCE_DIR, name), encoding="utf-8") as file:
        return file.read()


def blocks(text, language):
    """The fenced blocks of that language."""
    return re.findall(r"^```%s\n(.*?)^```" % language, text, re.M | re.S)


def commands(text):
    """The lines of the shell's blocks, without comments."""
    lines = [re.sub(r"\s+#.*", "", line).strip() for block in blocks(text, "sh") for line in block.splitlines()]
    return [line for line in lines if line]


def files(text):
    """The files that the document shows whole: a name by itself, then a fenced block."""
    return dict(re.findall(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```", text, re.M | re.S))


def section(text, heading):
    """What stands below a heading, to the next of its level."""
    return re.search(r"^## %s\n(.*?)(?=^## |\Z)" % re.escape(heading), text, re.M | re.S).group(1)
