"""What went wrong where an environment file is no YAML, in terms of what people do rather than of the grammar."""

import re
from dataclasses import replace

from fedbake.inspect.conda_other import ENVIRONMENT_KEYS, described
from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.pip_section import misplaced
from fedbake.inspect.text import Text, shown

_KEYS = "|".join(ENVIRONMENT_KEYS)
_TEMPLATE = re.compile(r"[^#]*?(?:\{\{|\{%|<%)", re.ASCII)
_RECIPE = re.compile(r"^(?:package|requirements|build):", re.ASCII | re.MULTILINE)
_COMMAND = re.compile(
    r"[$>]? ?(?:sudo )?"
    r"(?:conda|mamba|micromamba|pip3?|python3?|source|cd|export|bash|sh|echo|cat|git|apt|apt-get|curl) .*",
    re.ASCII,
)
_GLUED_KEY = re.compile(rf"[ \t]+(?P<line>(?:{_KEYS}):.*)", re.ASCII)
_KEY = re.compile(rf"(?P<name>{_KEYS})[ \t]*", re.ASCII)
_DASH = re.compile(r"[ \t]*-(?P<entry>[A-Za-z][A-Za-z0-9._=<>!~,*-]{0,80})[ \t]*", re.ASCII)
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7})(?: .*)?", re.ASCII)


def explained(text: Text, problem: Problem) -> Problem:
    """The same problem of a file that is no plain YAML, said so that its author sees the slip, where that is known."""
    lines = text.content.split("\n")
    here = min(problem.location.line, len(lines)) - 1
    if _TEMPLATE.match(lines[here][:1000]):
        return _template(text, problem)
    if problem.code != "yaml-syntax":
        return problem
    slips = (_explicit_list, _command, _conflict, _dash, _glued_key, _no_colon, _tab)
    return next((said for slip in slips if (said := slip(problem, lines, here))), None) or misplaced(text, problem)


def _explicit_list(problem: Problem, lines: list[str], here: int) -> Problem | None:
    if not any(line.startswith("@EXPLICIT") for line in lines[: here + 1]):
        return None
    return described(problem.location.file, "a list of package files (conda list --explicit)", problem.location)


def _command(problem: Problem, lines: list[str], here: int) -> Problem | None:
    for number in (here - 1, here):
        if number >= 0 and _COMMAND.fullmatch(lines[number][:1000]):
            place = Location(problem.location.file, number + 1)
            message = f"{place.file} is not valid YAML: {shown(lines[number])} is a command for a terminal"
            return Problem(problem.code, message, place, "delete the line")
    return None


def _glued_key(problem: Problem, lines: list[str], here: int) -> Problem | None:
    glued = _GLUED_KEY.fullmatch(lines[here])
    if glued is None:
        return None
    message = f"{problem.location.file} is not valid YAML: {shown(glued['line'])} stands inside of the list above it"
    return replace(problem, message=message, hint="begin this line at the left margin, without spaces")


def _conflict(problem: Problem, lines: list[str], here: int) -> Problem | None:
    if _CONFLICT.fullmatch(lines[here]) is None:
        return None
    message = f"{problem.location.file} is not valid YAML: this line was left by a merge conflict"
    return replace(problem, message=message, hint="resolve the conflict and commit the result")


def _dash(problem: Problem, lines: list[str], here: int) -> Problem | None:
    dashed = _DASH.fullmatch(lines[here])
    if dashed is None:
        return None
    message = f"{problem.location.file} is not valid YAML: a space is missing after the dash"
    return replace(problem, message=message, hint=f"write - {dashed['entry']}")


def _no_colon(problem: Problem, lines: list[str], here: int) -> Problem | None:
    key = _KEY.fullmatch(lines[here])
    if key is None:
        return None
    message = f"{problem.location.file} is not valid YAML: a colon is missing after {key['name']}"
    return replace(problem, message=message, hint=f"write {key['name']}:")


def _tab(problem: Problem, lines: list[str], here: int) -> Problem | None:
    indent = lines[here][: len(lines[here]) - len(lines[here].lstrip())]
    message = f"{problem.location.file} is not valid YAML: the line is indented with a tab"
    return replace(problem, message=message, hint="indent with spaces") if "\t" in indent else None


def _template(text: Text, problem: Problem) -> Problem:
    if _RECIPE.search(text.content):
        return described(text.file, "a conda recipe", problem.location)
    message = f"{text.file} is a template with places to fill in ({{{{ }}}} or {{% %}}), not a finished file"
    hint = "commit the file that the template makes, such as cookiecutter's output"
    return Problem("yaml-template", message, problem.location, hint)
