"""Findings as annotations of a GitHub Actions run: workflow commands on standard output.

Their grammar: docs.github.com/actions/reference/workflow-commands-for-github-actions, with the escapes of
actions/toolkit (packages/core/src/command.ts).
"""

from collections.abc import Sequence

from fedbake.report.findings import count
from fedbake.rules.finding import Finding, Severity
from fedbake.rules.message import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def as_annotations(findings: Sequence[Finding]) -> str:
    """One command a finding and a line with the count for the log."""
    return "\n".join([*map(_annotation, findings), count(findings)])


def _annotation(finding: Finding) -> str:
    places = {"file": finding.file, "line": finding.line, "col": finding.column, "title": finding.rule}
    properties = ",".join(f"{name}={_escaped(str(value), _PROPERTY)}" for name, value in places.items() if value)
    parts = (finding.message, finding.change and f"fix: {finding.change}", finding.hint and f"hint: {finding.hint}")
    text = "\n".join(part for part in parts if part)
    return f"::{_COMMANDS[finding.severity]} {properties}::{_escaped(text, _DATA)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character) or visible(character) for character in text)
