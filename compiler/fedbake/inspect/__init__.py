"""Snapshot in, `Facts` out: reads dependency files and Python syntax trees, runs nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fedbake.inspect.facts import Facts
    from fedbake.source.snapshot import Snapshot


def inspect(snapshot: "Snapshot") -> "Facts":
    """What a repository declares and defines, and what in it cannot be read.

    Of several dependency files at the root one decides (`fedbake.inspect.dependency_files` has the order); it is read
    with the files it includes. Nothing is raised for anything a repository may contain: what cannot
    be read is in ``Facts.problems``, what was left aside in ``Facts.notes``.
    """
    from fedbake.inspect.repository import facts_of

    return facts_of(snapshot)
