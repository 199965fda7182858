"""What only resolution shows: pins that were given up, and packages that are compiled because they were named."""

from collections.abc import Iterable

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Declaration, Facts
from fedbake.resolve.demand import with_versions
from fedbake.resolve.environments import Resolution
from fedbake.resolve.problem import Evidence, StaticMetadata
from fedbake.rules.finding import Finding, Replace, Severity
from fedbake.rules.fixes import Wanted


def relaxed_pins(resolution: Resolution) -> Iterable[Finding]:
    """The soft pins that were given up, each with the fix that does the same to the user's file."""
    versions = {package.name: package.version for package in resolution.lock.packages}
    for line in resolution.relaxed:
        if line.declaration is not None:
            yield _relaxed(line, line.declaration, versions.get(canonicalize_name(line.requirement.name)))


def _relaxed(line: Wanted, declaration: Declaration, version: str | None) -> Finding:
    place = declaration.location
    chosen = f"; {version} is installed" if version else ""
    return Finding(
        rule="resolve/soft-pin-relaxed",
        severity=Severity.WARNING,
        message=f"{line.requirement} holds with nothing else and no code of the repository imports it{chosen}",
        file=place.file,
        line=place.line,
        column=place.column,
        hint="leave the line out if the code works without the package",
        fix=Replace(package=declaration.name, requirement=str(with_versions(line.requirement, ""))),
    )


def compiled_by_name(resolution: Resolution, facts: Facts) -> Iterable[Finding]:
    """The packages of which no platform has a wheel, and what is known of them without running their code."""
    for static in resolution.described:
        if not static.wheels:
            yield _compiled(static, next(iter(facts.declared(static.name)), None))


def _compiled(static: StaticMetadata, declaration: Declaration | None) -> Finding:
    place = declaration.location if declaration else None
    certain = static.evidence is not Evidence.EGG_INFO
    return Finding(
        rule="resolve/source-only",
        severity=Severity.WARNING,
        message=(
            f"{static.name} {static.version} has no wheel and is compiled for every platform, as asked with"
            f" --allow-source; what it needs is read from {static.evidence}"
        ),
        file=place.file if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        hint=None if certain else "its setup.py may ask for something else when it is built; the checks show it",
    )
