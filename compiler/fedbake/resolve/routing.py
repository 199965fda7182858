"""The second question of a resolution: the same releases again, in the builds for an accelerator."""

from dataclasses import replace

from fedbake.errors import ResolutionError
from fedbake.resolve.accelerator import Route
from fedbake.resolve.lock import Lock, pins
from fedbake.resolve.problem import Problem
from fedbake.resolve.uv import UnsolvableError, solve
from fedbake.settings import Settings


def routed(problem: Problem, lock: Lock, route: Route | None, settings: Settings) -> Lock:
    """The lock of the same releases, with the route's packages taken from its index.

    The release comes from the package index, where dates and withdrawn releases are known, and is the same for every
    platform and role; what its build for the accelerator does not need is gone. uv applies a route to direct
    requirements only, so that packages others bring along become some.

    Args:
        problem: the question `lock` is the answer to, with every version pinned by constraints.
        route: ``None`` for what the package index has.

    Raises:
        ResolutionError: the index lacks a build.
        TransientError: the index did not answer.
    """
    if route is None:
        return lock
    held = Lock(tuple(package for package in lock.packages if package.name in route.packages))
    if not held.packages:
        return lock
    names = tuple(sorted({package.name for package in held.packages}))
    requirements = tuple(sorted({*problem.requirements, *pins(held)}))
    narrowed = replace(route, packages=names)
    try:
        return solve(replace(problem, requirements=requirements, route=narrowed), settings)
    except UnsolvableError as error:
        releases = ", ".join(sorted({f"{package.name} {package.version}" for package in held.packages}))
        raise ResolutionError(
            f"the index of the builds for an accelerator lacks one of {releases} for Python {problem.python}",
            where=route.index,
            hint="pin a release it has, or take what the package index has: --accelerator cuda",
            details=error.details,
        ) from error
