"""Pipfile: the packages of Pipenv, and the Python version it requires."""

import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.package_table import PackageEntry, declared, from_elsewhere
from fedbake.inspect.python_version import declare_release
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text, shown
from fedbake.inspect.toml_document import TomlDocument, load_toml

_DEFAULT_INDEX = re.compile(r"https://pypi\.(?:org|python\.org)/simple/?", re.ASCII)
# The names of markers that Pipenv takes as keys, with the rest of the comparison as the value: "== 'linux'".
_MARKERS = (
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
)
_KEYS = {"version", "extras", "markers", "index", "editable", "subdirectory", "ref", "hashes", *_MARKERS}
_KEYS |= {"git", "hg", "svn", "bzr", "url", "file", "path"}
_TABLES = {"source", "packages", "requires", "scripts", "pipenv"}


def read_pipfile(text: Text) -> Iterator[Found]:
    """Read the declarations of a Pipfile, in order, with everything that is wrong with it."""
    document = load_toml(text)
    if isinstance(document, Problem):
        yield document
        return
    yield from _sources(document)
    yield from _python(document)
    packages = document.values.get("packages", {})
    sources = frozenset({"pypi", *_named_sources(document)})
    if isinstance(packages, dict):
        for name, value in packages.items():
            yield _package(document, name, value, sources)
    else:
        yield document.wrong("pipfile-type", "a table", "packages")
    if not packages:
        yield Note("file-empty", f"{text.file} declares no dependency", Location(text.file))
    for name in document.values:
        if name not in _TABLES:
            yield Note("pipfile-unused", f"the packages of {shown(name)} are not installed", document.place(name))
    if document.at("pipenv", "allow_prereleases"):
        message = "allow_prereleases is not taken over: a version allows a pre-release by naming one"
        yield Note("pipfile-prereleases", message, document.place("pipenv", "allow_prereleases"))


def _sources(document: TomlDocument) -> Iterator[Problem]:
    sources = document.values.get("source", [])
    for index, source in enumerate(sources if isinstance(sources, list) else [sources]):
        url = source.get("url") if isinstance(source, dict) else None
        if not isinstance(url, str) or not _DEFAULT_INDEX.fullmatch(url):
            message = "another package index than the Python Package Index is named here"
            hint = "delete it; indexes are chosen by whoever runs fedbake, not by the repository"
            yield Problem("pip-index", message, document.place("source", index, "url"), hint)


def _python(document: TomlDocument) -> Iterator[Found]:
    requires = document.values.get("requires", {})
    if not isinstance(requires, dict):
        yield document.wrong("pipfile-type", "a table", "requires")
        return
    for key in ("python_version", "python_full_version"):
        asked = requires.get(key)
        if isinstance(asked, str):
            yield declare_release(asked.strip(), asked, document.place("requires", key))
        elif asked is not None:
            yield document.wrong("pipfile-type", "a string", "requires", key)


def _named_sources(document: TomlDocument) -> Iterator[str]:
    sources = document.values.get("source", [])
    for source in sources if isinstance(sources, list) else ():
        name = source.get("name") if isinstance(source, dict) else None
        if isinstance(name, str):
            yield name


def _package(document: TomlDocument, name: str, value: object, sources: frozenset[str]) -> Found:
    options = {"version": value} if isinstance(value, str) else value
    if not isinstance(options, dict):
        return document.wrong("pipfile-type", "a string or a table", "packages", name)
    entry = PackageEntry(name, options, Origin.PIPFILE, *document.entry("packages", name))
    unknown = next((key for key in options if key not in _KEYS), None)
    if unknown is not None:
        message = f"{shown(name)} has the key {shown(unknown)}, which is not known"
        return entry.problem("pipfile-key", message, "known are version, extras, markers and the names of markers")
    return from_elsewhere(entry) or _index(entry, sources) or _declaration(entry)


def _index(entry: PackageEntry, sources: frozenset[str]) -> Problem | None:
    """The problem of an entry that names an index which no ``[[source]]`` of the file, all of them checked, is."""
    index = entry.options.get("index", "pypi")
    if isinstance(index, str) and index in sources:
        return None
    hint = "delete index; indexes are chosen by whoever runs fedbake, not by the repository"
    return entry.problem("pip-index", f"{shown(entry.name)} comes from another package index here", hint)


def _declaration(entry: PackageEntry) -> Found:
    asked = entry.options.get("version", "*")
    specifier = _specifier(asked.strip()) if isinstance(asked, str) else None
    if specifier is None:
        message = f"{shown(str(asked))} is not a version Pipenv understands"
        return entry.problem("pipfile-version", message, 'write "*", "==1.2.3" or ">=1.2,<2"')
    markers = []
    for key in _MARKERS:
        if key in entry.options:
            comparison = entry.options[key]
            if not isinstance(comparison, str):
                message = f"the {key} of {shown(entry.name)} is not a string"
                return entry.problem("pipfile-type", message, "put it in quotes")
            markers.append(f"{key} {comparison}")
    return declared(entry, specifier, markers)


def _specifier(text: str) -> str | None:
    """The versions in PEP 440 terms, ``""`` for any. A version alone stands for itself, as in Pipenv."""
    if text in {"*", ""}:
        return ""
    specifier = f"=={text}" if text[0].isdigit() else text
    try:
        return str(SpecifierSet(specifier))
    except InvalidSpecifier:
        return None
