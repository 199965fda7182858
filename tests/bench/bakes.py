"""``make bench-bake``: whole bakes, cold and warm, beside the obvious Dockerfile, FLOps' way and the floor.

Everything is built by the engine in use and pushed to a registry of its own. Planning is not part of a bake and not
measured here. ``--runs 2`` measures all of it twice, one after the other, and shows whether they agree. ``--write``
keeps the tables in docs/performance.md; ``--resume`` goes on with what was interrupted, or measures more of it.
"""

import argparse
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.agreement import agreement
from bench.baking_ground import BOTH, PROGRAM, Ground, ground
from bench.measure import ROOT, Cost, Results, Scenario, machine, measured
from bench.page import write_section
from bench.rivals import Rival, floor, flops, obvious

_KEPT = ROOT / "build/bench"


@dataclass(frozen=True)
class Example:
    """A repository, and what it is planned for.

    Attributes:
        case: its folder in ``golden``.
        platforms: the images'.
        options: of ``fedbake plan``, besides those.
    """

    case: str
    platforms: tuple[str, ...] = BOTH
    options: tuple[str, ...] = ()

    @property
    def repository(self) -> Path:
        return ROOT / "golden" / self.case / "repo"


EXAMPLES = {
    "scikit-learn": Example("sklearn-digits"),
    "keras": Example("keras-mnist"),
    # Wheels for the CPU of x86-64 are only in PyTorch's own index; those for arm64 are in PyPI as well.
    "pytorch": Example("torch-federated", options=("--accelerator", "cpu")),
    "pytorch-arm64": Example("torch-federated", platforms=("linux/arm64",)),
}


@dataclass
class Baking:
    """What is baked of an example: a cold bake leaves the cache in which the warm ones begin.

    Attributes:
        base: the base image of the last cold bake.
        name: of the images of the last cold bake.
        plan: the plan directory the next measurement takes.
    """

    ground: Ground
    example: Example
    base: str = ""
    name: str = ""
    plan: Path = field(default_factory=Path)

    def cold(self, platforms: tuple[str, ...] = ()) -> None:
        """Plan on a base image nobody has used, and forget what was built on others."""
        self.ground.clear_cache()
        self.base = self.ground.fresh_base()
        self.name = f"bench/{self.base[-8:]}"
        self.plan = self._planned(self.example.repository, self.name, platforms)

    def warm(self) -> None:
        """Make sure that everything is in the cache, and plan the same for a place where nothing is."""
        self.baked_once()
        self.plan = self._planned(self.example.repository, f"{self.name}-again")

    def changed(self, file: str, old: str, new: str) -> None:
        """Make sure that everything is in the cache, and plan the repository with a change."""
        self.baked_once()
        folder = Path(tempfile.mkdtemp(dir=self.ground.folder)) / "repo"
        shutil.copytree(self.example.repository, folder)
        text = (folder / file).read_text()
        if old not in text:
            raise SystemExit(f"{file} does not have {old!r} any more")
        (folder / file).write_text(text.replace(old, new, 1))
        self.plan = self._planned(folder, self.name)

    def bake(self, *options: str) -> Cost:
        """Bake what was planned last."""
        return self.ground.timed([PROGRAM, "bake", str(self.plan), *options])

    def baked_once(self) -> None:
        """Make sure that the registry has the images of the last cold bake."""
        if not self.base:
            self.cold()
        self.plan = self._planned(self.example.repository, self.name)
        self.bake()

    def _planned(self, repository: Path, name: str, platforms: tuple[str, ...] = ()) -> Path:
        platform = ",".join(platforms or self.example.platforms)
        return self.ground.plan(repository, self.base, name, "--platform", platform, *self.example.options)


