"""Whatever stands in a file: inspection gives facts and problems whose places exist, and raises nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from fedbake.inspect import inspect
from fedbake.inspect.dependency_files import PRECEDENCE
from fedbake.inspect.facts import Facts
from fedbake.source.snapshot import Entry, EntryKind, Snapshot

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Files:
    content: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.content[path]


def facts_of(files: Mapping[str, bytes]) -> Facts:
    entries = tuple(sorted(Entry(path, EntryKind.FILE, len(data)) for path, data in files.items()))
    return inspect(Snapshot("o/r", None, None, 0, "0" * 64, entries, Files(files)))


def check(file: str, data: bytes) -> Facts:
    """Inspect one file, and check what must hold for any content."""
    facts = facts_of({file: data})
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for found in (*facts.declarations, *facts.python, *facts.problems, *facts.notes):
        assert found.location.file == file
        assert 1 <= found.location.line <= len(lines)
        assert found.location.column >= 1
    for problem in facts.problems:
        assert problem.hint
        assert problem.message.isascii()
        assert problem.message.isprintable()
    for declaration in facts.declarations:
        requirement = declaration.requirement
        assert str(requirement).isascii()
        assert str(requirement).isprintable()
        assert requirement.url is None
        assert all(specifier.operator != "===" for specifier in requirement.specifier)
    for python in facts.python:
        assert str(SpecifierSet(python.specifier))
    assert facts_of({file: data}) == facts
    return facts


names = st.sampled_from(["numpy", "torch", "PyYAML", "_libgcc_mutex", "python", "a.b-c_d", "7", "-e", "t\u043erch", ""])
versions = st.sampled_from(
    ["1", "1.2", "1.2.3", "1.*", "*", "1!2", "1.2rc1", "1.1.1w", "${V}", "3.11", "latest", "0x1", ""]
)
operators = st.sampled_from(["", "=", "==", "===", ">=", "<", "~=", "!=", " ", ",", "|", "=*=", "^", " @ ", "@", ";"])
specs = st.lists(st.one_of(names, operators, versions), max_size=7).map("".join)
wild_specs = st.one_of(
    specs,
    st.builds(
        "{}[{}]".format, specs, st.one_of(specs, st.sampled_from(["version='>=1'", "full", "when=__linux", "a=b,"]))
    ),
    st.builds("{}::{}".format, st.sampled_from(["conda-forge", "a/linux-64", "https://x/y", ":"]), specs),
    st.builds(
        "{} {}".format, specs, st.sampled_from(["--hash=sha256:" + "a" * 64, "# c", "\\", "--pre", "; os_name=='x'"])
    ),
    st.text(max_size=20),
)


def pieces(text: str) -> st.SearchStrategy[str]:
    """One of the pieces between the tildes."""
    return st.sampled_from(text.split("~"))


yaml_pieces = pieces(
    "dependencies:~\n~  ~- ~pip:~[~]~{~}~a~'~\"~&a ~*a~!!x ~|~>~: ~? ~#~\t~---\n~...~%YAML 1.1\n~<<: ~\\e~\u2028~\x85"
    "~\ufeff~null~3.10~, ~prefix: x\n~channels:"
)
toml_pieces = pieces(
    '[project]~\n~dependencies~=~[~]~{~}~"numpy"~\'a==1\'~"""~\'\'\'~.~,~#~1~\\~requires-python~">=3.9"~dynamic'
    "~[[tool.uv.index]]~\xe9~\"~'~ ~true~2020-01-01~[tool.poetry]"
)
python_pieces = pieces(
    "class A~class B(A)~(~)~:~\n~    ~def f(self~, *a~=1~import a.b~from . import x~try:~except:~pass~@staticmethod"
    "~f'{x}'~'~\"\"\"~#~\\~\t~lambda: ~\xe9~# coding: latin-1~\x0c~import_module('a')~match x:~case 1:~async ~A = "
    "~\ufeff~\0~else:~*~**k~[~]~/"
)

yaml_texts = st.one_of(
    st.lists(wild_specs, max_size=6).map(lambda items: "dependencies:\n" + "".join(f"  - {item}\n" for item in items)),
    st.lists(wild_specs, max_size=4).map(
        lambda items: "dependencies:\n  - python=3.11\n  - pip:\n" + "".join(f"    - {item}\n" for item in items)
    ),
    st.lists(
        yaml_pieces,
        max_size=30,
    ).map("".join),
)
requirement_texts = st.lists(wild_specs, max_size=6).map("\n".join)
toml_texts = st.one_of(
    st.lists(toml_pieces, max_size=30).map("".join),
    st.lists(wild_specs, max_size=5).map(lambda items: f"[project]\ndependencies = [{', '.join(map(repr, items))}]\n"),
    st.text(max_size=10).map(lambda text: f"[project]\nrequires-python = '{text}'\n"),
)


