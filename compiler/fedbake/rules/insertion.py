"""Where a requirement nobody declared is written down in a user's dependency file, in the style of its neighbours."""

import re
from collections.abc import Sequence

from fedbake.inspect.facts import Declaration, Facts, Origin
from fedbake.rules.edit import QUOTES, Edit, Text
from fedbake.rules.fixes import Addition
from fedbake.rules.unique_keys import TABLES, FileChanges
from fedbake.rules.written import comment, in_quotes, in_table
from fedbake.rules.yaml_insertion import to_yaml

# What stands before a string that is an item of an array or list.
_IN_ARRAY = re.compile(r".*[\[(,+][ \t]*[A-Za-z]?", re.ASCII | re.DOTALL)
_DEFAULT_INDENT = "    "
_YAML = (".yaml", ".yml")


def file_for_additions(facts: Facts) -> str | None:
    """The file that additions are written to: the one that decides, or the first it refers to that declares anything.

    A file that only names others and can list nothing itself, such as MLproject, never gets any.
    """
    files = list(dict.fromkeys(found.location.file for found in facts.declarations))
    deciding = next(iter(facts.dependency_files), None)
    if deciding is None or deciding in files or deciding.endswith(".txt"):
        return deciding
    if files or deciding.endswith(_YAML):
        return (files or [deciding])[0]
    return next(iter(facts.included_files), deciding)


def additions_to(text: Text, here: Sequence[Declaration], changed: FileChanges) -> tuple[Edit, ...]:
    """The edits that write additions into a dependency file with these declarations.

    None when the file declares nothing beside which they could stand: then the finding alone tells of them.
    """
    added = changed.added
    if not added:
        return ()
    origin = here[0].origin if here else None
    if origin is Origin.REQUIREMENTS or (origin is None and text.name.endswith(".txt")):
        edits = _to_requirements(text, here, added)
    elif origin in {Origin.PYPROJECT, Origin.SETUP_PY}:
        edits = _to_array(text, here[0], added)
    elif origin in TABLES:
        edits = _to_table(text, here, added)
    elif origin is Origin.SETUP_CFG:
        edits = _to_setup_cfg(text, here, added)
    elif text.name.endswith(_YAML):
        edits = to_yaml(text, added, changed.deleted)
    else:
        edits = ()
    return edits


def _to_requirements(text: Text, here: Sequence[Declaration], added: Sequence[Addition]) -> tuple[Edit, ...]:
    at = text.logical_end(text.offset(here[-1].location)) if here else len(text.content)
    return (text.insert_lines(at, [f"{addition.requirement}  {comment(addition)}" for addition in added]),)


def _to_array(text: Text, first: Declaration, added: Sequence[Addition]) -> tuple[Edit, ...]:
    """Before the first dependency, so that no comma of the user's has to change."""
    offset = text.offset(first.location)
    before = text.before(offset)
    opening = before.rstrip(QUOTES)
    if len(before) - len(opening) != 1:
        return ()
    at = offset - 1
    items = [f'"{in_quotes(addition.requirement, QUOTES[0], first.location)}",' for addition in added]
    if not opening.strip() and _IN_ARRAY.fullmatch(_code_before(text, at)):
        lines = [
            f"{opening}{item}  {comment(addition)}{text.newline}" for item, addition in zip(items, added, strict=True)
        ]
        return (Edit(at - len(opening), at - len(opening), "".join(lines)),)
    if _IN_ARRAY.fullmatch(opening):
        return (Edit(at, at, "".join(f"{item} " for item in items)),)
    return ()


def _code_before(text: Text, offset: int) -> str:
    """The last line before an offset that is neither blank nor a comment, without its comment."""
    for line in reversed(text.content[:offset].splitlines()):
        code = line.partition("#")[0].rstrip()
        if code:
            return code
    return ""


def _to_table(text: Text, here: Sequence[Declaration], added: Sequence[Addition]) -> tuple[Edit, ...]:
    """After the last entry that has a line of its own."""
    for found in reversed(here):
        start = text.offset(found.location)
        end = start + len(found.text)
        if text.content[start:end] == found.text and not found.text.startswith("{") and not text.before(start).strip():
            indent = text.before(start)
            lines = [f"{indent}{in_table(addition.requirement)}  {comment(addition)}" for addition in added]
            return (text.insert_lines(text.line_end(end), lines),)
    return ()


def _to_setup_cfg(text: Text, here: Sequence[Declaration], added: Sequence[Addition]) -> tuple[Edit, ...]:
    """After the last requirement. A comment needs a line of its own: after a value it would be a part of it."""
    last = here[-1].location
    offset = text.offset(last)
    before = text.before(offset)
    if any(found.location.line == last.line for found in here[:-1]):
        end = offset + len(here[-1].text)
        return (Edit(end, end, "".join(f"; {addition.requirement}" for addition in added)),)
    indent = before if not before.strip() else _DEFAULT_INDENT
    lines = [line for addition in added for line in (f"{indent}{comment(addition)}", f"{indent}{addition.requirement}")]
    return (text.insert_lines(text.line_end(offset), lines),)
