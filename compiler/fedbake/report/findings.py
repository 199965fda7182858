"""Findings as text and as JSON."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from fedbake.report.quote import Lines, quoted
from fedbake.rules.finding import Finding, Severity, Suggestion
from fedbake.rules.message import visible
from fedbake.source.text import without_addresses

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_INDENT = "    "
_QUOTE_WIDTH = 120


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The documented objects: ``rule, severity, message, file, line, column, hint, fix, suggestion``."""
    return [finding.model_dump(mode="json") for finding in findings]


def as_text(findings: Sequence[Finding], lines: Lines | None = None, width: int | None = None) -> str:
    """Findings for a terminal, in order of the files, ending with a count; colours are ANSI and stripped by click.

    Args:
        lines: gives the lines of a file, to quote the one a finding is about.
        width: columns of the terminal; sentences are not wrapped without it.
    """
    return "\n".join([*_told(findings, lines, width), count(findings)])


def count(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning, 0 notes``."""
    severities = Counter(finding.severity for finding in findings)
    return ", ".join(f"{severities[each]} {each.value}{'' if severities[each] == 1 else 's'}" for each in Severity)


def suggested(suggestion: Suggestion) -> str:
    """The edit that would help, in a few words; an edit of several lines stands below them."""
    place = f"line {suggestion.line} of {suggestion.file}"
    before, after = without_addresses(suggestion.before), without_addresses(suggestion.after)
    if not after:
        return f"delete {before} in {place}"
    what = f"after {place}" if not before else f"in place of {before} in {place}"
    verb = "write" if before else "add"
    return f"{verb} {what}:\n{after}" if "\n" in after else f"{verb} {after} {what}"


def _told(findings: Sequence[Finding], lines: Lines | None, width: int | None) -> Iterator[str]:
    for _, of_file in groupby(findings, key=lambda finding: finding.file):
        for _, of_place in groupby(of_file, key=lambda finding: (finding.line, finding.column)):
            first, *others = of_place
            yield from _finding(first, _quote(first, lines, width), width)
            for finding in others:
                yield from _finding(finding, [], width)
        if lines is not None:
            yield ""


def _finding(finding: Finding, quote: list[str], width: int | None) -> Iterator[str]:
    import click

    place = f"{_line(finding.where)}: " if finding.where else ""
    head = f"{place}{finding.severity.value}: "
    first, *others = _wrapped(f"{head}{_line(finding.message)} [{finding.rule}]", width)
    if first.startswith(head):
        coloured = click.style(finding.severity.value, fg=_COLOURS[finding.severity], bold=True)
        first = f"{click.style(place, bold=True)}{coloured}: {first[len(head) :]}"
    yield first
    yield from others
    yield from (f"  {click.style(each, dim=True)}" for each in quote)
    for name, text in (
        ("fix", finding.change),
        ("suggestion", suggested(finding.suggestion) if finding.suggestion else None),
        ("hint", finding.hint),
    ):
        if text:
            begin, *example = text.split("\n")
            yield from _wrapped(f"{_INDENT}{name}: {_line(begin)}", width)
            yield from (f"{_INDENT}{_line(each)}" for each in example)


def _quote(finding: Finding, lines: Lines | None, width: int | None) -> list[str]:
    if lines is None or finding.file is None or finding.line is None:
        return []
    return quoted(lines(finding.file), finding.line, finding.column, (width or _QUOTE_WIDTH) - len(_INDENT))


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None:
        return [text]
    return textwrap.wrap(
        text, max(width, 40), subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
    )


def _line(text: str) -> str:
    """Text as one line of printable characters, of any length."""
    return "".join(map(visible, text))