@EXAMPLES
@given(st.sampled_from([*PRECEDENCE, "model_manager.py"]), st.binary(max_size=200))
@example("conda.yaml", b"\xff\xfe\x00")
@example("conda.yaml", b"\xef\xbb\xbf")
@example("model_manager.py", b"# coding: utf-8-sig")
def test_any_bytes(file, data):
    check(file, data)


@EXAMPLES
@given(st.sampled_from([*PRECEDENCE, "model_manager.py"]), st.text(max_size=200))
@example("requirements.txt", "\\\n\\\n")
@example("requirements.txt", "#\\")
@example("pyproject.toml", '"""')
def test_any_text(file, text):
    check(file, text.encode("utf-8", "replace"))


@EXAMPLES
@given(yaml_texts)
def test_anything_like_an_environment(text):
    check("conda.yaml", text.encode("utf-8", "replace"))


@EXAMPLES
@given(requirement_texts)
def test_anything_like_requirements(text):
    check("requirements.txt", text.encode("utf-8", "replace"))


@EXAMPLES
@given(toml_texts)
def test_anything_like_a_project(text):
    check("pyproject.toml", text.encode("utf-8", "replace"))


@EXAMPLES
@given(st.lists(python_pieces, max_size=30).map("".join))
def test_anything_like_python(text):
    check("model_manager.py", text.encode("utf-8", "replace"))


releases = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
package = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?", fullmatch=True).filter(lambda name: name != "python")


@EXAMPLES
@given(package, releases, st.sampled_from(["=={}", "={}.0.0", "={}=py310_0", " {}", " {} py310_0", "[version='=={}']"]))
def test_every_way_to_pin_a_version_in_conda_is_that_pin(name, release, spelling):
    text = f"dependencies:\n  - {name}{spelling.format(release)}\n"
    (declaration,) = facts_of({"conda.yaml": text.encode()}).declarations
    assert declaration.name == name
    assert declaration.exact_version is not None
    assert Version(declaration.exact_version) == Version(release)


@EXAMPLES
@given(package, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_fuzzy_version_admits_what_conda_admits(name, major, minor, patch):
    text = f"dependencies:\n  - {name}={major}.{minor}\n"
    (declaration,) = facts_of({"conda.yaml": text.encode()}).declarations
    admitted = declaration.requirement.specifier
    assert admitted.contains(f"{major}.{minor}")
    assert admitted.contains(f"{major}.{minor}.{patch}")
    assert not admitted.contains(f"{major}.{minor + 1}.{patch}")
    assert not admitted.contains(f"{major}.{minor}7.{patch}")


@EXAMPLES
@given(st.lists(st.tuples(package, releases), min_size=1, max_size=8))
def test_every_reader_declares_the_same_and_points_at_it(pins):
    wanted = [f"{name}=={release}" for name, release in pins]
    texts = {
        "conda.yaml": "dependencies:\n" + "".join(f"- {each}\n" for each in wanted),
        "environment.yml": "dependencies:\n- pip:\n" + "".join(f"  - '{each}'\n" for each in wanted),
        "requirements.txt": "".join(f"{each}  # why\n" for each in wanted),
        "pyproject.toml": "[project]\ndependencies = [\n" + "".join(f'    "{each}",\n' for each in wanted) + "]\n",
        "python_env.yaml": "dependencies:\n" + "".join(f"- {each}\n" for each in wanted),
        "setup.cfg": "[options]\ninstall_requires =\n" + "".join(f"    {each}\n" for each in wanted),
        "setup.py": f"setup(\n    install_requires={wanted},\n)\n",
    }
    for file, text in texts.items():
        facts = check(file, text.encode())
        assert [str(each.requirement) for each in facts.declarations] == wanted
        for declaration in facts.declarations:
            line = text.split("\n")[declaration.location.line - 1]
            assert line[declaration.location.column - 1 :].startswith(declaration.text)


@pytest.mark.parametrize("file", [*PRECEDENCE, "model_manager.py"])
def test_an_empty_file(file):
    check(file, b"")
