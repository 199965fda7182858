"""Snapshot in, `Facts` out: reads dependency files and Python syntax trees, runs nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fedbake.inspect.facts import Facts
    from fedbake.source.snapshot import Snapshot


def inspect(snapshot: "Snapshot") -> "Facts":
    """What a repository declares and defines, and what in it cannot be read.

    Only the first dependency file by precedence is read: conda.yaml, conda.yml, environment.yaml, environment.yml,
    requirements.txt, pyproject.toml, at the root. Nothing is raised for anything a repository may contain: what cannot
    be read is in ``Facts.problems``, what was left aside in ``Facts.notes``.
    """
    from fedbake.inspect.repository import facts_of

    return facts_of(snapshot)
