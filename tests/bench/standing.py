"""``make bench-flops``: FLOps' builder whose images stand already, among real surroundings.

Git host (HTTPS), MQTT broker, observer and registry are real and on this machine. The images are made once before the
first round, for one platform: how many there are changes nothing in what is measured.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.measure import ROOT, Cost, Scenario, clocked, command, machine, measured
from bench.page import write_section
from e2e.builder import COMMON, World, example, world

_KEPT = ROOT / "build/bench/flops.json"


def scenarios(around: World) -> Iterator[Scenario]:
    """Starting Python, asking the Git host for its branches, and the builder's whole run."""
    url, _, _ = around.repository(example())
    words = (*COMMON, "--supported_platforms=linux/amd64", "fl_actors", url, "sklearn")
    made = around.run(*words)
    if made.code:
        raise SystemExit(made.log)
    trust = {**around.environment, "GIT_SSL_CAINFO": around.environment["FEDBAKE_CA_BUNDLE"]}

    def ask() -> None:
        subprocess.run(["git", "ls-remote", "--quiet", url], env=trust, stdout=subprocess.DEVNULL, check=True)

    def again() -> Cost:
        run = around.run(*words)
        if run.code or "building" in run.log:
            raise SystemExit(run.log)
        return Cost(run.seconds, run.processor_seconds)

    yield Scenario("start Python", lambda: command((sys.executable, "-c", "pass")))
    yield Scenario("git ls-remote", lambda: clocked(ask))
    yield Scenario("fedbake flops, the images stand already", again, "git ls-remote", "1 s")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and keep it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fedbake-bench-") as folder, world(Path(folder)) as around:
        found = measured(list(scenarios(around)), given.rounds, _KEPT)
    text = f"On {machine()}; {given.rounds} rounds.\n\n{found.markdown()}\n"
    print(text)
    if given.write:
        write_section("flops", text)


if __name__ == "__main__":
    main()
