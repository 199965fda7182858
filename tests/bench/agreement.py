"""Do runs agree: the ratios of several runs, one after the other, beside each other."""

import statistics
from collections.abc import Sequence

from bench.measure import Results


def agreement(runs: Sequence[Results]) -> str:
    """A Markdown table of every ratio that all runs have; the median, and the smallest and largest of the rounds."""
    numbers = range(1, len(runs) + 1)
    lines = ["| ratio | " + " | ".join(f"run {number}" for number in numbers) + " |", "|---|" + "---:|" * len(runs)]
    for scenario in runs[0].scenarios:
        ratios = [run.ratios(scenario) for run in runs]
        if all(ratios):
            cells = " | ".join(map(_spread, ratios))
            lines.append(f"| {scenario.name} to {scenario.baseline} | {cells} |")
    return "\n".join(lines)


def _spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
