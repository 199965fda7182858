"""The build plan: what images hold and what must run where, in engine-neutral terms.

A Dockerfile and a bake target are one rendering of these values. Everything is frozen, unknown keys are refused, and
the schema is versioned.
"""

from typing import Literal

from pydantic import Field

from fedbake.names import Accelerator, Flavor, Platform, Role
from fedbake.rules.finding import Finding, FixLevel, Value

SCHEMA_VERSION = 1


class Source(Value):
    """Which content the plan is for. No userinfo, no local path: those never enter a plan."""

    name: str
    url: str | None
    commit: str | None
    committed_at: int
    tree: str


class Request(Value):
    """What the user asked for, with defaults filled in.

    Attributes:
        flavor: the ML framework of a repository; a trained model says itself what loads it.
        registry: host (and port) the images go to.
        repository: image repository below the registry; role names are appended.
        as_of: RFC 3339 date or time; packages published later do not exist for this plan.
        base_images: base images by Python version that replace those of the catalogue.
        fixes: how far fedbake went in repairing.
        accelerators: by target, what its image computes on, where that was asked for.
        allow_source: packages that may be compiled although no platform has a wheel.
        images: by target, the name and tag of its image below the registry, where that was asked for.
    """

    targets: tuple[Role, ...]
    platforms: tuple[Platform, ...]
    flavor: Flavor | None
    registry: str
    repository: str
    python: str | None = None
    as_of: str | None = None
    strict: bool = False
    base_images: dict[str, str] = Field(default_factory=dict)
    fixes: FixLevel = FixLevel.SAFE
    accelerators: dict[Role, Accelerator] = Field(default_factory=dict)
    allow_source: tuple[str, ...] = ()
    images: dict[Role, str] = Field(default_factory=dict)


class Decision(Value):
    """One thing fedbake decided, with its reason and where that reason stands."""

    subject: str
    value: str
    because: str
    rule: str | None = None
    where: str | None = None


class BaseImage(Value):
    """The image all stages start from.

    Attributes:
        reference: with its digest when the registry answered or the user gave one.
        toolchain: Debian packages that compile an extension module, for stages that must.
    """

    reference: str
    toolchain: tuple[str, ...]

    @property
    def pinned(self) -> bool:
        """Whether the reference carries a digest."""
        return "@sha256:" in self.reference


class Package(Value):
    """One locked package on one platform.

    Attributes:
        kind: ``wheel`` is installed natively for the platform; ``source`` has to be compiled on it.
        file: name of the one file that is downloaded.
        url: where the index offers it.
        bytes: its size.
        sha256: its digest, 64 hex digits.
    """

    name: str
    version: str
    kind: Literal["wheel", "source"]
    file: str
    url: str
    bytes: int
    sha256: str


class PlatformLock(Value):
    """The packages of one environment on one platform.

    Attributes:
        requirements: path in the plan of the hash-locked wheels that are installed natively.
        uv_platform: the platform's name for ``uv pip install --python-platform``.
    """

    platform: Platform
    packages: tuple[Package, ...]
    requirements: str
    uv_platform: str

    @property
    def download_bytes(self) -> int:
        """Bytes to download for this platform."""
        return sum(package.bytes for package in self.packages)

    @property
    def compiled(self) -> tuple[Package, ...]:
        """The packages without a wheel for this platform."""
        return tuple(package for package in self.packages if package.kind == "source")


class Environment(Value):
    """A set of packages that becomes one layer. ``actors`` is shared by both roles; other ones add to it."""

    name: str
    roles: tuple[Role, ...]
    locks: tuple[PlatformLock, ...]

    def lock(self, platform: Platform) -> PlatformLock:
        """The lock of one platform; ``KeyError`` when it is not planned."""
        for lock in self.locks:
            if lock.platform is platform:
                return lock
        raise KeyError(platform)


class Tool(Value):
    """The installer used inside the build, as a hash-checked wheel for each platform a build may run on."""

    name: str
    version: str
    wheels: dict[Platform, str]
    sha256: dict[Platform, str]


class EnvironmentLayer(Value):
    """A layer made of an installed environment."""

    kind: Literal["environment"] = "environment"
    environment: str
    destination: str
    reason: str


