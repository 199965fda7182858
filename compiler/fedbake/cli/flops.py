"""``fedbake flops``: FLOps' builder, whose command line is read as the contract's own program reads it."""

import sys

import click

from fedbake.settings import Settings


class _Unread(click.Command):
    """A command that hands its words over as they are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.params = {"words": tuple(args)}
        return []


@click.command("flops", cls=_Unread, help="FLOps' builder: notifies manager and observer of what it builds.")
@click.pass_obj
def command(settings: Settings, /, words: tuple[str, ...]) -> int:
    """Read the contract's command line, and do what it says."""
    from fedbake.flops.run import run

    return run(words, settings, sys.stderr)
