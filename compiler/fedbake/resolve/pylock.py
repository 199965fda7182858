"""Reading and writing the lock file format of PEP 751 (``pylock.toml``)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename
from typing import Any
from urllib.parse import unquote, urlsplit

from fedbake.resolve.index import without_login
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage


def read(text: str) -> Lock:
    """The lock uv wrote.

    Raises:
        KeyError: a package lacks a version or a file lacks its hash; uv writes both for packages of an index.
    """
    import tomllib

    packages = tomllib.loads(text).get("packages", [])
    return Lock(tuple(sorted(map(_package, packages), key=lambda package: (package.name, package.version))))


def _package(table: Mapping[str, Any]) -> LockedPackage:
    sdist = table.get("sdist")
    return LockedPackage(
        name=table["name"],
        version=table["version"],
        marker=table.get("marker"),
        wheels=tuple(map(_file, table.get("wheels", ()))),
        sdist=_file(sdist) if sdist else None,
    )


def _file(table: Mapping[str, Any]) -> LockedFile:
    url = without_login(table["url"])
    name = table.get("name") or unquote(basename(urlsplit(url).path))
    return LockedFile(name=name, url=url, size=table.get("size", 0), sha256=table["hashes"]["sha256"])


def write(packages: Iterable[LockedPackage], python: str, environments: Iterable[str]) -> str:
    """A ``pylock.toml`` with exactly these packages and files.

    Args:
        packages: what it locks, in the order it is written.
        python: the feature release, such as ``3.11``.
        environments: PEP 508 markers of the platforms it is for.
    """
    lines = [
        "# Every package the images hold, with the one file each platform uses (PEP 751).",
        'lock-version = "1.0"',
        *_array("environments", map(_string, environments)),
        f"requires-python = {_string(f'=={python}.*')}",
        'created-by = "fedbake"',
    ]
    for package in packages:
        lines += ["", *_table(package)]
    return "\n".join(lines) + "\n"


def _table(package: LockedPackage) -> Iterator[str]:
    yield "[[packages]]"
    yield f"name = {_string(package.name)}"
    yield f"version = {_string(package.version)}"
    if package.marker:
        yield f"marker = {_string(package.marker)}"
    if package.sdist:
        yield f"sdist = {_inline(package.sdist)}"
    if package.wheels:
        yield from _array("wheels", map(_inline, package.wheels))


def _array(key: str, items: Iterable[str]) -> Iterator[str]:
    yield f"{key} = ["
    yield from (f"    {item}," for item in items)
    yield "]"


def _inline(file: LockedFile) -> str:
    name, url, sha256 = map(_string, (file.name, file.url, file.sha256))
    return f"{{name = {name}, url = {url}, size = {file.size}, hashes = {{sha256 = {sha256}}}}}"


def _string(text: str) -> str:
    """A basic string: what JSON escapes, TOML escapes alike, and delete besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
