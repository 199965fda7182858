"""A plan at a glance, for a terminal."""

from fedbake.plan.model import BuildPlan
from fedbake.render.report import megabytes
from fedbake.report.findings import as_text
from fedbake.rules.message import visible

_MOST_NAMES = 8


def of_plan(plan: BuildPlan, width: int | None = None) -> str:
    """What a reviewer wants to know first: images, platforms, cost, what is emulated, findings.

    Args:
        width: columns of the terminal; sentences are not wrapped without it.
    """
    request = plan.request
    lines = [
        f"plan      {plan.plan_id[:12]}",
        f"source    {plan.source.name} {plan.source.commit or plan.source.tree[:12]}",
        f"python    {plan.python} on {plan.base.reference}",
        *([f"flavor    {request.flavor.value}"] if request.flavor else []),
    ]
    lines += [f"image     {reference}" for image in plan.images for reference in image.references]
    for platform in request.platforms:
        locks = [environment.lock(platform) for environment in plan.environments]
        packages = sum(len(lock.packages) for lock in locks)
        size = megabytes(sum(lock.download_bytes for lock in locks))
        compiled = [f"{package.name} {package.version}" for lock in locks for package in lock.compiled]
        suffix = f", compiled there: {', '.join(compiled)}" if compiled else ""
        lines.append(f"platform  {platform}: {packages} packages, {size} to download{suffix}")
    lines.append(f"emulated steps: {plan.emulated_steps}")
    lines += _left_out(plan)
    lines = ["".join(map(visible, line)) for line in lines]
    if plan.findings:
        lines += ["", as_text(plan.findings, width=width)]
    return "\n".join(lines)


def _left_out(plan: BuildPlan) -> list[str]:
    names = [row.name for row in plan.declarations if row.outcome == "left-out"]
    if not names:
        return []
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    declared = "declared package is" if len(names) == 1 else "declared packages are"
    return [f"{len(names)} {declared} left out of every image: {shown}"]
