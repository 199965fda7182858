"""setup.py, read as a syntax tree: ``install_requires`` that is written out. Nothing is imported or run."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.python_source import PythonSource, parse_python
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import DeclaresNothing, Found
from fedbake.inspect.requirement import declare
from fedbake.inspect.setup_names import constants
from fedbake.inspect.text import Text

_READ = ("install_requires", "python_requires", "extras_require")


def read_setup_py(text: Text, extras: tuple[str, ...] = ()) -> Iterator[Found]:
    """Read the declarations of a setup.py, in order; what is computed is a problem, since no code is run.

    Args:
        text: the file.
        extras: the extras whose dependencies are wanted as well.
    """
    source = parse_python(text.file, text.content.encode())
    if isinstance(source, Problem):
        yield replace(source, code="setup-py-syntax")
        return
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and _is_setup(node.func)]
    if not calls:
        yield DeclaresNothing(f"{text.file} does not call setup()", Location(text.file))
    elif len(calls) > 1:
        second = min(calls[1:], key=lambda call: (call.lineno, call.col_offset))
        yield _computed("setup() is called in several places", source.location(second))
    else:
        yield from _Reader(source, calls[0]).found(extras)


def _is_setup(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr == "setup"
    return isinstance(function, ast.Name) and function.id == "setup"


def _computed(what: str, place: Location) -> Problem:
    hint = "write the requirements out as strings in setup(), or in a requirements.txt or pyproject.toml"
    return Problem("setup-py-computed", f"{what}, and setup.py is never run", place, hint)


class _Reader:
    """Reads one call of ``setup``."""

    def __init__(self, source: PythonSource, call: ast.Call) -> None:
        self._source = source
        self._call = call
        self._constants: Mapping[str, ast.expr] = constants(source.tree)
        self._arguments = {argument.arg: argument.value for argument in call.keywords if argument.arg in _READ}

    def found(self, extras: tuple[str, ...]) -> Iterator[Found]:
        """Everything the call says about dependencies."""
        yield from self._python()
        listed = self._arguments.get("install_requires")
        unpacked = next((argument.value for argument in self._call.keywords if argument.arg is None), None)
        if listed is not None:
            yield from self._requirements(listed)
        yield from self._of_extras(extras)
        if listed is None and unpacked is not None:
            yield _computed("the arguments of setup() are computed", self._source.location(unpacked))
        elif listed is None:
            because = f"{self._source.path} calls setup() without install_requires"
            yield DeclaresNothing(because, self._source.location(self._call))

    def _python(self) -> Iterator[Found]:
        asked = self._arguments.get("python_requires")
        if asked is None:
            return
        value = self._resolved(asked)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield declare_python(value.value, value.value, self._place(value, value.value))
        else:
            yield _computed("python_requires is computed", self._source.location(asked))

    def _of_extras(self, extras: tuple[str, ...]) -> Iterator[Found]:
        asked = self._arguments.get("extras_require")
        if asked is None:
            return
        wanted = {canonicalize_name(each) for each in extras}
        table = self._resolved(asked)
        if not isinstance(table, ast.Dict):
            if wanted:
                yield _computed("extras_require are computed", self._source.location(asked))
            return
        for key, value in zip(table.keys, table.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else None
            extra, colon, _ = name.partition(":") if isinstance(name, str) else ("", "", "")
            if colon and (not extra or canonicalize_name(extra) in wanted):
                message = "requirements under a marker are not read here"
                hint = "write the marker behind the requirement: \"name; python_version < '3.11'\""
                yield Problem("setup-conditional", message, self._source.location(value), hint)
            elif isinstance(name, str) and canonicalize_name(name) in wanted:
                yield from self._requirements(value)
            elif not isinstance(name, str) and wanted:
                yield _computed("extras_require are computed", self._source.location(value))
        if not wanted:
            yield Note("setup-extras", "extras_require are not installed", self._source.location(asked))

    def _requirements(self, listed: ast.expr) -> Iterator[Found]:
        """The requirements of a list, tuple, string, name of one of them, or sum of those, in their order."""
        waiting = [listed]
        names = set[str]()
        while waiting:
            asked = waiting.pop()
            node = self._resolved(asked)
            if isinstance(asked, ast.Name) and asked.id in names:
                # A name that is a part of itself would never end.
                node = asked
            elif isinstance(asked, ast.Name):
                names.add(asked.id)
            if isinstance(node, ast.List | ast.Tuple):
                waiting.extend(reversed(node.elts))
            elif isinstance(node, ast.Starred):
                waiting.append(node.value)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                waiting.extend([node.right, node.left])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value.strip():
                yield declare(node.value.strip(), Origin.SETUP_PY, self._place(node, node.value.strip()))
            else:
                yield _computed("the requirements are computed", self._source.location(node))

    def _resolved(self, node: ast.expr) -> ast.expr:
        """What a name stands for, when it is given a value once and nothing can change it; else the node itself."""
        return self._constants.get(node.id, node) if isinstance(node, ast.Name) else node

    def _place(self, node: ast.Constant, text: str) -> Location:
        """Where the text of a string begins, behind the quotes; where the string does, when it is not written so."""
        start = self._source.location(node)
        line = self._source.lines[start.line - 1]
        found = line.find(text, start.column - 1)
        inner = line[start.column - 1 : found].lstrip("rRuUbB")
        plain = found >= 0 and inner.strip() in {'"', "'", '"""', "'''"}
        return Location(start.file, start.line, found + 1) if plain else start
