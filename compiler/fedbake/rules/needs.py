"""What the code that the actors run imports, and nothing that is declared provides."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Declaration, Dropped, Facts, ImportFacts
from fedbake.inspect.import_graph import SourceTree
from fedbake.names import PythonMinor
from fedbake.rules.names import Names, with_parents
from fedbake.rules.standard_library import in_some_release, is_in_all

# What the images bring with the actors, and what every repository has: other rules say when that is missing.
_ALWAYS_THERE = frozenset({"data_manager", "fedbake_actors", "flops_utils", "flwr", "model_manager"})
_MOST = 100


@dataclass(frozen=True, slots=True)
class Need:
    """An import that nothing declared provides.

    Attributes:
        found: the first such import.
        module: what it needs: a module of the table, else as it is written.
        distributions: those that provide the module, the usual one first; none when the table does not know.
        was_standard: the module is in the standard library of another Python release.
    """

    found: ImportFacts
    module: str
    distributions: tuple[str, ...]
    was_standard: bool


def needs(facts: Facts, names: Names, pythons: Sequence[PythonMinor]) -> tuple[Need, ...]:
    """Every module that is needed and not provided, each once, in order of files and lines.

    An import counts when importing model_manager or data_manager reaches it and the code cannot do without. After the
    first 100 modules nobody reads on. Where there is no dependency file nothing can be declared, so nothing is needed.

    Args:
        pythons: the Python releases that can be meant.
    """
    tree = SourceTree.of(facts.entries)
    standard = in_some_release(names)
    provided = _provided(facts, names)
    only_conda = _only_conda(facts)
    first: dict[str, Need] = {}
    for found in _needed_imports(facts) if facts.dependency_files else ():
        if len(first) >= _MOST:
            break
        was_standard = found.top_level in standard
        if (was_standard and is_in_all(found.top_level, pythons, names)) or found.top_level in _ALWAYS_THERE:
            continue
        if tree.owns(found) or any(found.reaches(module) for module in only_conda):
            continue
        for module in _modules(found, names):
            known = names.known_module(module)
            need = Need(found, known or module, names.modules[known] if known else (), was_standard)
            hidden = known is None and not was_standard and found.top_level in tree.names
            if not hidden and not _is_provided(module, need, provided):
                first.setdefault(known or found.top_level, need)
    return tuple(first.values())


def only_conda_imports(facts: Facts) -> Iterator[tuple[ImportFacts, str, str]]:
    """The needed imports that only a package of conda provides, which was dropped: with its name and the reason."""
    only_conda = _only_conda(facts)
    for found in _needed_imports(facts) if only_conda else ():
        dropped = next((only_conda[module] for module in only_conda if found.reaches(module)), None)
        if dropped is not None:
            yield found, dropped.name, dropped.because


def imported_distributions(facts: Facts, names: Names) -> AbstractSet[str]:
    """The distributions that some code of the repository imports, by the table or by a name like the module's."""
    imports = [each for module in facts.modules.values() for each in module.imports if not each.relative]
    distinct = {(each.module, each.names): each for each in imports}.values()
    needed = {module for each in distinct for module in _modules(each, names)}
    by_table = {name for module in needed for name in names.modules.get(names.known_module(module) or "", ())}
    return by_table | {_distribution(name) for module in needed for name in with_parents(module)}


def meant_name(declaration: Declaration, names: Names) -> str | None:
    """The distribution a declaration stands for; ``None`` for a mistaken name with versions that mean nothing."""
    lookalike = names.lookalikes.get(declaration.name)
    if lookalike is None or declaration.exact_version in lookalike.except_versions:
        return declaration.name
    keeps = lookalike.same_versions or not declaration.requirement.specifier
    return lookalike.meant if keeps else None


def _only_conda(facts: Facts) -> dict[str, Dropped]:
    """By module, the dropped declaration that alone provides it."""
    return {module: dropped for dropped in facts.dropped for module in dropped.imports}


def _needed_imports(facts: Facts) -> Iterator[ImportFacts]:
    for path in facts.used_modules:
        yield from (each for each in facts.modules[path].imports if not each.optional and not each.relative)


def _modules(found: ImportFacts, names: Names) -> tuple[str, ...]:
    """The modules an import asks for: where the table has them only further down, those it takes out."""
    if names.known_module(found.module) is not None:
        return (found.module,)
    below = tuple(f"{found.module}.{name}" for name in found.names)
    return tuple(each for each in below if each in names.modules) or (found.module,)


def _provided(facts: Facts, names: Names) -> AbstractSet[str]:
    return {name for name in (meant_name(each, names) for each in facts.declarations) if name is not None}


def _is_provided(module: str, need: Need, provided: AbstractSet[str]) -> bool:
    by_table = not provided.isdisjoint(need.distributions)
    return by_table or any(_distribution(each) in provided for each in with_parents(module))


def _distribution(module: str) -> str:
    """The name a distribution has that is called like its module: ``google.cloud.storage`` is google-cloud-storage."""
    return canonicalize_name(module)
