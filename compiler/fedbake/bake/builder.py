"""The builder a plan is baked with: what it can do, found out before anything is started."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.plan.model import BuildPlan
from fedbake.settings import Settings
from fedbake.worker.check import Status
from fedbake.worker.docker_facts import Version, docker_facts, parse_version
from fedbake.worker.readiness import check_builder, check_buildx, check_engine, check_platform
from fedbake.worker.remote_builder import known_builder


@dataclass(frozen=True, slots=True)
class Builder:
    """A builder that is ready for a plan.

    Attributes:
        name: given by the user; ``None`` for the one in use.
        buildx: version of buildx, such as ``(0, 13, 1)``.
        native: platforms whose programs run on it without an emulator.
    """

    name: str | None
    buildx: Version
    native: frozenset[str]


def ready_builder(settings: Settings, plan: BuildPlan, name: str | None, runs: frozenset[Platform]) -> Builder:
    """Find the builder and make sure that it can bake the plan.

    Args:
        settings: how this machine reaches the engine.
        plan: what is to be baked.
        name: the builder the user named, or the address of a BuildKit.
        runs: the platforms whose programs have to run, natively or under emulation.

    Raises:
        UsageError: the builder is neither a name nor an address.
        WorkerError: the first thing that is missing.
    """
    return found_builder(settings, plan.request.platforms, name, runs)


def found_builder(
    settings: Settings, platforms: Sequence[Platform], given: str | None, runs: frozenset[Platform]
) -> Builder:
    """`ready_builder` for platforms.

    Raises:
        UsageError: what is given is neither the name of a builder nor the address of a BuildKit.
        WorkerError: the first thing that is missing.
    """
    name = known_builder(settings, given)
    engine, found = docker_facts(settings, name)
    checks = [check_engine(engine)] if name is None else []
    checks += [check_buildx(engine), check_builder(engine, found, platforms)]
    checks += [check_platform(found, platform) for platform in platforms if platform in runs]
    for check in checks:
        if check.status is Status.MISSING:
            raise WorkerError(check.message, hint=check.hint)
    # BuildKit lists the platform of its own machine first (util/archutil, SupportedPlatforms).
    return Builder(name, parse_version(engine.buildx or "") or (), frozenset(found.platforms[:1]))


def platforms_that_run(plan: BuildPlan, verify: bool) -> frozenset[Platform]:
    """The platforms whose programs a bake runs: all of them to verify, else those that compile packages."""
    return frozenset(plan.request.platforms) if verify else frozenset(step.platform for step in plan.emulated)
