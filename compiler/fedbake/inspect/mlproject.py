"""MLproject: which environment file an MLflow project names. Entry points are not used."""

from collections.abc import Iterator

from fedbake.inspect.facts import Location, Note, Problem
from fedbake.inspect.reading import DeclaresNothing, Found, Include, Reference
from fedbake.inspect.text import Text
from fedbake.inspect.yaml_tree import Mapping, Scalar, parse

_NAMED = {"conda_env": Reference.CONDA, "python_env": Reference.PYTHON_ENV}


def read_mlproject(text: Text) -> Iterator[Found]:
    """Read which environment file an MLproject names, with everything that is wrong with it."""
    tree = parse(text)
    yield from tree.problems
    if isinstance(tree.root, Mapping):
        yield from _environment(text.file, tree.root)
    elif tree.root is not None and tree.root.kind != "nothing":
        message = f"{text.file} holds {tree.root.kind} instead of a mapping"
        yield Problem("mlproject-type", message, tree.root.location, "write it as MLflow's documentation shows")
    elif not tree.problems:
        hint = "name the environment in it: conda_env: conda.yaml"
        yield Problem("file-empty", f"{text.file} is empty", Location(text.file), hint)


def _environment(file: str, root: Mapping) -> Iterator[Found]:
    named = [pair for pair in root.pairs if pair[0].text in _NAMED]
    for key, _ in root.pairs:
        if key.text == "docker_env":
            yield Note("mlproject-docker", "the image named by docker_env is not used", key.location)
    if len(named) > 1:
        key = named[1][0]
        message = f"{file} names two environments"
        yield Problem("mlproject-environments", message, key.location, "keep conda_env or python_env")
    elif not named:
        yield DeclaresNothing(f"{file} names no environment file", root.location)
    else:
        key, value = named[0]
        if isinstance(value, Scalar) and value.kind == "text":
            yield Include(_NAMED[key.text], value.text, value.location)
        else:
            message = f"{key.text} is {value.kind} instead of the path of a file"
            yield Problem("mlproject-type", message, value.location, "write the path of the file, such as conda.yaml")
