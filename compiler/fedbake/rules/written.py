"""How a requirement is written in each kind of list."""

import json
import re

from packaging.requirements import Requirement

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Location
from fedbake.inspect.yaml_tree import Scalar
from fedbake.rules.edit import QUOTES
from fedbake.rules.fixes import Addition

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# What ends a plain scalar between brackets.
_FLOW_MARKS = re.compile(r"[,\[\]{}]", re.ASCII)


def comment(addition: Addition) -> str:
    """What is written beside an addition: the rules that ask for it."""
    return f"# fedbake: {', '.join(addition.rules)}"


def in_quotes(requirement: Requirement, quote: str, where: Location) -> str:
    """The requirement between quotation marks of a string in TOML, YAML or Python.

    Raises:
        RejectedError: it contains both quotation marks or a backslash.
    """
    text = str(requirement)
    other = QUOTES.replace(quote, "")
    if quote in text and other not in text:
        text = text.replace(quote, other)
    if quote in text or "\\" in text:
        raise RejectedError(
            "the corrected requirement cannot be written here, because of the quotes in its marker",
            where=str(where),
            hint=f"write {requirement} yourself, or simplify the marker",
        )
    return text


def in_yaml(requirement: Requirement, where: Location, *, in_flow: bool) -> str:
    """The requirement as an item of a YAML list that had no quotes: plain where YAML reads it as this very text."""
    text = str(requirement)
    plain = Scalar(text, True, where, where).kind == "text" and not (in_flow and _FLOW_MARKS.search(text))
    return text if plain else f'"{in_quotes(requirement, QUOTES[0], where)}"'


def in_conda(requirement: Requirement, name: str, where: Location) -> Requirement:
    """The requirement as conda's list can say it, under conda's name.

    Raises:
        RejectedError: it has extras or a marker, which conda does not have.
    """
    if requirement.extras or requirement.marker:
        raise RejectedError(
            "the corrected requirement has extras or a marker, which conda does not have",
            where=str(where),
            hint=f"delete this line and write {requirement} into the list under - pip:",
        )
    return Requirement(f"{name}{requirement.specifier}")


def in_table(requirement: Requirement, *, with_key: bool = True) -> str:
    """The requirement as an entry of Poetry's or Pipenv's table: ``torch = ">=2"``."""
    version = json.dumps(str(requirement.specifier) or "*")
    parts = [f"version = {version}"]
    if requirement.extras:
        parts.append(f"extras = [{', '.join(json.dumps(extra) for extra in sorted(requirement.extras))}]")
    if requirement.marker:
        parts.append(f"markers = {json.dumps(str(requirement.marker).replace(QUOTES[0], QUOTES[1]))}")
    value = version if len(parts) == 1 and with_key else f"{{{', '.join(parts)}}}"
    key = requirement.name if _BARE_KEY.fullmatch(requirement.name) else json.dumps(requirement.name)
    return f"{key} = {value}" if with_key else value
