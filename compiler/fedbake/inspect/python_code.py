"""What a Python syntax tree says: the classes at the top level with their methods, and every absolute import."""

import ast
from collections.abc import Iterator, Sequence

from fedbake.inspect.facts import ClassFacts, ImportFacts, MethodFacts, ModuleFacts
from fedbake.inspect.python_source import PythonSource

_COMPUTED = "<expression>"
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCK_FIELDS = ("body", "handlers", "orelse", "finalbody", "cases")
_HAS_BLOCKS = frozenset({"body", "cases"})


def module_facts(source: PythonSource) -> ModuleFacts:
    """The facts of one file."""
    imports = {*_imports(source), *_dynamic_imports(source)}
    in_order = sorted(imports, key=lambda each: (each.location.line, each.location.column, each.module))
    return ModuleFacts(source.path, _classes(source), tuple(in_order))


def _blocks(statement: ast.AST) -> Iterator[Sequence[ast.stmt]]:
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


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement at any depth, without recursion and without looking into expressions."""
    waiting: list[Sequence[ast.stmt]] = [tree.body]
    while waiting:
        for statement in waiting.pop():
            yield statement
            if not _HAS_BLOCKS.isdisjoint(statement._fields):
                waiting.extend(_blocks(statement))


def _level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of one scope: those inside of ``if``, ``try``, ``with``, loops and ``match`` count as its own.

    Alternatives come in reverse (``except`` and ``else`` before their ``try`` or ``if``), so that for a reader who lets
    the last definition of a name win, the usual case wins over its fallback.
    """
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        yield statement
        if not (_HAS_BLOCKS.isdisjoint(statement._fields) or isinstance(statement, _Function | ast.ClassDef)):
            inner = [each for block in reversed(list(_blocks(statement))) for each in block]
            waiting.extend(reversed(inner))


def _imports(source: PythonSource) -> Iterator[ImportFacts]:
    for statement in _statements(source.tree):
        if isinstance(statement, ast.Import):
            place = source.location(statement)
            yield from (ImportFacts(alias.name, place) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module:
            yield ImportFacts(statement.module, source.location(statement))


def _dynamic_imports(source: PythonSource) -> Iterator[ImportFacts]:
    """``importlib.import_module("name")`` and ``__import__("name")`` with a literal name."""
    if not any("import_module" in line or "__import__" in line for line in source.lines):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.args[0].value
            if _last_name(node.func) in {"import_module", "__import__"} and isinstance(name, str) and _is_module(name):
                yield ImportFacts(name, source.location(node))


def _is_module(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _last_name(expression: ast.expr) -> str | None:
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else None


def _classes(source: PythonSource) -> dict[str, ClassFacts]:
    """The classes of the module's own scope. Of several with one name the last counts, of alternatives the first."""
    found: dict[str, ClassFacts] = {}
    for statement in _level(source.tree.body):
        if isinstance(statement, ast.ClassDef):
            found[statement.name] = _class(source, statement, found)
    return found


def _class(source: PythonSource, node: ast.ClassDef, before: dict[str, ClassFacts]) -> ClassFacts:
    bases = tuple(_dotted(base) for base in node.bases)
    methods: dict[str, MethodFacts] = {}
    for base in reversed(bases):
        if base in before:
            methods.update(before[base].methods)
    for statement in _level(node.body):
        methods.update(_methods(source, statement, methods))
    return ClassFacts(node.name, source.location(node), bases, methods)


def _methods(source: PythonSource, statement: ast.stmt, known: dict[str, MethodFacts]) -> dict[str, MethodFacts]:
    """The methods a statement of a class body defines: by ``def``, or by giving a value a name (``fit = train``)."""
    if isinstance(statement, _Function):
        return {statement.name: _method(source, statement)}
    if not isinstance(statement, ast.Assign):
        return {}
    value = statement.value
    names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(value, ast.Constant):
        return {}
    original = known.get(value.id) if isinstance(value, ast.Name) else None
    place = source.location(statement)
    return {
        name: MethodFacts(name, place, original.required, original.accepted, original.required_keywords)
        if original
        else MethodFacts(name, place, 0, None)
        for name in names
    }


def _method(source: PythonSource, node: _Function) -> MethodFacts:
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    own = 0 if any(_last_name(each) == "staticmethod" for each in node.decorator_list) else 1
    keywords = tuple(
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    )
    required = max(positional - len(arguments.defaults) - own, 0)
    accepted = None if arguments.vararg else positional - own
    return MethodFacts(node.name, source.location(node), required, accepted, keywords)


def _dotted(expression: ast.expr) -> str:
    """``a.b.C`` of such an expression or of ``a.b.C[T]``; a fixed text for a base class that is computed."""
    if isinstance(expression, ast.Subscript):
        expression = expression.value
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return _COMPUTED
    return ".".join([expression.id, *reversed(parts)])
