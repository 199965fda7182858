"""The command line: reads the environment once, finds the command, prints errors the way users see them.

Commands are imported only when they are called, so that start-up stays fast (docs/performance.md).
"""

import atexit
import gc
import importlib
import itertools
import json
import os
import sys
from collections.abc import Sequence

import click

from fedbake import __version__
from fedbake.errors import FedbakeError, InterruptedRunError
from fedbake.settings import Settings

_COMMANDS = {
    "plan": ("plan", "Compile a repository into a build plan."),
    "check": ("check", "Say what is wrong with a repository; write nothing."),
    "show": ("show", "Show a plan for review."),
    "diff": ("diff", "Compare two plans."),
    "tree": ("tree", "Who needs what, in a plan or in a baked image."),
    "explain": ("explain", "Explain a rule."),
    "rules": ("rules", "List the rules, or run their tests."),
    "bake": ("bake", "Build, verify and push exactly what a plan says."),
    "build": ("build", "Plan and bake in one step."),
    "flops": ("flops", "FLOps' builder: notifies manager and observer of what it builds."),
    "golden": ("golden", "Golden-file testing of templates and rules."),
    "outbox": ("outbox", "Notifications that were not delivered yet."),
    "doctor": ("doctor", "Is this machine ready to bake? --fix makes it so."),
    "base-image": ("base_image", "Make Python base images from Debian packages."),
    "builder-image": ("builder_image", "Make the image a worker starts as a builder."),
}


class _LazyGroup(click.Group):
    """A group that knows its commands by name and imports each one's module when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"fedbake.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fedbake")
@click.pass_context
def cli(context: click.Context) -> None:
    """Compile an ML Git repository into a reviewable multi-platform build plan, and bake exactly that plan."""
    if context.obj is None:
        context.obj = Settings.from_environment(os.environ)


def _report(error: FedbakeError, as_json: bool) -> None:
    if as_json:
        facts = {
            "message": error.message,
            "where": error.where,
            "hint": error.hint,
            "details": error.details,
            "suggestions": [each.model_dump(mode="json") for each in error.suggestions],
            "reasoning": error.reasoning,
            "exit_code": error.exit_code,
        }
        click.echo(json.dumps({"error": facts}))
    from fedbake.report.error import SHOWN_REASONING, as_lines

    click.secho("error", fg="red", bold=True, nl=False, err=True)
    click.echo(": " + "\n".join(as_lines(error)), err=True)
    hidden = len(error.reasoning) - SHOWN_REASONING
    if hidden > 0:
        click.echo(f"    ... and {hidden} more lines, which --format json has", err=True)


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = itertools.pairwise(arguments)
    return "--format=json" in arguments or ("--format", "json") in pairs


def _be_quick() -> None:
    """Start and end without what nobody waits for: together a quarter of a plan (docs/performance.md)."""
    # Imports make many objects and no garbage. What is left at the end goes with the process, unlooked at.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    # Neither its time nor its effects are wanted: what other packages plug into pydantic must not change a plan.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run fedbake and exit with the documented code (docs/exit-codes.md)."""
    _be_quick()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(args=given, prog_name="fedbake", standalone_mode=False)
    except FedbakeError as error:
        _report(error, _wants_json(given))
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        _report(InterruptedRunError("interrupted; no tag was moved"), _wants_json(given))
        code = InterruptedRunError.exit_code
    raise SystemExit(code if isinstance(code, int) else 0)
