"""Findings as SARIF 2.1.0, the format code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html; section numbers below
are of that document.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from fedbake import __version__
from fedbake.report.findings import suggested
from fedbake.report.quote import Lines
from fedbake.rules.finding import Finding, Suggestion
from fedbake.rules.message import visible
from fedbake.rules.reference import page
from fedbake.rules.rule import Rule
from fedbake.source.snapshot import Snapshot

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"

Object = dict[str, Any]


def as_sarif(findings: Sequence[Finding], rules: Sequence[Rule], snapshot: Snapshot, lines: Lines) -> Object:
    """The log of one run, the same for the same repository and rules on any machine.

    Args:
        rules: all that were asked, whether or not they found something.
        lines: gives the lines of a file, to know where one ends that a suggestion follows.
    """
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    fingerprints = _fingerprints(findings)
    run = {
        "tool": {"driver": {"name": "fedbake", "version": __version__, "rules": [_rule(rule) for rule in rules]}},
        "automationDetails": {"id": f"fedbake/{snapshot.revision}"},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the root of the repository"}}},
        **_provenance(snapshot),
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, fingerprint, numbers, lines)
            for finding, fingerprint in zip(findings, fingerprints, strict=True)
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> Object:
    described = {
        "id": rule.id,
        "shortDescription": _text(rule.title),
        "fullDescription": _text(rule.because),
        "help": {**_text(rule.because), "markdown": _escaped(page(rule))},
        "defaultConfiguration": {"level": rule.severity.value},
    }
    return {**described, "helpUri": rule.references[0]} if rule.references else described


def _provenance(snapshot: Snapshot) -> Object:
    if snapshot.url is None or snapshot.commit is None:
        return {}
    known = {"repositoryUri": snapshot.url, "revisionId": snapshot.commit, "mappedTo": {"uriBaseId": _ROOT}}
    return {"versionControlProvenance": [known]}


def _result(finding: Finding, fingerprint: str, numbers: dict[str, int], lines: Lines) -> Object:
    told = [finding.message, *(f"{name}: {text}" for name, text in _further(finding) if text)]
    result: Object = {
        "ruleId": finding.rule,
        "level": finding.severity.value,
        "message": _text("\n".join(told)),
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {"fedbakeFinding/v1": fingerprint},
    }
    if finding.rule in numbers:
        result["ruleIndex"] = numbers[finding.rule]
    if finding.suggestion is not None and (region := _region(finding.suggestion, lines)) is not None:
        result["fixes"] = [_fix(finding.suggestion, region)]
    return result


def _further(finding: Finding) -> Iterator[tuple[str, str | None]]:
    yield "Fix", finding.change
    yield "Hint", finding.hint


def _place(finding: Finding) -> Object:
    """Where a finding is; a finding about the repository as a whole is at its root, as services need some place."""
    place: Object = {"artifactLocation": _file(finding.file or ".")}
    if finding.line is not None:
        column = {} if finding.column is None else {"startColumn": finding.column}
        place["region"] = {"startLine": finding.line, **column}
    return place


def _file(path: str) -> Object:
    return {"uri": quote(path, safe="/"), "uriBaseId": _ROOT}


def _fix(suggestion: Suggestion, region: Object) -> Object:
    added = suggestion.after if suggestion.before else f"\n{suggestion.after}"
    replacement = {"deletedRegion": region, "insertedContent": {"text": added}}
    change = {"artifactLocation": _file(suggestion.file), "replacements": [replacement]}
    return {"description": _text(suggested(suggestion)), "artifactChanges": [change]}


def _region(suggestion: Suggestion, lines: Lines) -> Object | None:
    """What a suggestion replaces: its text, or nothing at the end of the line it follows.

    ``None`` when the file has no such line, so that no fix is offered that cannot be made.
    """
    line, column = suggestion.line, suggestion.column
    if not suggestion.before:
        there = lines(suggestion.file)
        if line > len(there):
            return None
        column = len(there[line - 1]) + 1
    first, *others = suggestion.before.split("\n")
    last = len(others[-1]) + 1 if others else column + len(first)
    return {"startLine": line, "startColumn": column, "endLine": line + len(others), "endColumn": last}


def _fingerprints(findings: Sequence[Finding]) -> list[str]:
    """What tells findings apart from run to run: not the line, which moves when others are added above it."""
    seen: Counter[tuple[str, str, str]] = Counter()
    fingerprints = []
    for finding in findings:
        key = (finding.rule, finding.file or "", finding.message)
        seen[key] += 1
        fingerprints.append(hashlib.sha256("\0".join((*key, str(seen[key]))).encode()).hexdigest()[:32])
    return fingerprints


def _text(text: str) -> Object:
    return {"text": _escaped(text)}


def _escaped(text: str) -> str:
    """Plain text in which nothing is a placeholder (3.11.5) or a link (3.11.6), and nothing is invisible."""
    shown = "\n".join("".join(map(visible, line)) for line in text.split("\n"))
    return shown.replace("{", "{{").replace("}", "}}").replace("](", "] (")
