"""Source distributions read as archives: a few small texts out of them, nothing unpacked to disk and nothing run."""

import gzip
import io
import re
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_sdist_filename

from fedbake.errors import ResolutionError
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.problem import Evidence

_TEXT_LIMIT = 2**20
_MEMBERS = 50_000
_UNPACKED_LIMIT = 300 * 2**20
# setuptools puts its folder beside setup.py, or into the folder the packages lie in.
_TEXTS = re.compile(
    r"(?!\.\.?/)[^/]+/(?P<name>PKG-INFO|pyproject\.toml|(?:[^/]+/)?(?P<egg>[^/]+)\.egg-info/(?:requires\.txt|SOURCES\.txt))"
)
# Metadata-Version from which on a field of PKG-INFO holds for every build, unless it is listed as dynamic (PEP 643).
_RELIABLE = (2, 2)
# PEP 518: what a source tree without a pyproject.toml is built with.
_LEGACY_BUILD = ("setuptools>=40.8.0",)

Requires = tuple[tuple[str, ...], str | None]
"""What a package needs (PEP 508), and the Python releases it is for."""

_Member = tuple[str, int, Callable[[int], bytes]]


def static_metadata(sdist: LockedFile, content: bytes) -> tuple[Evidence, Requires] | None:
    """What a package needs as far as it is known without running its code, and how that is known.

    Tried in this order: PKG-INFO that promises not to change (PEP 643), the static part of pyproject.toml (PEP 621),
    and what setuptools wrote when the archive was made. ``None`` where nothing of that is there.

    Raises:
        ResolutionError: the archive cannot be read, or is over a limit.
    """
    texts = _texts(sdist, content)
    readers = ((Evidence.PKG_INFO, _from_pkg_info), (Evidence.PYPROJECT, _from_pyproject))
    for evidence, reader in (*readers, (Evidence.EGG_INFO, _from_egg_info)):
        try:
            found = reader(texts)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise ResolutionError(f"{evidence} cannot be read in {sdist.name}", where=sdist.url) from error
        if found is not None:
            return evidence, found
    return None


def build_requirements(sdist: LockedFile, content: bytes) -> tuple[str, ...]:
    """What a source distribution is built with: ``build-system.requires`` of its pyproject.toml (PEP 518).

    Raises:
        ResolutionError: the archive or its pyproject.toml cannot be read, or is over a limit.
    """
    text = _texts(sdist, content).get("pyproject.toml")
    if text is None:
        return _LEGACY_BUILD
    try:
        requires = tomllib.loads(text).get("build-system", {}).get("requires", list(_LEGACY_BUILD))
        return tuple(str(Requirement(each)) for each in requires)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ResolutionError(f"the pyproject.toml inside {sdist.name} cannot be read", where=sdist.url) from error


def _from_pkg_info(texts: dict[str, str]) -> Requires | None:
    metadata, _ = parse_email(texts.get("PKG-INFO", ""))
    version = tuple(int(part) for part in metadata.get("metadata_version", "1.0").split(".")[:2])
    dynamic = {field.lower() for field in metadata.get("dynamic", ())}
    if version < _RELIABLE or dynamic & {"requires-dist", "requires-python", "provides-extra"}:
        return None
    return _valid(metadata.get("requires_dist", ())), metadata.get("requires_python")


def _from_pyproject(texts: dict[str, str]) -> Requires | None:
    project: dict[str, Any] | None = tomllib.loads(texts.get("pyproject.toml", "")).get("project")
    if project is None or {"dependencies", "optional-dependencies", "requires-python"} & set(
        project.get("dynamic", ())
    ):
        return None
    extras = [
        _with_marker(each, f"extra == '{extra}'")
        for extra, requires in project.get("optional-dependencies", {}).items()
        for each in requires
    ]
    return _valid((*project.get("dependencies", ()), *extras)), project.get("requires-python")


def _from_egg_info(texts: dict[str, str]) -> Requires | None:
    """Sections of requires.txt are ``[extra]``, ``[:marker]`` and ``[extra:marker]`` (setuptools, "Egg formats")."""
    written = [text for name, text in texts.items() if name.endswith("requires.txt")]
    if not written:
        # setuptools writes requires.txt only where something is required.
        return ((), None) if any(name.endswith("SOURCES.txt") for name in texts) else None
    found, markers = [], ""
    for line in filter(None, map(str.strip, written[0].splitlines())):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
            conditions = [f"({marker})"] if marker else []
            markers = " and ".join([*conditions, *([f"extra == '{extra}'"] if extra else [])])
        else:
            found.append(_with_marker(line, markers) if markers else line)
    return _valid(found), None


def _with_marker(requirement: str, marker: str) -> str:
    parsed = Requirement(requirement)
    own = f"({parsed.marker}) and " if parsed.marker else ""
    parsed.marker = None
    return f"{parsed} ; {own}{marker}"


def _valid(requires: Any) -> tuple[str, ...]:
    return tuple(str(Requirement(each)) for each in requires)


def _texts(sdist: LockedFile, content: bytes) -> dict[str, str]:
    """The texts that say what a package needs, by their path below the archive's folder; later ones replace others."""
    opened = _zipped(content) if sdist.name.endswith(".zip") else _tarred(content)
    texts: dict[str, str] = {}
    project = parse_sdist_filename(sdist.name)[0]
    try:
        for count, (path, size, read) in enumerate(opened):
            if count > _MEMBERS:
                raise ResolutionError(f"{sdist.name} holds too many files", where=sdist.url)
            found = _TEXTS.fullmatch(path)
            if found is None or (found["egg"] and canonicalize_name(found["egg"]) != project):
                continue
            if size > _TEXT_LIMIT:
                raise ResolutionError(f"{found['name']} in {sdist.name} is too large to be read", where=sdist.url)
            texts[found["name"]] = read(_TEXT_LIMIT).decode("utf-8", "replace")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error, RuntimeError) as error:
        raise ResolutionError(f"{sdist.name} is not a readable source distribution", where=sdist.url) from error
    return texts


def _tarred(content: bytes) -> Iterator[_Member]:
    unpacked = _Bounded(gzip.GzipFile(fileobj=io.BytesIO(content)))
    with tarfile.open(fileobj=unpacked, mode="r|") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None:
                yield member.name, member.size, stream.read


def _zipped(content: bytes) -> Iterator[_Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            yield member.filename, member.file_size, partial(_read, archive, member)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int) -> bytes:
    with archive.open(member) as stream:
        return stream.read(size)


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where more comes out of it than any source distribution holds."""

    def __init__(self, inner: gzip.GzipFile) -> None:
        self._inner = inner
        self._read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(min(size, _UNPACKED_LIMIT) if size >= 0 else _UNPACKED_LIMIT)
        self._read += len(data)
        if self._read > _UNPACKED_LIMIT:
            raise tarfile.ReadError("unpacks to more than is read")
        return data
