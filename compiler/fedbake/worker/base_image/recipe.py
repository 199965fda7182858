"""What a base image is made of: a pure value, its identity, and its Dockerfile."""

import hashlib
import json
from dataclasses import asdict, dataclass

from fedbake.errors import UsageError
from fedbake.names import PythonMinor
from fedbake.worker.tables import BaseImageTable

RECIPE_LABEL = "fedbake.base-image.recipe"
"""Image label with the recipe's identity: the same recipe need not be made twice."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides about the bytes of a base image, apart from the state of the Debian archive.

    Attributes:
        version: raised when the code that makes images changes what comes out.
        python: the Python feature release inside.
        suite: the Debian suite it comes from.
        packages: what is added to Debian's essential packages and APT.
        sources: APT sources, which also stay in the image for stages that install a compiler.
        excluded: path patterns dpkg never unpacks, now and in later stages; ``included`` are exceptions.
        leave_out: path patterns of leftovers that are not packed.
        source_date_epoch: newest time of any file, in seconds.
        keyring: OpenPGP keys the sources are verified with.
    """

    version: int
    python: str
    suite: str
    packages: tuple[str, ...]
    sources: tuple[str, ...]
    excluded: tuple[str, ...]
    included: tuple[str, ...]
    leave_out: tuple[str, ...]
    source_date_epoch: int
    keyring: str

    @property
    def identity(self) -> str:
        """sha256 over everything, 64 hex digits."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def tag(self) -> str:
        """The image tag: ``3.11-bookworm``."""
        return f"{self.python}-{self.suite}"


def recipe_for(python: PythonMinor, table: BaseImageTable) -> Recipe:
    """The recipe for a Python feature release.

    Raises:
        UsageError: no Debian suite in the table carries it.
    """
    entry = table.pythons.get(str(python))
    if entry is None:
        known = ", ".join(sorted(table.pythons))
        raise UsageError(f"no Debian suite with Python {python} is known", hint=f"base images can be made for {known}")
    return Recipe(
        version=table.recipe_version,
        python=str(python),
        suite=entry.suite,
        packages=entry.packages,
        sources=entry.sources,
        excluded=table.excluded,
        included=table.included,
        leave_out=table.leave_out,
        source_date_epoch=table.source_date_epoch,
        keyring=table.keyring,
    )


def dockerfile(recipe: Recipe) -> str:
    """The Dockerfile that turns one tarball per platform into an image."""
    return (
        "FROM scratch\n"
        "ARG TARGETARCH\n"
        "ADD ${TARGETARCH}.tar /\n"
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8\n"
        f'LABEL org.opencontainers.image.title="Python {recipe.python} on Debian {recipe.suite}" \\\n'
        f"      {RECIPE_LABEL}={recipe.identity}\n"
        'CMD ["python3"]\n'
    )
