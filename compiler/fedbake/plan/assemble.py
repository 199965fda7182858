"""The plan stage: everything found and decided so far in, one `BuildPlan` and the files beside it out."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fedbake.inspect.facts import Facts
from fedbake.names import Flavor, Platform, PythonMinor, Role, repository_name
from fedbake.plan.accelerator import accelerator_decisions
from fedbake.plan.accounting import Installed, accounted
from fedbake.plan.context import Context, context_of
from fedbake.plan.flavor import FLAVOR
from fedbake.plan.identity import identified, unidentified
from fedbake.plan.images import image_of
from fedbake.plan.locks import PlannedLocks, planned_locks
from fedbake.plan.model import BaseImage, BuildPlan, Decision, EmulatedPackage, Request, Source, Tool
from fedbake.plan.request import Asked
from fedbake.resolve.base_image import FoundBase
from fedbake.resolve.environments import Resolution
from fedbake.resolve.tools import Installer
from fedbake.rules.finding import Finding, Severity
from fedbake.rules.fixes import effective_requirements
from fedbake.source.snapshot import Snapshot

# The CPU of FLOps workers; a plan must not depend on the machine that makes it.
_WORKER = Platform.AMD64


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a plan is assembled from; each part is the result of an earlier stage."""

    snapshot: Snapshot
    facts: Facts
    findings: tuple[Finding, ...]
    patch: str
    asked: Asked
    python: Decision
    flavor: Decision
    resolution: Resolution
    base: FoundBase
    installer: Installer
    actors: Mapping[str, Path]
    templates_sha256: str


@dataclass(frozen=True, slots=True)
class Assembled:
    """A plan with everything its directory needs beside it."""

    plan: BuildPlan
    locks: Mapping[str, str]
    patch: str
    context: Context


def assemble(parts: Ingredients) -> Assembled:
    """Put a plan together.

    Raises:
        ResolutionError: a package offers no file a planned platform can use.
    """
    python = PythonMinor.parse(parts.python.value)
    locks = planned_locks(parts.resolution, python)
    request = _request(parts)
    context = context_of(parts.snapshot, parts.actors, request.targets)
    plan = BuildPlan(
        plan_id=unidentified(),
        source=_source(parts.snapshot),
        request=request,
        python=str(python),
        base=BaseImage(reference=str(parts.base.reference), toolchain=parts.base.toolchain),
        tool=_tool(parts.installer),
        environments=locks.environments,
        images=tuple(image_of(role, request, locks.environments, parts.snapshot.revision) for role in request.targets),
        build=locks.build,
        emulated=tuple(_emulated(locks, python)),
        decisions=_decisions(parts),
        findings=(*parts.findings, *_own_findings(parts)),
        declarations=accounted(
            parts.facts,
            effective_requirements(parts.facts, parts.findings),
            request.targets,
            Installed(locks.environments, python),
        ),
        fixes_sha256=hashlib.sha256(parts.patch.encode()).hexdigest() if parts.patch else None,
        lock_sha256=locks.sha256,
        context=context.files,
        templates_sha256=parts.templates_sha256,
    )
    return Assembled(identified(plan), locks.files, parts.patch, context)


def _source(snapshot: Snapshot) -> Source:
    return Source(
        name=snapshot.name,
        url=snapshot.url,
        commit=snapshot.commit,
        committed_at=snapshot.committed_at,
        tree=snapshot.tree,
    )


def _request(parts: Ingredients) -> Request:
    asked = parts.asked
    return Request(
        targets=tuple(role for role in Role if role in asked.targets),
        platforms=tuple(platform for platform in Platform if platform in asked.platforms),
        flavor=Flavor(parts.flavor.value) if parts.flavor.subject == FLAVOR else None,
        registry=asked.registry,
        repository=asked.repository or repository_name(parts.snapshot.name),
        python=asked.python,
        as_of=asked.as_of,
        strict=asked.strict,
        base_images=dict(sorted(asked.base_images.items())),
        fixes=asked.fixes,
        accelerators={role: asked.accelerators[role] for role in Role if role in asked.accelerators},
        allow_source=tuple(sorted(asked.allow_source)),
        images={role: asked.images[role] for role in Role if role in asked.images},
    )


def _tool(installer: Installer) -> Tool:
    return Tool(
        name="uv",
        version=installer.version,
        wheels={platform: wheel.url for platform, wheel in installer.wheels.items()},
        sha256={platform: wheel.sha256 for platform, wheel in installer.wheels.items()},
    )


def _emulated(locks: PlannedLocks, python: PythonMinor) -> Iterable[EmulatedPackage]:
    seen = set()
    for lock in (lock for environment in locks.environments for lock in environment.locks):
        for package in lock.compiled:
            if lock.platform is not _WORKER and (lock.platform, package.name) not in seen:
                seen.add((lock.platform, package.name))
                yield EmulatedPackage(
                    platform=lock.platform,
                    package=package.name,
                    version=package.version,
                    because=f"no wheel for {lock.platform} and Python {python}",
                )


def _decisions(parts: Ingredients) -> tuple[Decision, ...]:
    decisions = [
        parts.python,
        parts.flavor,
        Decision(subject="base image", value=str(parts.base.reference), because=parts.base.because),
    ]
    runtime = parts.resolution.runtime
    if runtime is not None:
        fits = "the first release in rules/dependencies/actor-runtime.yaml that fits the other requirements"
        because = fits if runtime.was_run else "the newest release that fits"
        chosen = _locked(parts.resolution, runtime.requirement.name)
        decisions.append(Decision(subject="Flower", value=chosen, because=because))
    if parts.facts.dependency_files:
        first = parts.facts.dependency_files[0]
        others = ", ".join(parts.facts.ignored_files)
        ignored = f"; {others} not used" if others else ""
        because = f"the first of the dependency files by precedence{ignored}"
        decisions.append(Decision(subject="dependencies", value=first, because=because, where=first))
    decisions.extend(accelerator_decisions(parts.facts, parts.asked.accelerators, parts.asked.targets))
    return tuple(decisions)


def _own_findings(parts: Ingredients) -> Iterable[Finding]:
    """What only shows once the actor runtime and the base image are known."""
    if parts.base.reference.digest is None:
        yield Finding(
            rule="plan/base-image-not-pinned",
            severity=Severity.WARNING,
            message=f"the base image {parts.base.reference} is not pinned: its registry did not answer",
            hint=f"make one with `fedbake base-image`, or pass --base-image {parts.python.value}=registry/name:tag",
        )
    runtime = parts.resolution.runtime
    if runtime is not None and not runtime.was_run:
        yield Finding(
            rule="plan/actor-runtime-not-run",
            severity=Severity.WARNING,
            message=f"Flower {_locked(parts.resolution, runtime.requirement.name)} was not tried with the actors yet",
            hint="the checks inside the images will show whether it works; see rules/dependencies/actor-runtime.yaml",
        )


def _locked(resolution: Resolution, name: str) -> str:
    return next(package.version for package in resolution.lock.packages if package.name == name)
