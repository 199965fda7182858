"""The blocks of statements that stand inside of a statement: of loops, conditions, functions, classes, handlers."""

import ast
from collections.abc import Iterator, Sequence

_BLOCK_FIELDS = ("body", "handlers", "orelse", "finalbody", "cases")
_HAS_BLOCKS = frozenset({"body", "cases"})


def has_blocks(statement: ast.stmt) -> bool:
    """Whether a statement is of a kind that holds others."""
    return not _HAS_BLOCKS.isdisjoint(statement._fields)


def blocks(statement: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    """The blocks directly inside of a statement, in the order of the file."""
    for name in _BLOCK_FIELDS:
        inner = getattr(statement, name, ())
        if not isinstance(inner, list):
            continue
        for part in inner:
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                yield part.body
        if inner and isinstance(inner[0], ast.stmt):
            yield inner
