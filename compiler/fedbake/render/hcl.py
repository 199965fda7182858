"""The emitter of ``docker-bake.hcl``: HCL as a person would write it, for the closed model of `render.bakefile`.

Escapes are those of HCL's native syntax (hclsyntax specification, "Template Expressions"): a value can never become an
interpolation, a directive, a second line or a comment. Everything that does not print is written as an escape, so that
what a reviewer sees is what buildx reads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from fedbake.errors import UsageError
from fedbake.render.bakefile import BakeFile, BakeGroup, BakeTarget

_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_LIST_WIDTH = 100


def to_hcl(file: BakeFile) -> str:
    """The bake file as HCL text that ends with a newline.

    Raises:
        UsageError: a value holds a carriage return or half of a surrogate pair, which HCL cannot carry unchanged.
    """
    blocks = [_comment(file.comment), *(_group(group) for group in file.groups), *map(_target, file.targets)]
    return "\n".join(block for block in blocks if block)


def quoted(text: str) -> str:
    """A string literal of HCL whose value is exactly ``text``.

    Raises:
        UsageError: the text holds a carriage return or half of a surrogate pair.
    """
    if re.search("[\r\ud800-\udfff]", text):
        raise UsageError(
            f"{text!a} cannot be written to a bake file", hint="remove carriage returns and broken characters"
        )
    inert = text.replace("${", "$${").replace("%{", "%%{")
    return '"' + "".join(_escaped(character) for character in inert) + '"'


def _escaped(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _comment(text: str) -> str:
    shown = ("".join(c if c.isprintable() else " " for c in line) for line in text.split("\n"))
    return "".join(f"# {line}\n" for line in shown) if text else ""


def _list(items: Sequence[str]) -> str:
    return "[" + ", ".join(quoted(item) for item in items) + "]"


def _long_list(items: Sequence[str]) -> str:
    one_line = _list(items)
    if len(one_line) <= _LIST_WIDTH:
        return one_line
    return "[\n" + "".join(f"    {quoted(item)},\n" for item in items) + "  ]"


def _map(entries: Mapping[str, str]) -> str:
    keys = {key: quoted(key) for key in entries}
    width = max(map(len, keys.values()))
    return "{\n" + "".join(f"    {keys[key]:<{width}} = {quoted(value)}\n" for key, value in entries.items()) + "  }"


def _aligned(attributes: Sequence[tuple[str, str]]) -> str:
    """Attributes with their ``=`` in one column, block by block, the way ``terraform fmt`` groups single lines."""
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"  {name:<{width}} = {value}\n" for name, value in run)
        run.clear()

    for name, value in attributes:
        if "\n" in value:
            flush()
            lines.append(f"  {name} = {value}\n")
        else:
            run.append((name, value))
    flush()
    return "".join(lines)


def _group(group: BakeGroup) -> str:
    body = _aligned([("targets", _long_list(group.targets))])
    return f"{_comment(group.comment)}group {quoted(group.name)} {{\n{body}}}\n"


def _target(target: BakeTarget) -> str:
    return f"{_comment(target.comment)}target {quoted(target.name)} {{\n{_aligned(list(_attributes(target)))}}}\n"


def _attributes(target: BakeTarget) -> Iterator[tuple[str, str]]:
    if target.inherits:
        yield "inherits", _list(target.inherits)
    for name, text in (("context", target.context), ("dockerfile", target.dockerfile), ("target", target.target)):
        if text is not None:
            yield name, quoted(text)
    for name, items in (("platforms", target.platforms), ("tags", target.tags)):
        if items:
            yield name, _long_list(items)
    for name, entries in (("contexts", target.contexts), ("args", target.args), ("labels", target.labels)):
        if entries:
            yield name, _map({str(key): value for key, value in entries.items()})
    for name, items in (("attest", target.attest), ("output", target.output)):
        if items:
            yield name, _list(items)
