"""A golden case: ``repo/`` and ``request.yaml`` in, ``plan/`` or ``findings.json`` expected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError

from fedbake.errors import UsageError
from fedbake.names import ACTORS, Accelerator, Flavor, Platform, Role
from fedbake.plan.request import DEFAULT_REGISTRY, Asked, as_of_time
from fedbake.rules.finding import FixLevel, Value
from fedbake.source.material import Material, ModelFolder, Repository

PLAN = "plan"
FINDINGS = "findings.json"


def _written(value: object) -> object:
    """A date as it was written: YAML reads an unquoted 2026-11-01 as a date of its own."""
    return value.isoformat() if type(value) is date else value


class RequestFile(Value):
    """``request.yaml``. The date and the base images are required, so that a case does not change by itself."""

    as_of: Annotated[str, BeforeValidator(_written)]
    base_images: dict[str, str]
    targets: tuple[Role, ...] = ACTORS
    platforms: tuple[Platform, ...] = tuple(Platform)
    flavor: Flavor | None = None
    registry: str = DEFAULT_REGISTRY
    name: str | None = None
    python: str | None = None
    strict: bool = False
    fixes: FixLevel = FixLevel.SAFE
    accelerators: dict[Role, Accelerator] = Field(default_factory=dict)
    allow_source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case, by its folder."""

    folder: Path
    asked: Asked

    @property
    def repository(self) -> Path:
        """The ML repository of the case."""
        return self.folder / "repo"

    @property
    def material(self) -> Material:
        """What is planned: the repository, or a model that lies in its place."""
        if Role.INFERENCE in self.asked.targets:
            return ModelFolder(self.repository)
        return Repository(str(self.repository), None)

    def expected(self) -> dict[str, bytes]:
        """The expected files by path below the case."""
        files = [self.folder / FINDINGS, *sorted((self.folder / PLAN).rglob("*"))]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files if path.is_file()}


def find_cases(folder: Path) -> Iterator[Case]:
    """The case in a folder, or all cases in the folders right below it, by name.

    Raises:
        UsageError: there is no case, or a request.yaml is wrong.
    """
    folders = (
        [folder]
        if (folder / "request.yaml").is_file()
        else sorted(path.parent for path in folder.glob("*/request.yaml"))
    )
    if not folders:
        raise UsageError(
            "there is no golden case here",
            where=str(folder),
            hint="a case is a folder with repo/ and request.yaml (as_of, base_images, …)",
        )
    return map(_case, folders)


def _case(folder: Path) -> Case:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path = folder / "request.yaml"
    try:
        request = RequestFile.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except (YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the request is not valid YAML: {error}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"the request is not understood: {key}: {first['msg']}", where=str(path)) from error
    return Case(folder, _asked(request))


def _asked(request: RequestFile) -> Asked:
    return Asked(
        targets=request.targets,
        platforms=request.platforms,
        flavor=request.flavor,
        registry=request.registry,
        repository=request.name,
        python=request.python,
        as_of=as_of_time(request.as_of),
        strict=request.strict,
        base_images=request.base_images,
        fixes=request.fixes,
        accelerators=request.accelerators,
        allow_source=frozenset(request.allow_source),
    )
