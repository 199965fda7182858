"""A TOML file with its values and their places, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.text import Text
from fedbake.inspect.toml_places import Places, scan

_POSITION = re.compile(r"\(at line ([0-9]{1,9}), column ([0-9]{1,9})\)", re.ASCII)


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """A parsed TOML file."""

    text: Text
    places: Places
    values: Mapping[str, Any]

    def at(self, *path: str) -> object:
        """The value at a path of tables, ``None`` when there is none."""
        value: object = self.values
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def place(self, *path: str | int) -> Location:
        """Where a value begins; where the nearest one around it does, when its own place is not known."""
        return self.text.location(self.places.offset(*path))

    def entry(self, *path: str | int) -> tuple[Location, str]:
        """Where a value stands with its key, and both as written: ``torch = "^2.1"``.

        For an item of an array it is the item. A table with a header of its own or with dotted keys is not in one
        place: its text is ``torch = {...}``, which stands nowhere, so that nobody edits it.
        """
        found = self.places.entry(*path)
        if found is None:
            return self.place(*path), f"{path[-1]} = {{...}}"
        return self.text.location(found[0]), self.text.content[found[0] : found[1]]

    def wrong(self, code: str, wanted: str, *path: str | int) -> Problem:
        """The problem of a value that is not what its tool wants there: ``an array of strings``."""
        message = f"{ascii('.'.join(map(str, path)))[1:-1]} is not {wanted}"
        return Problem(code, message, self.place(*path), f"make it {wanted}")


def load_toml(text: Text) -> TomlDocument | Problem:
    """Parse a TOML file; one that is empty but for comments is a problem as well."""
    places = scan(text)
    if isinstance(places, Problem):
        return places
    values = _parse(text)
    if isinstance(values, Problem):
        return values
    if not values:
        return Problem("file-empty", f"{text.file} is empty", Location(text.file), "list the dependencies in it")
    return TomlDocument(text, places, values)


def _parse(text: Text) -> Mapping[str, Any] | Problem:
    import tomllib

    try:
        return tomllib.loads(text.content)
    except ValueError as error:
        # TOMLDecodeError is a ValueError; a number of thousands of digits raises a plain one.
        position = _POSITION.search(str(error))
        location = Location(text.file, int(position[1]), int(position[2])) if position else Location(text.file)
        reason = ascii(_POSITION.sub("", str(error)).strip())[1:-1]
        message = f"{text.file} is not valid TOML: {reason}"
        return Problem("toml-syntax", message, location, "check this line and the one before")
