"""The whole program on bad input: one clear sentence, the documented exit code, nothing written, nothing executed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("fedbake"))
MODEL = (Path(__file__).parents[2] / "golden/sklearn-digits/repo/model_manager.py").read_text()
DATA = (Path(__file__).parents[2] / "golden/sklearn-digits/repo/data_manager.py").read_text()
CONDA = "dependencies:\n- python=3.11\n- pip:\n  - scikit-learn==1.5.2\n"


def fedbake(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def git(*arguments: str, cwd: Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A good repository, to be spoilt."""
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "conda.yaml").write_text(CONDA)
    (folder / "model_manager.py").write_text(MODEL)
    (folder / "data_manager.py").write_text(DATA)
    return folder


def findings(repo: Path) -> list[dict[str, object]]:
    done = fedbake("check", str(repo), "--format", "json", cwd=repo.parent)
    assert "Traceback" not in done.stderr
    assert done.returncode == 3, done.stdout
    errors = [each for each in json.loads(done.stdout)["findings"] if each["severity"] == "error"]
    return sorted(errors, key=lambda each: (str(each["file"]), each["line"] or 0))


def test_the_good_repository_is_accepted(repo: Path) -> None:
    assert fedbake("check", str(repo), cwd=repo.parent).returncode == 0


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (CONDA.encode("utf-32"), 1),
        (b"\x7fELF\x00\x01\x02\x03", 1),
        (b"\xff\xfe\xfa\xfb", 1),
        (b"dependencies: !!python/object/apply:os.system [touch canary]\n", 1),
        (b"a: &x [1, 2]\ndependencies:\n- python=3.11\n- *x\n", 1),
        (b"dependencies: " + b"[" * 10_000, 1),
        (b'dependencies:\n- python=3.11\n- pip:\n  - "numpy\\nRUN touch canary"\n', 4),
        (b"dependencies:\n- python=3.11\n- pip:\n  - numpy==${VERSION}\n", 4),
        (b"dependencies:\n- python=3.11\n- pip:\n  - 'numpy==1 \\'\n", 4),
        (b"dependencies:\n- python=3.11\n- pip:\n  - |\n    EOF\n    RUN touch canary\n", 4),
    ],
    ids=["utf-32", "binary", "not-utf-8", "tag", "anchor", "deep", "newline", "variable", "backslash", "heredoc"],
)
def test_a_hostile_dependency_file_is_a_finding_with_its_line(repo: Path, content: bytes, line: int) -> None:
    (repo / "conda.yaml").write_bytes(content)
    first = findings(repo)[0]
    assert (first["file"], first["line"]) == ("conda.yaml", line)
    assert not (repo / "canary").exists()
    assert not (repo.parent / "canary").exists()


def test_a_link_named_conda_yaml_is_a_finding_and_never_followed(repo: Path) -> None:
    (repo / "conda.yaml").unlink()
    (repo / "conda.yaml").symlink_to("/etc/passwd")
    done = fedbake("plan", str(repo), "-o", "plan", cwd=repo.parent)
    assert done.returncode == 3
    assert "conda.yaml" in done.stdout
    assert "root:" not in done.stdout + done.stderr
    assert not (repo.parent / "plan").exists()


def test_five_things_wrong_are_five_findings_and_no_plan(repo: Path) -> None:
    (repo / "conda.yaml").write_text("dependencies:\n- pip:\n  - 'scikit-learn=='\n")
    (repo / "model_manager.py").write_text(
        "class ModelManager:\n    def set_model_data(self): ...\n    def fit_model(self, x): ...\n"
    )
    (repo / "data_manager.py").write_text("class Other: ...\n")
    found = findings(repo)
    assert len(found) >= 5
    assert all(each["file"] and each["line"] for each in found)
    done = fedbake("plan", str(repo), "-o", "plan", cwd=repo.parent)
    assert done.returncode == 3
    assert not (repo.parent / "plan").exists()


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("https://unreachable.invalid/owner/repo", (), 75),
        ("/nowhere/at/all", (), 5),
        ("--upload-pack=touch canary;false", (), 2),
        ("-x", (), 2),
        ("ext::sh -c touch% canary", (), 2),
        ("http://example.org/a/b", (), 2),
        ("file:///etc", (), 2),
        ("https://example.org/a\nb", (), 2),
        ("repo", ("--ref", "-x"), 2),
        ("repo", ("--ref", "--upload-pack=touch canary"), 2),
        ("repo", ("--ref", "no-such-branch"), 5),
    ],
)
def test_a_source_that_cannot_be_read_is_one_sentence(
    repo: Path, source: str, options: tuple[str, ...], code: int
) -> None:
    git("init", cwd=repo)
    git("add", ".", cwd=repo)
    git("commit", "-m", "first", cwd=repo)
    done = fedbake("plan", "-o", "plan", *options, "--", source, cwd=repo.parent)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr
    assert not (repo.parent / "plan").exists()
    assert not list(repo.parent.rglob("canary"))


@pytest.mark.parametrize("kind", ["file", "empty", "no-commits"])
def test_a_folder_that_holds_nothing_to_build_says_what_it_is(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "source"
    if kind == "file":
        source.write_text("a file")
    else:
        source.mkdir()
    if kind == "no-commits":
        git("init", cwd=source)
    done = fedbake("check", str(source), cwd=tmp_path)
    assert done.returncode == 5
    assert done.stderr.count("error: ") == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--registry", "evil host"), "not a registry"),
        (("--registry", "localhost:5000/x"), "not a registry"),
        (("--name", "Upper/Case"), "not an image name"),
        (("--name", "a/../b"), "not an image name"),
        (("--python", "3.11\n"), "not a Python version"),
        (("--platform", "linux/amd46"), "supported are"),
        (("--as-of", "soon"), "not a date"),
        (("--base-image", "3.11=x,dest=/tmp/y"), "not an image reference"),
    ],
)
def test_a_request_that_is_none_is_a_usage_error(repo: Path, options: tuple[str, ...], says: str) -> None:
    done = fedbake("plan", str(repo), "-o", "plan", *options, cwd=repo.parent)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (repo.parent / "plan").exists()


def test_an_error_is_json_too_when_asked_for(tmp_path: Path) -> None:
    done = fedbake("check", "/nowhere/at/all", "--format", "json", cwd=tmp_path)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit_code"]) == (5, 5)
    assert error["message"]
