"""What changed between two plans: decisions, packages, images, cost; a pure comparison of values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fedbake.plan.model import BuildPlan
from fedbake.render.report import megabytes


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``before`` or ``after`` is ``None`` for what only one plan has."""

    subject: str
    before: str | None
    after: str | None


def changes(before: BuildPlan, after: BuildPlan) -> tuple[Change, ...]:
    """Every difference that matters to a reviewer, in the order of the report."""
    return tuple(
        change
        for describe in (_decisions, _declarations, _packages, _images, _costs, _findings, _files)
        for change in _compare(describe(before), describe(after))
    )


def as_text(found: tuple[Change, ...]) -> str:
    """The changes for a terminal: ``-`` before, ``+`` after."""
    if not found:
        return "the plans are equal in everything a reviewer decides on"
    return "\n".join(line for change in found for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    yield change.subject
    if change.before is not None:
        yield f"  - {change.before}"
    if change.after is not None:
        yield f"  + {change.after}"


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for subject in sorted({*before, *after}):
        if before.get(subject) != after.get(subject):
            yield Change(subject, before.get(subject), after.get(subject))


def _decisions(plan: BuildPlan) -> dict[str, str]:
    request = plan.request
    return {
        "source": f"{plan.source.name} {plan.source.commit or plan.source.tree[:40]}",
        "platforms": ", ".join(request.platforms),
        "as of": request.as_of or "no date",
        **{decision.subject: decision.value for decision in plan.decisions},
    }


def _declarations(plan: BuildPlan) -> dict[str, str]:
    return {f"declared {row.text}": f"{row.outcome} {', '.join(row.roles)}".rstrip() for row in plan.declarations}


def _packages(plan: BuildPlan) -> dict[str, str]:
    return {
        f"package {package.name} ({environment.name}, {lock.platform})": f"{package.version} ({package.kind})"
        for environment in plan.environments
        for lock in environment.locks
        for package in lock.packages
    }


def _images(plan: BuildPlan) -> dict[str, str]:
    found = {}
    for image in plan.images:
        name = f"image {image.role}"
        found[name] = ", ".join(image.references)
        found[f"{name} command"] = f"{' '.join(image.command)} in {image.workdir} as {image.user}"
        found.update({f"{name} variable {key}": value for key, value in image.variables.items()})
        found.update({f"{name} layer {number}": layer.reason for number, layer in enumerate(image.layers, 1)})
    return found


def _costs(plan: BuildPlan) -> dict[str, str]:
    costs = {"emulated steps": str(plan.emulated_steps)}
    for platform in plan.request.platforms:
        size = sum(environment.lock(platform).download_bytes for environment in plan.environments)
        costs[f"download {platform}"] = megabytes(size)
    return costs


def _findings(plan: BuildPlan) -> dict[str, str]:
    return {f"finding {each.rule} {each.where or ''}".rstrip(): each.message for each in plan.findings}


def _files(plan: BuildPlan) -> dict[str, str]:
    return {f"file {file.path}": f"{file.sha256[:12]} {file.mode}" for file in plan.context}
