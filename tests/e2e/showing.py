"""How the demonstrations speak to a person: steps, the commands of fedbake with what they write, and tables."""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from e2e.federation import FederationResult
from e2e.main_job import machine_settings
from fedbake.process import run

console = Console(soft_wrap=True)


def step(text: str) -> None:
    """Begin a step."""
    console.rule(f"[bold]{text}", align="left")


def fedbake(*arguments: str) -> None:
    """Run fedbake, live.

    Raises:
        SystemExit: it failed; with its exit code.
    """
    console.print(f"$ fedbake {' '.join(arguments)}", highlight=False)
    program = str(Path(sys.executable).with_name("fedbake"))
    environment = dict(machine_settings().environment)
    done = run([program, *arguments], env=environment, timeout=3600, on_stderr_line=line)
    sys.stdout.write(done.text)
    if done.code:
        raise SystemExit(done.code)


def line(text: str) -> None:
    """Write a line of somebody else's, as it is."""
    console.print(f"  {text}", style="dim", markup=False, highlight=False)


def rounds(trained: FederationResult) -> None:
    """Loss and accuracy of each round."""
    table = Table("round", "loss", "accuracy")
    if trained.summary is not None:
        measured = zip(trained.summary.loss, trained.summary.accuracy, strict=True)
        for number, (loss, accuracy) in enumerate(measured, 1):
            table.add_row(str(number), f"{loss or 0:.3f}", f"{accuracy or 0:.3f}")
    console.print(table)
