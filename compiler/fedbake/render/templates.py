"""The template engine: sandboxed, strict, and able to print typed slots only."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fedbake.errors import UsageError
from fedbake.render import slots


class Templates:
    """Templates from several folders; a file in an earlier folder replaces one of the same name in a later one."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            undefined=StrictUndefined,
            finalize=slots.only_slots,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        self._environment.filters = {"join": slots.join}

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """Render one template.

        Raises:
            UsageError: the template is missing or wrong, or prints something that is no typed slot.
        """
        try:
            text: str = self._environment.get_template(name).render(values)
        except (TemplateError, TypeError) as error:
            line = getattr(error, "lineno", None)
            raise UsageError(
                f"the template cannot be rendered: {error}", where=f"{name}:{line}" if line else name
            ) from error
        return text


def overlay(folders: Sequence[Path], below: str) -> dict[str, Path]:
    """The files below one sub-folder of several folders, by relative path; earlier folders win."""
    found: dict[str, Path] = {}
    for folder in folders:
        top = folder / below
        for path in sorted(top.rglob("*")):
            relative = path.relative_to(top)
            if path.is_file() and path.suffix != ".pyc" and "__pycache__" not in relative.parts:
                found.setdefault(relative.as_posix(), path)
    return dict(sorted(found.items()))


def digest(folders: Sequence[Path]) -> str:
    """sha256 over every template a plan may be rendered with; the actors are part of the context instead."""
    total = hashlib.sha256()
    for below in ("docker", "report"):
        for path, file in overlay(folders, below).items():
            total.update(f"{below}/{path}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
