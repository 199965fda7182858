"""Importing while the network is waited for."""

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_NEXT = ("fedbake.rules.rule", "fedbake.compile", "fedbake.render.directory")
"""The modules that bring with them all that comes after the source was read."""


@contextmanager
def importing_ahead() -> Iterator[None]:
    """Import beside the block what the later stages need: free, as long as the block waits for programs and servers."""
    thread = threading.Thread(target=_import)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _import() -> None:
    for name in _NEXT:
        # Whoever needs the module imports it again and is told what is wrong with it.
        with suppress(ImportError):
            importlib.import_module(name)
