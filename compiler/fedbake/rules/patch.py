"""The fixes as a diff of the user's own dependency files: what is not changed stays byte for byte as it is."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Declaration, Facts
from fedbake.inspect.text import UTF_16_MARKS
from fedbake.rules.binary_patch import binary_patch
from fedbake.rules.diff import text_diff
from fedbake.rules.edit import Edit, Text, edited
from fedbake.rules.finding import DropFor, Finding
from fedbake.rules.fixes import Changes, changes
from fedbake.rules.insertion import additions_to, file_for_additions
from fedbake.rules.replacing import deletion, replacement
from fedbake.rules.unique_keys import FileChanges, changes_of
from fedbake.source.snapshot import EntryKind


def patch(read: Callable[[str], bytes], facts: Facts, findings: Sequence[Finding]) -> str:
    """The changes of all fixes to the dependency files, as a diff that ``git apply`` takes.

    A package that no image gets is deleted; leaving it out of one image edits nothing: it stays declared for the other
    one. A file in UTF-16 is changed as binary data, with the change in comments.

    Args:
        read: the bytes of a file of the repository.
        facts: what inspection found in it.
        findings: what the rules found; their fixes are applied.

    Returns:
        The diff, ``""`` when nothing changes. Its line endings are those of the files: write it as bytes, in UTF-8.

    Raises:
        RejectedError: a file to edit is not text, or does not say what the facts say.
    """
    made = changes(facts, findings)
    nowhere = {each.fix.package for each in findings if isinstance(each.fix, DropFor) and each.fix.role is None}
    deleted = [found for found in facts.declarations if found.name in nowhere]
    touched = {place.file for place in made.replaced} | {found.location.file for found in deleted}
    target = file_for_additions(facts) if made.added else None
    if target is not None:
        touched.add(target)
    return "".join(_file_patch(name, read(name), facts, made, deleted) for name in sorted(touched))


def _file_patch(name: str, data: bytes, facts: Facts, made: Changes, deleted: Sequence[Declaration]) -> str:
    encoded = _decoded(name, data)
    text = Text.of(name, encoded.content)
    here = [found for found in facts.declarations if found.location.file == name]
    added = made.added if name == file_for_additions(facts) else ()
    changed = changes_of(here, made, deleted, added)
    after = edited(text.content, [*_in_place(text, here, changed), *additions_to(text, here, changed)])
    if encoded.encoding == "utf-8":
        mark = encoded.mark.decode(encoded.encoding)
        return text_diff(name, mark + text.content, mark + after)
    entry = facts.entries.get(name)
    executable = entry is not None and entry.kind is EntryKind.EXECUTABLE
    new = encoded.mark + after.encode(encoded.encoding)
    return binary_patch(name, data, new, (text.content, after), executable=executable)


def _in_place(text: Text, here: Sequence[Declaration], changed: FileChanges) -> Iterator[Edit]:
    lines = {place.line for place in changed.deleted if place.file == text.name}
    for found in here:
        if found.location in changed.deleted:
            yield deletion(text, found, lines, extended=bool(changed.added))
        elif found.location in changed.replaced:
            yield replacement(text, found, changed.replaced[found.location])


@dataclass(frozen=True, slots=True)
class _Encoded:
    """The text of a file, and how it is made of bytes."""

    content: str
    mark: bytes
    encoding: str


def _decoded(name: str, data: bytes) -> _Encoded:
    marks = {codecs.BOM_UTF8: "utf-8", UTF_16_MARKS[0]: "utf-16-le", UTF_16_MARKS[1]: "utf-16-be", b"": "utf-8"}
    mark = next(each for each in marks if data.startswith(each))
    try:
        return _Encoded(data[len(mark) :].decode(marks[mark]), mark, marks[mark])
    except UnicodeDecodeError:
        raise RejectedError(
            "this file is not UTF-8 text and cannot be edited", where=name, hint="save it as UTF-8"
        ) from None
