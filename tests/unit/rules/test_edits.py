"""Any change of any kind of dependency file, applied by git, reads back as the requirements that were wanted."""

import codecs
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from fedbake.inspect import inspect
from fedbake.inspect.facts import Facts
from fedbake.process import run
from fedbake.rules.binary_patch import binary_patch
from fedbake.rules.finding import Constrain, DropFor, Finding, Fix, Rename, Replace, Severity
from fedbake.rules.patch import patch
from fedbake.source.snapshot import Entry, EntryKind, Snapshot

ADDED = ("setuptools<82", 'wheel>=0.40; python_version < "3.12"')


@dataclass(frozen=True)
class Files:
    content: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.content[path]


def facts_of(content: Mapping[str, bytes]) -> Facts:
    entries = tuple(Entry(path, EntryKind.FILE, len(data)) for path, data in sorted(content.items()))
    return inspect(Snapshot("owner/repository", None, None, 0, "0" * 64, entries, Files(content)))


def finding(fix: Fix, at: object = None) -> Finding:
    place = {"file": at.file, "line": at.line, "column": at.column} if at else {}
    return Finding(rule="group/rule", severity=Severity.NOTE, message="x", fix=fix, **place)


def git(folder: Path, *arguments: str) -> None:
    env = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(folder.parent), "HOME": str(folder)}
    done = run(["git", *arguments], env=env, timeout=60, cwd=folder)
    assert done.code == 0, done.stderr


def applied(folder: Path, content: Mapping[str, bytes], diff: str) -> dict[str, bytes]:
    """The files after ``git apply`` of a diff that changes some of them."""
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "fixes.patch").write_bytes(diff.encode())
    git(folder, "apply", "--whitespace=nowarn", "fixes.patch")
    return {name: (folder / name).read_bytes() for name in content}


def requirements(facts: Facts) -> list[str]:
    return sorted(str(found.requirement) for found in facts.declarations if found.name not in {"pip", "python"})


# Files of each kind. ``{}`` is where the items go, in the form of the kind.

KINDS = {
    "requirements": ("requirements.txt", "# größe\n{}\n# end", "{}  # why"),
    "continued": (
        "requirements.txt",
        "\n{}",
        "{} \\\n    --hash=sha256:" + "0" * 64 + " \\\n    --hash=sha256:" + "1" * 64,
    ),
    "conda": ("conda.yaml", "name: größe\ndependencies:\n- python=3.11\n{}\n# end\n", "- {}  # why"),
    "conda with pip": ("environment.yml", "dependencies:\n- python=3.11\n- pip:\n{}\n# end\n", "    - {}  # why"),
    "conda pip in quotes": ("conda.yml", "dependencies:\n  - python=3.11\n  - pip:\n{}", "    - '{}'"),
    "conda pip on one line": ("conda.yaml", "dependencies: [python=3.11, {{pip: [pandas, {}]}}]\n", '"{}"'),
    "python_env": ("python_env.yaml", "python: 3.11.4\ndependencies:\n{}\n", "- {}"),
    "pyproject": ("pyproject.toml", "[project]\nname = 'x'\ndependencies = [\n{}\n]\n", "  '{}',  # why"),
    "pyproject on one line": ("pyproject.toml", "[project]\nname = 'x'\ndependencies = [{}]\n", '"{}"'),
    "poetry": ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.11'\n{}\n[tool.x]\ny = 1\n", "{}  # why"),
    "pipfile": ("Pipfile", "[packages]\n{}\n\n[requires]\npython_version = '3.11'", "{}"),
    "setup.cfg": (
        "setup.cfg",
        "[options]\npython_requires = >=3.10\ninstall_requires =\n{}\nzip_safe = no\n",
        "    {}",
    ),
    "setup.py": ("setup.py", "from setuptools import setup\nsetup(install_requires=[\n{}\n])\n", "    '{}',"),
    "setup.py on one line": ("setup.py", "from setuptools import setup\nsetup(install_requires=[{}])\n", '"{}"'),
}
TABLES = {"poetry", "pipfile"}
CONDA = {"conda"}
ON_ONE_LINE = {"conda pip on one line", "pyproject on one line", "setup.py on one line"}

