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
    POETRY = "poetry"
    PIPFILE = "pipfile"
    SETUP_CFG = "setup-cfg"
    SETUP_PY = "setup-py"
    PYTHON_ENV = "python-env"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One dependency a user declared.

    Attributes:
        requirement: what it asks for in PEP 508 terms, by its name on the Python Package Index.
        origin: the list it stands in.
        location: where its text begins.
        text: exactly as written, without quotes and comments. In a table of Poetry or Pipenv it is the key with its
            value: ``torch = "^2.1"``.
        conda_name: the name in a conda list, where the index has another one for the package.
        build: the build string of a conda list, such as ``py3.10_cuda11.8_cudnn8.7.0_0``. No image is made with it.
    """

    requirement: Requirement
    origin: Origin
    location: Location
    text: str
    conda_name: str | None = None
    build: str | None = None

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
        text: the declaration it is about, exactly as written, where it is one of a single line.
        correction: what to write in place of ``text``, when nothing else can be meant.
    """

    code: str
    message: str
    location: Location
    hint: str | None = None
    package: str | None = None
    text: str = ""
    correction: str | None = None


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
class Dropped:
    """A declaration that is understood and that no image gets, whatever the rules say.

    Attributes:
        name: as declared; it need not be a name the Python Package Index could have.
        text: exactly as written.
        code: a stable identifier rules refer to: ``conda-not-needed``, ``conda-part-of``, ``conda-only``,
            ``declared-twice`` or ``accelerator``.
        because: one sentence a user understands.
        imports: modules that only this package provides, so that code importing one of them needs it.
    """

    name: str
    origin: Origin
    location: Location
    text: str
    code: str
    because: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceleratorDeclaration:
    """A declaration that chooses the hardware, such as conda's ``cpuonly`` or ``pytorch-cuda=11.8``.

    Attributes:
        value: ``cpu``, or ``cuda`` with the release of CUDA where one is named (``cuda11.8``).
    """

    value: str
    location: Location
    text: str


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
    """An import: the full dotted module name and the place of the statement.

    Attributes:
        module: absolute; a relative import is resolved by the place of its file in the repository.
        names: what a ``from`` statement takes out of the module, any of which may be a module itself.
        optional: the code may well work without it: the statement stands in a ``try`` that catches ``ImportError``,
            under a condition on the interpreter or platform, or where only type checkers or scripts look (``if
            TYPE_CHECKING``, ``if __name__ == "__main__"``).
        relative: it begins with a dot, so that the module is a part of the repository or nothing.
    """

    module: str
    location: Location
    names: tuple[str, ...] = ()
    optional: bool = False
    relative: bool = False

    @property
    def top_level(self) -> str:
        """The first component of the module name."""
        return self.module.partition(".")[0]

    def reaches(self, module: str) -> bool:
        """Whether it may load a module: it names it or one below, or takes it out of the one above."""
        parent, _, name = module.rpartition(".")
        return f"{self.module}.".startswith(f"{module}.") or (parent == self.module and name in self.names)


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
        dependency_files: the dependency files at the root, in order of precedence; the first one decides. Those that
            declare nothing at all are left out, unless there is no other.
        declarations: the user's dependencies, in order of the file.
        python: the Python versions asked for.
        modules: Python files by path.
        problems: what could not be read.
        notes: what was understood and left aside.
        included_files: files the deciding one refers to, such as ``-r base.txt``, that were read as a part of it.
        constraints: bounds on packages for the case that they are installed at all (``-c constraints.txt``).
        dropped: declarations that no image gets, with the reason.
        accelerators: declarations that choose the hardware.
        used_modules: the paths in ``modules`` that importing ``model_manager`` and ``data_manager`` reaches, sorted.
    """

    entries: Mapping[str, Entry]
    dependency_files: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    python: tuple[PythonDeclaration, ...]
    modules: Mapping[str, ModuleFacts]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...] = ()
    included_files: tuple[str, ...] = ()
    constraints: tuple[Declaration, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    accelerators: tuple[AcceleratorDeclaration, ...] = ()
    used_modules: tuple[str, ...] = ()

    @property
    def ignored_files(self) -> tuple[str, ...]:
        """The dependency files that another one, which comes first, keeps from being read."""
        return tuple(file for file in self.dependency_files[1:] if file not in self.included_files)

    def declared(self, name: str) -> tuple[Declaration, ...]:
        """The declarations of one distribution, by normalised name."""
        return tuple(declaration for declaration in self.declarations if declaration.name == name)

    def imports_of(self, module: str) -> tuple[ImportFacts, ...]:
        """Every import of a top-level module, in order of files and lines; none of the repository's own by a dot."""
        return tuple(
            found
            for _, facts in sorted(self.modules.items())
            for found in facts.imports
            if found.top_level == module and not found.relative
        )
