"""``REPORT.md``: the plan for a person; everything in it is in ``plan.json`` too."""

from typing import Any

from fedbake.names import Platform
from fedbake.plan.model import BuildPlan, Environment, EnvironmentLayer, FilesLayer, Image, PlatformLock
from fedbake.render.declared import declared
from fedbake.render.markdown import Text, text
from fedbake.render.templates import Templates
from fedbake.report.findings import count, suggested
from fedbake.rules.finding import Finding


def report(plan: BuildPlan, templates: Templates) -> str:
    """Render the report.

    Raises:
        UsageError: a user's template prints something it must not.
    """
    return templates.render("report/REPORT.md.j2", _values(plan))


def _values(plan: BuildPlan) -> dict[str, Any]:
    return {
        "plan_id": text(plan.plan_id[:12]),
        "source": text(plan.source.name),
        "url": text(plan.source.url) if plan.source.url else None,
        "commit": text(plan.source.commit) if plan.source.commit else None,
        "tree": text(plan.source.tree),
        "base": text(plan.base.reference),
        "roles": [text(image.role.value) for image in plan.images],
        "platforms": [text(platform.value) for platform in plan.request.platforms],
        "downloads": [_download(plan, platform) for platform in plan.request.platforms],
        "count": text(count(plan.findings)),
        "findings": [_finding(finding) for finding in plan.findings],
        "patched": plan.fixes_sha256 is not None,
        **declared(plan),
        "decisions": [
            {key: text(value or "") for key, value in decision.model_dump().items()} for decision in plan.decisions
        ],
        "costs": [_cost(environment, lock) for environment in plan.environments for lock in environment.locks],
        "emulated_steps": plan.emulated_steps,
        "emulated": [{key: text(value) for key, value in step.model_dump().items()} for step in plan.emulated],
        "images": [_image(image) for image in plan.images],
        "packages": [row for environment in plan.environments for row in _packages(environment)],
    }


def megabytes(count: int) -> str:
    """A size for people, in units of 1,000,000 bytes."""
    return f"{count / 1e6:,.1f} MB"


def _download(plan: BuildPlan, platform: Platform) -> Text:
    total = sum(environment.lock(platform).download_bytes for environment in plan.environments)
    return text(f"{megabytes(total)} for {platform}")


def _finding(finding: Finding) -> dict[str, Text]:
    suggestion = suggested(finding.suggestion) if finding.suggestion else None
    return {
        "severity": text(finding.severity.value),
        "where": text(finding.where or ""),
        "message": text("; ".join(filter(None, (finding.message, suggestion, finding.hint)))),
        "fix": text(finding.change or ""),
        "rule": text(finding.rule),
    }


def _cost(environment: Environment, lock: PlatformLock) -> dict[str, Any]:
    return {
        "environment": text(environment.name),
        "platform": text(lock.platform.value),
        "packages": len(lock.packages),
        "download": text(megabytes(lock.download_bytes)),
        "compiled": [text(f"{package.name} {package.version}") for package in lock.compiled] or [text("none")],
    }


def _image(image: Image) -> dict[str, Any]:
    return {
        "role": text(image.role.value),
        "references": [text(reference) for reference in image.references],
        "layers": [_layer(layer) for layer in image.layers],
        "command": text(" ".join(image.command)),
        "workdir": text(image.workdir),
        "user": image.user,
    }


def _layer(layer: EnvironmentLayer | FilesLayer) -> dict[str, Text]:
    if isinstance(layer, EnvironmentLayer):
        content = f"environment {layer.environment}"
    else:
        content = ", ".join(f"{folder}/" for folder in layer.folders)
    return {"reason": text(layer.reason), "destination": text(layer.destination), "content": text(content)}


def _packages(environment: Environment) -> list[dict[str, Any]]:
    by_platform = [
        {(package.name, package.version): package.kind for package in lock.packages} for lock in environment.locks
    ]
    names = sorted(set().union(*by_platform))
    return [
        {
            "name": text(name),
            "version": text(version),
            "kinds": [text(kinds.get((name, version), "")) for kinds in by_platform],
            "environment": text(environment.name),
        }
        for name, version in names
    ]
