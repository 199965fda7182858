"""conda's packages in terms of the Python Package Index: renamed, left out with a reason, or a choice of hardware.

What the table does not know keeps its name, and a note says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

from packaging.specifiers import SpecifierSet

from fedbake.inspect.facts import (
    AcceleratorDeclaration,
    Declaration,
    Dropped,
    Facts,
    Note,
    Origin,
    Problem,
)
from fedbake.inspect.text import shown
from fedbake.rules.conda_hardware import accelerator_of
from fedbake.rules.fixes import renamed
from fedbake.rules.names import CondaKind, CondaName, Names, Numbering, conda_key, with_parents
from fedbake.rules.translation_notes import notes_about

_Translated: TypeAlias = Declaration | Dropped | AcceleratorDeclaration | Problem | Note

_CODES = {
    CondaKind.NOT_NEEDED: "conda-not-needed",
    CondaKind.ONLY_CONDA: "conda-only",
    CondaKind.ACCELERATOR: "accelerator",
    CondaKind.PART_OF: "conda-part-of",
}
# What a conda list may say about a package and the index cannot express.
_INEXPRESSIBLE = frozenset({"conda-alternatives", "conda-bracket", "conda-only-package", "conda-version"})


@dataclass(frozen=True, slots=True)
class _Whole:
    """What the whole repository says that the meaning of one conda package depends on.

    Attributes:
        for_pip: the versions that the list for pip allows, by distribution.
        declared: the distributions of that list, and those conda's list names by themselves.
        imported: the modules the whole code imports, with those above them and what it takes out of them.
    """

    for_pip: Mapping[str, SpecifierSet]
    declared: AbstractSet[str]
    imported: AbstractSet[str]


def translated(facts: Facts, names: Names) -> Facts:
    """The same facts with conda's names in terms of the Python Package Index.

    What could not be read about a package that no image gets is no problem any more.
    """
    whole = _whole(facts, names)
    declared = [_declaration(found, names, whole) for found in facts.declarations]
    unread = [_problem(found, names, whole) for found in facts.problems]
    said = list(chain(*declared, *unread))
    dropped = tuple(sorted((each for each in said if isinstance(each, Dropped)), key=lambda each: each.location))
    unknown = [found for found, (first, *_) in zip(facts.declarations, declared, strict=True) if first is found]
    return replace(
        facts,
        declarations=tuple(each for each in said if isinstance(each, Declaration)),
        problems=tuple(each for each in said if isinstance(each, Problem)),
        notes=(*facts.notes, *(each for each in said if isinstance(each, Note)), *notes_about(dropped, unknown, names)),
        dropped=(*facts.dropped, *dropped),
        accelerators=(*facts.accelerators, *(each for each in said if isinstance(each, AcceleratorDeclaration))),
    )


def _whole(facts: Facts, names: Names) -> _Whole:
    for_pip: dict[str, SpecifierSet] = {}
    declared: set[str] = set()
    for found in facts.declarations:
        if found.origin is Origin.CONDA:
            known = names.conda_name(found.requirement.name)
            if known is not None and known.kind is CondaKind.PYPI and known.pypi is not None:
                declared.add(known.pypi)
        elif found.origin is Origin.CONDA_PIP and found.requirement.marker is None:
            meant = names.lookalikes.get(found.name)
            name = meant.meant if meant is not None and meant.same_versions else found.name
            for_pip[name] = for_pip.get(name, SpecifierSet()) & found.requirement.specifier
    return _Whole(for_pip, declared | set(for_pip), set(_imported(facts)))


def _imported(facts: Facts) -> Iterator[str]:
    for module in facts.modules.values():
        for found in module.imports:
            if not found.relative:
                yield from with_parents(found.module)
                yield from (f"{found.module}.{name}" for name in found.names)


def _declaration(found: Declaration, names: Names, whole: _Whole) -> Sequence[_Translated]:
    known = names.conda_name(found.requirement.name) if found.origin is Origin.CONDA else None
    if found.origin is not Origin.CONDA:
        return (found,)
    if known is None:
        return (_unless_for_pip(found, whole),)
    distribution = _distribution(known, whole)
    if distribution is None:
        return (*_hardware(known, found), _dropped(found.requirement.name, known, found))
    return (*_hardware(known, found), *_renamed(found, known, distribution, whole))


def _problem(found: Problem, names: Names, whole: _Whole) -> Sequence[_Translated]:
    if found.package is None or found.code not in _INEXPRESSIBLE:
        return (found,)
    known = names.conda_name(found.package)
    if known is None or _distribution(known, whole) is not None:
        return (found,)
    return (*_hardware(known, found), _dropped(found.package, known, found))


def _hardware(known: CondaName, found: Declaration | Problem) -> tuple[AcceleratorDeclaration, ...]:
    value = accelerator_of(known, found)
    return () if value is None else (AcceleratorDeclaration(value, found.location, found.text),)


def _distribution(known: CondaName, whole: _Whole) -> str | None:
    """What is installed for a conda package; ``None`` when nothing is."""
    match known.kind:
        case CondaKind.PYPI:
            return known.pypi
        case CondaKind.PART_OF:
            return None if known.pypi in whole.declared else known.pypi
        case CondaKind.NOT_NEEDED if not whole.imported.isdisjoint(known.imports):
            return known.pypi
    return None


def _dropped(name: str, known: CondaName, found: Declaration | Problem) -> Dropped:
    imports = known.imports if known.kind is CondaKind.ONLY_CONDA else ()
    return Dropped(name, Origin.CONDA, found.location, found.text, _CODES[known.kind], known.because, imports)


def _renamed(found: Declaration, known: CondaName, distribution: str, whole: _Whole) -> Iterator[_Translated]:
    requirement = renamed(found.requirement, distribution)
    requirement.specifier = _specifier(found.requirement.specifier, known.versions)
    conda_name = found.requirement.name if conda_key(found.requirement.name) != distribution else None
    translation = _unless_for_pip(replace(found, requirement=requirement, conda_name=conda_name), whole)
    yield translation
    if isinstance(translation, Declaration) and found.requirement.specifier and not requirement.specifier:
        message = f"the version of {shown(found.text)} is left out: {known.because}"
        yield Note("conda-version-left-out", message, found.location)


def _specifier(written: SpecifierSet, versions: Numbering) -> SpecifierSet:
    """The versions in the numbers of the index: none where it has other ones."""
    if versions is Numbering.OTHER:
        return SpecifierSet()
    if versions is Numbering.SAME:
        return written
    return SpecifierSet(
        ",".join(
            f"{each}.*"
            if each.operator in {"==", "!="} and each.version.count(".") == 2 and "*" not in each.version
            else f"{each}"
            for each in written
        )
    )


def _unless_for_pip(found: Declaration, whole: _Whole) -> Declaration | Dropped:
    """The declaration, unless that of pip's list takes its place.

    pip installs last, and leaves a version that is there alone when its own requirement allows it: only then both hold.
    """
    wanted = whole.for_pip.get(found.name)
    if wanted is None:
        return found
    pinned = found.exact_version
    if pinned is not None and wanted.contains(pinned, prereleases=True):
        return found
    because = "the list for pip declares it as well, and pip installs last"
    return Dropped(
        found.conda_name or found.requirement.name, Origin.CONDA, found.location, found.text, "declared-twice", because
    )