class FilesLayer(Value):
    """A layer of folders out of the plan's ``context/``, merged and owned by the image's user."""

    kind: Literal["files"] = "files"
    folders: tuple[str, ...]
    destination: str
    reason: str


class Image(Value):
    """One image: a base, ordered layers (rarest change first) and its configuration.

    Attributes:
        references: tags it gets, all platforms at once, after everything is built and verified.
        workdir: working directory, writable by ``user``.
        user: numeric user and group it runs as.
        variables: environment variables.
    """

    role: Role
    references: tuple[str, ...]
    layers: tuple[EnvironmentLayer | FilesLayer, ...]
    workdir: str
    user: int
    command: tuple[str, ...]
    ports: tuple[int, ...]
    variables: dict[str, str]

    @property
    def environments(self) -> tuple[EnvironmentLayer, ...]:
        """The layers of installed dependencies."""
        return tuple(layer for layer in self.layers if isinstance(layer, EnvironmentLayer))


class EmulatedPackage(Value):
    """A package that has to be compiled by an emulated compiler, and why."""

    platform: Platform
    package: str
    version: str
    because: str


class ContextFile(Value):
    """One file of the plan's ``context/`` folder."""

    path: str
    mode: Literal["0644", "0755"]
    bytes: int
    sha256: str


class Accounted(Value):
    """One declaration of the repository, and what became of it.

    Attributes:
        text: as written; URLs are cut short, since they may hold a password.
        where: ``file:line:column``.
        name: the package by the name it is declared with; ``python`` for a Python version.
        outcome: ``installed`` in one image at least, ``left-out`` of every image, a ``constraint`` on what is installed
            for other reasons, or the choice of ``python`` or of an ``accelerator``.
        roles: the images that get it.
        packages: by platform, what it was locked to, as ``name==version``. Empty as long as nothing was resolved.
        because: why it was changed or left out, where it was.
        rule: the rule that says so.
    """

    text: str
    where: str
    name: str
    outcome: Literal["installed", "left-out", "constraint", "python", "accelerator"]
    roles: tuple[Role, ...] = ()
    packages: dict[Platform, str] = Field(default_factory=dict)
    because: str | None = None
    rule: str | None = None


class BuildPlan(Value):
    """A complete plan.

    Attributes:
        plan_id: sha256 of everything else in canonical form (`fedbake.plan.identity`).
        build: for each platform that has to compile packages, what they are built with.
        emulated: packages compiled under emulation on a linux/amd64 worker.
        declarations: every dependency the repository declares, in order of files and lines.
        fixes_sha256: digest of ``fixes.patch``, when there is one.
        lock_sha256: digest over all files in ``locks/``.
        templates_sha256: digest over the templates the plan is rendered with.
    """

    schema_version: Literal[1] = 1
    plan_id: str
    source: Source
    request: Request
    python: str
    base: BaseImage
    tool: Tool
    environments: tuple[Environment, ...]
    images: tuple[Image, ...]
    build: tuple[PlatformLock, ...]
    emulated: tuple[EmulatedPackage, ...]
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    declarations: tuple[Accounted, ...] = ()
    fixes_sha256: str | None
    lock_sha256: str
    context: tuple[ContextFile, ...]
    templates_sha256: str

    @property
    def emulated_steps(self) -> int:
        """How many build steps run under emulation on a linux/amd64 worker; checks are not part of a build.

        A platform with such packages installs a compiler once, and compiles once for each different set of packages.
        """
        packages = {(each.platform, each.package) for each in self.emulated}
        sets = {
            (platform, names)
            for platform in {each.platform for each in self.emulated}
            for role in (image.role for image in self.images)
            if (names := frozenset(name for name in self._compiled(role, platform) if (platform, name) in packages))
        }
        return len({platform for platform, _ in sets}) + len(sets)

    def _compiled(self, role: Role, platform: Platform) -> set[str]:
        return {
            package.name
            for environment in self.environments
            if role in environment.roles
            for package in environment.lock(platform).compiled
        }

    @property
    def staging_tag(self) -> str:
        """The immutable tag all images of this plan are pushed under first."""
        return f"plan-{self.plan_id[:40]}"
