"""What a file of ``rules/versions/`` says, as typed values."""

from datetime import date
from typing import Annotated, Any

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator, BeforeValidator, Field

from fedbake.errors import UsageError
from fedbake.names import Platform, PythonMinor
from fedbake.rules.fields import Distribution, Link, Sentence, Specifier
from fedbake.rules.finding import Value
from fedbake.rules.versions import Bends


def _releases(text: str) -> str:
    try:
        read = Requirement(text)
    except InvalidRequirement:
        read = None
    if read is None or not read.specifier or str(read) != f"{read.name}{read.specifier}":
        raise ValueError(f"{text!r} does not name releases of a package, such as torch>=2.1,<2.2")
    if read.name != read.name.lower() or "_" in read.name or "." in read.name:
        raise ValueError(f"{text!r} can match nothing: write the normalised name, such as scikit-learn")
    if read.specifier.is_unsatisfiable():
        raise ValueError(f"no release is {text!r}")
    return text


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


Releases = Annotated[str, AfterValidator(_releases)]
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
    needs: dict[Releases, Annotated[tuple[Releases, ...], BeforeValidator(_one_or_many), Field(min_length=1)]] = Field(
        min_length=1
    )


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
