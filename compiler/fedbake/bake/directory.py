"""Opening a plan directory: nothing is baked that is not byte for byte what was planned and reviewed."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from fedbake.errors import UsageError
from fedbake.plan.identity import plan_id
from fedbake.plan.model import BuildPlan
from fedbake.render.bakefile import DEPENDENCIES

SUMS = "SHA256SUMS"
PLAN = "plan.json"
BAKE_FILE = "docker-bake.hcl"
RESULT = "result.json"
RESULT_PART = ".result.json.part"
EVENTS = "events.ndjson"
_OUTPUTS = frozenset({RESULT, RESULT_PART, EVENTS})
_LINE = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f\x7f\\]+)", re.ASCII)
_SUMS_BYTES = 64 * 2**20
_AGAIN = "plan again; a plan is never edited, change the repository, the rules or the templates instead"


@dataclass(frozen=True, slots=True)
class PlanDirectory:
    """A plan directory whose every file was compared with its ``SHA256SUMS``."""

    path: Path
    plan: BuildPlan


def open_plan(path: Path) -> PlanDirectory:
    """Check a plan directory and read its plan.

    Raises:
        UsageError: it is no plan directory, or a file in it was changed, added, removed or replaced by a link.
    """
    if path.is_symlink() or not path.is_dir():
        raise UsageError("this is not a plan directory", where=str(path), hint="fedbake plan SOURCE -o DIR makes one")
    expected = _read_sums(path)
    found = dict(_files(path, ""))
    for name in sorted(found.keys() - expected.keys() - _OUTPUTS - {SUMS}):
        raise _changed(f"{name} is not part of the plan", path / name, "remove it; only planned files are baked")
    for name in sorted(expected.keys() - found.keys()):
        raise _changed(f"{name} is missing from the plan", path / name)
    for name, digest in expected.items():
        if _digest(path / name) != digest:
            raise _changed(f"{name} is not what was planned", path / name)
    plan = _read_plan(path / PLAN)
    _require(plan, expected, path)
    _check_modes(plan, path)
    return PlanDirectory(path, plan)


def _changed(message: str, where: Path, hint: str = _AGAIN) -> UsageError:
    return UsageError(message, where=str(where), hint=hint)


def _read_sums(path: Path) -> dict[str, str]:
    try:
        with _opened(path / SUMS) as stream:
            text = stream.read(_SUMS_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        hint = "fedbake plan SOURCE -o DIR makes one"
        raise UsageError(
            f"this is not a plan directory: it has no readable {SUMS}", where=str(path), hint=hint
        ) from None
    sums: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in sums or not _is_inside(match[2]):
            raise UsageError(f"{SUMS} has a line that cannot be used", where=f"{path / SUMS}:{number}", hint=_AGAIN)
        sums[match[2]] = match[1]
    return sums


def _is_inside(name: str) -> bool:
    return not any(part in ("", ".", "..") for part in name.split("/"))


def _files(folder: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below a folder by its path, links never followed.

    Raises:
        UsageError: there is anything but regular files and folders.
    """
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            name = prefix + entry.name
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                yield from _files(folder / entry.name, name + "/")
            elif stat.S_ISREG(found.st_mode):
                yield name, found
            else:
                raise _changed(f"{name} is not a regular file", folder / entry.name, "a plan has no links or devices")


def _opened(path: Path) -> BufferedReader:
    """A regular file for reading, without following a link put there since it was looked at."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    return os.fdopen(descriptor, "rb")


def _digest(path: Path) -> str:
    with _opened(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_plan(path: Path) -> BuildPlan:
    from pydantic import ValidationError

    with _opened(path) as stream:
        content = stream.read()
    try:
        plan = BuildPlan.model_validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        hint = "plan again with this version of fedbake"
        raise UsageError(f"{PLAN} cannot be read: {place}: {first['msg']}", where=str(path), hint=hint) from None
    if plan_id(plan) != plan.plan_id:
        raise _changed(f"{PLAN} does not have the identity it names", path)
    return plan


def _require(plan: BuildPlan, expected: dict[str, str], path: Path) -> None:
    """What is read from the directory must be covered by its digests."""
    dockerfiles = [f"{image.role.value}.Dockerfile" for image in plan.images]
    dockerfiles += [DEPENDENCIES] if plan.environments else []
    for name in (PLAN, BAKE_FILE, *dockerfiles, *(f"{one}.dockerignore" for one in dockerfiles)):
        if name not in expected:
            raise _changed(f"{name} is missing from the plan", path / name)


def _check_modes(plan: BuildPlan, path: Path) -> None:
    """Modes end up in the images, and a copy made under another umask has others."""
    for file in plan.context:
        mode = stat.S_IMODE(os.lstat(path / file.path).st_mode)
        if mode != int(file.mode, 8):
            hint = f"chmod {file.mode} it; copy plans with cp -a or tar, which keep modes"
            raise _changed(f"{file.path} has the mode {mode:04o} in place of {file.mode}", path / file.path, hint)
