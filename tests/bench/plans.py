"""``make bench``: starting, checking and planning, by number of files, dependencies and findings.

Whole commands, each a process of its own, with what they remember on disk (locks, pages of the index) known from a run
before the first round. Dependencies come from a package index on this machine that never changes; the scikit-learn
example is as of a fixed day.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.measure import ROOT, Cost, Results, Scenario, command, machine, measured
from bench.page import write_section
from bench.repositories import EXAMPLE, package, with_dependencies, with_files, with_findings
from bench.where import profile, table
from package_index import PackageIndex, package_index

PYTHON = sys.executable
FEDBAKE = str(Path(sys.executable).with_name("fedbake"))
BASE_IMAGE = ("--base-image", "3.11=docker.io/library/python:3.11@sha256:" + "1" * 64)
DATED = ("--as-of", "2026-11-01")
KEPT = ROOT / "build/bench/plans.json"
FILES = (10, 100, 1_000, 10_000)
DEPENDENCIES = (5, 50, 100, 300)
FINDINGS = (0, 10, 100, 1_000)
_OFFERED = (
    ("numpy", "1.26.4"),
    ("scikit-learn", "1.5.2"),
    ("flwr", "1.25.0"),
    ("protobuf", "5.29.0"),
    ("paho-mqtt", "2.1.0"),
    ("mlflow-skinny", "2.22.5"),
    ("pandas", "2.2.3"),
    ("setuptools", "81.0.0"),
)


def offer(index: PackageIndex) -> None:
    """Everything the repositories with dependencies and findings need, offered as PyPI does: it may be kept a while."""
    index.headers["Cache-Control"] = "max-age=86400"
    for name, version in _OFFERED:
        index.add(name, version)
    for number in range(max(DEPENDENCIES)):
        index.add(package(number), "1.0")


class Planning:
    """Commands in a folder of their own, with a memory of their own where a local index is used."""

    def __init__(self, folder: Path, index: PackageIndex) -> None:
        self._folder = folder
        self._index = index

    def plan(self, repository: Path, *options: str, memory: str | None = None) -> Cost:
        """Make a plan of a repository; an older one is replaced. With a memory of that name, out of the local index."""
        local = {"FEDBAKE_INDEX_URL": self._index.simple, "FEDBAKE_CACHE_DIR": str(self._folder / str(memory))}
        output = self._folder / "plans" / repository.name
        argv = (FEDBAKE, "plan", str(repository), "-o", str(output), *BASE_IMAGE, *options)
        return command(argv, local if memory else None)

    def forget(self, memory: str) -> None:
        """Locks are forgotten; what uv has read of the index is not."""
        shutil.rmtree(self._folder / memory / "locks", ignore_errors=True)

    def copy(self, repository: Path) -> Cost:
        """What reading and writing the same files costs at least."""
        target = self._folder / "copy"
        shutil.rmtree(target, ignore_errors=True)
        return command(("/bin/cp", "-r", str(repository), str(target)))


def starting() -> Iterator[Scenario]:
    """Scenarios without a plan; the first one is the baseline of most others."""
    yield Scenario("start Python", lambda: command((PYTHON, "-c", "pass")))
    yield Scenario(
        "import fedbake.cli", lambda: command((PYTHON, "-c", "import fedbake.cli")), "start Python", "0.25 s, 60 MB"
    )
    yield Scenario("fedbake --help", lambda: command((FEDBAKE, "--help")), "start Python")
    yield Scenario("check the example", lambda: command((FEDBAKE, "check", str(EXAMPLE))), "start Python")


def planning(folder: Path, index: PackageIndex) -> Iterator[Scenario]:
    """Plans by size of the repository."""
    do = Planning(folder, index)
    repository = _git(folder / "git")
    yield Scenario("plan the example", lambda: do.plan(EXAMPLE, *DATED), "start Python", "0.6 s, 150 MB")
    yield Scenario("plan the example out of Git", lambda: do.plan(repository, *DATED), "plan the example")
    for count in FILES:
        files = with_files(folder, count)
        floor = f"copy {count} files"
        yield Scenario(floor, partial(do.copy, files), "start Python")
        budget = "2 s, 150 MB" if count == 10_000 else ""
        yield Scenario(f"plan {count} files", partial(do.plan, files, *DATED), floor, budget)
    for count in DEPENDENCIES:
        wanting = with_dependencies(folder, count)
        yield Scenario(f"plan {count} dependencies", partial(do.plan, wanting, memory="kept"), "start Python")
    anew, forget = partial(do.plan, wanting, memory="forgotten"), partial(do.forget, "forgotten")
    yield Scenario(f"resolve {count} dependencies anew", anew, f"plan {count} dependencies", prepare=forget)
    for count in FINDINGS:
        found = with_findings(folder, count)
        yield Scenario(f"plan {count} findings", partial(do.plan, found, memory="kept"), "start Python")


def _git(folder: Path) -> Path:
    """The example as the one commit of a repository."""
    shutil.copytree(EXAMPLE, folder)
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "example")):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    return folder


def page(results: Results, rounds: int, where: str) -> str:
    """The section of docs/performance.md."""
    return (
        f"On {machine()}; {rounds} rounds.\n\n{results.markdown()}\n\n"
        f"Where the processor time of `plan the example` goes:\n\n{where}\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and keep it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--only", default="", help="scenarios whose name has this in it, and what they are compared with"
    )
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fedbake-bench-") as name, package_index() as index:
        offer(index)
        found = [*starting(), *planning(Path(name), index)]
        chosen = {each.baseline for each in found if given.only in each.name}
        found = [each for each in found if given.only in each.name or each.name in chosen]
        for scenario in found:
            print(f"once, so that everything is known: {scenario.name}", file=sys.stderr)
            scenario.run()
        results = measured(found, given.rounds, KEPT)
        output = str(Path(name) / "profiled")
        where = profile(("plan", str(EXAMPLE), "-o", output, *BASE_IMAGE, *DATED), given.rounds)
    body = page(results, given.rounds, table(where))
    print(body)
    if given.write:
        write_section("plan", body)


if __name__ == "__main__":
    main()
