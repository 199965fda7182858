"""Where the templates and rules that ship with fedbake are, in an installed and in an editable copy."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder ``templates`` or ``rules`` that ships with this copy of fedbake.

    A wheel carries them inside the package; in a checkout they lie at the top, two levels above it. There the folder
    ``rules`` inside the package holds Python alone, so that the checkout is asked for first, by its ``pyproject.toml``.
    """
    top = _PACKAGE.parents[1]
    return top / name if (top / "pyproject.toml").is_file() else _PACKAGE / name
