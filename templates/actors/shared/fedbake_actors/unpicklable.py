"""Which part of a model cannot be saved, in terms of the repository: an error of pickle names a type at best."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Deeper than frameworks nest their layers; what refers to itself ends there, too.
_DEEPEST = 20


def blamed(model: Any, root: Path) -> tuple[str, ...]:
    """The attribute that cannot be pickled and the line of the repository that sets it, as far as they are found.

    Args:
        root: the folder of the ML repository, absolute.
    """
    path = tuple(_path(model, 0))
    if not path:
        return ()
    names = [name for name in reversed(path) if name.isidentifier()]
    lines = (line for name in names for line in _assignments(name, root))
    return (f"what cannot be saved is {'.'.join(['model', *path])}", *next(((line,) for line in lines), ()))


def _path(value: Any, depth: int) -> Iterator[str]:
    """The names that lead from a value to the part of it that cannot be pickled."""
    for name, part in _parts(value) if depth < _DEEPEST else ():
        if not _is_picklable(part):
            yield name
            yield from _path(part, depth + 1)
            return


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(name), part) for name, part in value.items()]
    if isinstance(value, (list, tuple, set)):
        return [(str(number), part) for number, part in enumerate(value)]
    return list(getattr(value, "__dict__", {}).items())


def _is_picklable(value: Any) -> bool:
    import cloudpickle

    try:
        cloudpickle.dumps(value)
    except Exception:
        return False
    return True


def _assignments(attribute: str, root: Path) -> Iterator[str]:
    """Where the repository sets an attribute of this name, as ``file:line: source``."""
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        try:
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source)
        except (OSError, ValueError, SyntaxError):
            # A file nobody imports may hold anything.
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == attribute and isinstance(node.ctx, ast.Store):
                yield f"{name}:{node.lineno}: {source.splitlines()[node.lineno - 1].strip()}"
