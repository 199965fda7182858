"""``make bench-bake``: whole bakes, cold and warm, beside the obvious Dockerfile, FLOps' way and the floor.

Everything is built by the engine in use and pushed to a registry of its own. Planning is not part of a bake and not
measured here. ``--write`` keeps the tables in docs/performance.md; ``--resume`` goes on with an interrupted run.
"""

import argparse
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.baking_ground import BOTH, PROGRAM, Ground, ground
from bench.measure import ROOT, Cost, Results, Scenario, machine, measured
from bench.page import write_section
from bench.rivals import floor, flops, obvious

_KEPT = ROOT / "build/bench/bakes-{}.json"
EXAMPLES = {
    "scikit-learn": (ROOT / "golden/sklearn-digits/repo", ()),
    "pytorch": (ROOT / "golden/torch-federated/repo", ("--accelerator", "cpu")),
    "keras": (ROOT / "golden/keras-mnist/repo", ()),
}
COLD = "2 platforms, cold"
UNCHECKED = "2 platforms, cold, not verified"


@dataclass
class Example:
    """One repository, and what is baked of it: a cold bake leaves the cache in which the warm ones begin.

    Attributes:
        base: the base image of the last cold bake.
        name: of the images of the last cold bake.
        plan: the plan directory the next measurement takes.
    """

    ground: Ground
    source: Path
    options: tuple[str, ...]
    base: str = ""
    name: str = ""
    plan: Path = field(default_factory=Path)

    def cold(self, *options: str) -> None:
        """Plan on a base image nobody has used, and forget what was built on others."""
        self.ground.clear_cache()
        self.base = self.ground.fresh_base()
        self.name = f"bench/{self.base[-8:]}"
        self.plan = self._planned(self.source, self.name, *options)

    def warm(self) -> None:
        """Make sure that everything is in the cache, and plan the same for a place where nothing is."""
        self.baked_once()
        self.plan = self._planned(self.source, f"{self.name}-again")

    def changed(self, file: str, old: str, new: str) -> None:
        """Make sure that everything is in the cache, and plan the repository with a change."""
        self.baked_once()
        folder = Path(tempfile.mkdtemp(dir=self.ground.folder)) / "repo"
        shutil.copytree(self.source, folder)
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
        self.plan = self._planned(self.source, self.name)
        self.bake()

    def _planned(self, repository: Path, name: str, *options: str) -> Path:
        return self.ground.plan(repository, self.base, name, *self.options, *options)


def scenarios(of: Example) -> Iterator[Scenario]:
    """Everything that is measured of one example; what comes after a cold bake finds its cache."""

    def one_platform() -> None:
        of.cold("--platform", BOTH[0])

    def code() -> None:
        of.changed("model_manager.py", "class ModelManager", f"{_changing()}\n\n\nclass ModelManager")

    def dependency() -> None:
        of.changed("conda.yaml", "cloudpickle==3.0.0", "cloudpickle==3.1.1")

    def unchecked() -> Cost:
        return of.bake("--no-verify")

    yield Scenario("download and unpack the wheels", lambda: floor(of.ground, of.plan), UNCHECKED, "", of.cold)
    yield Scenario("1 platform, cold", of.bake, prepare=one_platform)
    yield Scenario(COLD, of.bake, "1 platform, cold", prepare=of.cold)
    yield Scenario("everything cached, pushed to a new place", of.bake, COLD, prepare=of.warm)
    yield Scenario("the user's code changed", of.bake, COLD, prepare=code)
    yield Scenario("one dependency changed", of.bake, COLD, prepare=dependency)
    yield Scenario("nothing changed", of.bake, COLD, "1 s", of.baked_once)
    yield Scenario("the user's code changed, not verified", unchecked, UNCHECKED, "5 s", code)
    yield Scenario("1 platform, cold, not verified", unchecked, prepare=one_platform)
    yield Scenario(UNCHECKED, unchecked, "1 platform, cold, not verified", "at most 1.3 times", of.cold)
    rival = (UNCHECKED, "at least 4 times", of.cold)
    yield Scenario("the obvious Dockerfile, cold", lambda: obvious(of.ground, of.plan, of.base, of.name), *rival)
    rival = (UNCHECKED, "at least 6 times", of.cold)
    yield Scenario("FLOps' way, cold", lambda: flops(of.ground, of.plan, of.base, of.name), *rival)


def _changing() -> str:
    """A line of code nobody has baked."""
    return f"CHANGED = {secrets.token_hex(6)!r}"


def chosen(found: Sequence[Scenario], only: str) -> list[Scenario]:
    """Scenarios whose name has a text in it, and what they are compared with."""
    names = {each.name for each in found if only in each.name}
    while missing := {each.baseline for each in found if each.name in names and each.baseline} - names:
        names |= missing
    return [each for each in found if each.name in names]


def page(results: dict[str, Results], rounds: int) -> str:
    """The section of docs/performance.md."""
    lines = [f"On {machine()}; rounds: {rounds}."]
    for example, result in results.items():
        lines += ["", f"### {example}", "", result.markdown()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and keep them where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--example", action="append", choices=list(EXAMPLES), help="default: scikit-learn; repeatable")
    parser.add_argument(
        "--only", default="", help="scenarios with this in their names, and what they are compared with"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--write", action="store_true", help="keep the tables in docs/performance.md")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = {}
    for name in given.example or ["scikit-learn"]:
        source, options = EXAMPLES[name]
        kept = Path(str(_KEPT).format(name))
        # Below /var/tmp: images take gigabytes, and /tmp may lie in memory.
        with (
            tempfile.TemporaryDirectory(prefix="fedbake-bench-", dir="/var/tmp") as folder,
            ground(Path(folder)) as place,
        ):
            found = chosen(list(scenarios(Example(place, source, options))), given.only)
            results[name] = measured(found, given.rounds, kept, given.resume)
            print(page({name: results[name]}, given.rounds), flush=True)
    if given.write:
        write_section("bake", page(results, given.rounds))


if __name__ == "__main__":
    main()
