"""Which entries of a conda list are for Linux, the system of every image.

Three notations exist: ``sel(linux): package`` of micromamba, the comment ``# [linux]`` of conda-build and conda-lock,
and ``package[when=__linux]`` of newer conda. Conditions on the processor or the Python version have no answer here:
images are built for several processors, and the Python version may be chosen later.
"""

import re

_SYSTEMS = {"linux": True, "unix": True, "win": False, "osx": False}
_WORDS = {
    **_SYSTEMS,
    **dict.fromkeys(("win32", "win64", "osx64", "arm64", "win-64", "win-32", "osx-64", "osx-arm64", "macos"), False),
    **dict.fromkeys(("linux32", "linux64", "linux-32", "linux-64", "linux-aarch64", "aarch64", "x86", "x86_64"), None),
    **dict.fromkeys(("unix32", "unix64", "x64", "ppc64le", "py2k", "py3k", "py"), None),
}
_WORD = r"(?:not +)?[A-Za-z0-9_-]+(?: *(?:[<>]=?|[=!]=) *[0-9.]+)?"
_CONDITION = re.compile(rf"{_WORD}(?: +(?:and|or) +{_WORD})*", re.ASCII)
_COMMENT = re.compile(r"[ \t]+#[ \t]*\[([^\[\]]{1,80})\]", re.ASCII)
_PLAIN_WORD = re.compile(r"[a-z0-9_-]+", re.ASCII)


def condition_in_comment(rest: str) -> str | None:
    """The condition of the comment an entry is followed by on its line; ``None`` without one.

    Args:
        rest: the line from the end of the entry on.

    Only what has the grammar of a condition and names a platform is one; ``# [1] see below`` is a plain comment.
    """
    match = _COMMENT.match(rest)
    if match is None:
        return None
    condition = match[1].strip()
    if _CONDITION.fullmatch(condition) is None:
        return None
    return condition if any(word in _WORDS for word in _PLAIN_WORD.findall(condition)) else None


def holds_on_linux(condition: str) -> bool | None:
    """Whether a condition such as ``not win`` or ``linux or osx`` holds; ``None`` when more than Linux decides it."""
    alternatives = [_all(part.split(" and ")) for part in condition.split(" or ")]
    if any(alternatives):
        return True
    return None if None in alternatives else False


def selects_linux(key: str) -> bool | None:
    """Whether ``sel(linux)`` of micromamba is for Linux; ``None`` for a word micromamba does not know."""
    return _SYSTEMS.get(key.removeprefix("sel(").removesuffix(")"))


def is_met_on_linux(virtual_package: str) -> bool | None:
    """Whether the ``__linux`` of ``[when=__linux]`` is there on Linux; ``None`` for other conditions."""
    return _SYSTEMS.get(virtual_package.removeprefix("__")) if virtual_package.startswith("__") else None


def _all(terms: list[str]) -> bool | None:
    met = [_term(term.strip()) for term in terms]
    if False in met:
        return False
    return None if None in met else True


def _term(term: str) -> bool | None:
    name = term.removeprefix("not ").strip()
    met = _WORDS.get(name)
    return met if met is None or name == term else not met
