"""Changes as edits of a user's files, and as sentences."""

from collections.abc import Sequence

from fedbake.inspect.facts import Origin
from fedbake.resolve.changes import Change
from fedbake.rules.finding import Suggestion
from fedbake.rules.written import in_table

_TABLES = (Origin.POETRY, Origin.PIPFILE)


def edits(changes: Sequence[Change]) -> tuple[Suggestion, ...]:
    """The edits that make the changes, in order of the places."""
    found = [edit for change in changes if (edit := _edit(change)) is not None]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.column)))


def in_words(changes: Sequence[Change]) -> str:
    """``write numpy==1.26.4 in place of numpy==1.21.0 (conda.yaml:7:9)``, for each change."""
    return ", and ".join(
        f"write {edit.after} in place of {edit.before} ({edit.file}:{edit.line}:{edit.column})"
        for edit in edits(changes)
    )


def _edit(change: Change) -> Suggestion | None:
    declaration = change.line.declaration
    if declaration is None:
        return None
    place = declaration.location
    if declaration.origin in _TABLES:
        after = in_table(change.requirement, with_key=not declaration.text.startswith("{"))
    elif declaration.origin is Origin.CONDA:
        after = f"{declaration.conda_name or change.requirement.name}{change.requirement.specifier}"
    else:
        after = str(change.requirement)
    return Suggestion(file=place.file, line=place.line, column=place.column, before=declaration.text, after=after)
