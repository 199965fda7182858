"""python_env.yaml: the environment of an MLflow project or model that is made by virtualenv and pip."""

from collections.abc import Iterator

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.pip_line import read_entry
from fedbake.inspect.python_version import declare_release
from fedbake.inspect.reading import DeclaresNothing, Found
from fedbake.inspect.text import Text, shown
from fedbake.inspect.yaml_tree import Mapping, Node, Scalar, Sequence, parse


def read_python_env(text: Text) -> Iterator[Found]:
    """Read the declarations of a python_env.yaml, in order, with everything that is wrong with it."""
    tree = parse(text)
    yield from tree.problems
    if isinstance(tree.root, Mapping):
        yield from _environment(text.file, tree.root)
    elif tree.root is not None and tree.root.kind != "nothing":
        yield _wrong(f"{text.file} holds {tree.root.kind} instead of a mapping", tree.root)
    elif not tree.problems:
        yield Problem("file-empty", f"{text.file} is empty", Location(text.file), "list the dependencies in it")


def _environment(file: str, root: Mapping) -> Iterator[Found]:
    listed = False
    for key, value in root.pairs:
        if key.text == "python":
            yield _python(value)
        elif key.text == "dependencies":
            listed = value.kind != "nothing"
            yield from _dependencies(value)
        elif key.text == "build_dependencies":
            yield Note("python-env-build", "build_dependencies are not installed", key.location)
        else:
            yield Note("python-env-unused", f"the key {shown(key.text)} is not used", key.location)
    if not listed:
        yield DeclaresNothing(f"{file} lists no dependencies", root.location)


def _python(value: Node) -> Found:
    if not isinstance(value, Scalar) or value.kind == "nothing":
        return _wrong(f"{value.kind} stands in place of the Python version", value)
    return declare_release(value.text, value.text, value.location)


def _dependencies(value: Node) -> Iterator[Found]:
    if not isinstance(value, Sequence):
        if value.kind != "nothing":
            yield _wrong(f"{value.kind} stands in place of the list of dependencies", value)
        return
    for item in value.items:
        if isinstance(item, Scalar) and item.kind == "text":
            yield from read_entry(item.text.strip(), Origin.PYTHON_ENV, item.location)
        else:
            yield _wrong(f"{item.kind} stands in place of a package", item)


def _wrong(message: str, node: Node) -> Problem:
    hint = "write python: 3.11.4, and one package or -r file per entry of dependencies"
    return Problem("python-env-type", message, node.location, hint)
