"""The list of dependencies in a conda environment file: conda's entries, selectors, and the list for pip."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement

from fedbake.inspect.conda_other import ENVIRONMENT_KEYS
from fedbake.inspect.conda_selector import condition_in_comment, holds_on_linux, is_met_on_linux, selects_linux
from fedbake.inspect.conda_spec import CondaSpec, parse_spec
from fedbake.inspect.facts import Declaration, Location, Note, Origin, Problem
from fedbake.inspect.pip_line import read_entry
from fedbake.inspect.pip_section import listed_texts, looks_like_pip, suggested_section
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text, shown
from fedbake.inspect.yaml_tree import Mapping, Node, Scalar, Sequence

_PIN = re.compile(r"[A-Za-z0-9_.-]{1,40}=[A-Za-z0-9_.*]{1,40}", re.ASCII)


def read_list(text: Text, dependencies: Sequence) -> Iterator[Found]:
    """Read every entry of the list, in order; each gives at least one thing found.

    Build strings are noted once for all entries: exports have hundreds of them.
    """
    built: list[Location] = []
    for found in _items(text, dependencies):
        if isinstance(found, _Built):
            built.append(found.location)
        else:
            yield found
    if built:
        message = f"build strings and platform folders are left out ({len(built)} packages): they fit one platform only"
        yield Note("conda-build-strings", message, built[0])


@dataclass(frozen=True, slots=True)
class _Built:
    """An entry that names one built file of a package."""

    location: Location


def _items(text: Text, dependencies: Sequence) -> Iterator[Found | _Built]:
    pip_before: Location | None = None
    for position, item in enumerate(dependencies.items):
        if not isinstance(item, Mapping):
            yield from _entry(text, item, _conda_entry)
        elif not item.pairs:
            yield Problem("conda-item", "an empty mapping stands in the list", item.location, "delete it")
        else:
            for key, value in item.pairs:
                if key.text == "pip":
                    if pip_before is not None:
                        yield _second_pip(key, pip_before)
                    pip_before = key.location
                    yield from _pip_section(text, key, value, dependencies.items[position + 1 :])
                elif key.text.startswith("sel("):
                    yield from _selected(text, key, value)
                else:
                    yield _not_a_dependency(key, value)


def _entry(text: Text, item: Node, read: Callable[[Scalar], Iterator[Found | _Built]]) -> Iterator[Found | _Built]:
    """One entry of conda's or pip's list, unless it is no text or for another system."""
    if not isinstance(item, Scalar) or item.kind != "text":
        yield _not_text(item)
    elif not item.is_on_one_line:
        swallowed = " - " in item.text
        hint = (
            "begin the dashes of the lines below it where its own dash begins"
            if swallowed
            else "write each package on a line of its own, after a dash and a space"
        )
        yield Problem("conda-item", "this entry goes over several lines", item.location, hint)
    else:
        condition = condition_in_comment(_rest_of_line(text, item.end))
        applies = True if condition is None else holds_on_linux(condition)
        yield from read(item) if applies else [_left_aside(item, applies)]


def _left_aside(item: Scalar, applies: bool | None) -> Note | Problem:
    if applies is None:
        hint = "images are built for Linux and for several processors: list it without the condition, or delete it"
        return Problem("conda-selector", f"{shown(item.text)} is listed on a condition", item.location, hint)
    return Note("conda-platform", f"{shown(item.text)} is for another system than Linux", item.location)


def _conda_entry(item: Scalar) -> Iterator[Found | _Built]:
    spec = parse_spec(item.text, item.location)
    if isinstance(spec, Problem):
        yield spec
        return
    applies = True if spec.when is None else is_met_on_linux(spec.when)
    if not applies:
        yield _left_aside(item, applies)
        return
    yield _declaration(spec, item)
    if spec.ignored is not None:
        message = f"conda ignores the brackets in {shown(item.text)}; extras can be asked for in the list under - pip:"
        yield Note("conda-extras", message, item.location)
    if spec.build is not None or spec.is_for_one_platform:
        yield _Built(item.location)


def _declaration(spec: CondaSpec, item: Scalar) -> Found:
    if spec.name == "python":
        if not spec.specifier:
            return Note("python-any", "python is listed without a version", item.location)
        return declare_python(spec.specifier, item.text, item.location)
    if not spec.is_distribution_name:
        message = f"the conda package {shown(spec.name)} has no counterpart on the Python Package Index"
        hint = "delete it if the code can do without"
        return Problem("conda-only-package", message, item.location, hint, spec.name, item.text)
    requirement = Requirement(f"{spec.name}{spec.specifier}")
    return Declaration(requirement, Origin.CONDA, item.location, item.text, build=spec.build)


def _selected(text: Text, key: Scalar, value: Node) -> Iterator[Found | _Built]:
    """What stands after ``sel(linux):``, which is one package."""
    applies = selects_linux(key.text)
    if applies is None:
        hint = "write sel(linux), sel(unix), sel(osx) or sel(win)"
        yield Problem("conda-selector", f"{shown(key.text)} is not a selector", key.location, hint)
    elif not applies:
        yield Note("conda-platform", f"what {shown(key.text)} selects is for another system than Linux", key.location)
    else:
        yield from _entry(text, value, _conda_entry)


def _second_pip(key: Scalar, before: Location) -> Problem:
    # conda installs the last list alone, micromamba all of them.
    message = f"a second list for pip; the first is in line {before.line}, and conda would install only one of them"
    return Problem("conda-pip-repeated", message, key.location, "join the two lists")


def _pip_section(text: Text, key: Scalar, entries: Node, following: tuple[Node, ...]) -> Iterator[Found | _Built]:
    if isinstance(entries, Sequence) and entries.items:
        for entry in entries.items:
            yield from _entry(text, entry, _pip_entry)
    elif isinstance(entries, Sequence) or entries.kind == "nothing":
        # A line that is indented deeper than the dash above it becomes a part of the entry above.
        names = [name for item in following if isinstance(item, Scalar) for name in item.text.split(" - ")]
        if any(looks_like_pip(name) for name in names):
            message = "the list for pip is empty, and its entries may be those that follow at the same indentation"
            yield Problem("conda-pip-indentation", message, key.location, suggested_section(names))
        else:
            yield Note("conda-pip-empty", "the list for pip is empty", key.location)
    else:
        message = f"{entries.kind} stands in place of the list for pip"
        yield Problem("conda-pip-list", message, entries.location, suggested_section(listed_texts(entries)))


def _pip_entry(item: Scalar) -> Iterator[Found]:
    indent = len(item.text) - len(item.text.lstrip(" \t"))
    location = Location(item.location.file, item.location.line, item.location.column + indent)
    yield from read_entry(item.text.strip(" \t"), Origin.CONDA_PIP, location)


def _not_a_dependency(key: Scalar, value: Node) -> Problem:
    if key.text in ENVIRONMENT_KEYS:
        hint = "begin this line at the left margin, without spaces"
        return Problem("conda-item", f"{shown(key.text)} stands inside of the list above it", key.location, hint)
    pin = f"{key.text}={value.text}" if isinstance(value, Scalar) else ""
    hint = f"write - {pin}" if _PIN.fullmatch(pin) else "write - name=version"
    return Problem("conda-item", f"a colon after {shown(key.text)} makes this a mapping", key.location, hint)


def _not_text(item: Node) -> Problem:
    hint = "delete the dash" if item.kind == "nothing" else "name one package per entry; put a name like 1.0 in quotes"
    return Problem("conda-item", f"{item.kind} stands in place of a package", item.location, hint)


def _rest_of_line(text: Text, place: Location) -> str:
    start = text.starts[place.line - 1] + place.column - 1
    end = text.content.find("\n", start)
    return text.content[start:] if end < 0 else text.content[start:end]
