"""A fix that is not made, as an edit for the user."""

from fedbake.inspect.facts import Declaration, Origin
from fedbake.rules.finding import Fix, Rename, Replace, Suggestion

# In the tables of Poetry and Pipenv a requirement is written in another way.
_AS_REQUIREMENT = frozenset(Origin) - {Origin.POETRY, Origin.PIPFILE}


def suggested(fix: Fix, declared: Declaration | None) -> Suggestion | None:
    """The edit of the declaration that would do the same; ``None`` for fixes that edit no single place."""
    if declared is None or declared.origin not in _AS_REQUIREMENT:
        return None
    if isinstance(fix, Replace):
        after = fix.requirement
    elif isinstance(fix, Rename):
        after = f"{fix.to}{str(declared.requirement).removeprefix(declared.requirement.name)}"
    else:
        return None
    place = declared.location
    return Suggestion(file=place.file, line=place.line, column=place.column, before=declared.text, after=after)
