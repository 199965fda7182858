"""What a user may ask for inside a repository: a branch, a tag, a full ref name, or a full commit id."""

import re
from dataclasses import dataclass

from fedbake.errors import UsageError
from fedbake.source.text import has_unsafe, printable

_COMMIT = re.compile(r"[0-9A-Fa-f]{40}", re.ASCII)
_ABBREVIATION = re.compile(r"[0-9A-Fa-f]{4,39}", re.ASCII)
# The characters `git check-ref-format` forbids anywhere in a name, besides control characters.
_FORBIDDEN = re.compile(r"[ ~^:?*\[\\]", re.ASCII)
_MAX_BYTES = 255


@dataclass(frozen=True, slots=True)
class Ref:
    """A validated ref.

    Attributes:
        text: as it is given to git: a name, or 40 lower-case hex digits.
        is_commit: whether it is a full commit id.
    """

    text: str
    is_commit: bool = False

    @property
    def looks_abbreviated(self) -> bool:
        """Whether the name could be meant as a shortened commit id."""
        return not self.is_commit and _ABBREVIATION.fullmatch(self.text) is not None


HEAD = Ref("HEAD")


def parse_ref(text: str) -> Ref:
    """Read a ref by the grammar of ``git check-ref-format``, without a leading ``-`` or ``+``, within 255 bytes.

    Raises:
        UsageError: it is not such a name.
    """
    if _COMMIT.fullmatch(text):
        return Ref(text.lower(), is_commit=True)
    problem = _problem(text)
    if problem is not None:
        raise UsageError(
            f"{printable(text, 80)!r} is not a branch, tag or commit: {problem}",
            hint="give the name of a branch or tag, or all 40 digits of a commit",
        )
    return Ref(text)


def _problem(text: str) -> str | None:
    components = text.split("/")
    forbidden = _FORBIDDEN.search(text) or ".." in text or "@{" in text
    misplaced = any(not part or part.startswith(".") or part.endswith(".lock") for part in components)
    problems = {
        "it names nothing": not text or text == "@",
        "it has control characters": has_unsafe(text),
        f"it is longer than {_MAX_BYTES} bytes": len(text.encode("utf-8", "surrogatepass")) > _MAX_BYTES,
        # '-' would be an option, '+' the force sign of a refspec.
        "it begins with '-' or '+'": text.startswith(("-", "+")),
        "it has characters that git does not allow in a name": bool(forbidden),
        "a part of it is empty, begins with '.' or ends in '.lock', or it ends in '.'": misplaced or text.endswith("."),
    }
    return next((problem for problem, present in problems.items() if present), None)
