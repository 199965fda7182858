"""Where the templates and rules that ship with fedbake are, in an installed and in an editable copy."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder ``templates`` or ``rules`` (or one below it) that ships with this copy of fedbake.

    A checkout has it at the top, beside ``compiler/``; a wheel carries it inside the package, where ``rules`` shares
    its folder with the Python package of that name.
    """
    checkout = _PACKAGE.parents[1]
    if _PACKAGE.parent.name == "compiler" and (checkout / name).is_dir():
        return checkout / name
    return _PACKAGE / name
