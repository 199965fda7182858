"""Is this machine ready to bake? Looking only: nothing is started, written or changed."""

from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.settings import Settings
from fedbake.worker.check import Check
from fedbake.worker.docker_facts import BuilderFacts, EngineFacts, docker_facts
from fedbake.worker.engine import STANDARD_DATA_ROOT
from fedbake.worker.host_checks import (
    check_base_image_tools,
    check_ca_bundle,
    check_disk,
    check_emulator,
    check_git,
    check_registry,
)
from fedbake.worker.readiness import check_builder, check_buildx, check_engine, check_platform
from fedbake.worker.registry import RegistryAddress

DEFAULT_REGISTRY = "localhost:5000"


def diagnose(settings: Settings, *, registry: str, platforms: tuple[Platform, ...]) -> tuple[Check, ...]:
    """Look at everything a bake needs.

    Args:
        settings: of this machine.
        registry: ``HOST[:PORT]`` images go to.
        platforms: what images are built for.

    Raises:
        UsageError: the registry is not a host and port.
    """
    address = RegistryAddress.parse(registry)
    engine, builder = _ask_docker(settings)
    return (
        *_engine_checks(engine, builder, platforms),
        *_emulator_checks(settings, builder, platforms),
        check_registry(settings, address),
        *_disk_checks(settings, engine),
        check_ca_bundle(settings),
        check_git(settings),
        check_base_image_tools(settings),
    )


def engine_is_local(settings: Settings) -> bool:
    """Whether docker's client talks to this machine: neither a host elsewhere nor a context was asked for."""
    host = settings.environment.get("DOCKER_HOST", "")
    return (not host or host.startswith("unix://")) and not settings.environment.get("DOCKER_CONTEXT")


def _ask_docker(settings: Settings) -> tuple[EngineFacts, BuilderFacts]:
    try:
        return docker_facts(settings)
    except WorkerError as error:
        return EngineFacts(None, error.message, None, False, None), BuilderFacts("", (), error.message)


def _engine_checks(engine: EngineFacts, builder: BuilderFacts, platforms: tuple[Platform, ...]) -> tuple[Check, ...]:
    """What depends on the engine is looked at only when it answers: one cause, one complaint."""
    first = (check_engine(engine), check_buildx(engine))
    if engine.version is None or engine.buildx is None:
        return first
    return (
        *first,
        check_builder(engine, builder, platforms),
        *(check_platform(builder, platform) for platform in platforms),
    )


def _emulator_checks(settings: Settings, builder: BuilderFacts, platforms: tuple[Platform, ...]) -> tuple[Check, ...]:
    """Emulators of this kernel. Builders elsewhere have emulators, or processors, of their own."""
    if not engine_is_local(settings) or builder.driver in {"kubernetes", "remote"}:
        return ()
    return tuple(check_emulator(platform) for platform in platforms)


def _disk_checks(settings: Settings, engine: EngineFacts) -> tuple[Check, ...]:
    """Room for the cache, and for the engine's own files when they are on this machine."""
    cache = check_disk("disk cache", settings.cache_dir)
    if not engine_is_local(settings):
        return (cache,)
    return (cache, check_disk("disk engine", Path(engine.data_root or STANDARD_DATA_ROOT)))
