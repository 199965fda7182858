"""What inspection found in a repository: declarations, Python code, and what could not be read. Each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from packaging.requirements import Requirement

from fedbake.source.snapshot import Entry


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the repository. Lines and columns count from 1; columns count characters."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Origin(StrEnum):
    """Which kind of list a dependency was declared in."""

    CONDA = "conda"
    CONDA_PIP = "conda-pip"
    REQUIREMENTS = "requirements"
    PYPROJECT = "pyproject"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One dependency a user declared.

    Attributes:
        requirement: what it asks for in PEP 508 terms.
        origin: the list it stands in.
        location: where its text begins.
        text: exactly as written, without quotes and comments.
    """

    requirement: Requirement
    origin: Origin
    location: Location
    text: str

    @property
    def name(self) -> str:
        """The normalised name (PEP 503)."""
        from packaging.utils import canonicalize_name

        return canonicalize_name(self.requirement.name)

    @property
    def exact_version(self) -> str | None:
        """The version, when exactly one is asked for with ``==`` (or conda's ``=X.Y.Z`` read as such)."""
        specifiers = list(self.requirement.specifier)
        if len(specifiers) != 1 or specifiers[0].operator != "==" or specifiers[0].version.endswith(".*"):
            return None
        return specifiers[0].version


@dataclass(frozen=True, slots=True)
class PythonDeclaration:
    """A Python version a user asked for, as a specifier set such as ``==3.11.*`` or ``>=3.9``.

    The set is never empty, and written anew from parsed numbers, never copied.
    """

    specifier: str
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that could not be read or is not supported; never guessed around.

    Attributes:
        code: a stable identifier rules refer to, such as ``yaml-syntax`` or ``requirement-syntax``.
        message: one sentence a user understands.
        hint: how to write it instead, when that is known.
        package: the package it is about, when the text names one that PEP 508 cannot express, such as conda's
            ``_libgcc_mutex``.
    """

    code: str
    message: str
    location: Location
    hint: str | None = None
    package: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was understood and deliberately left aside; a person reviewing a plan should know.

    Attributes:
        code: a stable identifier rules refer to, such as ``conda-build-strings``.
        message: one sentence a user understands.
    """

    code: str
    message: str
    location: Location


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """A method of a class, as called on an instance.

    Attributes:
        required: positional arguments, without ``self``, it needs at least.
        accepted: positional arguments, without ``self``, it takes at most; ``None`` for any number, and -1 when it
            does not even take ``self`` and so cannot be called on an instance.
        required_keywords: keyword-only arguments without a default.
    """

    name: str
    location: Location
    required: int
    accepted: int | None
    required_keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class defined at the top level of a module.

    Attributes:
        bases: the base classes as dotted names; ``<expression>`` for one that is computed.
        methods: its own methods and those of its bases in the same file, by name.
    """

    name: str
    location: Location
    bases: tuple[str, ...]
    methods: Mapping[str, MethodFacts]


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """An absolute import: the full dotted module name and the place of the statement."""

    module: str
    location: Location

    @property
    def top_level(self) -> str:
        """The first component of the module name."""
        return self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """What the syntax tree of one Python file says; nothing is imported or run."""

    path: str
    classes: Mapping[str, ClassFacts]
    imports: tuple[ImportFacts, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rules may ask about.

    Attributes:
        entries: every path of the repository by its name.
        dependency_files: the dependency files at the root, in order of precedence; the first one decides.
        declarations: the user's dependencies, in order of the file.
        python: the Python versions asked for.
        modules: Python files by path.
        problems: what could not be read.
        notes: what was understood and left aside.
    """

    entries: Mapping[str, Entry]
    dependency_files: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    python: tuple[PythonDeclaration, ...]
    modules: Mapping[str, ModuleFacts]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...] = ()

    @property
    def ignored_files(self) -> tuple[str, ...]:
        """The dependency files that another one, which comes first, keeps from being read."""
        return self.dependency_files[1:]

    def declared(self, name: str) -> tuple[Declaration, ...]:
        """The declarations of one distribution, by normalised name."""
        return tuple(declaration for declaration in self.declarations if declaration.name == name)

    def imports_of(self, module: str) -> tuple[ImportFacts, ...]:
        """Every import of a top-level module, in order of files and lines."""
        return tuple(
            found for _, facts in sorted(self.modules.items()) for found in facts.imports if found.top_level == module
        )
