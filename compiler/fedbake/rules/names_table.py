"""The CSV tables of ``rules/names/``, read strictly: what is not understood is an error with its file and line."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedbake.errors import UsageError
from fedbake.rules.names import CondaKind, CondaName, Lifetime, Lookalike, Names, Numbering, conda_key
from fedbake.rules.strict import text_of

_FOLDER = "names"
_COLUMNS = {
    "conda": ("conda", "kind", "pypi", "versions", "accelerator", "imports", "because"),
    "modules": ("module", "distributions"),
    "lookalikes": ("declared", "meant", "same_versions", "except_versions", "because"),
    "runtime": ("distribution", "because"),
    "standard-library": ("module", "added", "removed"),
    "backports": ("distribution", "module"),
}
_CONDA = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\*?", re.ASCII)
_DISTRIBUTION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)
_RELEASE = re.compile(r"3\.([0-9]{1,2})", re.ASCII)
_ACCELERATOR = re.compile(r"cpu|cuda(?:[0-9]+\.[0-9]+)?|version|build", re.ASCII)
_KINDS = tuple(CondaKind)
_NUMBERINGS = tuple(Numbering)
_WITH_PYPI = frozenset({CondaKind.PYPI, CondaKind.PART_OF})


@dataclass(slots=True)
class _Row:
    """One row of a table, and where it stands: ``path:line``."""

    values: Mapping[str, str]
    path: Path
    line: int

    @property
    def where(self) -> str:
        """The place for errors about it."""
        return f"{self.path}:{self.line}"

    def refuse(self, column: str, expected: str) -> UsageError:
        """The error about one field."""
        return UsageError(f"{column} is {self.values[column]!r}; expected is {expected}", where=self.where)

    def one(self, column: str, grammar: re.Pattern[str], expected: str) -> str:
        """A field that must be there."""
        value = self.values[column]
        if not grammar.fullmatch(value):
            raise self.refuse(column, expected)
        return value

    def several(self, column: str, grammar: re.Pattern[str], expected: str) -> tuple[str, ...]:
        """A field of words, each separated by one space; it may be empty."""
        if not self.values[column]:
            return ()
        values = tuple(self.values[column].split(" "))
        if not all(map(grammar.fullmatch, values)):
            raise self.refuse(column, f"{expected}, or several of them with one space in between")
        return values

    def sentence(self) -> str:
        """The reason, which no row may lack that changes what a user declared."""
        value = self.values["because"]
        if not value.strip() or not value.isprintable():
            raise self.refuse("because", "the reason, on one line")
        return value


def load_names(folders: Sequence[Path]) -> Names:
    """Read the tables of all folders; a later folder adds rows and replaces those of the same key.

    Raises:
        UsageError: a table is not understood; with file, line and what was expected.
    """
    tables: dict[str, dict[str, _Row]] = {name: {} for name in _COLUMNS}
    for folder in folders:
        for path in sorted((folder / _FOLDER).glob("*")):
            if path.suffix != ".csv" or path.stem not in _COLUMNS:
                known = ", ".join(f"{name}.csv" for name in _COLUMNS)
                raise UsageError("this is not a table of names", where=str(path), hint=f"there are {known}")
            tables[path.stem].update(_keyed(path))
    conda = {key: _conda_name(row) for key, row in tables["conda"].items()}
    return Names(
        conda={key: known for key, known in conda.items() if not key.endswith("*")},
        conda_prefixes={key.removesuffix("*"): known for key, known in conda.items() if key.endswith("*")},
        modules={key: _distributions(row) for key, row in tables["modules"].items()},
        lookalikes={key: _lookalike(row) for key, row in tables["lookalikes"].items()},
        runtime={key: row.sentence() for key, row in tables["runtime"].items()},
        standard_library={key: _lifetime(row) for key, row in tables["standard-library"].items()},
        backports={key: _module_key(row) for key, row in tables["backports"].items()},
    )


def _keyed(path: Path) -> dict[str, _Row]:
    key_of = _KEYS[path.stem]
    found: dict[str, _Row] = {}
    for row in _rows(path, _COLUMNS[path.stem]):
        key = key_of(row)
        if key in found:
            first = found[key].where
            raise UsageError(f"a second row for {key!r}; the first is {first}", where=row.where, hint="keep one")
        found[key] = row
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[_Row]:
    reader = csv.reader(text_of(path).splitlines(), strict=True)
    header = True
    try:
        for fields in reader:
            row = _Row(dict(zip(columns, fields, strict=False)), path, reader.line_num)
            if header and tuple(fields) != columns:
                hint = f"write {','.join(columns)}"
                raise UsageError("the first line names other columns", where=row.where, hint=hint)
            if len(fields) != len(columns):
                raise UsageError(f"this row has {len(fields)} fields; expected are {len(columns)}", where=row.where)
            if not header:
                yield row
            header = False
    except csv.Error as error:
        raise UsageError(f"this is not CSV: {error}", where=f"{path}:{reader.line_num}") from None
    if header:
        raise UsageError("this table is empty", where=f"{path}:1", hint=f"begin with {','.join(columns)}")


def _conda_key(row: _Row) -> str:
    name = row.one("conda", _CONDA, "a conda name, or the beginning of names and a *")
    return f"{conda_key(name.removesuffix('*'))}*" if name.endswith("*") else conda_key(name)


def _module_key(row: _Row) -> str:
    return row.one("module", _MODULE, "a module such as google.protobuf")


def _distribution(row: _Row, column: str) -> str:
    return row.one(column, _DISTRIBUTION, "a normalised distribution name such as scikit-learn")


def _choice(row: _Row, column: str, choices: Sequence[str]) -> str:
    if row.values[column] not in choices:
        raise row.refuse(column, f"one of {', '.join(choices)}")
    return row.values[column]


def _conda_name(row: _Row) -> CondaName:
    kind = CondaKind(_choice(row, "kind", _KINDS))
    pypi = _distribution(row, "pypi") if kind in _WITH_PYPI or row.values["pypi"] else None
    versions = Numbering(_choice(row, "versions", _NUMBERINGS) if pypi else Numbering.OTHER)
    accelerator = None
    if kind is CondaKind.ACCELERATOR or row.values["accelerator"]:
        accelerator = row.one("accelerator", _ACCELERATOR, "cpu, cuda, cuda and its release, version or build")
    imports = row.several("imports", _MODULE, "a module")
    explained = kind not in _WITH_PYPI or versions is not Numbering.SAME or row.values["because"]
    return CondaName(kind, pypi, versions, accelerator, imports, row.sentence() if explained else "")


def _distributions(row: _Row) -> tuple[str, ...]:
    found = row.several("distributions", _DISTRIBUTION, "a normalised distribution name such as scikit-learn")
    if not found:
        raise row.refuse("distributions", "at least one")
    return found


def _lookalike(row: _Row) -> Lookalike:
    same = _choice(row, "same_versions", ("yes", "no")) == "yes"
    excepted = frozenset(row.several("except_versions", _VERSION, "a version such as 4.2.0.32"))
    return Lookalike(_distribution(row, "meant"), same, excepted, row.sentence())


def _lifetime(row: _Row) -> Lifetime:
    added, removed = (
        int(row.one(column, _RELEASE, "a Python release such as 3.12")[2:]) if row.values[column] else None
        for column in ("added", "removed")
    )
    return Lifetime(added, removed)


_KEYS: Mapping[str, Callable[[_Row], str]] = {
    "conda": _conda_key,
    "modules": _module_key,
    "lookalikes": lambda row: _distribution(row, "declared"),
    "runtime": lambda row: _distribution(row, "distribution"),
    "standard-library": _module_key,
    "backports": lambda row: _distribution(row, "distribution"),
}
