"""The result of a bake for a person: a table, and whether anything was emulated."""

from typing import TYPE_CHECKING

from fedbake.bake.result import BakeResult, PlatformResult

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHORT = len("sha256:") + 12


def summary(result: BakeResult) -> "RenderableType":
    """What to print when a bake is done."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("image", "platform", "digest"):
        table.add_column(name, overflow="fold")
    for name in ("MB", "seconds", "cached", "emulated"):
        table.add_column(name, justify="right")
    for image in result.images:
        for number, platform in enumerate(image.platforms):
            table.add_row(Text(image.target.value if number == 0 else ""), *map(Text, _cells(platform)))
    lines = [
        Text(line) for image in result.images if image.digest for line in _references(image.references, image.digest)
    ]
    return Group(table, *lines, Text(_emulation(result)), Text(_headline(result), style="bold"))


def _cells(one: PlatformResult) -> tuple[str, ...]:
    size = f"{one.bytes / 1e6:.1f}" if one.bytes is not None else "-"
    digest = one.digest[:_SHORT] if one.digest is not None else "-"
    return one.platform.value, digest, size, f"{one.seconds:.1f}", f"{one.cached}/{one.steps}", str(one.emulated)


def _references(references: tuple[str, ...], digest: str) -> list[str]:
    return [f"{reference}@{digest}" if number == 0 else reference for number, reference in enumerate(references)]


def _emulation(result: BakeResult) -> str:
    checks = f" (and {result.emulated_checks} of the checks)" if result.emulated_checks else ""
    return f"emulated steps: {result.emulated}{checks}"


def _headline(result: BakeResult) -> str:
    if not result.built:
        return f"nothing to build: the registry already holds plan {result.plan_id[:12]} ({result.seconds:.2f} s)"
    done = ["built", *(word for word, so in _words(result) if so)]
    return f"{', '.join(done)} in {result.seconds:.1f} s"


def _words(result: BakeResult) -> tuple[tuple[str, bool], ...]:
    return (("verified", result.verified), ("pushed", result.pushed), ("loaded", result.loaded))
