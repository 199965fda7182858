"""The imports of a Python file, and which of them the code may well do without."""

import ast
from collections.abc import Iterator, Sequence, Set

from fedbake.inspect.facts import ImportFacts
from fedbake.inspect.python_blocks import blocks, has_blocks
from fedbake.inspect.python_source import PythonSource

_MISSING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
# Only type checkers see the first, only a file that is run as a script the second.
_NEVER_ON_IMPORT = frozenset({"TYPE_CHECKING", "__name__"})
_OF_THE_MACHINE = frozenset({"version_info", "platform", "system", "find_spec"})
_EXITS = frozenset({"exit", "quit", "_exit"})


def imports(source: PythonSource) -> tuple[ImportFacts, ...]:
    """Every import at any depth, in the order of the file; a relative one by its full name in the repository."""
    found: set[ImportFacts] = set()
    optional_lines: set[int] = set()
    for statement, optional in _statements(source.tree):
        if optional and not has_blocks(statement):
            optional_lines.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
        if isinstance(statement, ast.Import):
            place = source.location(statement)
            found.update(ImportFacts(alias.name, place, optional=optional) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            found.update(_from(source, statement, optional))
    found.update(_by_name(source, optional_lines))
    return tuple(sorted(found, key=lambda each: (each.location.line, each.location.column, each.module)))


def last_name(expression: ast.expr) -> str | None:
    """``c`` of the expression ``a.b.c``."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else None


def _from(source: PythonSource, statement: ast.ImportFrom, optional: bool) -> Iterator[ImportFacts]:
    place = source.location(statement)
    names = tuple(alias.name for alias in statement.names if alias.name != "*")
    if statement.level == 0:
        yield ImportFacts(statement.module or "", place, names, optional)
        return
    folder = source.path.split("/")[:-1]
    above = folder[: max(len(folder) - (statement.level - 1), 0)]
    module = ".".join([*above, *([statement.module] if statement.module else [])])
    if module:
        yield ImportFacts(module, place, names, optional, relative=True)
    else:
        yield from (ImportFacts(name, place, (), optional, relative=True) for name in names)


def _by_name(source: PythonSource, optional_lines: Set[int]) -> Iterator[ImportFacts]:
    """``importlib.import_module("name")`` and ``__import__("name")`` with a literal name."""
    if not any("import_module" in line or "__import__" in line for line in source.lines):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.args[0].value
            if last_name(node.func) in {"import_module", "__import__"} and isinstance(name, str) and _is_module(name):
                optional = node.lineno in optional_lines
                yield ImportFacts(name, source.location(node), optional=optional)


def _is_module(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
    """Every statement at any depth, with whether it is optional; without recursion or looking into expressions."""
    waiting: list[tuple[Sequence[ast.stmt], bool]] = [(tree.body, False)]
    while waiting:
        block, optional = waiting.pop()
        for statement in block:
            yield statement, optional
            if has_blocks(statement):
                waiting.extend((inner, optional or _is_optional(statement, inner)) for inner in blocks(statement))


def _is_optional(statement: ast.stmt, block: Sequence[ast.stmt]) -> bool:
    """Whether one block of a statement need not run, or may fail to import something."""
    if isinstance(statement, ast.Try | ast.TryStar):
        return block is not statement.finalbody and any(map(_goes_on_without, statement.handlers))
    if isinstance(statement, ast.If):
        asked = {last_name(node) for node in ast.walk(statement.test) if isinstance(node, ast.Name | ast.Attribute)}
        return not asked.isdisjoint(_OF_THE_MACHINE) or (
            block is statement.body and not asked.isdisjoint(_NEVER_ON_IMPORT)
        )
    if isinstance(statement, ast.With):
        return any(_suppresses(item.context_expr) for item in statement.items)
    return False


def _goes_on_without(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches a failed import, and does more than to say it in other words."""
    if handler.type is not None and not _names_missing(handler.type):
        return False
    last = handler.body[-1]
    exits = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and last_name(last.value.func) in _EXITS
    return not (isinstance(last, ast.Raise) or exits)


def _names_missing(caught: ast.expr) -> bool:
    several = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(last_name(each) in _MISSING for each in several)


def _suppresses(context: ast.expr) -> bool:
    if not isinstance(context, ast.Call) or last_name(context.func) != "suppress":
        return False
    return any(last_name(each) in _MISSING for each in context.args)