VERSIONS = ("", "==1.2", ">=1,<2", "~=1.4", "==1.2.3", "!=1.5", "==1.*")
TAILS = ("", "", "", "[extra]", "[extra,more]")
MARKERS = ("", "", "", "python_version >= '3.9'", "sys_platform == 'linux' and python_version < '3.13'")


@st.composite
def wanted(draw, names: list[str], *, plain: bool) -> str:
    """A requirement for one of the names; plain ones have neither extras nor a marker."""
    name = draw(st.sampled_from(names))
    extras = "" if plain else draw(st.sampled_from(TAILS))
    marker = "" if plain else draw(st.sampled_from(MARKERS))
    return f"{name}{extras}{draw(st.sampled_from(VERSIONS))}{f'; {marker}' if marker else ''}"


def item(kind: str, text: str) -> str:
    """A requirement as it is written in a list of this kind."""
    form = KINDS[kind][2]
    if kind not in TABLES:
        quote = "'" if "'{}'" in form else '"'
        return form.format(text.replace("'", '"' if quote == "'" else "'"))
    requirement = Requirement(text)
    parts = [f'version = "{requirement.specifier or "*"}"']
    if requirement.extras:
        parts.append(f"extras = {sorted(requirement.extras)}")
    if requirement.marker:
        parts.append(f"markers = '''{requirement.marker}'''")
    value = parts[0].partition(" = ")[2] if len(parts) == 1 else f"{{ {', '.join(parts)} }}"
    key = f'"{requirement.name}"' if "." in requirement.name else requirement.name
    return form.format(f"{key} = {value}")


