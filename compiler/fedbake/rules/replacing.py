"""A declaration of the user, rewritten or deleted in its place."""

import re
from collections.abc import Collection

from packaging.requirements import Requirement

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Declaration, Origin
from fedbake.inspect.pip_line import HASH
from fedbake.rules.edit import QUOTES, Edit, Text
from fedbake.rules.unique_keys import TABLES
from fedbake.rules.written import in_conda, in_quotes, in_table, in_yaml

DASH = re.compile(r"( *)-( +)[\"']?")

_YAML = (Origin.CONDA, Origin.CONDA_PIP, Origin.PYTHON_ENV)
_CONTINUED = re.compile(r"[ \t]*\\\r?\n[ \t]*|[ \t]*\\$", re.ASCII)
_AFTER_ITEM = re.compile(r"[ \t]*[,;][ \t]*", re.ASCII)
_BEFORE_ITEM = re.compile(r"[ \t]*[,;][ \t]*$", re.ASCII)
_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*|\r)?(?=\n|$)", re.ASCII)


def replacement(text: Text, declaration: Declaration, requirement: Requirement) -> Edit:
    """Write another requirement in the place of a declaration, without the hashes of the old one.

    Raises:
        RejectedError: the file does not have the declaration there as it is, or the list cannot say the requirement.
    """
    start, end, kept = _extent(text, declaration, str(requirement))
    where = declaration.location
    quote = text.before(start)[-1:]
    if declaration.origin in TABLES:
        written = in_table(requirement, with_key=not declaration.text.startswith("{"))
    elif declaration.origin is Origin.CONDA:
        same = requirement.name == declaration.requirement.name
        name = (declaration.conda_name if same else None) or requirement.name
        written = _in_yaml(text, start, declaration, in_conda(requirement, name, where))
    elif declaration.origin in _YAML:
        written = _in_yaml(text, start, declaration, requirement)
    elif declaration.origin in {Origin.PYPROJECT, Origin.SETUP_PY} and quote and quote in QUOTES:
        written = in_quotes(requirement, quote, where)
    else:
        written = str(requirement)
    return Edit(start, end, written + kept)


def _in_yaml(text: Text, start: int, declaration: Declaration, requirement: Requirement) -> str:
    before = text.before(start)
    if before and before[-1] in QUOTES:
        return in_quotes(requirement, before[-1], declaration.location)
    return in_yaml(requirement, declaration.location, in_flow=DASH.fullmatch(before) is None)


def deletion(text: Text, declaration: Declaration, deleted: Collection[int], *, extended: bool) -> Edit:
    """Delete a declaration, with its line when nothing else stands on it.

    Args:
        text: of the file.
        declaration: the one to delete.
        deleted: the lines of all declarations that are deleted, counted from 1: a YAML list that loses all of them
            becomes an empty one.
        extended: whether requirements are added to the file, so that no list of it becomes empty.

    Raises:
        RejectedError: the file does not have the declaration there as it is.
    """
    start, end, kept = _extent(text, declaration, "nothing")
    first = text.line_start(start)
    if declaration.origin is Origin.REQUIREMENTS:
        return Edit(start, end, kept.strip()) if kept else Edit(first, text.logical_end(start), "")
    before = text.before(start)
    dash = DASH.fullmatch(before) if declaration.origin in _YAML else None
    if dash is not None:
        whole = Edit(first, text.line_end(end), "")
        if extended or _has_sibling(text, declaration.location.line, len(dash[1]), deleted):
            return whole
        return Edit(first, whole.end, f"{' ' * (len(dash[1]) + 1)}[]{_ending(text, whole.end)}")
    quotes = len(before) - len(before.rstrip(QUOTES))
    start, end = start - quotes, end + quotes
    if quotes and declaration.origin is Origin.SETUP_PY:
        start -= len(before[:-quotes]) - len(before[:-quotes].rstrip("uUrR"))
    if not text.before(start).strip() and _REST_OF_LINE.match(text.content, end):
        return Edit(first, text.line_end(end), "")
    return _out_of_line(text, start, end)


def _out_of_line(text: Text, start: int, end: int) -> Edit:
    """Delete an item between others on one line, with the comma after it or else the one before."""
    after = _AFTER_ITEM.match(text.content, end)
    if after is not None:
        return Edit(start, after.end(), "")
    before = _BEFORE_ITEM.search(text.before(start))
    return Edit(text.line_start(start) + before.start() if before else start, end, "")


def _ending(text: Text, end: int) -> str:
    return text.newline if text.content[end - 1 : end] == "\n" else ""


def _has_sibling(text: Text, line: int, indent: int, deleted: Collection[int]) -> bool:
    """Whether a block list keeps an item when some lines are deleted."""
    lines = text.content.split("\n")
    for step in (-1, 1):
        number = line + step
        while 1 <= number <= len(lines):
            content = lines[number - 1].rstrip()
            written = content.lstrip(" ")
            depth = len(content) - len(written)
            if not written or written.startswith("#") or depth > indent:
                number += step
                continue
            if depth < indent or not f"{written} ".startswith("- "):
                break
            if number not in deleted:
                return True
            number += step
    return False


def _extent(text: Text, declaration: Declaration, wanted: str) -> tuple[int, int, str]:
    """Where a declaration begins and ends with its hashes, and other options of its line, which are kept."""
    start = text.offset(declaration.location)
    if declaration.origin is Origin.REQUIREMENTS:
        written = _without_comment(text.content[start : text.logical_end(start)])
        bare = HASH.sub("", " " + _CONTINUED.sub(" ", written)).strip()
        if bare == declaration.text or bare.startswith(f"{declaration.text} "):
            return start, start + len(written), bare[len(declaration.text) :]
    else:
        end = start + len(declaration.text)
        if text.content[start:end] == declaration.text:
            while declaration.origin in _YAML and (hashed := HASH.match(text.content, end)):
                end = hashed.end()
            return start, end, ""
    raise RejectedError(
        f"{declaration.text!r} is written here in a way that cannot be edited in place",
        where=str(declaration.location),
        hint=f"write it without escapes, or replace it by {wanted} yourself",
    )


def _without_comment(line: str) -> str:
    """A logical line of a requirements file: comments begin at a ``#`` after white space (pip's documentation)."""
    for index, character in enumerate(line):
        if character == "#" and line[index - 1 : index].isspace():
            return line[:index].rstrip()
    return line.rstrip()
