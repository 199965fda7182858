"""Reading and writing the lock file format of PEP 751 (``pylock.toml``)."""

from collections.abc import Iterable, Mapping
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
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment("Every package the images hold, with the one file each platform uses (PEP 751)."))
    document["lock-version"] = "1.0"
    document["environments"] = tomlkit.array().multiline(True)
    for marker in environments:
        document["environments"].append(marker)
    document["requires-python"] = f"=={python}.*"
    document["created-by"] = "fedbake"
    tables = tomlkit.aot()
    for package in packages:
        tables.append(_table(package))
    document["packages"] = tables
    return tomlkit.dumps(document)


def _table(package: LockedPackage) -> Any:
    import tomlkit

    table = tomlkit.table()
    table["name"] = package.name
    table["version"] = package.version
    if package.marker:
        table["marker"] = package.marker
    if package.sdist:
        table["sdist"] = _inline(package.sdist)
    if package.wheels:
        table["wheels"] = tomlkit.array().multiline(True)
        for wheel in package.wheels:
            table["wheels"].append(_inline(wheel))
    return table


def _inline(file: LockedFile) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table["name"] = file.name
    table["url"] = file.url
    table["size"] = file.size
    hashes = tomlkit.inline_table()
    hashes["sha256"] = file.sha256
    table["hashes"] = hashes
    return table
