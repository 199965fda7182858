"""Reading single values of an MLmodel file; what is wrong with one is a problem with its place."""

import json
from collections.abc import Mapping as Entries

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.included_path import resolved
from fedbake.inspect.text import shown
from fedbake.inspect.yaml_tree import Mapping, Node, Scalar, Sequence
from fedbake.source.snapshot import Entry

SAVE_AGAIN = "save and log the model again with MLflow"


class Values:
    """Takes values out of mappings, and collects the problems it meets."""

    def __init__(self, entries: Entries[str, Entry]) -> None:
        self._entries = entries
        self._folders = {path[:end] for path in entries for end in _slashes(path)}
        self.problems: list[Problem] = []

    def text(self, mapping: Mapping, key: str) -> str | None:
        """A plain value; ``None`` where there is none."""
        scalar = self.scalar(mapping, key)
        return scalar.text if scalar is not None else None

    def scalar(self, mapping: Mapping, key: str) -> Scalar | None:
        """As `text`, with its place."""
        node = _value(mapping, key)
        if node is None or isinstance(node, Scalar):
            return node
        self.wrong(f"{node.kind} stands in place of the value of {key}", node.location)
        return None

    def mapping(self, mapping: Mapping, key: str) -> Mapping | None:
        """A mapping; ``None`` where there is none."""
        node = _value(mapping, key)
        if node is None or isinstance(node, Mapping):
            return node
        self.wrong(f"{node.kind} stands in place of the mapping {key}", node.location)
        return None

    def path(self, mapping: Mapping, key: str) -> str | None:
        """A file or folder of the model."""
        scalar = self.scalar(mapping, key)
        return self._existing(scalar) if scalar is not None else None

    def paths(self, mapping: Mapping, key: str) -> tuple[str, ...]:
        """One file or folder of the model, or a list of them."""
        node = _value(mapping, key)
        items = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
        found: list[str | None] = []
        for item in items:
            if isinstance(item, Scalar):
                found.append(self._existing(item))
            else:
                self.wrong(f"{item.kind} stands in place of a path in {key}", item.location)
        return tuple(path for path in found if path is not None)

    def version(self, mapping: Mapping, key: str) -> str | None:
        """A version of PEP 440."""
        from packaging.version import InvalidVersion, Version

        scalar = self.scalar(mapping, key)
        if scalar is None:
            return None
        try:
            return str(Version(scalar.text))
        except InvalidVersion:
            self.wrong(f"{shown(scalar.text)} is not a version", scalar.location)
            return None

    def schema(self, mapping: Mapping, key: str) -> str | None:
        """A list in JSON, as it is written in the file."""
        scalar = self.scalar(mapping, key)
        if scalar is None:
            return None
        try:
            valid = isinstance(json.loads(scalar.text), list)
        except (ValueError, RecursionError):
            valid = False
        if not valid:
            self.wrong(f"{key} of the signature are not a list in JSON", scalar.location)
        return scalar.text if valid else None

    def wrong(self, message: str, location: Location) -> None:
        """Take note of something that is not as MLflow writes it."""
        self.problems.append(Problem("mlmodel-value", message, location, SAVE_AGAIN))

    def _existing(self, scalar: Scalar) -> str | None:
        path = resolved("", scalar.text)
        if not path or ".." in scalar.text.split("/"):
            message = "this names something that is not a path inside of the model"
            self.problems.append(Problem("mlmodel-path", message, scalar.location, SAVE_AGAIN))
            return None
        entry = self._entries.get(path)
        if path in self._folders or (entry is not None and entry.is_regular):
            return path
        what = "is not the file itself" if entry is not None else "is not there, so that the model is not complete"
        self.problems.append(Problem("mlmodel-missing", f"{shown(path)} {what}", scalar.location, SAVE_AGAIN))
        return None


def _value(mapping: Mapping, key: str) -> Node | None:
    node = next((value for name, value in mapping.pairs if name.text == key), None)
    return None if node is None or node.kind == "nothing" else node


def _slashes(path: str) -> list[int]:
    return [position for position, character in enumerate(path) if character == "/"]
