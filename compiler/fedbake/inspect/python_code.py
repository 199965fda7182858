"""What a Python syntax tree says: the classes at the top level with their methods, and every import."""

import ast
from collections.abc import Iterator, Sequence

from fedbake.inspect.facts import ClassFacts, MethodFacts, ModuleFacts
from fedbake.inspect.python_blocks import blocks, has_blocks
from fedbake.inspect.python_imports import imports, last_name
from fedbake.inspect.python_source import PythonSource

_COMPUTED = "<expression>"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_facts(source: PythonSource) -> ModuleFacts:
    """The facts of one file."""
    return ModuleFacts(source.path, _classes(source), imports(source))


def _level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of one scope: those inside of ``if``, ``try``, ``with``, loops and ``match`` count as its own.

    Alternatives come in reverse (``except`` and ``else`` before their ``try`` or ``if``), so that for a reader who lets
    the last definition of a name win, the usual case wins over its fallback.
    """
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        yield statement
        if has_blocks(statement) and not isinstance(statement, _Function | ast.ClassDef):
            inner = [each for block in reversed(list(blocks(statement))) for each in block]
            waiting.extend(reversed(inner))


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
    own = 0 if any(last_name(each) == "staticmethod" for each in node.decorator_list) else 1
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
