"""Where a requirement nobody declared is written down in a conda environment file or a python_env.yaml."""

from collections.abc import Collection, Sequence

from fedbake.inspect import text as read_text
from fedbake.inspect.facts import Location
from fedbake.inspect.yaml_tree import Mapping, Node, Scalar, parse
from fedbake.inspect.yaml_tree import Sequence as List
from fedbake.rules.edit import QUOTES, Edit, Text
from fedbake.rules.fixes import Addition
from fedbake.rules.replacing import DASH
from fedbake.rules.written import comment, in_quotes, in_yaml


def to_yaml(text: Text, added: Sequence[Addition], deleted: Collection[Location]) -> tuple[Edit, ...]:
    """At the end of the list for pip, which is made when a conda file has none.

    None when the file has no list of dependencies, or pip's is empty in a way that leaves no place to write.

    Args:
        text: of the file.
        added: what is added.
        deleted: the places of items that are deleted at the same time.
    """
    root = parse(read_text.Text.of(text.name, text.content.replace("\r\n", "\n"))).root
    dependencies = _value(root, "dependencies")
    if not isinstance(dependencies, List) or not dependencies.items:
        return ()
    in_pip = [pair for item in dependencies.items if isinstance(item, Mapping) for pair in item.pairs]
    lists = [(key, value) for key, value in in_pip if key.text == "pip"]
    if lists:
        key, listed = lists[-1]
        if isinstance(listed, List) and listed.items:
            return _beside(text, listed, added, deleted)
        return _first(text, key, added) if listed.kind == "nothing" else ()
    if _is_python_env(root):
        return _beside(text, dependencies, added, deleted)
    return (_new_list(text, dependencies, added),)


def _is_python_env(root: Node | None) -> bool:
    return _value(root, "python") is not None or _value(root, "build_dependencies") is not None


def _value(node: Node | None, name: str) -> Node | None:
    pairs = node.pairs if isinstance(node, Mapping) else ()
    return next((value for key, value in pairs if key.text == name), None)


def _beside(text: Text, listed: List, added: Sequence[Addition], deleted: Collection[Location]) -> tuple[Edit, ...]:
    items = [item for item in listed.items if isinstance(item, Scalar)]
    if len(items) < len(listed.items):
        return ()
    dash = DASH.fullmatch(text.before(text.offset(items[-1].location)))
    if dash is not None:
        return (_lines(text, items[-1].end, f"{dash[1]}-{dash[2]}", added),)
    kept = [item for item in items if item.location not in deleted]
    written = [f'"{in_quotes(addition.requirement, QUOTES[0], listed.location)}"' for addition in added]
    return (_in_flow(text, kept[-1].end, written),) if kept else ()


def _first(text: Text, key: Scalar, added: Sequence[Addition]) -> tuple[Edit, ...]:
    indent = " " * (key.location.column + 1)
    return (_lines(text, key.end, f"{indent}- ", added),)


def _new_list(text: Text, dependencies: List, added: Sequence[Addition]) -> Edit:
    last = _last_scalar(dependencies)
    first = dependencies.items[0].location
    dash = DASH.fullmatch(text.before(text.offset(first)))
    if dash is None:
        wanted = ", ".join(f'"{in_quotes(addition.requirement, QUOTES[0], first)}"' for addition in added)
        return _in_flow(text, last, [f"{{pip: [{wanted}]}}"])
    item = f"{' ' * (len(dash[1]) + 4)}-{dash[2]}"
    lines = _lines(text, last, item, added)
    heading = f"{dash[1]}-{dash[2]}pip:"
    if lines.text.startswith(text.newline):
        return Edit(lines.start, lines.end, f"{text.newline}{heading}{lines.text}")
    return Edit(lines.start, lines.end, f"{heading}{text.newline}{lines.text}")


def _last_scalar(node: Node) -> Location:
    """Where the last scalar inside of a node ends."""
    while not isinstance(node, Scalar):
        inner = node.items if isinstance(node, List) else tuple(value for _, value in node.pairs)
        if not inner:
            return node.location
        node = inner[-1]
    return node.end


def _lines(text: Text, after: Location, start: str, added: Sequence[Addition]) -> Edit:
    at = text.line_end(text.offset(after))
    lines = [f"{start}{in_yaml(each.requirement, after, in_flow=False)}  {comment(each)}" for each in added]
    return text.insert_lines(at, lines)


def _in_flow(text: Text, after: Location, items: Sequence[str]) -> Edit:
    at = text.offset(after)
    return Edit(at, at, "".join(f", {item}" for item in items))
