"""Typed template values: the only things a Dockerfile template can print.

Each kind of value has a grammar; text that does not fit raises, so no template can print text of a stranger. Shell or
Dockerfile quoting is no defence (a newline ends any quoted word), therefore nothing here needs quoting at all.
"""

import re
from typing import ClassVar, Self

from fedbake.errors import UsageError


class SlotError(UsageError, ValueError):
    """A value is no plain text of its kind, so it cannot stand in a Dockerfile or report."""


class Slot(str):
    """A string that is safe wherever a template prints it."""

    grammar: ClassVar[str]
    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the text against the grammar of its kind.

        Raises:
            SlotError: it does not fit.
        """
        if re.fullmatch(cls.grammar, text, re.ASCII) is None:
            raise SlotError(f"{text!r} is not a {cls.__name__} that can be rendered safely")
        return super().__new__(cls, text)


class Word(Slot):
    """A name of packages, stages, platforms, versions, variables."""

    grammar = r"[A-Za-z0-9][A-Za-z0-9_.+-]*"
    __slots__ = ()


class Path(Slot):
    """A POSIX path made of plain components, absolute or relative."""

    grammar = r"/?[A-Za-z0-9_][A-Za-z0-9_.+-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*"
    __slots__ = ()


class Reference(Slot):
    """An image reference (the grammar is `names.ImageReference`'s; this is the alphabet)."""

    grammar = r"[A-Za-z0-9][A-Za-z0-9_.:/@\[\]-]*"
    __slots__ = ()


class Url(Slot):
    """An https URL of a package index, without characters that mean something to a Dockerfile."""

    grammar = r"https://[A-Za-z0-9][A-Za-z0-9._~:/%+!-]*"
    __slots__ = ()


class Setting(Slot):
    """The value of an environment variable: nothing that means something to a Dockerfile or shell, and no login."""

    grammar = r"[A-Za-z0-9/_](?:[A-Za-z0-9._~:/=,+-]|@sha256:)*"
    __slots__ = ()


class Digest(Slot):
    """64 hex digits of a sha256."""

    grammar = r"[0-9a-f]{64}"
    __slots__ = ()


class Prose(Slot):
    """One line of our own words for a comment: letters, digits and plain punctuation."""

    grammar = r"[A-Za-z0-9 ,.:;'()_/+-]*"
    __slots__ = ()


class Command(Slot):
    """A command in exec form: a JSON array of plain words."""

    grammar = r'\[("[A-Za-z0-9_./=-]+"(, )?)+\]'
    __slots__ = ()


def only_slots(value: object) -> object:
    """Jinja's ``finalize``: lets slots and numbers through and refuses everything else.

    Raises:
        TypeError: a template printed something that is not a slot.
    """
    if isinstance(value, Slot | int):
        return value
    raise TypeError(f"a template printed {value!r}, which is no typed slot (render/slots.py)")


class _Joined(Slot):  # the parts were checked one by one
    grammar = r"[^\x00-\x1f]*"
    __slots__ = ()


def join(slots: list[Slot], separator: str) -> Slot:
    """Several slots in a row, for lists in a line."""
    for slot in slots:
        only_slots(slot)
    return _Joined(separator.join(slots))
