"""Python's standard library: the list of the running interpreter, and what other releases have or lack."""

import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from fedbake.names import PythonMinor
from fedbake.rules.names import Names


def in_some_release(names: Names) -> AbstractSet[str]:
    """The top-level modules that some supported Python release has, whichever one runs fedbake."""
    return sys.stdlib_module_names | names.standard_library.keys()


def is_in_all(module: str, pythons: Sequence[PythonMinor], names: Names) -> bool:
    """Whether a module of `in_some_release` may be counted on: no release that can be meant is known to lack it."""
    return not any(_lacks(python, module, names) for python in pythons)


def _lacks(python: PythonMinor, module: str, names: Names) -> bool:
    lifetime = names.standard_library.get(module)
    if lifetime is None:
        return False
    too_old = lifetime.added is not None and python.minor < lifetime.added
    return too_old or (lifetime.removed is not None and python.minor >= lifetime.removed)
