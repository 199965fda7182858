"""Which base image a plan starts from: looked up in the catalogue (rules/images/bases.yaml) and pinned by digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fedbake.errors import FedbakeError, UsageError
from fedbake.names import ImageReference, PythonMinor
from fedbake.registry.client import Registries
from fedbake.resolve.tables import load_table
from fedbake.settings import Settings


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One base image a site may have; ``{registry}`` in the reference stands for the registry of the plan's images."""

    reference: str
    python: PythonMinor
    toolchain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Base images in order of preference, and the compiler packages assumed for a base image the user names."""

    entries: tuple[CatalogueEntry, ...]
    own_base_toolchain: tuple[str, ...]

    @property
    def pythons(self) -> tuple[PythonMinor, ...]:
        """Every Python release there is a base image for."""
        return tuple(sorted({entry.python for entry in self.entries}))


@dataclass(frozen=True, slots=True)
class FoundBase:
    """The base image of a plan.

    Attributes:
        reference: with a digest, unless no registry answered.
        because: one sentence on why this one.
    """

    reference: ImageReference
    toolchain: tuple[str, ...]
    because: str


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """The catalogue.

    Raises:
        UsageError: it cannot be read.
    """
    table, path = load_table(folders, "images/bases.yaml")
    try:
        entries = tuple(
            CatalogueEntry(row["reference"], PythonMinor.parse(row["python"]), tuple(row["toolchain"]))
            for row in table["bases"]
        )
        return Catalogue(entries, tuple(table["own_base_toolchain"]))
    except (KeyError, TypeError) as error:
        raise UsageError(f"the catalogue of base images lacks {error}", where=str(path)) from error


def find_base(
    python: PythonMinor, registry: str, own: Mapping[str, str], catalogue: Catalogue, settings: Settings
) -> FoundBase:
    """The base image for a Python release, pinned by digest when its registry answers.

    Args:
        registry: where the plan's images go; a site's own base images lie there too.
        own: base images the user named, by Python release.

    Raises:
        UsageError: there is no base image for the release, or a named one is not an image reference.
    """
    if str(python) in own:
        reference = ImageReference.parse(own[str(python)])
        digest = reference.digest or _digest(reference, settings)
        pinned = reference.with_digest(digest) if digest else reference
        return FoundBase(pinned, catalogue.own_base_toolchain, "named with --base-image")
    candidates = [entry for entry in catalogue.entries if entry.python == python]
    if not candidates:
        offered = ", ".join(map(str, catalogue.pythons))
        raise UsageError(
            f"there is no base image with Python {python}", hint=f"use {offered}, or name one: --base-image"
        )
    for entry in candidates:
        reference = ImageReference.parse(entry.reference.format(registry=registry))
        digest = _digest(reference, settings)
        if digest:
            because = "the first base image of the catalogue that a registry has"
            return FoundBase(reference.with_digest(digest), entry.toolchain, because)
    return FoundBase(reference, entry.toolchain, "no registry with a base image of the catalogue answered")


def _digest(reference: ImageReference, settings: Settings) -> str | None:
    try:
        with Registries(replace(settings, patience=0.0)) as registries:
            manifest = registries.of(reference).manifest(reference)
    except FedbakeError:
        # An unreachable registry is a normal state of a laptop; the plan then says that its base is not pinned.
        return None
    return manifest.digest if manifest else None
