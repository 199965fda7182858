"""``make demo-full``: images train with everything around them, and the trained model is served."""

import sys
import tempfile
from pathlib import Path

from e2e.full_federation import Answers, answered, success, tracked
from e2e.main_job import PROJECT, federate
from e2e.serving import first_images, plan_of_run, served
from e2e.showing import console, fedbake, line, rounds, step
from e2e.surroundings import Surroundings, surroundings
from fedbake.bake.result import BakeResult
from fedbake.errors import FedbakeError
from fedbake.names import Platform

_PLAN = Path("build/demo-full-plan")
_BOTH = tuple(Platform)
_ENOUGH = 0.85


def main(repository: str) -> int:
    """Compile, bake, start everything around, train, look at what is left."""
    step("Compile a repository that loads the data of the node it runs on")
    _PLAN.parent.mkdir(exist_ok=True)
    fedbake("plan", repository, "-o", str(_PLAN), "--name", "demo/digits-federated", "--as-of", "2026-11-01")
    step("Bake it for two platforms; on each, its images train, save and load a model")
    fedbake("bake", str(_PLAN))
    result = BakeResult.model_validate_json((_PLAN / "result.json").read_bytes())
    step("Start what FLOps has around the images")
    with tempfile.TemporaryDirectory() as folder, surroundings(Path(folder), nodes=len(_BOTH)) as around:
        _show_surroundings(around)
        step("Train: an aggregator and a learner on each platform, with its own node's data")
        line("about a minute, of which most is the emulated learner's start")
        trained = federate(result, _BOTH, around.told, rounds=3)
        for outcome in trained.outcomes:
            console.print(f"  {outcome.name}: exit {outcome.code} after {outcome.seconds:.0f} s", highlight=False)
        if not trained.completed:
            console.print(trained.report(), markup=False)
            return 1
        rounds(trained)
        _show_what_was_told(around)
        answers = _show_runs(around, result)
        if answers.right <= _ENOUGH or _show_served(around, Path(folder)) != answers.first:
            return 1
        line(f"the model itself said {_listed(answers.first)}")
        return 0


def _show_surroundings(around: Surroundings) -> None:
    for number, address in enumerate(around.data_servers, 1):
        line(f"data server of node {number} (Arrow Flight): {address}")
    line(f"MLflow: {around.tracking.uri}")
    line(f"MQTT broker: 127.0.0.1:{around.broker.port}")
    line(f"project observer: 127.0.0.1:{around.observer.port}")


def _show_what_was_told(around: Surroundings) -> None:
    step("What the FLOps manager was told over MQTT")
    success(around)
    for topic, payload in around.broker.messages:
        line(f"{topic} {payload}")
    step("What the project observer heard")
    for text in around.observer.heard:
        line(text)


def _show_runs(around: Surroundings, baked: BakeResult) -> Answers:
    """Show what is in MLflow; what its model says."""
    step("What is in MLflow")
    found = tracked(around)
    line(f"experiment FLOps Project {PROJECT}")
    for run in found.runs:
        line(f"run {run.id}, {run.name}: accuracy {run.accuracy:.3f} {' '.join(run.artifacts)}")
    line(f"made from revision {found.runs[-1].revision}")
    answers = answered(around, baked, Platform.AMD64, found.runs[-1].id)
    line(f"the model, loaded where the repository is not, is right about {answers.right:.1%} of all digits")
    line(f"of images of 0, 1, 2, 3, 4 it says {_listed(answers.first)}")
    return answers


def _show_served(around: Surroundings, folder: Path) -> list[int] | None:
    """Bake the model of the last run, serve it, and show what it says; ``None`` where platforms differ."""
    step("Bake the model as an inference image; on each platform it has to predict first")
    plan = folder / "served"
    request = plan_of_run(around, success(around)["run_id"], ",".join(_BOTH))
    fedbake(*request, "--name", "demo/digits-served", "-o", str(plan))
    fedbake("bake", str(plan))
    baked = BakeResult.model_validate_json((plan / "result.json").read_bytes())
    step("Ask the served model")
    said = []
    for platform in _BOTH:
        with served(baked, platform) as server:
            said.append(server.says(first_images(around)))
        line(f"served on {platform}: of images of 0, 1, 2, 3, 4 it says {_listed(said[-1])}")
    return said[0] if said[0] == said[-1] else None


def _listed(digits: list[int]) -> str:
    return ", ".join(map(str, digits))


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1]))
    except FedbakeError as error:
        raise SystemExit(f"error: {error.message}") from error
