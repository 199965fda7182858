"""Whether buildx reads in the bake file exactly what the plan says (``--print`` as the oracle)."""

import json
import re
from typing import Any

from fedbake.bake.builder import Builder
from fedbake.bake.directory import BAKE_FILE, PlanDirectory
from fedbake.bake.invocation import print_argv
from fedbake.errors import UsageError, WorkerError
from fedbake.process import run
from fedbake.render.bakefile import bake_file, printed
from fedbake.settings import Settings
from fedbake.source.text import printable
from fedbake.worker.environment import docker_environment

_SECONDS = 60
_ESCAPES_AGAIN = (0, 23)
"""The first buildx whose ``--print`` writes ``${`` and ``%{`` of a value escaped, as in the file."""
_CSV_LISTS = ("attest", "output")


def require_same(directory: PlanDirectory, builder: Builder, settings: Settings) -> None:
    """Compare what buildx prints with what the plan means.

    Raises:
        UsageError: buildx reads something else in the bake file.
        WorkerError: buildx cannot be asked.
    """
    asked = run(print_argv(), env=docker_environment(settings), cwd=directory.path, timeout=_SECONDS)
    if asked.code != 0:
        said = printable(asked.stderr.strip().rpartition("\n")[2])
        raise UsageError(f"buildx cannot read the bake file: {said}", where=str(directory.path / BAKE_FILE))
    try:
        found = json.loads(asked.stdout)
    except ValueError:
        raise WorkerError("docker buildx bake --print says nothing readable") from None
    difference = first_difference(normal(printed(bake_file(directory.plan)), ()), normal(found, builder.buildx))
    if difference is not None:
        message = f"buildx reads something else in the bake file than the plan says: {difference}"
        raise UsageError(message, where=str(directory.path / BAKE_FILE), hint="plan again with this version of fedbake")


def normal(value: Any, version: tuple[int, ...]) -> Any:
    """Printed values in one form for all versions: text as it is meant, CSV strings as maps, groups without order.

    Since 0.20 attestations and outputs are printed as maps of their fields, and a group's targets, which are built side
    by side, are printed sorted.
    """
    if isinstance(value, dict):
        return {key: _entry(key, entry, version) for key, entry in value.items()}
    if isinstance(value, list):
        return [normal(item, version) for item in value]
    if isinstance(value, str) and version >= _ESCAPES_AGAIN:
        return re.sub(r"\$(\$+\{)|%(%+\{)", lambda match: match[1] or match[2], value)
    return value


def _entry(key: str, entry: Any, version: tuple[int, ...]) -> Any:
    if key in _CSV_LISTS and isinstance(entry, list):
        return [_fields(item) for item in entry]
    if key == "targets" and isinstance(entry, list):
        return sorted(entry, key=str)
    return normal(entry, version)


def _fields(item: Any) -> Any:
    if isinstance(item, str):
        return dict(field.partition("=")[::2] for field in item.split(","))
    return {key: str(entry) for key, entry in item.items()} if isinstance(item, dict) else item


def first_difference(expected: Any, found: Any, place: str = "") -> str | None:
    """Where two printed values first differ, and how; ``None`` when they are equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            here = f"{place}.{key}" if place else key
            if key not in found:
                return f"{here} is missing"
            if key not in expected:
                return f"{here} is not planned"
            deeper = first_difference(expected[key], found[key], here)
            if deeper is not None:
                return deeper
        return None
    if expected == found:
        return None
    return f"{place} is {printable(json.dumps(found), 80)} and not {printable(json.dumps(expected), 80)}"
