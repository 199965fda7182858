"""Files that say one thing, which Python to use: ``.python-version`` (pyenv, uv) and ``runtime.txt`` (Heroku)."""

import re
from collections.abc import Iterator

from fedbake.inspect.facts import Problem
from fedbake.inspect.python_version import declare_release
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text, shown

_PREFIX = re.compile(r"(?:c?python[-@]?)?(?P<release>[0-9][0-9.]{0,20})", re.ASCII | re.IGNORECASE)


def read_pinned_python(text: Text) -> Iterator[Found]:
    """The version in the first line that is neither blank nor a comment; pyenv runs the first where several stand."""
    for number, line in enumerate(text.content.split("\n")):
        written = line.partition("#")[0].strip()
        if written:
            place = text.location(text.starts[number] + line.index(written))
            match = _PREFIX.fullmatch(written)
            if match is not None:
                yield declare_release(match["release"], written, place)
            else:
                message = f"{shown(written)} does not name a Python version that can be used"
                yield Problem("python-version", message, place, "name a release of Python 3, such as 3.11")
            return
