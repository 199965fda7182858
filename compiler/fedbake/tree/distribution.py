"""One package of an environment, and what it needs on the environment's platform: pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from fedbake.names import Platform, PythonMinor
from fedbake.resolve.platforms import holds

_MOST_REQUIREMENTS = 2000
_MOST_EXTRAS = 500


@dataclass(frozen=True, slots=True)
class Distribution:
    """A package that is, or will be, installed.

    Attributes:
        name: normalised name (PEP 503).
        version: normalised version (PEP 440).
        requires: PEP 508 texts that apply on the platform; the only marker left is one on an extra.
        extras: the extras it offers.
        unclear: why what it needs is not, or not wholly, known; ``None`` where it is.
    """

    name: str
    version: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    unclear: str | None = None


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The fields of a METADATA file that a tree is made of, as they stand there."""

    name: str
    version: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]


def core_metadata(content: bytes) -> CoreMetadata:
    """Read a METADATA file (core metadata specification).

    Raises:
        ValueError: it is not one.
    """
    fields, _ = parse_email(content)
    return CoreMetadata(
        name=fields.get("name", ""),
        version=fields.get("version", ""),
        requires=tuple(fields.get("requires_dist", ())),
        extras=tuple(fields.get("provides_extra", ())),
    )


def distribution(metadata: CoreMetadata, platform: Platform, python: PythonMinor) -> Distribution:
    """The package on a platform.

    Raises:
        ValueError: its name or version is not one a package can have.
    """
    try:
        name = canonicalize_name(metadata.name, validate=True)
        version = str(Version(metadata.version))
    except (InvalidName, InvalidVersion) as error:
        raise ValueError("not the name and version of a package") from error
    if len(metadata.requires) > _MOST_REQUIREMENTS or len(metadata.extras) > _MOST_EXTRAS:
        return Distribution(name, version, unclear="it lists more requirements than any package has")
    extras = tuple(_extras(metadata.extras))
    parsed = [_parsed(text) for text in metadata.requires]
    unreadable = parsed.count(None)
    found = (each for one in parsed if one is not None for each in _applying(one, extras, platform, python))
    unclear = f"{unreadable} of its requirements are written in no known form" if unreadable else None
    return Distribution(name, version, tuple(dict.fromkeys(found)), extras, unclear)


def _extras(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        try:
            yield canonicalize_name(text, validate=True)
        except InvalidName:
            continue


def _parsed(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def _applying(
    requirement: Requirement, extras: tuple[str, ...], platform: Platform, python: PythonMinor
) -> Iterator[str]:
    """The requirement without its marker where that holds, else once for each extra it holds with."""
    marker, requirement.marker = requirement.marker, None
    # An address says where to get a package and may hold a password; who needs it is the same without.
    requirement.url = None
    if marker is None or holds(marker, platform, python):
        yield str(requirement)
        return
    named = str(marker)
    for extra in extras:
        if f'"{extra}"' in named and holds(marker, platform, python, extra):
            yield f'{requirement} ; extra == "{extra}"'
