"""The validated names: what may become a path, a tag, a build argument or a line of a Dockerfile.

Each kind of name has exactly one constructor here, and it accepts by grammar (``re.fullmatch``, ASCII only), never by a
list of bad words. A value of one of these types is safe in every place the design lets it appear (docs/security.md).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from fedbake.errors import UsageError


class Role(StrEnum):
    """What an image does in a federated-learning project."""

    LEARNER = "learner"
    AGGREGATOR = "aggregator"
    INFERENCE = "inference"


ACTORS = (Role.LEARNER, Role.AGGREGATOR)
"""The roles that train; the other one serves what they trained."""


class Flavor(StrEnum):
    """The ML framework a repository is written for (the FLOps contract's ``FLAVOUR``)."""

    SKLEARN = "sklearn"
    PYTORCH = "pytorch"
    TENSORFLOW = "tensorflow"
    KERAS = "keras"


class Loader(StrEnum):
    """What loads a model in an image: the framework's own functions, or else MLflow's ``pyfunc``."""

    SKLEARN = "sklearn"
    PYTORCH = "pytorch"
    TENSORFLOW = "tensorflow"
    KERAS = "keras"
    PYFUNC = "pyfunc"


class Accelerator(StrEnum):
    """What an image computes on: which builds of a framework go into it."""

    CPU = "cpu"
    CUDA = "cuda"


class Platform(StrEnum):
    """An OCI platform images are built for."""

    AMD64 = "linux/amd64"
    ARM64 = "linux/arm64"

    @property
    def arch(self) -> str:
        """Docker's name of the architecture, as in ``TARGETARCH``."""
        return self.value.removeprefix("linux/")

    @property
    def machine(self) -> str:
        """Python's name of the architecture, as in the marker ``platform_machine``."""
        return {"amd64": "x86_64", "arm64": "aarch64"}[self.arch]

    @property
    def slug(self) -> str:
        """The platform as a part of a file name: ``linux-amd64``."""
        return self.value.replace("/", "-")


@dataclass(frozen=True, slots=True, order=True)
class PythonMinor:
    """A Python feature release such as 3.11."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``3.11``.

        Raises:
            UsageError: the text is anything else.
        """
        match = re.fullmatch(r"3\.([0-9]{1,2})", text, re.ASCII)
        if match is None:
            raise UsageError(f"{text!r} is not a Python version like 3.11", hint="give major.minor, such as 3.11")
        return cls(3, int(match.group(1)))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


_PATH_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])"
_REGISTRY = re.compile(rf"{_HOST}(?::[0-9]{{1,5}})?", re.ASCII)
_REPOSITORY = re.compile(rf"{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_PROJECT = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A full image reference: registry, repository, and a tag, a digest, or both.

    The grammar is that of the OCI distribution specification 1.1 ("Pulling manifests") and of Docker's references.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if not _REGISTRY.fullmatch(self.registry) or len(self.registry) > 255:
            raise UsageError(f"{self.registry!r} is not a registry host such as registry.example:5000")
        if not _REPOSITORY.fullmatch(self.repository) or len(self.repository) > 255:
            raise UsageError(
                f"{self.repository!r} is not an image name that registries accept",
                hint="use lower-case letters, digits, '.', '_' and '-' between slashes",
            )
        if self.tag is not None and not _TAG.fullmatch(self.tag):
            raise UsageError(f"{self.tag!r} is not an image tag")
        if self.digest is not None and not _DIGEST.fullmatch(self.digest):
            raise UsageError(f"{self.digest!r} is not a sha256 digest")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``registry/repository[:tag][@digest]``; the registry must be written out.

        Raises:
            UsageError: the text is not such a reference.
        """
        rest, _, digest = text.partition("@")
        registry, slash, rest = rest.partition("/")
        repository, _, tag = rest.partition(":")
        if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
            raise UsageError(
                f"{text!r} is not an image reference with its registry",
                hint="write it in full, such as docker.io/library/python:3.11",
            )
        return cls(registry, repository, tag or None, digest or None)

    def with_tag(self, tag: str) -> Self:
        """The same image under another tag, without a digest."""
        return type(self)(self.registry, self.repository, tag)

    def with_digest(self, digest: str) -> Self:
        """The same reference pinned to a digest."""
        return type(self)(self.registry, self.repository, self.tag, digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def repository_name(text: str) -> str:
    """The image repository for a name as people write it: the one documented way names are made valid.

    Lower case; every run of characters a registry refuses becomes one ``-``; a component left empty is dropped.
    ``Owner/My Repo!`` becomes ``owner/my-repo``.

    Raises:
        UsageError: nothing valid is left.
    """
    components = (re.sub(r"[^a-z0-9]*[^a-z0-9._-][^a-z0-9]*", "-", part.lower()) for part in text.split("/"))
    separated = (re.sub(r"\.\.+|___+|[._-]*(?:\.[_-]|[_-]\.|_-|-_)[._-]*", "-", part) for part in components)
    name = "/".join(part for part in (each.strip("._-") for each in separated) if part)
    if not _REPOSITORY.fullmatch(name):
        raise UsageError(f"{text!r} cannot become an image name", hint="give one with --name, such as owner/repository")
    return name


def project_id(text: str) -> str:
    """The id of a FLOps project, unchanged: lower-case letters, digits and ``-``, 64 at most.

    FLOps' own ids are 24 hexadecimal digits. Such a name is safe in a topic, a payload and a file name.

    Raises:
        UsageError: it is anything else.
    """
    if not _PROJECT.fullmatch(text):
        raise UsageError(
            f"{text[:80]!r} is not a project id", hint="give lower-case letters, digits and '-', 64 of them at most"
        )
    return text