NAMES = ["alpha", "beta-two", "zope.three", "Delta", "epsilon_5"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_of_every_kind_of_file(tmp_path_factory, kind):
    """Replace, rename, delete and add, in any combination."""
    name, frame, _ = KINDS[kind]
    folder = tmp_path_factory.mktemp("repository")
    plain = kind in CONDA

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def holds(data):
        count, newline = data.draw(st.integers(1, 4)), data.draw(st.sampled_from(["\n", "\r\n"]))
        before = [data.draw(wanted([each], plain=plain)) for each in NAMES[:count]]
        items = (", " if kind in ON_ONE_LINE else "\n").join(item(kind, text) for text in before)
        mark = data.draw(st.sampled_from([b"", codecs.BOM_UTF8])) if name.endswith(".txt") else b""
        content = {name: mark + frame.format(items).replace("\n", newline).encode()}
        facts = facts_of(content)
        assert not facts.problems
        findings, expected = [], []
        for found in facts.declarations:
            change = data.draw(st.sampled_from(["keep", "keep", "replace", "rename", "delete"]))
            here = found.requirement
            if found.name not in {
                Requirement(text).name.lower().replace(".", "-").replace("_", "-") for text in before
            }:
                change = "keep"
            if change == "replace":
                text = data.draw(wanted([found.requirement.name, f"omega{len(findings)}"], plain=plain))
                findings.append(finding(Replace(package=found.name, requirement=text), found.location))
                expected.append(str(Requirement(text)))
            elif change == "rename":
                findings.append(finding(Rename(package=found.name, to=f"omega.{len(findings)}"), found.location))
                here = Requirement(str(here).replace(here.name, f"omega.{len(findings) - 1}", 1))
                expected.append(str(here))
            elif change == "delete":
                findings.append(finding(DropFor(package=found.name), found.location))
            else:
                expected.append(str(here))
        # A list that loses everything is allowed to say so: then nothing stands beside which one could add.
        add = ADDED if expected and data.draw(st.booleans()) else ()
        findings.extend(finding(Constrain(requirement=text)) for text in add)
        diff = patch(content.__getitem__, facts, findings)
        after = applied(folder, content, diff)[name] if diff else content[name]
        again = facts_of({name: after})
        expected.extend(str(Requirement(text)) for text in add)
        kept = [each for each in expected if not each.startswith(("pip", "python"))]
        assert requirements(again) == sorted(kept), after.decode()
        assert kept == [] or not again.problems, after.decode()
        assert (b"\r\n" in after) == (newline == "\r\n" and b"\n" in after)
        assert after.replace(b"\r\n", b"\n").count(b"\r") == 0
        assert after.startswith(mark)
        for line in (*frame.split("{}")[0].replace("{{", "{").split("\n")[:-1],):
            assert line.encode() in after

    holds()


@pytest.mark.parametrize(
    "name", ["more requirements.txt", "größe.txt", 'a "quoted" name.txt', "sub folder/deep/base.txt", "plain.txt"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_another_one_includes_is_edited_under_its_own_name(tmp_path, name, encoding):
    content = {
        "requirements.txt": f"-r '{name}'\nnumpy==1.26.4\n".encode(),
        name: "# größe\r\ngmpy2==2.1.5\r\ntyping\r\n".encode(encoding),
    }
    facts = facts_of(content)
    gmpy2 = facts.declared("gmpy2")[0]
    assert gmpy2.location.file == name
    fixes = (
        finding(Replace(package="gmpy2", requirement="torchvision"), gmpy2.location),
        finding(DropFor(package="typing"), facts.declared("typing")[0].location),
        finding(Constrain(requirement="setuptools<82")),
    )
    diff = patch(content.__getitem__, facts, fixes)
    git(tmp_path, "init", "-q")
    after = applied(tmp_path, content, diff)
    assert after["requirements.txt"].decode() == f"-r '{name}'\nnumpy==1.26.4\nsetuptools<82  # fedbake: group/rule\n"
    assert after[name].decode(encoding) == "# größe\r\ntorchvision\r\n"
    assert requirements(facts_of(after)) == ["numpy==1.26.4", "setuptools<82", "torchvision"]


def test_what_changes_in_a_utf_16_file_can_be_read_in_the_diff():
    content = {"requirements.txt": codecs.BOM_UTF16_BE + "gmpy2==2.1.5\r\nnumpy\r\n".encode("utf-16-be")}
    facts = facts_of(content)
    swap = finding(Replace(package="gmpy2", requirement="torchvision"), facts.declared("gmpy2")[0].location)
    diff = patch(content.__getitem__, facts, (swap,))
    assert diff.startswith("# @@ -1,2 +1,2 @@\n# -gmpy2==2.1.5\n# +torchvision\n#  numpy\ndiff --git ")
    assert diff.isascii()


@pytest.mark.parametrize("size", [0, 1, 26, 27, 52, 53, 65535, 65536, 200_000])
def test_bytes_of_any_number_survive_a_binary_patch(tmp_path, size):
    before, after = b"\0before", bytes(index * 7 % 256 for index in range(size))
    diff = binary_patch("x.bin", before, after, ("a\n", "b\n"), executable=False)
    assert applied(tmp_path, {"x.bin": before}, diff) == {"x.bin": after}


def test_a_project_file_that_only_refers_to_another_one_leaves_additions_to_it(tmp_path):
    content = {
        "MLproject": b"name: x\npython_env: python_env.yaml\n",
        "python_env.yaml": b"python: 3.11.4\ndependencies:\n- -r requirements.txt\n",
        "requirements.txt": b"numpy",
    }
    facts = facts_of(content)
    after = applied(tmp_path, content, patch(content.__getitem__, facts, (finding(Constrain(requirement="scipy")),)))
    assert after["requirements.txt"] == b"numpy\nscipy  # fedbake: group/rule"
    assert after["MLproject"] == content["MLproject"]


def test_a_file_that_only_names_a_list_without_packages_leaves_additions_to_that_list(tmp_path):
    content = {"MLproject": b"conda_env: env.yml\n", "env.yml": b"dependencies:\n- python=3.11\n"}
    facts = facts_of(content)
    after = applied(tmp_path, content, patch(content.__getitem__, facts, (finding(Constrain(requirement="scipy")),)))
    assert [found.name for found in facts_of(after).declarations] == ["scipy"]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "conda.yaml",
            "dependencies:\n  - python=3.11\n  - pip:\n      - -r requirements.txt\n",
            "dependencies:\n  - python=3.11\n  - pip:\n      - -r requirements.txt\n"
            "      - scipy  # fedbake: group/rule\n",
        ),
        (
            "conda.yaml",
            "dependencies:\n  - python=3.11\n  - pip:\n",
            "dependencies:\n  - python=3.11\n  - pip:\n      - scipy  # fedbake: group/rule\n",
        ),
        ("requirements.txt", "# later", "# later\nscipy  # fedbake: group/rule"),
        ("setup.cfg", "[options]\ninstall_requires = a; b\n", "[options]\ninstall_requires = a; b; scipy\n"),
        (
            "setup.cfg",
            "[options]\ninstall_requires = a\n",
            "[options]\ninstall_requires = a\n    # fedbake: group/rule\n    scipy\n",
        ),
        ("setup.py", "setup(install_requires=[u'a'])\n", "setup(install_requires=[u\"scipy\", 'a'])\n"),
    ],
)
def test_an_addition_stands_where_its_tool_reads_it(tmp_path, name, before, after):
    content = (
        {name: before.encode(), "requirements.txt": b"# none\n"} if name == "conda.yaml" else {name: before.encode()}
    )
    facts = facts_of(content)
    diff = patch(content.__getitem__, facts, (finding(Constrain(requirement="scipy")),))
    changed = applied(tmp_path, content, diff)
    assert changed[name].decode() == after
    assert "scipy" in [found.name for found in facts_of(changed).declarations]


