"""Findings as text and as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from fedbake.rules.finding import Finding, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The documented objects: ``rule, severity, message, file, line, column, fix`` (and ``hint``)."""
    return [finding.model_dump(mode="json") for finding in findings]


def as_text(findings: Sequence[Finding]) -> str:
    """Findings for a terminal, in order of the files, ending with a count; colours are ANSI and stripped by click."""
    import click

    lines = []
    for finding in findings:
        severity = click.style(finding.severity.value, fg=_COLOURS[finding.severity], bold=True)
        place = f"{finding.where}: " if finding.where else ""
        lines.append(f"{place}{severity}: {finding.message} [{finding.rule}]")
        if finding.change:
            lines.append(f"    fix: {finding.change}")
        if finding.hint:
            lines.append(f"    hint: {finding.hint}")
    lines.append(count(findings))
    return "\n".join(lines)


def count(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning, 0 notes``."""
    severities = Counter(finding.severity for finding in findings)
    return ", ".join(f"{severities[each]} {each.value}{'' if severities[each] == 1 else 's'}" for each in Severity)
