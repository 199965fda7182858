"""Options several commands share, each defined once."""

import click

output_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or the same facts as JSON on standard output.",
)
