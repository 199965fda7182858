"""One entry of a list for pip, without its comment: a requirement, a folder of the repository, or options."""

import re
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from fedbake.inspect.facts import AcceleratorDeclaration, Declaration, Location, Note, Origin, Problem
from fedbake.inspect.pip_options import accelerator_of_build, project_folder, read_options
from fedbake.inspect.reading import Found
from fedbake.inspect.requirement import declare, too_long

HASH = re.compile(r"\s--hash[= ]\s*sha(?:256|384|512):[0-9a-fA-F]{64,128}(?=\s|$)", re.ASCII)

_OPTIONS = re.compile(r"(?:^|\s)(?=--?[A-Za-z]|-$)", re.ASCII)
_RULER = re.compile(r"-{3,}(?:[ \t]+-{3,})*", re.ASCII)
_TABLE_HEAD = re.compile(r"Package[ \t]+Version(?:[ \t]+.*)?", re.ASCII)


def read_entry(text: str, origin: Origin, location: Location) -> Iterator[Found]:
    """Read one entry.

    Hashes are left out: the plan's own lock has those of every platform. So are the local versions ``+cpu`` and
    ``+cu118``, which the Python Package Index never has: the release stays, and what it computes on is declared.
    Any other local version stays as it is written.

    Args:
        text: without comment and surrounding space.
        origin: the list it stands in.
        location: where it begins; everything found has it.
    """
    bare = HASH.sub("", text).strip()
    problem = too_long(bare, location) or _of_a_table(bare, location)
    if problem is not None:
        yield problem
        return
    options = _OPTIONS.search(bare)
    named = list(read_options(bare[options.end() :], location)) if options else []
    requirement = bare[: options.start()].rstrip() if options else bare
    if requirement and not any(isinstance(each, Problem) for each in named):
        yield from _requirement(requirement, origin, location)
    yield from named
    if bare != text and origin is not Origin.REQUIREMENTS:
        yield hashes_left_out(location)


def hashes_left_out(location: Location) -> Note:
    """The note that a list has hashes; of a requirements file there is one alone."""
    return Note("pip-hashes", "hashes are not taken over: the plan's lock has the hashes for every platform", location)


def _requirement(text: str, origin: Origin, location: Location) -> Iterator[Found]:
    folder = project_folder(text, location)
    if folder is not None:
        yield folder
        return
    declared = declare(text, origin, location)
    yield from (declared,) if isinstance(declared, Problem) else _release(declared)


def _of_a_table(text: str, location: Location) -> Problem | None:
    if not _RULER.fullmatch(text) and not _TABLE_HEAD.fullmatch(text):
        return None
    message = "this is a line of the table that pip list prints"
    return Problem("requirement-syntax", message, location, "delete the line; pip freeze prints what pip reads")


def _release(declared: Declaration) -> Iterator[Declaration | AcceleratorDeclaration]:
    """A declaration without the local version that names what it computes on, and that as a declaration of its own."""
    clauses, value = [], None
    for clause in declared.requirement.specifier:
        public, plus, local = clause.version.partition("+")
        found = accelerator_of_build(local) if plus and clause.operator == "==" else None
        value = value or found
        clauses.append(f"{clause.operator}{public if found else clause.version}")
    if value is None:
        yield declared
        return
    requirement = Requirement(declared.text)
    requirement.specifier = SpecifierSet(",".join(clauses))
    yield Declaration(requirement, declared.origin, declared.location, declared.text)
    yield AcceleratorDeclaration(value, declared.location, declared.text)
