"""Names of a Python module whose value its syntax tree tells: given once, at the top level, and never changed."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

# Arguments of setup() that only read a list.
_READERS = frozenset({"install_requires", "extras_require", "python_requires", "setup_requires", "tests_require"})


def constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    """The values of such names.

    The name of a list counts only when all that is ever done with it is to add it to something or to pass it to
    ``setup``: anything else, such as ``NAME.append`` or ``change(NAME)``, may change the list.
    """
    given: dict[str, ast.expr] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else ()
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if value is not None and len(targets) == 1 and isinstance(targets[0], ast.Name):
            given[targets[0].id] = value
    bound, used = Counter[str](), set[str]()
    for parent in ast.walk(tree):
        bound.update(_bound(parent))
        used.update(_used(parent))
    return {
        name: value
        for name, value in given.items()
        if bound[name] == 1
        and (isinstance(value, ast.Constant) or name not in used)
        and not isinstance(value, ast.Name)
    }


def _used(parent: ast.AST) -> Iterator[str]:
    """The names directly below a node that may change what stands behind them."""
    if isinstance(parent, ast.keyword) and parent.arg in _READERS:
        return
    if isinstance(parent, ast.Starred) or (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add)):
        return
    for child in ast.iter_child_nodes(parent):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            yield child.id


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
