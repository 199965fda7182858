"""What a file of ``rules/versions/`` says, as typed values."""

import re
from datetime import date
from functools import cache
from typing import Annotated, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf

from fedbake.errors import UsageError
from fedbake.names import Platform, PythonMinor
from fedbake.rules.fields import Distribution, Link, Sentence, Specifier
from fedbake.rules.finding import Value
from fedbake.rules.versions import Bends, Releases

_RELEASES = re.compile(r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)(?P<versions>[<>=!~].*)", re.ASCII)
_NO_RELEASES = "{!r} does not name releases of a package by its normalised name, such as torch>=2,<3"


def _releases(written: Any) -> Releases:
    if not isinstance(written, str):
        raise ValueError(_NO_RELEASES.format(written))
    return _parse(written)


@cache
def _parse(text: str) -> Releases:
    match = _RELEASES.fullmatch(text)
    if match is None:
        raise ValueError(_NO_RELEASES.format(text))
    try:
        versions = SpecifierSet(match["versions"])
    except InvalidSpecifier:
        raise ValueError(f"{match['versions']!r} is not a version specifier such as >=1.6,<2") from None
    if versions.is_unsatisfiable():
        raise ValueError(f"no release is {text!r}")
    return Releases(match["name"], versions, text)


def _one_or_many(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


def _iso_date(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not a date such as 2026-11-22")


def _feature_release(text: str) -> str:
    try:
        return str(PythonMinor.parse(text))
    except UsageError:
        raise ValueError(f"{text!r} is not a release of Python such as 3.11 (in quotes)") from None


SomeReleases = Annotated[InstanceOf[Releases], BeforeValidator(_releases)]
Day = Annotated[str, AfterValidator(_iso_date)]


class Group(Value):
    """Needs that have one reason.

    Attributes:
        in_metadata: whether the releases say so themselves.
        bends: which side is changed where they do not fit.
        platforms: where it is so; everywhere if not given.
        needs: by releases of a package, the releases of others that they go with.
    """

    because: Sentence
    in_metadata: bool
    bends: Bends
    platforms: tuple[Platform, ...] = Field(default=tuple(Platform), min_length=1)
    needs: dict[
        SomeReleases, Annotated[tuple[SomeReleases, ...], BeforeValidator(_one_or_many), Field(min_length=1)]
    ] = Field(min_length=1)


class TableDocument(Value):
    """A table: ``fedbake.rules.versions.Table`` as it is written."""

    sources: tuple[Link, ...] = Field(min_length=1)
    checked: Day
    covers: dict[Distribution, Specifier] = Field(min_length=1)
    groups: tuple[Group, ...] = Field(min_length=1)


class PythonDocument(Value):
    """The releases of Python."""

    sources: tuple[Link, ...] = Field(min_length=1)
    checked: Day
    end_of_life: dict[Annotated[str, AfterValidator(_feature_release)], Day] = Field(min_length=1)
