"""The changes of one file. A table of Poetry or Pipenv has a key once: what would repeat it is joined to its entry."""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Declaration, Location, Origin
from fedbake.rules.fixes import Addition, Changes

TABLES = (Origin.POETRY, Origin.PIPFILE)


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What changes in one file.

    Attributes:
        replaced: requirements by the place of the declaration.
        deleted: the places of declarations that go.
        added: new requirements, in order.
    """

    replaced: dict[Location, Requirement] = field(default_factory=dict)
    deleted: set[Location] = field(default_factory=set)
    added: list[Addition] = field(default_factory=list)


def changes_of(
    here: Sequence[Declaration], made: Changes, deleted: Collection[Declaration], added: Sequence[Addition]
) -> FileChanges:
    """The changes of the file with these declarations.

    In a table, versions for a package that is there already are joined to its entry. Where the markers differ that
    cannot be said with one key: then nothing is changed for it, and the finding alone tells.
    """
    changed = FileChanges(deleted={found.location for found in deleted})
    entries: dict[str, Location] = {}
    for found in here:
        if found.location in changed.deleted:
            continue
        replacement = made.replaced.get(found.location)
        wanted = replacement.requirement if replacement else found.requirement
        name = canonicalize_name(wanted.name)
        keyed = found.origin in TABLES and not found.text.startswith("{")
        if keyed and name in entries:
            if _join(wanted, entries[name], here, changed):
                changed.deleted.add(found.location)
            continue
        if keyed:
            entries[name] = found.location
        if replacement is not None:
            changed.replaced[found.location] = wanted
    for addition in added:
        first = entries.get(canonicalize_name(addition.requirement.name))
        if first is None:
            changed.added.append(addition)
        else:
            _join(addition.requirement, first, here, changed)
    return changed


def _join(wanted: Requirement, place: Location, here: Sequence[Declaration], changed: FileChanges) -> bool:
    """Let the entry at a place ask for another requirement too, if one entry can say both."""
    entry = changed.replaced.get(place) or next(found.requirement for found in here if found.location == place)
    if str(entry.marker) != str(wanted.marker):
        return False
    joined = copy(entry)
    joined.specifier = entry.specifier & wanted.specifier
    joined.extras = entry.extras | wanted.extras
    changed.replaced[place] = joined
    return True
