"""Help for lists that are indented wrongly or stand without their keys, above all that for pip: the corrected text."""

import dataclasses
import re

from fedbake.inspect.facts import Problem
from fedbake.inspect.text import Text
from fedbake.inspect.yaml_tree import Node, Scalar, Sequence

_KEY = re.compile(r"[ \t]*(?:-[ \t]*)?pip[ \t]*:[ \t]*(?:#.*)?", re.ASCII)
_ENTRY = re.compile(r"[ \t]*-[ \t]+(?P<entry>[A-Za-z0-9][A-Za-z0-9 ._=<>!~,\[\]*+-]*?)[ \t]*(?:#.*)?", re.ASCII)
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._=<>!~,\[\]*+-]*|-r [A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_PIP_ONLY = re.compile(r"-.*|[^=]*==[^=]+|.*[;@\[].*|[a-z]{2,4}\+.*", re.ASCII)
_BETWEEN_ENTRIES = re.compile(r"\n|(?<!-r)(?<! ) +(?=[A-Za-z-])", re.ASCII)
_CONDA_ONLY = re.compile(r"-[A-Za-z]{2}.*|[^=<>!~]*=[^=].*", re.ASCII)
_STUCK_DASH = re.compile(r"-(?=[A-Za-z]{2})", re.ASCII)
_SHOWN_ENTRIES = 10
_LINE_LIMIT = 200


def suggested_section(entries: list[str]) -> str:
    """The corrected text of a list for pip, as a hint of several lines."""
    lines = _lines(entries, "    ", "package==1.2.3")
    return "\n".join(["write it inside of dependencies, indented like this:", "dependencies:", "  - pip:", *lines])


def suggested_list(entries: list[str]) -> str:
    """The corrected text of a list for conda, as a hint of several lines."""
    lines = _lines([_STUCK_DASH.sub("", entry) for entry in entries], "  ", "package=1.2")
    return "\n".join(["write it inside of dependencies, like this:", "dependencies:", *lines])


def _lines(entries: list[str], indent: str, example: str) -> list[str]:
    safe = [entry.strip() for entry in entries if _SAFE.fullmatch(entry.strip()) and len(entry) <= 80]
    lines = [f"{indent}- {entry}" for entry in safe[:_SHOWN_ENTRIES]] or [f"{indent}- {example}"]
    return [*lines, f"{indent}- ..."] if len(safe) > _SHOWN_ENTRIES else lines


def looks_like_pip(text: str) -> bool:
    """Whether an entry is written as pip's rather than conda's: ``==`` alone, extras, a marker, an option or a URL."""
    return _PIP_ONLY.fullmatch(text) is not None


def looks_like_conda(text: str) -> bool:
    """Whether an entry is written as conda's rather than pip's: a single ``=``, or a dash as in an environment file."""
    return _CONDA_ONLY.fullmatch(text) is not None


def listed_texts(node: Node) -> list[str]:
    """The texts of whatever stands where a list should be."""
    if isinstance(node, Scalar):
        return _BETWEEN_ENTRIES.split(node.text)
    if isinstance(node, Sequence):
        return [item.text for item in node.items if isinstance(item, Scalar)]
    return [f"{key.text}{value.text}" for key, value in node.pairs if isinstance(value, Scalar)]


def misplaced(text: Text, problem: Problem) -> Problem:
    """The same syntax problem with the corrected text, when it stands at or just below a list for pip."""
    lines = text.content.split("\n")
    here = problem.location.line - 1
    for number in range(min(here, len(lines) - 1), -1, -1):
        if _KEY.fullmatch(lines[number]):
            entries = _entries(lines[number + 1 :])
            message = f"{text.file} is not valid YAML: a list for pip is indented otherwise than its neighbours"
            return dataclasses.replace(problem, message=message, hint=suggested_section(entries))
        if number < here and _entry(lines[number]) is None:
            return problem
    return problem


def _entries(lines: list[str]) -> list[str]:
    found = []
    for line in lines:
        match = _entry(line)
        if match is None:
            break
        found.append(match["entry"])
    return found


def _entry(line: str) -> re.Match[str] | None:
    return _ENTRY.fullmatch(line) if len(line) <= _LINE_LIMIT else None
