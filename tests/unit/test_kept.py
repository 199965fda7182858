"""What tests keep between runs is made by one process at a time, and whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kept import kept

TESTS = Path(__file__).parents[1]
# Says when it begins, and goes on when it is told to.
MAKE = """
from kept import kept
def make(draft):
    print("making", flush=True)
    input()
    (draft / "content").write_text("whole")
    return draft
print((kept("large", make) / "content").read_text())
"""


def test_of_two_processes_one_makes_it_and_the_other_waits_for_it(tmp_path: Path) -> None:
    first = _maker(tmp_path)
    assert first.stdout is not None
    assert first.stdout.readline() == "making\n"
    second = _maker(tmp_path)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(1)
    said, _ = first.communicate("\n")
    assert (said, first.returncode) == ("whole\n", 0)
    assert (second.communicate()[0], second.returncode) == ("whole\n", 0)


def test_a_killed_process_leaves_nothing_and_holds_up_nobody(tmp_path: Path) -> None:
    killed = _maker(tmp_path)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "making\n"
    killed.kill()
    killed.communicate()
    said, _ = _maker(tmp_path).communicate("\n")
    assert said == "making\nwhole\n"


def test_what_cannot_be_made_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fail(draft: Path) -> Path:
        (draft / "half").touch()
        raise OSError("the index does not answer")

    with pytest.raises(OSError, match="does not answer"):
        kept("large", fail)
    assert [path.name for path in (tmp_path / "fedbake-tests").iterdir()] == ["large.lock"]


def _maker(cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKE], cwd=TESTS, env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
