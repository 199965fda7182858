"""The sentences of a rule: text with ``{named}`` places that a match fills in.

Only bare names are accepted, so that filling in is replacement and nothing else. What a repository contributes is shown
as visible characters only: it cannot move a terminal's cursor, forge a line or drown the sentence.
"""

from collections.abc import Callable, Iterator, Mapping
from string import Formatter

_LONGEST_VALUE = 300
_MOST_LINES = 20
_INDENT = "    "


def parts(template: str) -> Iterator[tuple[str, str | None]]:
    """Literal texts, each with the placeholder that follows it.

    Raises:
        ValueError: a placeholder is anything but a bare name.
    """
    for literal, name, spec, conversion in Formatter().parse(template):
        if name is not None and (spec or conversion or not (name.isascii() and name.isidentifier())):
            raise ValueError(f"{name!r} is not a plain placeholder such as {{name}} (write {{{{ for a brace)")
        yield literal, name


def placeholders(template: str) -> frozenset[str]:
    """The names a template asks for; ``ValueError`` as in `parts`."""
    return frozenset(name for _, name in parts(template) if name is not None)


def fill(template: str, values: Mapping[str, str], show: Callable[[str], str] | None = None) -> str:
    """The text for one match.

    Args:
        template: text with placeholders.
        values: a value for every placeholder of the template.
        show: how a value is made harmless: `visible` unless given.
    """
    shown = show or visible
    return "".join(literal + (shown(values[name]) if name is not None else "") for literal, name in parts(template))


def visible(text: str) -> str:
    """Text as one line of printable characters, shortened to 300."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= _LONGEST_VALUE else shown[: _LONGEST_VALUE - 1] + "…"


def visible_lines(text: str) -> str:
    """Text that may hold an example of several lines: each made `visible`, and indented lest one pass for ours."""
    first, *others = text.split("\n")[:_MOST_LINES]
    return "\n".join([visible(first), *(_INDENT + visible(line) for line in others)])