def test_an_item_that_is_the_only_one_of_its_list_leaves_an_empty_list(tmp_path):
    content = {"conda.yaml": b"dependencies:\n- python=3.11\n- pip:\n  - gmpy2\n- numpy\n"}
    facts = facts_of(content)
    drop = finding(DropFor(package="gmpy2"), facts.declared("gmpy2")[0].location)
    after = applied(tmp_path, content, patch(content.__getitem__, facts, (drop,)))
    assert after["conda.yaml"] == b"dependencies:\n- python=3.11\n- pip:\n   []\n- numpy\n"
    assert facts_of(after).problems == ()


@pytest.mark.parametrize(
    ("fix", "after"),
    [
        (Constrain(requirement="numpy<2"), 'numpy = "<2,>=1"\nnumpy-base = "==1.2"\n'),
        (Rename(package="numpy-base", to="numpy"), 'numpy = "==1.2,>=1"\n'),
        (Constrain(requirement='numpy<2; python_version < "3.12"'), None),
    ],
)
def test_a_key_of_a_table_is_never_repeated(tmp_path, fix, after):
    content = {"Pipfile": b'[packages]\nnumpy = ">=1"\nnumpy-base = "==1.2"\n'}
    facts = facts_of(content)
    diff = patch(content.__getitem__, facts, (finding(fix, facts.declared("numpy-base")[0].location),))
    if after is None:
        assert diff == ""
    else:
        assert applied(tmp_path, content, diff)["Pipfile"].decode() == f"[packages]\n{after}"


def test_other_options_of_a_line_stay(tmp_path):
    line = b"torch==2.1.1+cpu -f https://download.pytorch.org/whl/torch_stable.html  # CPU\n"
    content = {"requirements.txt": line}
    facts = facts_of(content)
    swap = finding(Replace(package="torch", requirement="torch==2.2.0"), facts.declared("torch")[0].location)
    after = applied(tmp_path, content, patch(content.__getitem__, facts, (swap,)))
    assert after["requirements.txt"] == line.replace(b"2.1.1+cpu", b"2.2.0")
