"""``make demo``: the main job in front of a person. Usage: demo.py REPOSITORY"""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from e2e.federation import FederationResult
from e2e.main_job import federate, machine_settings, reference, run_image
from fedbake.bake.result import BakeResult
from fedbake.errors import FedbakeError
from fedbake.names import ACTORS, Platform
from fedbake.plan.reading import read_plan
from fedbake.process import run

_PLAN = Path("build/demo-plan")
_WHICH = "import platform, sklearn; print(platform.machine(), 'scikit-learn', sklearn.__version__)"
_ENOUGH = 0.8
console = Console(soft_wrap=True)


def main(repository: str) -> int:
    """Compile, bake, push, look at the result, train."""
    _step("Compile the repository into a plan")
    _PLAN.parent.mkdir(exist_ok=True)
    _fedbake("plan", repository, "-o", str(_PLAN), "--name", "demo/sklearn-digits", "--as-of", "2026-11-01")
    _step("Bake exactly that plan for two platforms, verify the images on both, push them")
    _fedbake("bake", str(_PLAN))
    result = BakeResult.model_validate_json((_PLAN / "result.json").read_bytes())
    _step("Run both images on both platforms")
    for role in ACTORS:
        for platform in Platform:
            done = run_image(reference(result, role), platform, "python", "-c", _WHICH)
            console.print(f"  {role:10} {platform:12} {done.text.strip() or done.stderr}")
    _step("Train: an aggregator, a learner on linux/amd64 and one on linux/arm64, two rounds")
    trained = federate(result, (Platform.AMD64, Platform.ARM64))
    _show(trained)
    emulated = read_plan(_PLAN).emulated_steps
    console.print(f"emulated steps: {emulated} planned, {result.emulated} in the build")
    console.print(f"look at: {_PLAN}/REPORT.md  {_PLAN}/learner.Dockerfile  {_PLAN}/docker-bake.hcl")
    if trained.completed and trained.accuracy > _ENOUGH:
        return 0
    console.print(trained.report())
    return 1


def _step(text: str) -> None:
    console.rule(f"[bold]{text}", align="left")


def _fedbake(*arguments: str) -> None:
    console.print(f"$ fedbake {' '.join(arguments)}", highlight=False)
    program = str(Path(sys.executable).with_name("fedbake"))
    environment = dict(machine_settings().environment)
    done = run([program, *arguments], env=environment, timeout=3600, on_stderr_line=_line)
    sys.stdout.write(done.text)
    if done.code:
        raise SystemExit(done.code)


def _line(line: str) -> None:
    console.print(f"  {line}", style="dim", markup=False, highlight=False)


def _show(trained: FederationResult) -> None:
    table = Table("round", "loss", "accuracy")
    if trained.summary is not None:
        rows = zip(trained.summary.loss, trained.summary.accuracy, strict=True)
        for number, (loss, accuracy) in enumerate(rows, 1):
            table.add_row(str(number), f"{loss or 0:.3f}", f"{accuracy or 0:.3f}")
    console.print(table)


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1]))
    except FedbakeError as error:
        raise SystemExit(f"error: {error.message}") from error
