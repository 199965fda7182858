"""A fix that is not made, as an edit for the user."""

from packaging.requirements import Requirement

from fedbake.inspect.facts import Declaration, Origin
from fedbake.rules.edit import QUOTES
from fedbake.rules.finding import Fix, Rename, Replace, Suggestion
from fedbake.rules.fixes import renamed
from fedbake.rules.unique_keys import TABLES
from fedbake.rules.written import in_table


def suggested(fix: Fix, declared: Declaration | None) -> Suggestion | None:
    """The edit of the declaration that would do the same; ``None`` for fixes that edit no single place."""
    requirement = _after(fix, declared) if declared is not None else None
    return edit(declared, requirement) if declared is not None and requirement is not None else None


def edit(declared: Declaration, requirement: Requirement) -> Suggestion:
    """The edit that puts another requirement in the place of a declaration, as its kind of list has it."""
    place, after = declared.location, _written(requirement, declared)
    return Suggestion(file=place.file, line=place.line, column=place.column, before=declared.text, after=after)


def _after(fix: Fix, declared: Declaration) -> Requirement | None:
    if isinstance(fix, Replace):
        return Requirement(fix.requirement)
    if isinstance(fix, Rename):
        return renamed(declared.requirement, fix.to)
    return None


def _written(requirement: Requirement, declared: Declaration) -> str:
    if declared.origin in TABLES:
        return in_table(requirement, with_key=not declared.text.startswith("{"))
    if declared.origin is Origin.CONDA and declared.conda_name and requirement.name == declared.requirement.name:
        return f"{declared.conda_name}{requirement.specifier}"
    # A marker keeps its kind of quotes: the other kind may stand around the declaration.
    used = next((quote for quote in QUOTES if quote in declared.text), QUOTES[0])
    return str(requirement).replace(QUOTES[0], used)
