"""What check tells: people at a terminal, programs, code scanning services and GitHub's annotations."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click import unstyle
from jsonschema import Draft4Validator

from fedbake.judge import Folders, Judged, judge
from fedbake.names import Flavor, Platform, Role
from fedbake.plan.model import (
    Accounted,
    BaseImage,
    BuildPlan,
    Environment,
    Image,
    PlatformLock,
    Request,
    Source,
    Tool,
)
from fedbake.plan.request import Asked
from fedbake.render.report import report
from fedbake.render.templates import Templates
from fedbake.report.difference import changes
from fedbake.report.findings import as_text, suggested
from fedbake.report.github import as_annotations
from fedbake.report.quote import lines_of, quoted
from fedbake.report.rule import example_of, explained
from fedbake.report.sarif import as_sarif
from fedbake.report.summary import of_plan
from fedbake.resources import shipped
from fedbake.rules.finding import DropFor, Finding, Severity, Suggestion
from fedbake.rules.load import RuleSet
from fedbake.source.snapshot import Entry, EntryKind, Snapshot

PROGRAM = str(Path(sys.executable).with_name("fedbake"))
SCHEMA = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text())
CONDA = "dependencies:\n  - python=3.11\n  - pip:\n      - numpy==1.26.4\n      - mlflow==2.14.1\n      - pandas>>2\n"


@dataclass(frozen=True)
class Files:
    content: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.content[path]


def snapshot(files: Mapping[str, str | bytes], url: str | None = None, commit: str | None = None) -> Snapshot:
    content = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    entries = tuple(sorted(Entry(path, EntryKind.FILE, len(data)) for path, data in content.items()))
    return Snapshot("owner/repository", url, commit, 0, "0" * 64, entries, Files(content))


def judged(files: Mapping[str, str], **known: str) -> Judged:
    return judge(snapshot(files, **known), Asked(), Folders.with_own(None, None))


def sarif_of(result: Judged) -> dict[str, Any]:
    log = as_sarif(result.findings, result.rules.rules, result.snapshot, lines_of(result.snapshot.contents))
    return json.loads(json.dumps(log))


def sarif(*findings: Finding, files: Mapping[str, str] | None = None) -> dict[str, Any]:
    there = snapshot(files or {})
    log = json.loads(json.dumps(as_sarif(findings, (), there, lines_of(there.contents))))
    errors = [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)]
    assert errors == []
    return log["runs"][0]


def note(message: str = "it is so", **more: Any) -> Finding:
    return Finding(**{"rule": "group/name", "severity": Severity.NOTE, "message": message, **more})


@pytest.fixture(scope="module")
def shipped_rules() -> RuleSet:
    return judged({"conda.yaml": CONDA}).rules


# At a terminal


def test_a_finding_is_told_with_its_line_a_mark_below_the_column_and_what_to_do() -> None:
    finding = note(
        "numpy is old",
        severity=Severity.WARNING,
        file="conda.yaml",
        line=4,
        column=9,
        hint="take a new one",
        fix=DropFor(package="numpy"),
        suggestion=Suggestion(file="conda.yaml", line=4, column=9, before="numpy==1.26.4", after="numpy==2.1.0"),
    )
    told = as_text([finding], lines_of(snapshot({"conda.yaml": CONDA}).contents))
    assert unstyle(told).split("\n") == [
        "conda.yaml:4:9: warning: numpy is old [group/name]",
        "  4 |       - numpy==1.26.4",
        "    |         ^",
        "    fix: numpy left out of every image",
        "    suggestion: write numpy==2.1.0 in place of numpy==1.26.4 in line 4 of conda.yaml",
        "    hint: take a new one",
        "",
        "0 errors, 1 warning, 0 notes",
    ]


def test_a_line_is_quoted_once_for_all_that_is_said_about_it() -> None:
    place = {"file": "conda.yaml", "line": 4, "column": 9}
    told = as_text([note("one", **place), note("two", **place)], lines_of(snapshot({"conda.yaml": CONDA}).contents))
    assert told.count("- numpy==1.26.4") == 1
    assert "one" in told
    assert "two" in told


def test_a_plan_shown_later_quotes_nothing() -> None:
    told = unstyle(as_text([note(file="conda.yaml", line=4, column=9)]))
    assert told == "conda.yaml:4:9: note: it is so [group/name]\n0 errors, 0 warnings, 1 note"


def test_sentences_are_wrapped_for_a_terminal_and_not_for_a_pipe() -> None:
    long = note("word " * 40, file="a.txt", line=1, column=1)
    assert all(len(line) <= 60 for line in unstyle(as_text([long], width=60)).split("\n"))
    assert len(as_text([long]).split("\n")) == 2


def test_an_example_of_several_lines_in_a_hint_keeps_its_lines() -> None:
    told = as_text([note(hint="write\n    - pip:\n      - numpy")])
    assert "    hint: write\n        - pip:\n          - numpy\n" in told


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        ("numpy==1", 1, ["1 | numpy==1", "  | ^"]),
        ("\tnumpy", 2, ["1 |     numpy", "  |     ^"]),
        ("数据 = numpy", 6, ["1 | 数据 = numpy", "  |        ^"]),
        ("a\x1b[31mb", 7, ["1 | a\ufffd[31mb", "  |       ^"]),
        ("numpy", 99, ["1 | numpy"]),
        ("numpy", None, ["1 | numpy"]),
        ("   ", 1, []),
        ("x" * 5000, 1, []),
    ],
)
def test_the_mark_stands_below_the_column_whatever_the_characters(line: str, column: int, shown: list[str]) -> None:
    assert quoted([line], 1, column, 80) == shown


@pytest.mark.parametrize("column", [1, 50, 150, 300])
def test_a_long_line_is_cut_around_the_mark(column: int) -> None:
    line = "".join(chr(ord("a") + number % 26) for number in range(300))
    text, mark = quoted([line], 1, column, 60)
    assert len(text) <= 60
    assert text[mark.index("^")] == line[column - 1]


def test_there_is_nothing_to_quote_of_a_line_that_is_not_there() -> None:
    assert quoted(["one"], 2, 1, 80) == []
    assert quoted(["one"], 0, 1, 80) == []


def test_lines_are_read_in_every_encoding_a_dependency_file_may_have() -> None:
    lines = lines_of(
        snapshot(
            {
                "dos": b"\xef\xbb\xbfa\r\nb\r\n",
                "wide": "a\r\nb\r\n".encode("utf-16"),
                "broken": b"a\n\xff\n",
                "large": b"a" * (2**20 + 1),
            }
        ).contents
    )
    assert list(lines("dos")) == list(lines("wide")) == ["a", "b", ""]
    assert list(lines("broken")) == ["a", "\ufffd", ""]
    assert list(lines("large")) == list(lines("absent")) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("a", "b", "write b in place of a in line 3 of f"),
        ("", "b", "add b after line 3 of f"),
        ("a", "", "delete a in line 3 of f"),
        ("a", "b\nc", "write in place of a in line 3 of f:\nb\nc"),
        ("", "b\nc", "add after line 3 of f:\nb\nc"),
    ],
)
def test_a_suggestion_says_what_to_write_and_where(before: str, after: str, told: str) -> None:
    assert suggested(Suggestion(file="f", line=3, column=1, before=before, after=after)) == told


# SARIF


def test_the_log_of_a_real_repository_fits_the_schema_of_sarif() -> None:
    result = judged({"conda.yaml": CONDA, "model_manager.py": "import numpy\n"})
    log = sarif_of(result)
    errors = [
        error.message
        for error in Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).iter_errors(log)
    ]
    assert errors == []
    (run,) = log["runs"]
    assert [each["level"] for each in run["results"]] == [each.severity.value for each in result.findings]
    for found in run["results"]:
        assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
    (place,) = [
        each["locations"][0] for each in run["results"] if "mlflow" in each["ruleId"] and "learner" in each["ruleId"]
    ]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "conda.yaml", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 5, "startColumn": 9},
    }


def test_the_schema_would_notice_a_wrong_log() -> None:
    log = sarif_of(judged({"conda.yaml": CONDA}))
    del log["runs"][0]["results"][0]["message"]["text"]
    log["runs"][0]["results"][0]["message"]["texts"] = "x"
    assert not Draft4Validator(SCHEMA).is_valid(log)


def test_a_run_says_which_commit_it_is_about_and_names_no_local_folder() -> None:
    run = sarif_of(judged({"conda.yaml": CONDA}, url="https://example.org/o/r", commit="c" * 40))["runs"][0]
    assert run["versionControlProvenance"] == [
        {"repositoryUri": "https://example.org/o/r", "revisionId": "c" * 40, "mappedTo": {"uriBaseId": "SRCROOT"}}
    ]
    assert "uri" not in run["originalUriBaseIds"]["SRCROOT"]
    assert "versionControlProvenance" not in sarif_of(judged({"conda.yaml": CONDA}))["runs"][0]


def test_fingerprints_stay_when_lines_move_and_differ_between_findings() -> None:
    def fingerprints(text: str) -> list[str]:
        run = sarif_of(judged({"conda.yaml": text}))["runs"][0]
        return [each["partialFingerprints"]["fedbakeFinding/v1"] for each in run["results"]]

    before = fingerprints(CONDA)
    assert len(set(before)) == len(before) > 1
    assert fingerprints(f"# a comment\n\n{CONDA}") == before
    twice = sarif(note(file="f", line=1), note(file="f", line=2))["results"]
    assert twice[0]["partialFingerprints"] != twice[1]["partialFingerprints"]


def applied(run: dict[str, Any], text: str) -> str:
    """The text after the one fix of the one result, the way an editor makes it."""
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    first = starts[region["startLine"] - 1] + region["startColumn"] - 1
    last = starts[region["endLine"] - 1] + region["endColumn"] - 1
    return text[:first] + replacement["insertedContent"]["text"] + text[last:]


@pytest.mark.parametrize(
    ("line", "column", "before", "after", "result"),
    [
        (1, 3, "b==1", "b==2", "a b==2\nc\nd"),
        (1, 3, "b==1\nc", "x", "a x\nd"),
        (1, 1, "", "new", "a b==1\nnew\nc\nd"),
        (3, 1, "", "new", "a b==1\nc\nd\nnew"),
    ],
)
def test_a_suggestion_is_a_fix_an_editor_can_make(line: int, column: int, before: str, after: str, result: str) -> None:
    text = "a b==1\nc\nd"
    suggestion = Suggestion(file="f", line=line, column=column, before=before, after=after)
    assert applied(sarif(note(suggestion=suggestion), files={"f": text}), text) == result


def test_no_fix_is_offered_behind_the_end_of_a_file() -> None:
    suggestion = Suggestion(file="f", line=7, column=1, before="", after="x")
    assert "fixes" not in sarif(note(suggestion=suggestion), files={"f": "a\n"})["results"][0]


def test_a_finding_about_the_repository_as_a_whole_has_a_place_too() -> None:
    place = sarif(note())["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": ".", "uriBaseId": "SRCROOT"}}


# GitHub


def test_findings_become_annotations_at_their_lines() -> None:
    findings = [
        note("one", severity=Severity.ERROR, file="a.txt", line=3, column=5, hint="do it"),
        note("two", severity=Severity.WARNING),
    ]
    assert as_annotations(findings).split("\n") == [
        "::error file=a.txt,line=3,col=5,title=group/name::one%0Ahint: do it",
        "::warning title=group/name::two",
        "1 error, 1 warning, 0 notes",
    ]


# The command


@pytest.mark.parametrize("output_format", ["text", "json", "sarif", "github"])
def test_every_format_tells_of_the_same_error_with_the_same_exit_code(tmp_path: Path, output_format: str) -> None:
    (tmp_path / "conda.yaml").write_text(CONDA)
    done = subprocess.run(
        [PROGRAM, "check", str(tmp_path), "--format", output_format], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "structure/dependency-file-unreadable" in done.stdout
    assert "\x1b" not in done.stdout
    if output_format == "sarif":
        assert Draft4Validator(SCHEMA).is_valid(json.loads(done.stdout))
    if output_format == "json":
        told = json.loads(done.stdout)
        assert {"rule", "severity", "message", "file", "line", "column", "fix", "hint", "suggestion"} <= set(
            told["findings"][0]
        )
        assert [row["text"] for row in told["declarations"]] == ["python=3.11", "numpy==1.26.4", "mlflow==2.14.1"]


# Rules


def test_every_rule_is_explained_with_an_example_in_which_it_speaks(shipped_rules: RuleSet) -> None:
    for rule in shipped_rules.rules:
        example = example_of(rule, shipped_rules.knowledge)
        told = explained(rule, example, None)
        assert example.findings, rule.id
        assert rule.because in told
        assert f"[{rule.id}]" in told


def test_an_unknown_rule_is_answered_with_the_nearest() -> None:
    done = subprocess.run(
        [PROGRAM, "explain", "dependencies/mlflow-in-lerner"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "did you mean dependencies/mlflow-in-learner" in done.stderr


# The report of a plan


def a_plan(*declarations: Accounted) -> BuildPlan:
    """A plan of one image with these declarations."""
    lock = PlatformLock(platform=Platform.AMD64, packages=(), requirements="r", uv_platform="p")
    image = Image(
        role=Role.LEARNER,
        references=(),
        layers=(),
        workdir="/w",
        user=1,
        command=(),
        ports=(),
        variables={},
    )
    return BuildPlan(
        plan_id="0" * 64,
        source=Source(name="o/r", url=None, commit=None, committed_at=0, tree="0" * 64),
        request=Request(
            targets=(Role.LEARNER,), platforms=(Platform.AMD64,), flavor=Flavor.SKLEARN, registry="r", repository="r"
        ),
        python="3.11",
        base=BaseImage(reference="r/python:3.11", toolchain=()),
        tool=Tool(name="uv", version="1", wheels={}, sha256={}),
        environments=(Environment(name="actors", roles=(Role.LEARNER,), locks=(lock,)),),
        images=(image,),
        build=(),
        emulated=(),
        decisions=(),
        findings=(),
        declarations=declarations,
        fixes_sha256=None,
        lock_sha256="0" * 64,
        context=(),
        templates_sha256="0" * 64,
    )


def a_row(name: str, **more: Any) -> Accounted:
    return Accounted(**{"text": f"{name}=1", "where": "conda.yaml:1:1", "name": name, "outcome": "left-out", **more})


def section(plan: BuildPlan) -> list[str]:
    told = report(plan, Templates([shipped("templates")]))
    return told.partition("## Your dependencies\n\n")[2].partition("\n\n## What was decided")[0].split("\n")


def test_the_report_of_a_plan_shows_what_became_of_each_declaration() -> None:
    plan = a_plan(
        a_row("python", outcome="python"),
        a_row("pytorch", outcome="installed", packages={Platform.AMD64: "torch==1.0"}),
        a_row("mkl", because="a library | wheels bring it"),
    )
    assert section(plan)[2:] == [
        "| python=1 | conda.yaml:1:1 | Python 3.11 |  |",
        "| pytorch=1 | conda.yaml:1:1 | torch 1.0 |  |",
        "| mkl=1 | conda.yaml:1:1 | left out | a library \\| wheels bring it |",
    ]
    assert "1 declared package is left out of every image: mkl" in of_plan(plan).split("\n")


def test_a_long_export_is_summed_up_by_reason() -> None:
    libraries = [a_row(f"lib{number}", because="a library") for number in range(40)]
    plan = a_plan(a_row("numpy", outcome="installed"), *libraries, a_row("git", because="a program"))
    told = section(plan)
    assert len([line for line in told if line.startswith("| ")]) == 2
    assert told[-2:] == [
        "- a library (40): " + ", ".join(f"lib{number}" for number in range(40)),
        "- a program (1): git",
    ]


def test_a_difference_tells_which_declaration_is_left_out_now() -> None:
    before = a_plan(a_row("mkl", outcome="installed", roles=(Role.LEARNER,)))
    (change,) = changes(before, a_plan(a_row("mkl")))
    assert (change.subject, change.before, change.after) == ("declared mkl=1", "installed learner", "left-out")
