"""Conditions about the paths of a repository and what could not be read in them."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedbake.inspect.facts import Facts, Location, Note, Problem
from fedbake.rules.conditions.base import Case, Condition, Match, listed
from fedbake.rules.finding import Suggestion
from fedbake.rules.patterns import Pattern, matches_any
from fedbake.source.snapshot import Entry

Shape = Literal["file", "executable", "symlink", "submodule", "lfs-pointer"]
"""What a path of the repository is, a Git LFS pointer told apart from a real file."""

_EVERYWHERE: tuple[str, ...] = ("**",)


def shape_of(entry: Entry) -> Shape:
    """What a path is."""
    return "lfs-pointer" if entry.lfs_pointer else entry.kind.value


class _Paths(Condition):
    """Chooses paths by patterns and by what they are."""

    paths: tuple[Pattern, ...] = Field(default=_EVERYWHERE, min_length=1)
    except_paths: tuple[Pattern, ...] = ()
    shapes: tuple[Shape, ...] = Field(min_length=1)

    def chosen(self, facts: Facts) -> list[str]:
        """The paths that fit, sorted."""
        return sorted(
            path
            for path, entry in facts.entries.items()
            if shape_of(entry) in self.shapes
            and matches_any(self.paths, path)
            and not matches_any(self.except_paths, path)
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        what = "a path" if self.paths == _EVERYWHERE else listed(self.paths)
        beside = f" (other than {listed(self.except_paths)})" if self.except_paths else ""
        return f"{what}{beside} is a {listed(self.shapes)}"


class EntryIs(_Paths):
    """Holds once for each path of the given shapes."""

    kind: Literal["entry"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"path", "shape"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each path."""
        return tuple(
            Match(Location(path), {"path": path, "shape": shape_of(case.facts.entries[path])})
            for path in self.chosen(case.facts)
        )


class EntriesAre(_Paths):
    """Holds once for all paths of the given shapes together, however many there are; it stands at the first one."""

    kind: Literal["entries"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"path", "count", "paths"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match, or none."""
        paths = self.chosen(case.facts)
        if not paths:
            return ()
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        values = {"path": paths[0], "count": str(len(paths)), "paths": ", ".join(paths[:3]) + more}
        return (Match(Location(paths[0]), values),)


class FileMissing(Condition):
    """Holds when none of several names is there, whatever it is; it stands at the first name."""

    kind: Literal["file_missing"]
    one_of: tuple[Pattern, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"file", "files"})

    @model_validator(mode="after")
    def _are_names(self) -> Self:
        for name in self.one_of:
            if "*" in name or "?" in name:
                raise ValueError(f"{name!r} must be a file name without wildcards")
        return self

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match, or none."""
        if any(name in case.facts.entries for name in self.one_of):
            return ()
        return (Match(Location(self.one_of[0]), {"file": self.one_of[0], "files": ", ".join(self.one_of)}),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"there is no {listed(self.one_of)}"


class _Told(Condition):
    """Chooses what inspection told, by code and file."""

    codes: tuple[str, ...] = ()
    except_codes: tuple[str, ...] = ()
    files: tuple[Pattern, ...] = Field(default=_EVERYWHERE, min_length=1)
    except_files: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _chooses_codes_one_way(self) -> Self:
        if self.codes and self.except_codes:
            raise ValueError("give 'codes' or 'except_codes', not both")
        return self

    def chooses(self, told: Problem | Note) -> bool:
        """Whether this is one of those asked for."""
        return (
            (not self.codes or told.code in self.codes)
            and told.code not in self.except_codes
            and matches_any(self.files, told.location.file)
            and not matches_any(self.except_files, told.location.file)
        )

    def chosen(self) -> str:
        """Which ones are asked for, as a part of a sentence."""
        what = f" ({listed(self.codes)})" if self.codes else ""
        beside = f" (other than {listed(self.except_codes)})" if self.except_codes else ""
        where = "" if self.files == _EVERYWHERE else f" in {listed(self.files)}"
        but = f" outside of {listed(self.except_files, 'and')}" if self.except_files else ""
        return f"something{what}{beside}{where}{but}"


class ProblemFound(_Told):
    """Holds once for each thing that could not be read."""

    kind: Literal["problem"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"code", "message", "hint", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each problem."""
        return tuple(
            Match(found.location, {**_told(found), "hint": found.hint or ""}, suggestion=_suggestion(found))
            for found in case.facts.problems
            if self.chooses(found)
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"{self.chosen()} could not be read"


class LeftAside(_Told):
    """Holds once for each thing that was understood and deliberately left aside."""

    kind: Literal["left_aside"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"code", "message", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each note of inspection."""
        return tuple(Match(found.location, _told(found)) for found in case.facts.notes if self.chooses(found))

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"{self.chosen()} was left aside"


def _suggestion(found: Problem) -> Suggestion | None:
    if found.correction is None:
        return None
    place = found.location
    return Suggestion(file=place.file, line=place.line, column=place.column, before=found.text, after=found.correction)


def _told(found: Problem | Note) -> dict[str, str]:
    return {"code": found.code, "message": found.message, "file": found.location.file}
