"""Text of a repository in reports: it forges no annotation, terminal sequence or JSON, and gives no secret away."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click import unstyle
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from fedbake.plan.model import Accounted
from fedbake.render.markdown import text as markdown
from fedbake.report.findings import as_text
from fedbake.report.github import as_annotations
from fedbake.report.quote import lines_of, quoted
from fedbake.report.sarif import as_sarif
from fedbake.rules.finding import Finding, Severity, Suggestion
from fedbake.source.snapshot import Snapshot
from fedbake.source.text import without_addresses

SCHEMA = json.loads((Path(__file__).parents[1] / "unit/report/sarif-schema-2.1.0.json").read_text())
HOSTILE = [
    "a\n::error file=forged.py::forged",
    "a\r\n::set-output name=x::y",
    "a\r::add-mask::b",
    "x::warning::y",
    "::stop-commands::token",
    "a,line=99,title=forged",
    "%0A::error::forged",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    '"quoted" \\ \'',
    "grün \u6570\u636e \U0001f40d",
    "right\u202eleft\u2066",
    "a\u2028::error::forged",
    "[click](https://evil.example)",
    "{0} and {{1}}",
    "</script><script>alert(1)</script>",
]


@dataclass(frozen=True)
class Files:
    content: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.content[path]


def hostile(text: str) -> Finding:
    return Finding(
        rule="group/name",
        severity=Severity.ERROR,
        message=text,
        file=text,
        line=3,
        column=5,
        hint=text,
        suggestion=Suggestion(file=text, line=3, column=5, before="b", after=text),
    )


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """What a runner makes of a job's output: every line that begins with ``::`` is a command."""
    found = []
    for line in re.split("\r\n|\r|\n", log):
        match = re.match(r"\s*::([a-z-]+)(?: (.*?))?::(.*)", line)
        if match:
            pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
            properties = {name: unescaped(value, ":,") for name, _, value in pairs}
            found.append((match[1], properties, unescaped(match[3], "")))
    return found


def unescaped(text: str, more: str) -> str:
    for character in f"\r\n{more}%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_forges_an_annotation(text: str) -> None:
    ((command, properties, message),) = commands(as_annotations([hostile(text)]))
    assert command == "error"
    assert set(properties) == {"file", "line", "col", "title"}
    assert (properties["line"], properties["col"], properties["title"]) == ("3", "5", "group/name")
    if text.isprintable():
        assert properties["file"] == text
        assert message == f"{text}\nhint: {text}"


def test_annotations_written_without_escapes_are_forged() -> None:
    text = HOSTILE[0]
    naive = f"::error file={text},line=3::{text}"
    assert ("error", {"file": "forged.py"}, "forged,line=3::a") in commands(naive)
    assert len(commands(naive)) == 2


@given(st.text(max_size=80), st.text(max_size=80))
def test_one_finding_is_one_annotation_whatever_it_says(file: str, message: str) -> None:
    finding = Finding(rule="group/name", severity=Severity.NOTE, message=message, file=file, line=1)
    assert [command for command, _, _ in commands(as_annotations([finding]))] == ["notice"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terminal_gets_no_control_character_and_no_line_of_a_stranger(text: str) -> None:
    told = unstyle(as_text([hostile(text)], lines_of(Files({text: f"\n\n{text}\n".encode()}))))
    assert all(character.isprintable() or character == "\n" for character in told)
    heads = [line for line in told.split("\n") if not line.startswith("  ")]
    assert len(heads) == 3, "the finding, the empty line behind it, the count"


def test_what_a_terminal_would_obey_is_live_before_it_is_shown() -> None:
    finding = hostile("\x1b[2J")
    assert "\x1b[2J" in f"{finding.where}: {finding.message}"
    assert "\x1b[2J" not in as_text([finding])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_log_stays_valid_and_its_uris_relative(text: str) -> None:
    snapshot = Snapshot("o/r", None, None, 0, "0" * 64, (), Files({text: b"a\nb\nc\n"}))
    log = json.loads(json.dumps(as_sarif([hostile(text)], (), snapshot, lines_of(snapshot.contents))))
    validator = Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(log)] == []
    (result,) = log["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", uri)
    assert re.search(r"\{\d", result["message"]["text"].replace("{{", "")) is None
    assert "](" not in result["message"]["text"]


@pytest.mark.parametrize(
    "line",
    [
        "--extra-index-url https://user:hunter2@index.example/simple",
        "torch @ git+https://hunter2@git.example/o/r@main",
        "pkg @ https://index.example/t/hunter2/pkg.whl#sha256=0",
        "--index-url https://index.example/simple?token=hunter2",
        "  - https://conda.example/t/hunter2/channel::numpy",
        "repo = 'ssh://git:hunter2@git.example/o/r'",
        "--find-links user:hunter2@index.example/simple",
    ],
)
@pytest.mark.parametrize("column", [1, 12, 30, 45])
def test_a_quoted_line_keeps_its_secrets(line: str, column: int) -> None:
    shown = quoted([line], 1, column, 30)
    assert shown
    assert "hunter2" not in "".join(shown)
    assert "hunter2" not in without_addresses(line)
    assert "hunter2" in line


def test_ordinary_lines_are_quoted_as_they_are() -> None:
    for line in (
        "numpy==1.26.4 ; python_version < '3.12'",
        "git@github.com",
        "defaults/linux-64::mkl==2021.4.0=h06",
        "a: b",
    ):
        assert without_addresses(line) == line


@given(st.text(max_size=200), st.integers(-1, 250), st.integers(1, 100))
def test_quoting_stands_any_line_and_column(line: str, column: int, width: int) -> None:
    for shown in quoted([line], 1, column, width):
        assert shown.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_declaration_in_the_report_is_one_cell(text: str) -> None:
    row = Accounted(text=text, where="conda.yaml:1:1", name=text, outcome="left-out", because=text)
    for cell in (row.text, row.name, row.because):
        assert re.search(r"(?<!\\)[|<>`\[\]]", markdown(cell)) is None
        assert "\n" not in markdown(cell)
