"""The findings that come from no rule: decisions of resolving and planning, which no condition could express."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """What such a finding means, in a few words, and why it is told."""

    title: str
    because: str


BUILT_IN: Mapping[str, BuiltIn] = {
    "plan/actor-runtime-not-run": BuiltIn(
        "The release of Flower was not tried with the actors",
        "No release in rules/dependencies/actor-runtime.yaml fits the other requirements, so that the newest one that"
        " does is taken; the checks inside the images show whether it works.",
    ),
    "plan/base-image-not-pinned": BuiltIn(
        "The base image has no digest",
        "No registry with a base image answered, so that the same plan may later be baked from another image. Make one"
        " with `fedbake base-image`, or name one by digest with --base-image.",
    ),
    "resolve/soft-pin-relaxed": BuiltIn(
        "A version nobody asked for was given up",
        "MLflow writes down the versions of all packages it sees. With --fix all, those that no code imports give way"
        " where nothing else can be solved; fixes.patch makes the same change in the repository.",
    ),
    "resolve/source-only": BuiltIn(
        "A package without any wheel is compiled",
        "It was named with --allow-source. What it needs is read from its archive without running it; it is compiled"
        " inside the build only, without a network.",
    ),
}
