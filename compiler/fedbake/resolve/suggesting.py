"""Changes as edits of a user's files, and as sentences."""

from collections.abc import Sequence

from fedbake.resolve.changes import Change
from fedbake.rules.finding import Suggestion
from fedbake.rules.suggesting import edit


def edits(changes: Sequence[Change]) -> tuple[Suggestion, ...]:
    """The edits that make the changes, in order of the places."""
    found = [edit(declared, each.requirement) for each in changes if (declared := each.line.declaration) is not None]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.column)))


def in_words(changes: Sequence[Change]) -> str:
    """``write numpy==1.26.4 in place of numpy==1.21.0 (conda.yaml:7:9)``, for each change."""
    return ", and ".join(
        f"write {each.after} in place of {each.before} ({each.file}:{each.line}:{each.column})"
        for each in edits(changes)
    )
