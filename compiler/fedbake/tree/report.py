"""A tree for people, with the places of declarations, and for programs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fedbake.names import Platform
from fedbake.tree.distribution import Distribution
from fedbake.tree.drawing import Drawing, Unmet
from fedbake.tree.roots import FEDBAKE, REPOSITORY

_TITLES = {REPOSITORY: "your repository", FEDBAKE: "added by fedbake"}
_ROOT = re.compile(rf"({REPOSITORY}|{FEDBAKE})==0")
_CHILD = re.compile(r"[├└]── ([a-z0-9-]+)[ \[]")
_NEEDED_BY_REPOSITORY = re.compile(rf"{REPOSITORY}==0 \[requires: ([a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is told about an environment.

    Attributes:
        subject: which environment it is, in a few words.
        places: by package, where the repository declares it.
    """

    subject: str
    platform: Platform
    python: str
    distributions: Sequence[Distribution]
    places: Mapping[str, str]
    drawing: Drawing


def as_text(shown: Shown) -> str:
    """The tree, then what does not fit and what is not known."""
    count = len(shown.distributions)
    head = f"{shown.subject} on {shown.platform.value}, Python {shown.python}: {count} packages"
    body = "\n".join(_marked(shown.drawing.text, shown.places))
    parts = [head, body, _unmet(shown.drawing.unmet), _unclear(shown.distributions)]
    return "\n\n".join(part for part in parts if part)


def _marked(text: str, places: Mapping[str, str]) -> Iterator[str]:
    """The lines of a tree, with the place of each declaration behind the package it declares."""
    root = None
    for line in text.splitlines():
        if not line.startswith((" ", "│", "├", "└")):
            found = _ROOT.match(line)
            root = found[1] if found else None
        child = _CHILD.match(line) if root == REPOSITORY else _NEEDED_BY_REPOSITORY.search(line)
        place = places.get(child[1]) if child else None
        plain = _ROOT.sub(lambda found: _TITLES[found[1]], line)
        yield f"{plain}  <- {place}" if place else plain


def _unmet(unmet: Sequence[Unmet]) -> str:
    lines = [
        f"  {_title(each)} needs {each.requires}{each.required}, "
        + (f"but {each.requires} {each.installed} is there" if each.installed else "which is missing")
        for each in unmet
    ]
    return "\n".join(["does not fit:", *lines]) if lines else ""


def _title(unmet: Unmet) -> str:
    return _TITLES.get(unmet.package) or f"{unmet.package} {unmet.version}"


def _unclear(distributions: Sequence[Distribution]) -> str:
    lines = [f"  {each.name} {each.version}: {each.unclear}" for each in distributions if each.unclear]
    return "\n".join(["what these need is not wholly known:", *lines]) if lines else ""


def as_json(shown: Shown) -> dict[str, Any]:
    """The documented JSON of a tree: packages with their edges, and no nesting."""
    return {
        "subject": shown.subject,
        "platform": shown.platform.value,
        "python": shown.python,
        "declared": dict(sorted(shown.places.items())),
        "packages": [_package(row) for row in shown.drawing.rows],
        "unmet": [asdict(each) | {"package": _TITLES.get(each.package, each.package)} for each in shown.drawing.unmet],
        "unclear": {each.name: each.unclear for each in shown.distributions if each.unclear},
    }


def _package(row: Mapping[str, Any]) -> dict[str, Any]:
    package = row["package"]
    edges = [
        {"name": _name(edge["key"]), "version": edge["installed_version"], "required": edge["required_version"]}
        for edge in row["dependencies"]
    ]
    return {"name": _name(package["key"]), "version": package["installed_version"], "edges": edges}


def _name(key: str) -> str:
    return _TITLES.get(key, key)
