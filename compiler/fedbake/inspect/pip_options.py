"""Options in a list for pip: files that are read as a part of it, indexes that are known, and what is refused."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from fedbake.inspect.direct_reference import instead, is_vcs, package_of
from fedbake.inspect.facts import AcceleratorDeclaration, Location, Note, Problem
from fedbake.inspect.reading import Found, Include, Reference

_ARGUMENT_OF = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
    "--pypi-url": "--index-url",
    "--config-setting": "--config-settings",
}
_WITH_ARGUMENT = frozenset(
    {
        *_ARGUMENT_OF.values(),
        *("--extra-index-url", "--trusted-host", "--no-binary", "--only-binary", "--use-feature", "--hash"),
        *("--global-option", "--install-option"),
    }
)
_OF_AN_INDEX = ("--index-url", "--extra-index-url", "--find-links", "--no-index", "--trusted-host")
# They ask for what happens anyway: wheels come first, and everything is installed by its hash.
_KEPT_ANYWAY = ("--prefer-binary", "--require-hashes", "--only-binary")

_DEFAULT_INDEX = re.compile(r"https://(?:pypi\.org|pypi\.python\.org)/simple/?", re.ASCII)
# PyTorch's own index has one folder for each kind of build: https://pytorch.org/get-started/previous-versions/
_PYTORCH = re.compile(
    r"https://download\.pytorch\.org/whl/(?:(?P<build>cpu|cu[0-9]{2,3})/?)?(?:torch_stable\.html)?", re.ASCII
)
_BUILD = re.compile(r"cpu|cu(?P<major>[0-9]{1,2})(?P<minor>[0-9])", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|(?:file|git):|~", re.ASCII | re.IGNORECASE)
_FOLDER_NAME = r"[^\[\]:;@#\\${}<>=!~,'\"()|*?/\s]"
_FOLDER = re.compile(
    rf"(?P<path>\.{{1,2}}(?:/{_FOLDER_NAME}*)*|{_FOLDER_NAME}+(?:/{_FOLDER_NAME}*)+)"
    r"(?:\[(?P<extras>[A-Za-z0-9._, \t-]*)\])?",
    re.ASCII,
)
_EDITABLE_NAME = re.compile(rf"(?P<path>{_FOLDER_NAME}+)(?:\[(?P<extras>[A-Za-z0-9._, \t-]*)\])?", re.ASCII)
_ARCHIVE = (".whl", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip", ".egg", ".conda")


@dataclass(frozen=True, slots=True)
class _Option:
    """An option under its long name, with its argument, as far as it has one."""

    name: str
    argument: str


def read_options(text: str, location: Location) -> Iterator[Found]:
    """Read the options of one entry, such as ``-r other.txt`` or ``--index-url=…``.

    Arguments are never shown: they may contain a password.

    Args:
        text: begins with ``-``; not longer than an entry may be.
        location: of the entry; everything found has it.
    """
    tokens = _tokens(text)
    if tokens is None:
        yield _refused("pip-option", "a quote in the options here is never closed", location, "close the quote")
        return
    for option in _options(tokens):
        yield _read(option, location)


def project_folder(text: str, location: Location) -> Include | None:
    """A folder of the repository that is installed as a package, such as ``.`` or ``./library[extra]``."""
    return _folder(_FOLDER.fullmatch(text), location)


def accelerator_of_build(build: str) -> str | None:
    """What a build of PyTorch computes on: ``cpu`` for ``cpu``, ``cuda11.8`` for ``cu118``; ``None`` for others."""
    match = _BUILD.fullmatch(build)
    if match is None:
        return None
    return f"cuda{match['major']}.{match['minor']}" if match["major"] else "cpu"


def _tokens(text: str) -> list[str] | None:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = lexer.escape = ""
    try:
        return list(lexer)
    except ValueError:
        return None


def _options(tokens: list[str]) -> Iterator[_Option]:
    rest = iter(tokens)
    for token in rest:
        if token.startswith("--"):
            written, equals, argument = token.partition("=")
        else:
            written, equals, argument = token[:2], token[2:], token[2:]
        name = _ARGUMENT_OF.get(written, written)
        if name in _WITH_ARGUMENT and not equals:
            argument = next(rest, "")
        if name == "--editable":
            argument = " ".join([argument, *rest])
        yield _Option(name, argument)


def _read(option: _Option, location: Location) -> Found:
    if "${" in option.argument:
        message = "an option here depends on an environment variable"
        return _refused("requirement-variable", message, location, "write the value itself")
    if option.name in {"--requirement", "--constraint"}:
        return _file(option, location)
    if option.name == "--editable":
        return _editable(option.argument, location)
    if option.name in _OF_AN_INDEX:
        return _index(option, location)
    return _other(option, location)


def _other(option: _Option, location: Location) -> Note | Problem:
    if option.name in _KEPT_ANYWAY and option.argument != ":none:":
        return Note("pip-option-kept", f"{option.name} asks for what fedbake does anyway", location)
    message, hint = "an option for pip stands here", "delete the option"
    if option.name == "--hash":
        message = "a hash stands here with no package, or is not one that pip reads"
        hint = "end the line before with a backslash, or delete the hash: the plan's lock has its own"
    elif option.name in {"--config-settings", "--global-option", "--install-option"}:
        message = "an option for building a package from source stands here"
    return _refused("pip-option", message, location, hint)


def _file(option: _Option, location: Location) -> Found:
    reference = Reference.REQUIREMENTS if option.name == "--requirement" else Reference.CONSTRAINTS
    included = reference is Reference.REQUIREMENTS
    code = "pip-include" if included else "pip-constraints"
    kind = "requirements" if included else "constraints"
    if not option.argument:
        return _refused(code, f"the name of a {kind} file is missing here", location, "name the file or delete it")
    if _URL.match(option.argument):
        hint = "commit the file, and name it by its path in the repository"
        return _refused(code, f"a {kind} file outside of the repository is used here", location, hint)
    return Include(reference, option.argument, location)


def _editable(target: str, location: Location) -> Found:
    package = package_of(target)
    if is_vcs(target.rpartition("@ ")[2]):
        message = f"{package or 'a package'} is installed in editable mode from a version control repository here"
        return Problem("pip-editable-vcs", message, location, instead(target), package)
    folder = (
        None if _URL.match(target) else _folder(_FOLDER.fullmatch(target) or _EDITABLE_NAME.fullmatch(target), location)
    )
    if folder is not None:
        return folder
    message = f"{package or 'a package'} is installed in editable mode from a place outside of the repository here"
    hint = "delete the line: the repository's own code is copied into the images; for others name a released version"
    return Problem("pip-editable", message, location, hint, package)


def _folder(match: re.Match[str] | None, location: Location) -> Include | None:
    if match is None or match["path"].startswith("/") or match["path"].lower().endswith(_ARCHIVE):
        return None
    extras = (each.strip() for each in (match["extras"] or "").split(","))
    return Include(Reference.PROJECT, match["path"].strip(), location, tuple(each for each in extras if each))


def _index(option: _Option, location: Location) -> Found:
    if option.name in {"--index-url", "--extra-index-url"} and _DEFAULT_INDEX.fullmatch(option.argument):
        return Note("pip-default-index", "the Python Package Index is named here; it is used anyway", location)
    pytorch = _PYTORCH.fullmatch(option.argument)
    if pytorch is not None and pytorch["build"]:
        value = accelerator_of_build(pytorch["build"])
        if value is not None:
            return AcceleratorDeclaration(value, location, option.name)
    if pytorch is not None:
        message = "PyTorch's own index is named here; which of its builds are used is chosen with --accelerator"
        return Note("pip-pytorch-index", message, location)
    hint = "delete the line; indexes are chosen by whoever runs fedbake, not by the repository"
    return _refused("pip-index", "another package index or download page is named here", location, hint)


def _refused(code: str, message: str, location: Location, hint: str) -> Problem:
    return Problem(code, message, location, hint)
