"""What a bake needs of the engine and the builder, judged from what they say about themselves."""

from collections.abc import Sequence

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.settings import Settings
from fedbake.worker.check import Check, Status
from fedbake.worker.docker_facts import BuilderFacts, EngineFacts, docker_facts, parse_version

OLDEST_BUILDX = (0, 13, 1)
OLDEST_ENGINE = (26,)
_FIX = "fedbake doctor --fix makes this machine ready"


def check_engine(facts: EngineFacts) -> Check:
    """Whether an engine answers, and is not older than what fedbake is tested with."""
    if facts.version is None:
        reason = f": {facts.problem}" if facts.problem else ""
        return Check("engine", Status.MISSING, f"no Docker Engine answers{reason}", _FIX)
    measured = {"version": facts.version, "data_root": facts.data_root or ""}
    version = parse_version(facts.version)
    if version is not None and version < OLDEST_ENGINE:
        message = f"Docker Engine {facts.version} answers, which is older than the 26 fedbake is tested with"
        return Check("engine", Status.WARNING, message, "if a build fails, upgrade the engine first", measured)
    return Check("engine", Status.OK, f"Docker Engine {facts.version} answers", facts=measured)


def check_buildx(facts: EngineFacts) -> Check:
    """Whether the docker client finds a buildx plugin that is new enough."""
    if facts.buildx is None:
        message = "the docker client finds no buildx plugin"
        return Check("buildx", Status.MISSING, message, f"{_FIX}; or install docker-buildx")
    version = parse_version(facts.buildx)
    if version is None or version < OLDEST_BUILDX:
        oldest = ".".join(str(number) for number in OLDEST_BUILDX)
        message = f"buildx {facts.buildx} is too old, {oldest} is the oldest that works"
        return Check("buildx", Status.MISSING, message, "upgrade the buildx plugin", {"version": facts.buildx})
    return Check("buildx", Status.OK, f"buildx {facts.buildx}", facts={"version": facts.buildx})


def check_builder(engine: EngineFacts, builder: BuilderFacts, platforms: Sequence[Platform]) -> Check:
    """Whether the builder can put several platforms into one image.

    With the driver ``docker`` that takes the containerd image store; every other driver can by itself.
    """
    if builder.problem is not None or not builder.driver:
        message = f"the builder does not answer: {builder.problem or 'it names no driver'}"
        hint = "docker buildx ls shows the builders, docker buildx inspect --bootstrap tries one; fedbake doctor --fix"
        return Check("builder", Status.MISSING, message, hint)
    facts = {"driver": builder.driver, "platforms": ",".join(builder.platforms)}
    if builder.driver == "docker" and not engine.containerd_store and len(platforms) > 1:
        return Check(
            "builder",
            Status.MISSING,
            "the engine keeps images in its classic store, which cannot hold an image of several platforms",
            'set {"features": {"containerd-snapshotter": true}} in the engine\'s daemon.json and restart it, '
            "or docker buildx create --use",
            facts,
        )
    return Check("builder", Status.OK, f"the builder answers, with driver {builder.driver}", facts=facts)


def check_platform(builder: BuilderFacts, platform: Platform) -> Check:
    """Whether the builder runs programs of a platform. BuildKit finds out by running one."""
    name = f"platform {platform}"
    if builder.builds(platform):
        return Check(name, Status.OK, f"the builder runs {platform} programs")
    message = f"the builder runs no {platform} programs"
    return Check(name, Status.MISSING, message, f"{_FIX}: it registers the emulator")


def require_worker(settings: Settings, platforms: Sequence[Platform], *, builder: str | None = None) -> None:
    """Refuse to begin what a machine cannot finish. Takes two short docker commands, run together.

    Raises:
        WorkerError: the first thing that is missing.
    """
    engine, found = docker_facts(settings, builder)
    checks = [check_engine(engine), check_buildx(engine), check_builder(engine, found, platforms)]
    checks += [check_platform(found, platform) for platform in platforms]
    for check in checks:
        if check.status is Status.MISSING:
            raise WorkerError(check.message, hint=check.hint)
