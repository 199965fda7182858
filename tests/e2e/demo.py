"""``make demo``: the main job in front of a person. Usage: demo.py REPOSITORY"""

import sys
from pathlib import Path

from e2e.main_job import federate, reference, run_image
from e2e.showing import console, fedbake, rounds, step
from fedbake.bake.result import BakeResult
from fedbake.errors import FedbakeError
from fedbake.names import ACTORS, Platform
from fedbake.plan.reading import read_plan

_PLAN = Path("build/demo-plan")
_WHICH = "import platform, sklearn; print(platform.machine(), 'scikit-learn', sklearn.__version__)"
_ENOUGH = 0.8


def main(repository: str) -> int:
    """Compile, bake, push, look at the result, train."""
    step("Compile the repository into a plan")
    _PLAN.parent.mkdir(exist_ok=True)
    fedbake("plan", repository, "-o", str(_PLAN), "--name", "demo/sklearn-digits", "--as-of", "2026-11-01")
    step("Bake exactly that plan for two platforms, verify the images on both, push them")
    fedbake("bake", str(_PLAN))
    result = BakeResult.model_validate_json((_PLAN / "result.json").read_bytes())
    step("Run both images on both platforms")
    for role in ACTORS:
        for platform in Platform:
            done = run_image(reference(result, role), platform, "python", "-c", _WHICH)
            console.print(f"  {role:10} {platform:12} {done.text.strip() or done.stderr}")
    step("Train: an aggregator, a learner on linux/amd64 and one on linux/arm64, two rounds")
    trained = federate(result, (Platform.AMD64, Platform.ARM64))
    rounds(trained)
    emulated = read_plan(_PLAN).emulated_steps
    console.print(f"emulated steps: {emulated} planned, {result.emulated} in the build")
    console.print(f"look at: {_PLAN}/REPORT.md  {_PLAN}/learner.Dockerfile  {_PLAN}/docker-bake.hcl")
    if trained.completed and trained.accuracy > _ENOUGH:
        return 0
    console.print(trained.report())
    return 1


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1]))
    except FedbakeError as error:
        raise SystemExit(f"error: {error.message}") from error
