"""Is this machine ready to bake? Looking only: nothing is started, written or changed."""

import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.plan.request import DEFAULT_REGISTRY
from fedbake.settings import Settings
from fedbake.worker.check import Check
from fedbake.worker.docker_facts import BuilderFacts, EngineFacts, docker_facts
from fedbake.worker.emulators import BINFMT
from fedbake.worker.engine import STANDARD_DATA_ROOT
from fedbake.worker.host_checks import (
    check_base_image_tools,
    check_ca_bundle,
    check_disk,
    check_emulator,
    check_git,
    check_state,
)
from fedbake.worker.network_checks import check_index, check_listener, check_notices
from fedbake.worker.readiness import check_builder, check_buildx, check_engine, check_platform
from fedbake.worker.registry import RegistryAddress
from fedbake.worker.registry_checks import certificate_checks, registry_checks, registry_facts
from fedbake.worker.remote_builder import known_builder


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to be ready for.

    Attributes:
        registry: ``HOST[:PORT]`` images go to.
        platforms: what images are built for.
        builder: name or address of the builder; the one in use when ``None``.
        mqtt: host and port of FLOps' broker, when notifications are to be sent.
        observer: host and port of the project's observer.
    """

    registry: str = DEFAULT_REGISTRY
    platforms: tuple[Platform, ...] = tuple(Platform)
    builder: str | None = None
    mqtt: tuple[str, int] | None = None
    observer: tuple[str, int] | None = None


def diagnose(settings: Settings, job: Job) -> tuple[Check, ...]:
    """Look at everything a bake needs, all of it at the same time.

    Raises:
        UsageError: the registry is not a host and port, or the builder neither a name nor an address.
    """
    address = RegistryAddress.parse(job.registry)
    listeners = [
        (name, what, place)
        for name, what, place in (
            ("mqtt", "the MQTT broker", job.mqtt),
            ("observer", "the project's observer", job.observer),
        )
        if place is not None
    ]
    with ThreadPoolExecutor(8) as pool:
        docker = pool.submit(_ask_docker, settings, job.builder)
        registry = pool.submit(registry_facts, settings, address)
        alone: list[Callable[[Settings], Check]] = [check_ca_bundle, check_git, check_index, check_base_image_tools]
        others: list[Future[Check]] = [pool.submit(check, settings) for check in (*alone, check_state, check_notices)]
        others += [pool.submit(check_listener, name, what, *place) for name, what, place in listeners]
        engine, builder = docker.result()
        return (
            *_engine_checks(engine, builder, job),
            *_emulator_checks(settings, builder, job.platforms),
            *registry_checks(address, registry.result(), engine),
            *certificate_checks(settings, address, registry.result(), builder),
            *_disk_checks(settings, engine),
            *(check.result() for check in others),
        )


def engine_is_local(settings: Settings) -> bool:
    """Whether docker's client talks to this machine: neither a host elsewhere nor a context was asked for."""
    host = settings.environment.get("DOCKER_HOST", "")
    return (not host or host.startswith("unix://")) and not settings.environment.get("DOCKER_CONTEXT")


def _ask_docker(settings: Settings, builder: str | None) -> tuple[EngineFacts, BuilderFacts]:
    try:
        if builder is None or "://" not in builder:
            return docker_facts(settings, builder)
        # Looking leaves nothing behind: buildx is told the address in a folder that goes away.
        with tempfile.TemporaryDirectory(prefix="fedbake-") as folder:
            apart = replace(settings, environment={**settings.environment, "BUILDX_CONFIG": folder})
            return docker_facts(apart, known_builder(apart, builder))
    except WorkerError as error:
        return EngineFacts(None, error.message, None, False, None), BuilderFacts("", (), error.message)


def _engine_checks(engine: EngineFacts, builder: BuilderFacts, job: Job) -> tuple[Check, ...]:
    """What depends on the engine is looked at only when it answers: one cause, one complaint.

    A builder the user names may be a BuildKit that needs no engine here.
    """
    first = (check_buildx(engine),) if job.builder else (check_engine(engine), check_buildx(engine))
    if engine.buildx is None or (engine.version is None and not job.builder):
        return first
    return (
        *first,
        check_builder(engine, builder, job.platforms),
        *(check_platform(builder, platform) for platform in job.platforms),
    )


def _emulator_checks(settings: Settings, builder: BuilderFacts, platforms: tuple[Platform, ...]) -> tuple[Check, ...]:
    """Emulators of this kernel. Builders elsewhere have emulators, or processors, of their own.

    In a container they are not to be seen, and the builder's own word is all there is.
    """
    if not engine_is_local(settings) or builder.driver in {"kubernetes", "remote"}:
        return ()
    if not (BINFMT / "register").exists() and all(map(builder.builds, platforms)):
        return ()
    return tuple(check_emulator(platform) for platform in platforms)


def _disk_checks(settings: Settings, engine: EngineFacts) -> tuple[Check, ...]:
    """Room for the cache, and for the engine's own files when they are on this machine and can be seen."""
    cache = check_disk("disk cache", settings.cache_dir)
    data_root = Path(engine.data_root or STANDARD_DATA_ROOT)
    if not engine_is_local(settings) or (engine.version is not None and not data_root.is_dir()):
        return (cache,)
    return (cache, check_disk("disk engine", data_root))