def scenarios(of: Baking, rival_rounds: int | None) -> Iterator[Scenario]:
    """Everything that is measured of one example; what comes after a cold bake finds its cache.

    Args:
        rival_rounds: in how many rounds rivals are measured, which take ten times as long; in all when ``None``.
    """

    platforms = of.example.platforms
    one = "1 platform, cold"
    every = f"{len(platforms)} platforms, cold" if len(platforms) > 1 else one
    one_unchecked, unchecked = f"{one}, not verified", f"{every}, not verified"

    def one_platform() -> None:
        of.cold(platforms[:1])

    def code() -> None:
        of.changed("model_manager.py", "class ModelManager", f"{_changing()}\n\n\nclass ModelManager")

    def dependency() -> None:
        of.changed("conda.yaml", "cloudpickle==3.0.0", "cloudpickle==3.1.1")

    def bake_unchecked() -> Cost:
        return of.bake("--no-verify")

    yield Scenario("download and unpack the wheels", lambda: floor(of.ground, of.plan), unchecked, "", of.cold)
    yield Scenario(one, of.bake, prepare=one_platform)
    if every != one:
        yield Scenario(every, of.bake, one, prepare=of.cold)
    yield Scenario("everything cached, pushed to a new place", of.bake, every, prepare=of.warm)
    yield Scenario("the user's code changed", of.bake, every, prepare=code)
    yield Scenario("one dependency changed", of.bake, every, prepare=dependency)
    yield Scenario("nothing changed", of.bake, every, "1 s", of.baked_once)
    yield Scenario("the user's code changed, not verified", bake_unchecked, unchecked, "5 s", code)
    yield Scenario(one_unchecked, bake_unchecked, prepare=one_platform)
    if every != one:
        yield Scenario(unchecked, bake_unchecked, one_unchecked, "at most 1.3 times", of.cold)
    for rival, build, least in (("the obvious Dockerfile", obvious, 4), ("FLOps' way", flops, 6)):
        yield Scenario(
            f"{rival}, cold",
            partial(_built, build, of),
            unchecked,
            f"at least {least} times",
            of.cold,
            rival_rounds,
        )


def _built(build: Rival, of: Baking) -> Cost:
    return build(of.ground, of.plan, of.base, of.name, of.example.platforms)


def _changing() -> str:
    """A line of code nobody has baked."""
    return f"CHANGED = {secrets.token_hex(6)!r}"


def chosen(found: Sequence[Scenario], only: Sequence[str]) -> list[Scenario]:
    """Scenarios whose name has one of these texts in it, and what they are compared with; all when there are none."""
    names = {each.name for each in found if not only or any(text in each.name for text in only)}
    while missing := {each.baseline for each in found if each.name in names and each.baseline} - names:
        names |= missing
    return [each for each in found if each.name in names]


def run(name: str, number: int, given: argparse.Namespace) -> Results:
    """Measure one example once, however many rounds that has."""
    kept = _KEPT / f"bakes-{name}-{number}.json"
    # Below /var/tmp: images take gigabytes, and /tmp may lie in memory.
    with tempfile.TemporaryDirectory(prefix="fedbake-bench-", dir="/var/tmp") as folder, ground(Path(folder)) as place:
        everything = list(scenarios(Baking(place, EXAMPLES[name]), given.rival_rounds))
        found = measured(chosen(everything, given.only), given.rounds, kept, given.resume)
    return Results(tuple(everything), found.costs)


def section(runs: Sequence[Results]) -> str:
    """An example's section of docs/performance.md: the last run, and how the runs agree when there are several."""
    agree = f"\n\nAll runs, one after the other:\n\n{agreement(runs)}" if len(runs) > 1 else ""
    return f"On {machine()}.\n\n{runs[-1].markdown()}{agree}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and keep them where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="how often all of it is measured")
    parser.add_argument("--rounds", type=int, default=3, help="of each run")
    parser.add_argument("--rival-rounds", type=int, help="rounds in which rivals are measured, when not in all of them")
    parser.add_argument("--example", action="append", choices=list(EXAMPLES), help="default: scikit-learn; repeatable")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        help="scenarios with this in their names, and baselines; repeatable",
    )
    parser.add_argument("--resume", action="store_true", help="go on with what build/bench has")
    parser.add_argument("--write", action="store_true", help="keep the tables in docs/performance.md")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in given.example or ["scikit-learn"]:
        text = section([run(name, number, given) for number in range(1, given.runs + 1)])
        print(f"{name}: {text}", flush=True)
        if given.write:
            write_section(f"bake {name}", text)


if __name__ == "__main__":
    main()
