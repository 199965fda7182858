"""What became of the user's declarations, as the report shows it: a row each, long lists of left-out ones summed up."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fedbake.plan.model import Accounted, BuildPlan
from fedbake.render.markdown import Text, text

# An exported environment lists hundreds of packages that only conda needs; above this they are listed by reason.
_MOST_ROWS = 40


def declared(plan: BuildPlan) -> dict[str, Any]:
    """The values of the section: ``declarations`` are rows, ``left_out`` the items of a list."""
    left_out = [row for row in plan.declarations if row.outcome == "left-out"]
    if len(left_out) <= _MOST_ROWS:
        return {"declarations": [_row(row, plan) for row in plan.declarations], "left_out": []}
    others = [row for row in plan.declarations if row.outcome != "left-out"]
    return {"declarations": [_row(row, plan) for row in others], "left_out": _by_reason(left_out)}


def _row(row: Accounted, plan: BuildPlan) -> dict[str, Text]:
    return {
        "text": text(row.text),
        "where": text(row.where),
        "becomes": text(_becomes(row, plan)),
        "note": text("; ".join(filter(None, (row.because, row.rule)))),
    }


def _becomes(row: Accounted, plan: BuildPlan) -> str:
    match row.outcome:
        case "python":
            return f"Python {plan.python}"
        case "left-out":
            return "left out"
        case "accelerator":
            return ""
    if set(row.packages) == set(plan.request.platforms) and len(set(row.packages.values())) == 1:
        return _spaced(next(iter(row.packages.values())))
    return ", ".join(f"{_spaced(package)} on {platform}" for platform, package in row.packages.items())


def _spaced(package: str) -> str:
    return package.replace("==", " ", 1)


def _by_reason(rows: Sequence[Accounted]) -> list[dict[str, Any]]:
    def reason(row: Accounted) -> str:
        return row.because or ""

    grouped = {because: list(members) for because, members in groupby(sorted(rows, key=reason), key=reason)}
    return [
        {"count": len(members), "because": text(because), "names": [text(row.name) for row in members]}
        for because, members in sorted(grouped.items(), key=lambda group: (-len(group[1]), group[0]))
    ]
