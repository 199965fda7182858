"""conda environment files: their keys, and what is a file of that name but no environment."""

from collections.abc import Iterator
from dataclasses import replace

from fedbake.inspect.conda_list import read_list
from fedbake.inspect.conda_other import other_thing
from fedbake.inspect.conda_slips import explained
from fedbake.inspect.facts import Location, Note, Problem
from fedbake.inspect.pip_section import listed_texts, looks_like_conda, suggested_list, suggested_section
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text, shown
from fedbake.inspect.yaml_tree import Mapping, Node, Scalar, Sequence, parse

_UNUSED_KEYS = {
    "prefix": ("conda-unused-key", "prefix is a path on the machine that exported the file and is not used"),
    "variables": ("conda-variables", "the environment variables given here are not set in the images"),
}


def read_environment(text: Text) -> Iterator[Found]:
    """Read the declarations of an environment file, in order, with everything that is wrong with it."""
    tree = parse(text)
    for problem in tree.problems:
        yield explained(text, problem)
    if tree.root is None or (isinstance(tree.root, Scalar) and tree.root.kind == "nothing"):
        if not tree.problems:
            yield Problem("file-empty", f"{text.file} is empty", Location(text.file), "list the dependencies in it")
        return
    if not isinstance(tree.root, Mapping):
        yield _bare_list(text.file, tree.root)
        return
    other = other_thing(text.file, tree.root)
    if other is not None:
        yield other
        return
    yield from _environment(text, tree.root)


def _bare_list(file: str, root: Scalar | Sequence) -> Problem:
    """What stands there without a key: often the lines of a requirements.txt, which YAML takes for one long text."""
    problem = _no_dependencies(file, f"holds {root.kind} instead of a mapping", root.location)
    texts = listed_texts(root)
    is_conda = isinstance(root, Sequence) or any(looks_like_conda(text) for text in texts)
    return replace(problem, hint=suggested_list(texts) if is_conda else suggested_section(texts))


def _environment(text: Text, root: Mapping) -> Iterator[Found]:
    yield from _other_keys(root)
    key, dependencies = next((pair for pair in root.pairs if pair[0].text == "dependencies"), (None, None))
    if key is None or dependencies is None:
        yield _no_dependencies(text.file, "has no list of dependencies", root.location)
    elif isinstance(dependencies, Sequence) and dependencies.items:
        yield from read_list(text, dependencies)
    elif isinstance(dependencies, Sequence) or dependencies.kind == "nothing":
        yield _no_dependencies(text.file, "has an empty list of dependencies", key.location)
    else:
        yield _no_dependencies(text.file, f"has {dependencies.kind} as its dependencies", dependencies.location)


def _no_dependencies(file: str, what: str, location: Location) -> Problem:
    hint = "a conda environment file has a list of packages under the key dependencies:"
    return Problem("conda-dependencies", f"{file} {what}", location, hint)


def _other_keys(root: Mapping) -> Iterator[Found]:
    for key, value in root.pairs:
        if key.text == "pip":
            message = "pip: stands beside dependencies: and is not read there"
            yield Problem("conda-pip-misplaced", message, key.location, suggested_section(listed_texts(value)))
        elif key.text == "channels":
            yield from _channels(value)
        elif key.text not in {"name", "dependencies"}:
            unknown = f"the key {shown(key.text)} is not one of an environment file and not used"
            code, message = _UNUSED_KEYS.get(key.text, ("conda-unused-key", unknown))
            yield Note(code, message, key.location)


def _channels(value: Node) -> Iterator[Problem]:
    if isinstance(value, Scalar):
        return
    listed = value.items if isinstance(value, Sequence) else (value,)
    for item in listed:
        if not isinstance(item, Scalar):
            yield Problem("conda-channels", f"a channel is {item.kind} here", item.location, "list channel names")
