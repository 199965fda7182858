"""The fixes as a unified diff of the user's own dependency files: what is not changed stays byte for byte as it is."""

import difflib
from collections.abc import Callable, Iterator, Sequence

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Declaration, Facts, Origin
from fedbake.rules.finding import Finding
from fedbake.rules.fixes import Changes, Replacement, changes
from fedbake.rules.insertion import Edit, Text, additions_to

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def patch(read: Callable[[str], bytes], facts: Facts, findings: Sequence[Finding]) -> str:
    """The changes of all fixes to the dependency files, as a unified diff that ``git apply`` takes.

    Leaving a package out of one image edits nothing: it stays declared for the other one.

    Args:
        read: the bytes of a file of the repository.
        facts: what inspection found in it.
        findings: what the rules found; their fixes are applied.

    Returns:
        The diff, ``""`` when nothing changes. Its line endings are those of the files: write it as bytes, in UTF-8.

    Raises:
        RejectedError: a file to edit is not UTF-8 text, or does not say what the facts say.
    """
    made = changes(facts, findings)
    touched = {place.file for place in made.replaced}
    if made.added:
        touched.update(facts.dependency_files[:1])
    return "".join(_file_patch(name, read(name), facts, made) for name in sorted(touched))


def _file_patch(name: str, data: bytes, facts: Facts, made: Changes) -> str:
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise RejectedError(
            "this file is not UTF-8 text and cannot be edited", where=name, hint="save it as UTF-8"
        ) from None
    content = whole.removeprefix(_BOM)
    text = Text(content)
    edits = list(_replacements(name, text, facts, made))
    if name in facts.dependency_files[:1]:
        edits.extend(additions_to(name, text, facts, made.added))
    after = content
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        after = after[: edit.start] + edit.text + after[edit.end :]
    mark = whole[: len(whole) - len(content)]
    return "".join(_diff(name, mark + content, mark + after))


def _replacements(name: str, text: Text, facts: Facts, made: Changes) -> Iterator[Edit]:
    for declaration in facts.declarations:
        replacement = made.replaced.get(declaration.location)
        if replacement is not None and declaration.location.file == name:
            yield _replacement(text, declaration, replacement)


def _replacement(text: Text, declaration: Declaration, replacement: Replacement) -> Edit:
    start = text.offset(declaration.location)
    end = start + len(declaration.text)
    if declaration.origin is Origin.REQUIREMENTS:
        end = start + len(_without_comment(text.content[start : text.logical_end(start)]))
    elif text.content[start:end] != declaration.text:
        raise RejectedError(
            f"{declaration.text!r} is written here in a way that cannot be edited in place",
            where=str(declaration.location),
            hint=f"write it without escapes, or replace it by {replacement.requirement} yourself",
        )
    return Edit(start, end, str(replacement.requirement))


def _without_comment(line: str) -> str:
    """A logical line of a requirements file: comments begin at a ``#`` after white space (pip's documentation)."""
    for index, character in enumerate(line):
        if character == "#" and line[index - 1 : index].isspace():
            return line[:index].rstrip()
    return line.rstrip()


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    for line in difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines with their endings; only a line feed ends one."""
    *full, rest = text.split("\n")
    return [*(f"{line}\n" for line in full), *([rest] if rest else [])]
