"""conda environment files: the packages, the list for pip inside them, and the Python version."""

import re
from collections.abc import Iterator

from packaging.requirements import Requirement

from fedbake.inspect.conda_spec import CondaSpec, parse_spec
from fedbake.inspect.facts import Declaration, Location, Note, Origin, Problem
from fedbake.inspect.pip_line import read_entry
from fedbake.inspect.pip_section import misplaced, suggested_section
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text, shown
from fedbake.inspect.yaml_tree import Mapping, Node, Scalar, Sequence, parse

_PIN = re.compile(r"[A-Za-z0-9_.-]{1,40}=[A-Za-z0-9_.*]{1,40}", re.ASCII)
_UNUSED_KEYS = {
    "prefix": "prefix is a path on the machine that exported the file and is not used",
    "variables": "variables are not set in the images",
}


def read_environment(text: Text) -> Iterator[Found]:
    """Read the declarations of an environment file, in order, with everything that is wrong with it."""
    tree = parse(text)
    for problem in tree.problems:
        yield misplaced(text, problem) if problem.code == "yaml-syntax" else problem
    if tree.root is None or (isinstance(tree.root, Scalar) and tree.root.kind == "nothing"):
        if not tree.problems:
            yield Problem("file-empty", f"{text.file} is empty", Location(text.file), "list the dependencies in it")
        return
    if not isinstance(tree.root, Mapping):
        yield _no_dependencies(text.file, f"holds {tree.root.kind} instead of a mapping", tree.root.location)
        return
    yield from _environment(text.file, tree.root)


def _environment(file: str, root: Mapping) -> Iterator[Found]:
    yield from _other_keys(root)
    key, dependencies = next((pair for pair in root.pairs if pair[0].text == "dependencies"), (None, None))
    if key is None or dependencies is None:
        yield _no_dependencies(file, "has no list of dependencies", root.location)
    elif isinstance(dependencies, Sequence) and dependencies.items:
        yield from _dependencies(dependencies)
    elif isinstance(dependencies, Sequence) or dependencies.kind == "nothing":
        yield _no_dependencies(file, "has an empty list of dependencies", key.location)
    else:
        yield _no_dependencies(file, f"has {dependencies.kind} as its dependencies", dependencies.location)


def _no_dependencies(file: str, what: str, location: Location) -> Problem:
    hint = "a conda environment file has a list of packages under the key dependencies:"
    return Problem("conda-dependencies", f"{file} {what}", location, hint)


def _other_keys(root: Mapping) -> Iterator[Found]:
    for key, value in root.pairs:
        if key.text == "pip":
            message = "pip: stands beside dependencies: and is not read there"
            yield Problem("conda-pip-misplaced", message, key.location, suggested_section(_texts(value)))
        elif key.text == "channels":
            yield from _channels(value)
        elif key.text not in {"name", "dependencies"}:
            unknown = f"the key {shown(key.text)} is not one of an environment file and not used"
            yield Note("conda-unused-key", _UNUSED_KEYS.get(key.text, unknown), key.location)


def _channels(value: Node) -> Iterator[Problem]:
    if isinstance(value, Scalar):
        return
    listed = value.items if isinstance(value, Sequence) else (value,)
    for item in listed:
        if not isinstance(item, Scalar):
            yield Problem("conda-channels", f"a channel is {item.kind} here", item.location, "list channel names")


def _dependencies(dependencies: Sequence) -> Iterator[Found]:
    pip_before: Location | None = None
    builds: list[Location] = []
    for position, item in enumerate(dependencies.items):
        if isinstance(item, Scalar) and item.kind == "text":
            spec = parse_spec(item.text, item.location)
            if isinstance(spec, CondaSpec) and spec.selects_build:
                builds.append(item.location)
            yield spec if isinstance(spec, Problem) else _declaration(spec, item)
        elif isinstance(item, Mapping) and len(item.pairs) == 1 and item.pairs[0][0].text == "pip":
            key, entries = item.pairs[0]
            if pip_before is not None:
                message = f"a second list for pip; the first is in line {pip_before.line}"
                yield Problem("conda-pip-repeated", message, key.location, "join the two lists")
            pip_before = key.location
            yield from _pip_section(key, entries, dependencies.items[position + 1 :])
        else:
            yield _not_a_dependency(item)
    if builds:
        message = (
            f"build strings and platform folders are left out ({len(builds)} packages): they fit one platform only"
        )
        yield Note("conda-build-strings", message, builds[0])


def _declaration(spec: CondaSpec, item: Scalar) -> Found:
    if spec.name == "python":
        if not spec.specifier:
            return Note("python-any", "python is listed without a version", item.location)
        return declare_python(spec.specifier, item.text, item.location)
    if not spec.is_distribution_name:
        message = f"the conda package {shown(spec.name)} has no counterpart on the Python Package Index"
        return Problem("conda-only-package", message, item.location, "delete it if the code can do without", spec.name)
    return Declaration(Requirement(f"{spec.name}{spec.specifier}"), Origin.CONDA, item.location, item.text)


def _pip_section(key: Scalar, entries: Node, following: tuple[Node, ...]) -> Iterator[Found]:
    if isinstance(entries, Sequence):
        for entry in entries.items:
            if isinstance(entry, Scalar) and entry.kind == "text":
                yield read_entry(entry.text.strip(), Origin.CONDA_PIP, entry.location)
            else:
                yield _not_text(entry)
    elif entries.kind == "nothing" and not following:
        yield Note("conda-pip-empty", "the list for pip is empty", key.location)
    elif entries.kind == "nothing":
        names = [item.text for item in following if isinstance(item, Scalar)]
        message = "the list for pip is empty, and its entries may be those that follow at the same indentation"
        yield Problem("conda-pip-indentation", message, key.location, suggested_section(names))
    else:
        message = f"{entries.kind} stands in place of the list for pip"
        yield Problem("conda-pip-list", message, entries.location, suggested_section(_texts(entries)))


def _not_a_dependency(item: Node) -> Problem:
    if not isinstance(item, Mapping):
        return _not_text(item)
    if not item.pairs:
        return Problem("conda-item", "an empty mapping stands in the list", item.location, "delete it")
    key, value = item.pairs[0]
    if key.text.startswith("sel("):
        hint = "list the package without sel(...): images are built for Linux"
        return Problem("conda-selector", "a platform selector is not read", key.location, hint)
    pin = f"{key.text}={value.text}" if isinstance(value, Scalar) else ""
    hint = f"write - {pin}" if _PIN.fullmatch(pin) else "write - name=version"
    return Problem("conda-item", f"a colon after {shown(key.text)} makes this a mapping", key.location, hint)


def _not_text(item: Node) -> Problem:
    hint = "delete the dash" if item.kind == "nothing" else "name one package per entry; put a name like 1.0 in quotes"
    return Problem("conda-item", f"{item.kind} stands in place of a package", item.location, hint)


def _texts(node: Node) -> list[str]:
    if isinstance(node, Scalar):
        return node.text.split("\n") if node.text else []
    if isinstance(node, Sequence):
        return [item.text for item in node.items if isinstance(item, Scalar)]
    return [f"{key.text}{value.text}" for key, value in node.pairs if isinstance(value, Scalar)]
