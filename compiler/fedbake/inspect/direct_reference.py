"""Packages that are named by where they lie (VCS, URL, path) and not by a release of the index."""

import re

from fedbake.inspect.facts import Location, Problem

_ARCHIVE = r"\.(?:whl|tar\.gz|tgz|tar\.bz2|tar\.xz|zip|egg|conda)"
_FILE_OR_URL = re.compile(
    rf"(?:[a-z][a-z0-9+.-]*://|file:|\.{{0,2}}/|~/|[a-z]:\\).*|\.{{1,2}}|[^;\s]*{_ARCHIVE}",
    re.ASCII | re.IGNORECASE,
)
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\[\]]*\])?\s*@(?P<target>.*)", re.ASCII | re.DOTALL)
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+|(?:git|hg|svn|bzr)://|git@", re.ASCII | re.IGNORECASE)
_SCHEME = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://", re.ASCII | re.IGNORECASE)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)", re.ASCII)
# NAME-VERSION.tar.gz, NAME-VERSION-TAGS.whl; a version's + is escaped in URLs.
_RELEASE_FILE = re.compile(
    rf"(?:^|[/\\])(?P<name>[A-Za-z0-9][A-Za-z0-9_.]*(?:-[A-Za-z][A-Za-z0-9_.]*)*)"
    rf"-(?P<version>[0-9][A-Za-z0-9.]*)(?:(?:\+|%2[Bb])[A-Za-z0-9.]+)?(?:-[A-Za-z0-9_.-]+)?{_ARCHIVE}(?:[?#].*)?$",
    re.ASCII,
)
# The repository and a tag that looks like a release, at the end of a VCS URL with a path.
_TAG = re.compile(
    r"(?<!/)/(?P<name>[A-Za-z0-9][A-Za-z0-9_-]{0,60}?)(?:\.git)?@v?(?P<version>[0-9]{1,9}(?:\.[0-9]{1,9}){1,3})(?=[#;\s]|$)",
    re.ASCII,
)
_KINDS = {
    "requirement-vcs": "is taken from a version control repository here",
    "requirement-url": "is taken from a URL here",
    "requirement-path": "is taken from a local path here",
}


def is_file_or_url(text: str) -> bool:
    """Whether an entry names a file, folder or URL rather than a package. It may contain secrets: never show it."""
    return _FILE_OR_URL.fullmatch(text) is not None


def is_vcs(target: str) -> bool:
    """Whether pip would get this from a version control repository, as from ``git+https://…``."""
    return _VCS.match(target) is not None


def package_of(text: str) -> str | None:
    """The package that the text of a direct reference names, in ``name @ …``, ``#egg=name`` or a release's file."""
    for pattern in (_NAMED, _EGG, _RELEASE_FILE):
        match = pattern.match(text) if pattern is _NAMED else pattern.search(text)
        if match is not None:
            return match["name"]
    return None


def instead(text: str) -> str:
    """The hint for a direct reference: what could be written in its place."""
    named = _RELEASE_FILE.search(text.partition(";")[0].strip()) or _TAG.search(text)
    name = package_of(text) or (named["name"] if named else "name")
    version = named["version"] if named else "1.2.3"
    return f"name a released version instead, such as {name}=={version}"


def direct_reference(text: str, location: Location) -> Problem | None:
    """The problem of an entry that is taken from a VCS, URL or path; ``None`` for any other entry."""
    stem = text.partition(";")[0]
    if not is_file_or_url(text) and "@" not in stem:
        return None
    named = _NAMED.match(text)
    target = named["target"].strip() if named else text
    if is_vcs(target):
        code = "requirement-vcs"
    elif _SCHEME.match(target):
        code = "requirement-url"
    else:
        code = "requirement-path"
    package = package_of(text)
    return Problem(code, f"{package or 'a package'} {_KINDS[code]}", location, instead(text), package)
