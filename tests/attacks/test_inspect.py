"""Files made to hurt whoever reads them: each must become a problem, quickly, in little memory, and run nothing.

Every reading happens in a process of its own, so that a hang or crash fails its test only, and may take 256 MiB and the
processor time of its kind of file above what the process needed before. Without its guard, each of the worst inputs
takes ten times as long or more.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from fedbake.inspect import inspect
from fedbake.source.snapshot import Entry, EntryKind, Snapshot

LIMIT = 256 * 1024
PYTHON_LIMIT = 1024 * 1024

CHILD = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from fedbake.inspect import inspect
    from fedbake.source.snapshot import Entry, EntryKind, Snapshot

    class Contents:
        def __init__(self, data):
            self.data = data

        def read(self, path):
            return self.data

    def facts(path, data):
        entry = Entry(path, EntryKind.FILE, len(data))
        return inspect(Snapshot("o/r", None, None, 0, "0" * 64, (entry,), Contents(data)))

    facts("conda.yaml", b"dependencies: [a, 'b=']")
    facts("pyproject.toml", b"[project]")
    facts("requirements.txt", b"a==1")
    data = Path(sys.argv[2]).read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = facts(sys.argv[1], data)
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    megabytes = (after.ru_maxrss - before.ru_maxrss) // 1024
    print(f"{seconds:.3f}", megabytes, *sorted({each.code for each in found.problems}))
    """
)

