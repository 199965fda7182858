"""Which dependency file decides, and which files are not read at all."""

import pytest

from fedbake.inspect.facts import Location
from fedbake.source.snapshot import EntryKind

ENVIRONMENT = "dependencies: [python=3.11, numpy]\n"


def test_the_first_file_by_precedence_decides_alone(facts_of):
    facts = facts_of(
        {
            "pyproject.toml": "this is not TOML",
            "requirements.txt": "torch\n",
            "environment.yml": "dependencies: [pandas]\n",
            "environment.yaml": "dependencies: [scipy]\n",
            "conda.yml": "dependencies: [xgboost]\n",
            "conda.yaml": ENVIRONMENT,
            "sub/conda.yaml": "dependencies: [other]\n",
        }
    )
    assert facts.dependency_files == (
        "conda.yaml",
        "conda.yml",
        "environment.yaml",
        "environment.yml",
        "requirements.txt",
        "pyproject.toml",
    )
    assert facts.ignored_files == facts.dependency_files[1:]
    assert [each.name for each in facts.declarations] == ["numpy"]
    assert facts.problems == ()


def test_a_repository_without_dependency_files_has_no_problems_here(facts_of):
    facts = facts_of({"README.md": "x", "conda.YAML": ENVIRONMENT})
    assert facts.dependency_files == facts.declarations == facts.problems == ()


@pytest.mark.parametrize(
    ("kind", "what"), [(EntryKind.SYMLINK, "a symbolic link"), (EntryKind.SUBMODULE, "a submodule")]
)
def test_a_file_that_is_none_decides_nevertheless(facts_of, kind, what):
    facts = facts_of({"requirements.txt": "torch\n"}, {"conda.yaml": kind})
    (problem,) = facts.problems
    assert (problem.code, problem.message) == ("file-not-regular", f"conda.yaml is {what}")
    assert facts.declarations == ()


def test_python_files_that_are_links_are_not_read(facts_of):
    facts = facts_of({}, {"model_manager.py": EntryKind.SYMLINK})
    assert facts.modules == {}
    assert facts.problems == ()
    assert facts.entries["model_manager.py"].kind is EntryKind.SYMLINK


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (ENVIRONMENT.encode("utf-16-be"), "file-binary", 1),
        (ENVIRONMENT.encode("utf-32"), "file-encoding", 1),
        (b"\x7fELF\0\0", "file-binary", 1),
        (b"dependencies:\n  - caf\xe9\n", "file-encoding", 2),
        (b"dependencies:\n  - numpy\x1b[2J\n", "file-control-character", 2),
        (b"dependencies:\r  - numpy\r", "file-control-character", 1),
        ("dependencies: [numpy] # \u2028- evil\n".encode(), "file-control-character", 1),
        ("dependencies: [numpy\u202e]\n".encode(), "file-control-character", 1),
        ("dependencies: [numpy\x85]\n".encode(), "file-control-character", 1),
        (b"dependencies:\n<<<<<<< HEAD\n  - numpy\n=======\n", "file-merge-conflict", 2),
        (b"#" * (256 * 1024 + 1), "file-too-large", 1),
    ],
)
def test_text_that_is_not_plain_is_refused_with_a_hint(facts_of, data, code, line):
    facts = facts_of({"conda.yaml": data})
    (problem,) = facts.problems
    assert (problem.code, problem.location.line) == (code, line)
    assert problem.hint
    assert facts.declarations == ()


def test_a_file_of_exactly_the_limit_is_read(facts_of):
    text = ENVIRONMENT + "#" * (256 * 1024 - len(ENVIRONMENT))
    assert [each.name for each in facts_of({"conda.yaml": text}).declarations] == ["numpy"]


def test_comments_may_be_in_any_language(facts_of):
    facts = facts_of({"conda.yaml": "# 依赖 👩‍👩‍👧 \ndependencies: # für uns\n  - numpy\n"})
    assert facts.problems == ()
    assert facts.declarations[0].location == Location("conda.yaml", 3, 5)


def test_more_python_files_than_are_read_are_noted(facts_of):
    facts = facts_of(
        {f"p/m{number:04}.py": "import os\n" for number in range(2005)} | {"model_manager.py": "import torch\n"}
    )
    assert "model_manager.py" in facts.modules
    assert len(facts.modules) == 2000
    assert [(note.code, note.message[:20]) for note in facts.notes] == [("python-not-read", "6 Python files were ")]


def test_the_same_repository_gives_the_same_facts(facts_of):
    files = {"conda.yaml": "dependencies: [numpy, 3, 'a=']\n", "b.py": "x = (\n", "a.py": "import os\n"}
    first, second = facts_of(files), facts_of(dict(reversed(files.items())))
    assert first == second
    assert [problem.location.file for problem in first.problems] == ["b.py", "conda.yaml", "conda.yaml"]
