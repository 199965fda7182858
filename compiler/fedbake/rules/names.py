"""Names of packages (``rules/names/``): conda's and the index's, modules and the distributions that provide them."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

_LEVELS = 8


class CondaKind(StrEnum):
    """What a conda package is in an environment that is installed from the Python Package Index.

    ``part-of`` is a piece of a distribution, which stands for it where nothing else declares it.
    """

    PYPI = "pypi"
    PART_OF = "part-of"
    NOT_NEEDED = "not-needed"
    ONLY_CONDA = "only-conda"
    ACCELERATOR = "accelerator"


class Numbering(StrEnum):
    """How a distribution numbers its releases, compared with another one.

    With ``extended``, each release of one has further numbers in the other: 4.5.2 becomes 4.5.2.54.
    """

    SAME = "same"
    EXTENDED = "extended"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CondaName:
    """What the table says about one conda package.

    Attributes:
        pypi: its distribution on the index, normalised; for ``part-of`` the one it is a part of; for ``not-needed`` the
            one that is installed nevertheless where the code imports one of ``imports``.
        versions: how the index numbers the releases.
        accelerator: what it says about the hardware: ``cpu``, ``cuda``, ``cuda11.8``, or where it says so: in its
            ``version`` or its ``build``.
        imports: modules only this package provides.
        because: half a sentence a user understands.
    """

    kind: CondaKind
    pypi: str | None
    versions: Numbering
    accelerator: str | None
    imports: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A name people declare by mistake.

    Attributes:
        meant: the distribution they mean.
        same_versions: whether both number their releases alike, so that a pin can be taken over.
        except_versions: releases only the declared one has.
        because: half a sentence a user understands.
    """

    meant: str
    same_versions: bool
    except_versions: frozenset[str]
    because: str


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The Python releases (minor numbers of Python 3) that brought and removed a module of the standard library."""

    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class Names:
    """The tables of names.

    Attributes:
        conda: by normalised conda name.
        conda_prefixes: by normalised beginning of a conda name, for families of packages such as ``r-``.
        modules: the distributions that provide a module, the usual one first, by dotted module name.
        lookalikes: by normalised name.
        runtime: distributions that work without being imported, with half a sentence about how.
        standard_library: modules that not every Python release has.
        backports: distributions that bring a module to releases of Python before 3.8, with the module.
    """

    conda: Mapping[str, CondaName] = field(default_factory=dict)
    conda_prefixes: Mapping[str, CondaName] = field(default_factory=dict)
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookalikes: Mapping[str, Lookalike] = field(default_factory=dict)
    runtime: Mapping[str, str] = field(default_factory=dict)
    standard_library: Mapping[str, Lifetime] = field(default_factory=dict)
    backports: Mapping[str, str] = field(default_factory=dict)

    def conda_name(self, name: str) -> CondaName | None:
        """What is known about a conda package; of several prefixes the longest counts."""
        key = conda_key(name)
        if key in self.conda:
            return self.conda[key]
        fitting = [prefix for prefix in self.conda_prefixes if key.startswith(prefix)]
        return self.conda_prefixes[max(fitting, key=len)] if fitting else None

    def known_module(self, module: str) -> str | None:
        """The module of the table that an import of ``module`` needs: the module itself, or the nearest one above."""
        return next((name for name in with_parents(module) if name in self.modules), None)

    @property
    def modules_of(self) -> Mapping[str, AbstractSet[str]]:
        """The modules each known distribution provides."""
        found: dict[str, set[str]] = {}
        for module, distributions in self.modules.items():
            for distribution in distributions:
                found.setdefault(distribution, set()).add(module)
        return found

    @property
    def distributions(self) -> AbstractSet[str]:
        """Every distribution of the index that one of the tables knows, by normalised name."""
        conda = {known.pypi for known in self.conda.values() if known.pypi is not None}
        return conda | set(self.runtime) | {name for names in self.modules.values() for name in names}


def conda_key(name: str) -> str:
    """A conda name as the table compares it: ``mkl_fft`` and ``mkl-fft`` are one."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def with_parents(module: str) -> Iterator[str]:
    """A dotted module name and all above it, the longest first, from the eighth level upwards."""
    parts = module.split(".", _LEVELS)[:_LEVELS]
    yield from (".".join(parts[:count]) for count in range(len(parts), 0, -1))
