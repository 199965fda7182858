"""Files named like a conda environment that are something else, told by their top-level keys."""

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.yaml_tree import Mapping, Sequence

ENVIRONMENT_KEYS = ("name", "channels", "dependencies", "variables", "prefix")
"""The top-level keys conda knows (``conda.env.env.VALID_KEYS``)."""

# Each set of keys is one the other format demands and no environment file has.
_KINDS = (
    (frozenset({"$schema"}), "an environment of Azure Machine Learning"),
    (frozenset({"conda_file", "image"}), "an environment of Azure Machine Learning"),
    (frozenset({"on", "jobs"}), "a GitHub workflow"),
    (frozenset({"python", "build_dependencies"}), "a python_env.yaml of MLflow"),
    (frozenset({"entry_points"}), "an MLproject of MLflow"),
    (frozenset({"flavors"}), "an MLmodel of MLflow"),
    (frozenset({"files", "channels"}), "a dependencies.yaml of RAPIDS"),
    (frozenset({"package", "requirements"}), "a conda recipe"),
    (frozenset({"package", "build"}), "a conda recipe"),
    (frozenset({"package", "metadata"}), "a lock file of conda-lock"),
    (frozenset({"environments", "packages"}), "a lock file of pixi"),
    (frozenset({"base_image"}), "a cluster environment"),
    (frozenset({"services"}), "a Compose file"),
    (frozenset({"apiVersion", "kind"}), "a Kubernetes object"),
)


def other_thing(file: str, root: Mapping) -> Problem | None:
    """What a file is that has the name of an environment file; ``None`` when it may well be one."""
    keys = {key.text: value for key, value in root.pairs}
    for demanded, what in _KINDS:
        if demanded <= keys.keys():
            return described(file, what, root.location)
    return None if isinstance(keys.get("dependencies"), Sequence) else _by_nested_keys(file, root)


def described(file: str, what: str, location: Location) -> Problem:
    """The problem of a file that is ``what``, such as "a conda recipe"."""
    hint = f"give {file} another name, and list the packages in a conda environment file or in requirements.txt"
    return Problem("conda-other-thing", f"{file} is {what}, not a conda environment file", location, hint)


def _by_nested_keys(file: str, root: Mapping) -> Problem | None:
    for key, value in root.pairs:
        if key.text == "dependencies" and isinstance(value, Mapping) and value.pairs:
            sections = [section for _, section in value.pairs if isinstance(section, Mapping)]
            names = {name.text for section in sections for name, _ in section.pairs}
            if names & {"common", "specific"}:
                return described(file, "a dependencies.yaml of RAPIDS", root.location)
    return None
