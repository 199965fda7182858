"""Declared distributions that no code of the repository imports."""

from fedbake.inspect.facts import Declaration, Facts
from fedbake.rules.names import Names
from fedbake.rules.needs import imported_distributions, meant_name
from fedbake.rules.soft_pins import soft_pins


def never_imported(facts: Facts, names: Names) -> tuple[Declaration, ...]:
    """The declarations whose modules the table knows and nothing imports; none in a repository without Python code.

    What works without being imported (``rules/names/runtime.csv``) is not among them, nor are soft pins.
    """
    if not facts.modules:
        return ()
    known = names.modules_of.keys() - names.runtime.keys()
    imported = imported_distributions(facts, names)
    soft = {each.location for each in soft_pins(facts, names)}
    return tuple(
        each
        for each in facts.declarations
        if each.name in known and each.location not in soft and meant_name(each, names) not in imported
    )
