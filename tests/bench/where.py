"""Where the time of a plan goes: processor time of its imports and stages, each alone, in fresh interpreters."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

# Imports first, so that stages are measured without them. A stage is a function by the name its caller knows it by.
_PROGRAM = """
import gc, importlib, json, sys, time
gc.set_threshold(100_000)
started = {"interpreter": time.process_time()}
def lap(name, action):
    before = time.process_time()
    result = action()
    started[name] = started.get(name, 0) + time.process_time() - before
    return result
imports, stages, arguments = json.loads(sys.argv[1])
for name, modules in imports.items():
    lap(name, lambda: [importlib.import_module(module) for module in modules])
def timed(name, function):
    return lambda *given, **named: lap(name, lambda: function(*given, **named))
for name, places in stages.items():
    for place in places:
        module, _, function = place.partition(":")
        module = importlib.import_module(module)
        setattr(module, function, timed(name, getattr(module, function)))
from fedbake.cli import main
try:
    main(arguments)
finally:
    started["all"] = time.process_time()
    print(json.dumps(started), file=sys.stderr)
"""
_IMPORTS = {
    "import the command line (click)": ["fedbake.cli", "click"],
    "import pydantic": ["pydantic.main", "pydantic.fields", "pydantic.types"],
    "import the command and its options": ["fedbake.cli.plan"],
    "import inspection and rules": ["fedbake.judge", "fedbake.rules.rule", "fedbake.rules.knowledge"],
    "import Jinja2": ["jinja2.sandbox"],
    "import all other stages": [
        *("fedbake.compile", "fedbake.render.directory", "fedbake.source.fetch", "fedbake.report.summary"),
        *("fedbake.inspect.repository", "fedbake.inspect.conda", "ruamel.yaml", "yaml"),
    ],
}
_STAGES = {
    "source": ["fedbake.source.material:fetch_material"],
    "load rules and tables": ["fedbake.judge:load_rules"],
    "inspect": ["fedbake.judge:inspect"],
    "rules": ["fedbake.judge:evaluate", "fedbake.compile:evaluate_locked"],
    "resolve, locks known": ["fedbake.compile:resolve"],
    "base image": ["fedbake.compile:find_base"],
    "assemble the plan": ["fedbake.compile:assemble"],
    "render": ["fedbake.render.directory:rendered"],
    "write": ["fedbake.render.directory:write_plan"],
}
_LAST = "everything else"


def profile(arguments: Sequence[str], rounds: int) -> dict[str, float]:
    """Milliseconds of processor time by what they are for; the least of several rounds."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        argv = [sys.executable, "-c", _PROGRAM, json.dumps([_IMPORTS, _STAGES, list(arguments)])]
        # This and the threshold above are what `fedbake.cli` begins with.
        env = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"}
        done = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
        costs = json.loads(done.stderr.splitlines()[-1])
        total = costs.pop("all")
        for name, seconds in {**costs, _LAST: total - sum(costs.values())}.items():
            found.setdefault(name, []).append(seconds * 1000)
    return {name: min(values) for name, values in found.items()}


def table(found: dict[str, float]) -> str:
    """The profile in Markdown."""
    total = sum(found.values())
    rows = [
        f"| {name} | {milliseconds:.0f} | {100 * milliseconds / total:.0f} |" for name, milliseconds in found.items()
    ]
    return "\n".join(["| part | CPU ms | % |", "|---|---:|---:|", *rows, f"| **together** | {total:.0f} | 100 |"])
