"""Text of strangers in Markdown: one line, nothing in it is markup, nothing in it is invisible."""

import re
import unicodedata

from fedbake.render.slots import Slot

_MARKUP = re.compile(r"([\\`*\[\]<>|&~])")


class Text(Slot):
    """One line of escaped Markdown text; build it with `text`."""

    grammar = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]*"
    __slots__ = ()


def text(value: object) -> Text:
    """Any value as plain text: control and bidirectional characters become visible, markup is escaped."""
    visible = "".join(_visible(character) for character in str(value))
    return Text(_MARKUP.sub(r"\\\1", visible))


def _visible(character: str) -> str:
    if character in "\r\n\t":
        return " "
    invisible = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return f"U+{ord(character):04X}" if invisible else character