YAML = {
    "10,000 open lists": "[" * 10_000,
    "open lists to the limit": "[" * LIMIT,
    "open lists on lines of their own": "[\n" * (LIMIT // 2),
    "open mappings": "{" * LIMIT,
    "open mappings with keys": "{a: " * (LIMIT // 4),
    "lists in lists": "- " * (LIMIT // 2),
    "complex keys": "? " * (LIMIT // 2),
    "indented keys": "".join(" " * depth + "a:\n" for depth in range(700)),
    "anchors": "&a " * (LIMIT // 3),
    "aliases": "*a " * (LIMIT // 3),
    "tags": "!!a " * (LIMIT // 4),
    "one long tag": "!<" + "%41" * (LIMIT // 4),
    "documents": "---\n" * (LIMIT // 4),
    "%TAG lines": "%TAG ! !\n" * (LIMIT // 9),
    "a directive of digits": "%YAML 1." + "1" * (LIMIT - 10),
    "a mapping of equal keys": "a: b\n" * (LIMIT // 5),
    "one scalar of words": "dependencies:\n  - " + "x " * (LIMIT // 3),
    "one scalar of lines": "dependencies:\n  - " + "x\n    " * (LIMIT // 7),
    "one scalar of spaces": "dependencies:\n  - 'numpy" + " " * (LIMIT - 100) + "x'",
    "escapes": 'a: "' + "\\x41" * (LIMIT // 5) + '"',
    "an open quote": "'" + "\n" * (LIMIT - 1),
    "block scalars": "- |\n" * (LIMIT // 4),
    "a folded scalar": ">\n" + " a\n  b\n" * (LIMIT // 8),
    "comments": "#\n" * (LIMIT // 2),
    "a mis-indented list for pip": "dependencies:\n - pip:\n" + "   - a\n" * (LIMIT // 8) + " b: c: d",
    "a mis-indented list of spaces": "dependencies:\n - pip:\n   - a" + " " * (LIMIT - 100) + "#\n : : :",
    "many dependencies": "dependencies:\n" + "- a\n" * (LIMIT // 5),
    "many wrong dependencies": "dependencies:\n" + "- 1\n" * (LIMIT // 5),
    "exclamation marks": "dependencies:\n" + f"- a {'!' * 990}(\n" * 250,
    "commas": "dependencies:\n" + f"- a>=1{',' * 990}(\n" * 250,
    "brackets": "dependencies:\n" + f"- 'a[{'x=y ' * 240}'\n" * 250,
    "spaces in specs": "dependencies:\n" + f"- 'a{' ' * 980}('\n" * 250,
}

MERGE_BOMB = "a0: &a0 {k: v}\n" + "".join(
    f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}\n" for level in range(1, 9)
)

REQUIREMENTS = {
    "parentheses": "a; " + "(" * (LIMIT - 10),
    "parentheses within the length": ("a; " + "(" * 900 + "\n") * 280,
    "extras": ("a[" + "b," * 480 + "\n") * 260,
    "versions": ("a>=1" + ",<2" * 300 + "\n") * 280,
    "long versions": ("a==" + "1." * 480 + "\n") * 260,
    "markers": ("a; " + "python_version>'3' or " * 40 + "os_name=='x'\n") * 280,
    "continued lines": "a\\\n" * (LIMIT // 3),
    "blank lines": "\n" * LIMIT,
    "spaces": " " * (LIMIT - 2) + "a",
    "hashes": "a " + "--hash=sha256:" * (LIMIT // 15),
    "options": "--" * (LIMIT // 2),
    "equal signs": "=" * LIMIT,
    "table rows": ("a " + "1 " * 480 + "(\n") * 260,
    "quotes": "'" * LIMIT,
    "dots": "." * LIMIT,
    "file names": ("a." * 490 + "whl\n") * 260,
    "many names": "a\n" * (LIMIT // 2),
}

TOML = {
    "arrays in arrays": "a=" + "[" * (LIMIT - 2),
    "tables in tables": "a={" * (LIMIT // 3),
    "a long key": "a" + ".a" * (LIMIT // 2 - 4) + "=1",
    "a long key of quotes": "a" + '."a"' * (LIMIT // 4 - 4) + "=1",
    "a long key with blanks": "a" + " . a" * (LIMIT // 4 - 4) + "=1",
    "a long header": "[a" + ".a" * (LIMIT // 2 - 4) + "]",
    "a long key in an inline table": "t = {a" + ".a" * (LIMIT // 2 - 10) + "=1}",
    "a long key after a string": 's = """\n"""\na' + ".a" * (LIMIT // 2 - 20) + "=1",
    "20,000 keys": "".join(f"k{number}=1\n" for number in range(20_000)),
    "headers": "[[a]]\n" * (LIMIT // 6),
    "an array of strings": "[project]\ndependencies=[" + "''," * (LIMIT // 4) + "]",
    "an array of numbers": "a=[" + "1," * (LIMIT // 2 - 5) + "]",
    "an open string": 'a="' + "\\n" * (LIMIT // 2 - 4),
    "an open multi-line string": 'a="""' + '\\"""' * (LIMIT // 4 - 4),
    "quotes": '"' * LIMIT,
    "a long number": "a=" + "1" * (LIMIT - 2),
}

PYTHON = {
    "a long negation": "-" * 100_000 + "1",
    "negation to the limit": "-" * (PYTHON_LIMIT - 1) + "1",
    "negation in words": "not " * 200_000 + "1",
    "200,000 additions": "1" + "+1" * 200_000,
    "additions within the weight": "1" + "+1" * 79_000,
    "open parentheses": "(" * PYTHON_LIMIT,
    "closed parentheses": "(" * 199 + ")" * 199,
    "lambdas": "lambda:" * 140_000 + "1",
    "attributes": "a" + ".a" * 79_000,
    "calls": "f" + "()" * 79_000,
    "powers": "2**" * 40_000 + "1",
    "conditions": "1 if 1 else " * 80_000 + "1",
    "elif": "if a:pass\n" + "elif a:pass\n" * 40_000,
    "statements to the limit": "a\n" * (PYTHON_LIMIT // 2),
    "statements within the weight": "a\n" * 79_000,
    "fields of one f-string": "f'" + "{a}" * 300_000 + "'",
    "fields within the weight": "f'" + "{a}" * 60_000 + "'",
    "fields of a long f-string": "f'" + "x" * 900_000 + "{a}" * 3_000 + "'",
    "a dotted import": "import a" + ".a" * 49_000,
    "a dotted import on many lines": "import a" + "\\\n.a" * 24_000,
    "imports on one line": "import a;" * 79_000,
    "imports on one line that is not ASCII": "'ä';" + "import a;" * 79_000,
    "comparisons": "a" + "<a" * 79_000,
    "an integer": "1" * PYTHON_LIMIT,
    "decorators": "@a\n" * 49_000,
    "indentation": "".join(" " * depth + "if a:\n" for depth in range(1_400)),
    "calls in calls, wrong": "f(a," * 190,
    "dictionaries in dictionaries, wrong": "{a:" * 190 + "}" * 190,
    "generators, wrong": "(x for x in " * 90 + "1 2",
    "utf-7": "# coding: utf-7\n" + "+AGk-mport os\n",
    "names that normalise to long ones": "x = " + "\u0132" * 300_000,
    "imports by name": "import_module('a')\n" * 24_000,
}


def read(tmp_path: Path, name: str, text: str) -> tuple[float, int, set[str]]:
    """Processor seconds, MiB and problem codes of reading one file in a process of its own."""
    file = tmp_path / "input"
    file.write_bytes(text.encode())
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHILD, name, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seconds, megabytes, *codes = done.stdout.split()
    return float(seconds), int(megabytes), set(codes)


def cases(inputs: dict[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("text", list(inputs.values()), ids=list(inputs))


def within_limits(tmp_path: Path, name: str, text: str) -> set[str]:
    is_python = name.endswith(".py")
    assert len(text.encode()) <= (PYTHON_LIMIT if is_python else LIMIT)
    seconds, megabytes, codes = read(tmp_path, name, text)
    assert seconds < (4 if is_python else 2)
    assert megabytes < 256
    return codes


@cases({**YAML, "a merge bomb": MERGE_BOMB})
def test_hostile_yaml_is_a_problem_within_the_limits(tmp_path, text):
    assert within_limits(tmp_path, "conda.yaml", text)


@cases(REQUIREMENTS)
def test_hostile_requirements_stay_within_the_limits(tmp_path, text):
    within_limits(tmp_path, "requirements.txt", text)


@cases(TOML)
def test_hostile_toml_is_a_problem_within_the_limits(tmp_path, text):
    assert within_limits(tmp_path, "pyproject.toml", text)


@cases(PYTHON)
def test_hostile_python_stays_within_the_limits(tmp_path, text):
    assert within_limits(tmp_path, "model_manager.py", text) <= {"python-syntax"}


@pytest.mark.parametrize(
    "text",
    [PYTHON["a long negation"], PYTHON["200,000 additions"], PYTHON["open parentheses"], PYTHON["utf-7"]],
    ids=["negation", "additions", "parentheses", "utf-7"],
)
def test_the_known_crashers_of_parsers_are_problems(tmp_path, text):
    assert within_limits(tmp_path, "model_manager.py", text) == {"python-syntax"}


@pytest.mark.parametrize(("data", "most"), [(b"#" * 2**20, 8), (b"#" + b";" * 79_000, 13)], ids=["bytes", "weight"])
def test_many_large_python_files_are_bounded_together(data, most):
    class Contents:
        reads = 0

        def read(self, path: str) -> bytes:
            self.reads += 1
            return data

    contents = Contents()
    entries = tuple(Entry(f"m{number:04}.py", EntryKind.FILE, len(data)) for number in range(2_000))
    facts = inspect(Snapshot("o/r", None, None, 0, "0" * 64, entries, contents))
    assert contents.reads == most
    assert [note.code for note in facts.notes] == ["python-not-read"]


def test_nothing_of_the_repository_is_run(tmp_path, monkeypatch):
    """Payloads of code and of YAML constructors: inspected next to a canary that each of them would write."""
    canary = tmp_path / "canary"
    payload = f"open({str(canary)!r}, 'w').write('x')"
    files = {
        "conda.yaml": f"dependencies: !!python/object/apply:os.system ['touch {canary}']\n",
        "model_manager.py": f"import os\n{payload}\nclass ModelManager({payload}):\n    x = {payload}\n",
        "data_manager.py": f"# coding: utf-7\n{payload}\n",
        "sitecustomize.py": payload,
        "yaml.py": payload,
        "ruamel/__init__.py": payload,
        "setup.py": payload,
        "x.pth": f"import os; {payload}",
    }
    for path, text in files.items():
        place = tmp_path / "repository" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    monkeypatch.chdir(tmp_path / "repository")

    class Contents:
        def read(self, path: str) -> bytes:
            return files[path].encode()

    entries = tuple(sorted(Entry(path, EntryKind.FILE, len(text)) for path, text in files.items()))
    facts = inspect(Snapshot("o/r", None, None, 0, "0" * 64, entries, Contents()))
    assert {problem.code for problem in facts.problems} == {"yaml-tag", "python-syntax"}
    assert not canary.exists()
    for path in ("model_manager.py", "sitecustomize.py"):
        subprocess.run([sys.executable, "-I", path], check=False, capture_output=True)
        assert canary.exists(), f"the payload of {path} is dead and this test proves nothing"
        canary.unlink()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("conda.yaml", "dependencies: ['\x1b]52;c;x\x07']\n"),
        ("conda.yaml", 'dependencies: ["\\e]52;c;x\\a"]\n'),
        ("conda.yaml", 'dependencies: ["a\\u202eb"]\n'),
        ("conda.yaml", 'dependencies: [1]\n"\\e[2J": x\n'),
        ("conda.yaml", 'dependencies: [{"\\e[2J": "\\e[2J"}]\n'),
        ("requirements.txt", "numpy\u202e==1\n"),
        ("pyproject.toml", '[project]\ndependencies = ["\\u001b[2J", "\\u202e"]\n'),
        ("pyproject.toml", '"\\u001b" = 1\n"\\u001b" = 2\n'),
        ("pyproject.toml", "é = 1\n"),
        ("model_manager.py", "x = \u202e\n"),
        ("model_manager.py", "import \x1b\n"),
    ],
)
def test_messages_carry_no_terminal_commands(file, text):
    class Contents:
        def read(self, path: str) -> bytes:
            return text.encode()

    entry = Entry(file, EntryKind.FILE, len(text.encode()))
    facts = inspect(Snapshot("o/r", None, None, 0, "0" * 64, (entry,), Contents()))
    assert facts.problems
    for each in (*facts.problems, *facts.notes):
        said = each.message + (getattr(each, "hint", None) or "").replace("\n", "")
        assert said.isascii()
        assert said.isprintable()
