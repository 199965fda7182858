"""The data table of what fedbake takes from Debian (``rules/images/debian.yaml``), read strictly."""

import functools
import re
from typing import Annotated

from pydantic import AfterValidator, ValidationError

from fedbake.errors import UsageError
from fedbake.resources import shipped
from fedbake.rules.finding import Value

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII)
_SUITE = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_SOURCE = re.compile(r"deb https?://[A-Za-z0-9.:/_-]+ [a-z][a-z0-9-]* [a-z]+", re.ASCII)
_ABSOLUTE = re.compile(r"(?:/[A-Za-z0-9_.*-]+)+", re.ASCII)


def _matching(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ValueError(f"{text!r} is not {what}")
        return text

    return AfterValidator(check)


Package = Annotated[str, _matching(_PACKAGE, "the name of a Debian package")]
Suite = Annotated[str, _matching(_SUITE, "the name of a Debian suite")]
SourceLine = Annotated[str, _matching(_SOURCE, "a one-line APT source with one component")]
RootPath = Annotated[str, _matching(_ABSOLUTE, "an absolute path")]


class Release(Value):
    """A Debian release a worker can be prepared on. ``engine_suite``: a newer suite the engine is taken from."""

    codename: Suite
    engine_suite: Suite | None = None


class WorkerTable(Value):
    """Debian packages by part of a worker."""

    releases: dict[str, Release]
    packages: dict[str, tuple[Package, ...]]
    engine_suite_packages: tuple[Package, ...]


class PythonSuite(Value):
    """Where one Python feature release comes from."""

    suite: Suite
    packages: tuple[Package, ...]
    sources: tuple[SourceLine, ...]


class BaseImageTable(Value):
    """How base images are made; `fedbake.worker.base_image.recipe` turns it into one recipe."""

    recipe_version: int
    source_date_epoch: int
    keyring: RootPath
    pythons: dict[str, PythonSuite]
    excluded: tuple[RootPath, ...]
    included: tuple[RootPath, ...]
    leave_out: tuple[RootPath, ...]


class BuilderImageTable(Value):
    """What the builder image has beside fedbake; `fedbake.worker.builder_image.context` makes its build context of it.

    ``release`` names one of `WorkerTable.releases`: that of the base image with this Python.
    """

    python: str
    release: str
    packages: tuple[Package, ...]
    left_out: tuple[Package, ...]


class DebianTable(Value):
    """The whole file."""

    worker: WorkerTable
    base_images: BaseImageTable
    builder_image: BuilderImageTable


@functools.cache
def debian_table() -> DebianTable:
    """Read the table that ships with this copy of fedbake.

    Raises:
        UsageError: the file is missing or is not such a table.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    # The folder, not `rules`: in a checkout that is also the name of a Python package beside this one.
    path = shipped("rules/images") / "debian.yaml"
    try:
        return DebianTable.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
    except (OSError, YAMLError, ValidationError) as error:
        raise UsageError(
            f"the table of Debian packages cannot be read: {error}",
            where=str(path),
            hint="reinstall fedbake; the file ships with it",
        ) from error
