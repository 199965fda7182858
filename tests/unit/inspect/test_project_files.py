"""Poetry, Pipenv, setuptools and MLflow: what their files declare, at which place, and what is refused."""

import pytest

from fedbake.inspect.facts import Origin


def codes(facts):
    return [f"{each.location.line}:{each.location.column} {each.code}" for each in facts.problems]


@pytest.fixture
def file(facts_of):
    """Inspect a repository with this one file."""
    return lambda name, text: facts_of({name: text})


POETRY = """\
[tool.poetry]
name = "app"

[tool.poetry.dependencies]
python = "^3.10"
torch = "^2.1"  # the model
"numpy" = ">=1.23,<2.0"
flwr = { version = "1.5.0", extras = ["simulation", "rest"] }
tensorflow = {version = "~2.15", platform = "linux", python = ">=3.10,<3.12"}
scipy = [
    {version = "1.10.*", markers = "os_name == 'nt' or os_name == 'java'", python = "<3.11"},
    {version = "*", python = ">=3.11"},
]
gpu-lib = { version = "*", optional = true }

[tool.poetry.extras]
gpu = ["gpu-lib"]

[tool.poetry.group.dev.dependencies]
pytest = "^8"
"""


def test_poetrys_table_is_read_in_pep_508_terms(file, declared):
    facts = file("pyproject.toml", POETRY)
    assert facts.problems == ()
    assert declared(facts) == [
        "6:1 torch<3,>=2.1",
        "7:1 numpy<2.0,>=1.23",
        "8:1 flwr[rest,simulation]==1.5.0",
        "9:1 tensorflow<2.16,>=2.15; "
        '(python_version >= "3.10" and python_version < "3.12") and sys_platform == "linux"',
        '11:5 scipy==1.10.*; (os_name == "nt" or os_name == "java") and python_version < "3.11"',
        '12:5 scipy; python_version >= "3.11"',
    ]
    assert {each.origin for each in facts.declarations} == {Origin.POETRY}
    assert facts.python[0].specifier == ">=3.10,<4"
    assert [(note.code, note.location.line) for note in facts.notes] == [
        ("poetry-optional", 14),
        ("pyproject-optional", 19),
    ]


def test_the_text_is_the_whole_entry_as_it_stands(file):
    facts = file("pyproject.toml", POETRY)
    lines = POETRY.split("\n")
    for each in facts.declarations:
        assert lines[each.location.line - 1][each.location.column - 1 :].startswith(each.text)
    assert [each.text for each in facts.declarations][:3] == [
        'torch = "^2.1"',
        '"numpy" = ">=1.23,<2.0"',
        'flwr = { version = "1.5.0", extras = ["simulation", "rest"] }',
    ]


@pytest.mark.parametrize(
    ("constraint", "specifier"),
    [
        ("^1.2.3", "<2,>=1.2.3"),
        ("^0.2.3", "<0.3,>=0.2.3"),
        ("^0.0.3", "<0.0.4,>=0.0.3"),
        ("^0.0", "<0.1,>=0.0"),
        ("^0", "<1,>=0"),
        ("^1.0b1", "<2,>=1.0b1"),
        ("~1.2.3", "<1.3,>=1.2.3"),
        ("~1", "<2,>=1"),
        ("~=1.4", "~=1.4"),
        ("1.*", "==1.*"),
        ("==1.2.x", "==1.2.*"),
        ("!=1.2.*", "!=1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("v1.2", "==1.2"),
        (">=1.0 <2.0", "<2.0,>=1.0"),
        (">= 1.0, != 1.5", "!=1.5,>=1.0"),
        ("*", ""),
    ],
)
def test_constraints_mean_what_poetry_says(file, constraint, specifier):
    (declaration,) = file("pyproject.toml", f'[tool.poetry.dependencies]\na = "{constraint}"\n').declarations
    assert str(declaration.requirement.specifier) == specifier


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ('a = "^1 || ^3"', "poetry-constraint"),
        ('a = "latest"', "poetry-constraint"),
        ('a = ">=1,"', "poetry-constraint"),
        ('a = ""', "poetry-constraint"),
        ("a = 3", "poetry-type"),
        ("a = [3]", "poetry-type"),
        ("a = {}", "poetry-constraint"),
        ('a = {verison = "1"}', "poetry-key"),
        ('a = {git = "https://name:secret@example.org/a.git"}', "requirement-vcs"),
        ('a = {url = "https://example.org/a.whl"}', "requirement-url"),
        ('a = {path = "wheels/a.whl"}', "requirement-path"),
        ('a = {version = "1", source = "mirror"}', "pyproject-sources"),
        ('a = {version = "1", markers = "x) or (y"}', "requirement-syntax"),
        ('a = {version = "1", python = "3", markers = "os_name == \'a\') or (os_name == \'b\'"}', "requirement-syntax"),
        ('a = {version = "1", extras = "x"}', "package-extras"),
        ('a = {version = "1", platform = "any thing"}', "poetry-marker"),
        ('"a>=1; os_name" = "*"', "requirement-syntax"),
        ('python = "^2.7"', "python-version"),
        ('python = "^3.8 || ^3.10"', "python-version"),
        ("python = 3", "poetry-type"),
    ],
)
def test_what_a_requirement_cannot_say_is_a_problem_at_its_entry(file, entry, found):
    facts = file("pyproject.toml", f"[tool.poetry.dependencies]\n{entry}\n")
    (problem,) = facts.problems
    assert (problem.code, problem.location.line) == (found, 2)
    assert problem.hint
    assert "secret" not in problem.message
    if not entry.startswith(("python", '"')) and found != "poetry-type":
        assert problem.package == "a"


def test_alternatives_for_python_2_are_left_out(file):
    facts = file("pyproject.toml", '[tool.poetry.dependencies]\npython = "~2.7 || ^3.9"\n')
    assert facts.python[0].specifier == ">=3.9,<4"


def test_in_poetry_2_the_project_lists_and_the_table_adds(file, declared):
    text = '[project]\nrequires-python = ">=3.10"\ndependencies = ["torch==2.1"]\n'
    facts = file("pyproject.toml", text + '[tool.poetry.dependencies]\ntorch = {source = "mirror"}\nnumpy = "^1"\n')
    assert declared(facts) == ["3:18 torch==2.1"]
    assert codes(facts) == ["5:1 pyproject-sources"]
    dynamic = file(
        "pyproject.toml", '[project]\ndynamic = ["dependencies"]\n[tool.poetry.dependencies]\nnumpy = "^1"\n'
    )
    assert dynamic.problems == ()
    assert declared(dynamic) == ["4:1 numpy<2,>=1"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[tool.poetry.dependencies.torch]\nversion = "2.1"\n', "1:1"),
        ('[tool.poetry.dependencies]\nnumpy.version = "1"\ntorch.version = "2.1"\n', "3:1"),
        ('tool.poetry.dependencies.torch = "2.1"\n', "1:1"),
        ('tool = {poetry = {dependencies = {torch = "2.1"}}}\n', "1:35"),
    ],
)
def test_every_way_to_write_the_table_has_its_place(file, text, place):
    facts = file("pyproject.toml", text)
    assert facts.problems == ()
    (torch,) = facts.declared("torch")
    assert f"{torch.location.line}:{torch.location.column}" == place


def test_an_entry_that_is_not_in_one_place_is_never_edited(file):
    text = '[tool.poetry.dependencies]\ntorch.version = "2.1"\ntorch.extras = ["x"]\n'
    (torch,) = file("pyproject.toml", text).declarations
    assert str(torch.requirement) == "torch[x]==2.1"
    assert torch.text not in text


PIPFILE = """\
[[source]]
url = "https://pypi.org/simple"
name = "pypi"

[packages]
requests = "*"
torch = "==2.1.0"  # the model
numpy = "1.26.4"
flwr = {version = ">=1.5,<2", extras = ["simulation"], index = "pypi"}
pywin = {version = "*", sys_platform = "== 'win32'", markers = "python_version > '3.8'"}

[dev-packages]
pytest = "*"

[requires]
python_version = "3.11"
"""


def test_a_pipfile_is_read(file, declared):
    facts = file("Pipfile", PIPFILE)
    assert facts.problems == ()
    assert declared(facts) == [
        "6:1 requests",
        "7:1 torch==2.1.0",
        "8:1 numpy==1.26.4",
        "9:1 flwr[simulation]<2,>=1.5",
        '10:1 pywin; python_version > "3.8" and sys_platform == "win32"',
    ]
    assert [each.text for each in facts.declarations][1:3] == ['torch = "==2.1.0"', 'numpy = "1.26.4"']
    assert (facts.python[0].specifier, str(facts.python[0].location)) == ("==3.11.*", "Pipfile:16:19")
    assert [(note.code, note.location.line) for note in facts.notes] == [("pipfile-unused", 12)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[[source]]\nurl = "https://pypi.org/simple"\n[[source]]\nurl = "https://a:secret@b/c"\n', "4:8 pip-index"),
        ('[packages]\na = {version = "*", index = "mirror"}\n', "2:1 pip-index"),
        ('[packages]\na = {version = "*", index = []}\n', "2:1 pip-index"),
        ('[packages]\na = {git = "https://a:secret@b/c.git"}\n', "2:1 requirement-vcs"),
        ('[packages]\na = {file = "https://a:secret@b/c.whl"}\n', "2:1 requirement-url"),
        ('[packages]\na = "^1"\n', "2:1 pipfile-version"),
        ("[packages]\na = {version = 3}\n", "2:1 pipfile-version"),
        ("[packages]\na = 3\n", "2:5 pipfile-type"),
        ('[packages]\na = {verison = "*"}\n', "2:1 pipfile-key"),
        ("packages = 3\n", "1:12 pipfile-type"),
        ('[packages]\na = "*"\n[requires]\npython_version = "2.7"\n', "4:19 python-version"),
        ("[packages]\na = '*'\n[requires]\npython_version = 3.11\n", "4:18 pipfile-type"),
        ("", "1:1 file-empty"),
    ],
)
def test_what_a_pipfile_cannot_say_is_a_problem(file, text, found):
    facts = file("Pipfile", text)
    assert codes(facts) == [found]
    assert "secret" not in facts.problems[0].message


SETUP_CFG = """\
[metadata]
name = app

[options]
packages = find:
python_requires = >=3.9
install_requires =
    numpy >= 1.23  # arrays
    # torch==1.0
    torch==2.1; python_version < "3.12"

    scikit-learn[full]

[options.extras_require]
dev =
    pytest
"""


def test_setup_cfg_is_read_with_places(file, declared):
    facts = file("setup.cfg", SETUP_CFG)
    assert facts.problems == ()
    assert declared(facts) == ["8:5 numpy>=1.23", '10:5 torch==2.1; python_version < "3.12"', "12:5 scikit-learn[full]"]
    lines = SETUP_CFG.split("\n")
    for each in facts.declarations:
        assert lines[each.location.line - 1][each.location.column - 1 :].startswith(each.text)
    assert (facts.python[0].specifier, str(facts.python[0].location)) == (">=3.9", "setup.cfg:6:19")
    assert [(note.code, note.location.line) for note in facts.notes] == [("setup-extras", 15)]


def test_on_one_line_setup_cfg_separates_with_semicolons(file, declared):
    facts = file("setup.cfg", "[options]\ninstall_requires = numpy; torch==2.1\npython_requires: >=3.9\n")
    assert declared(facts) == ["2:20 numpy", "2:27 torch==2.1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("numpy\n", "1:1 setup-cfg-syntax"),
        ("[options]\ninstall_requires\n", "2:1 setup-cfg-syntax"),
        ("[options]\na = 1\na = 2\n", "3:1 setup-cfg-syntax"),
        ("[options]\n[options]\n", "2:1 setup-cfg-syntax"),
        ("[options]\na" + " " * 300 + "= 1\n", "2:2 setup-cfg-syntax"),
        ("[options]\ninstall_requires = attr: app.needs\n", "2:20 setup-cfg-computed"),
        ("[options]\ninstall_requires =\n  %(base)s\n", "3:3 setup-cfg-interpolation"),
        ("[options]\ninstall_requires =\n  numpy=1\n", "3:3 requirement-syntax"),
        (
            "[options]\ninstall_requires =\n  numpy\n[options.extras_require]\n:os_name=='nt' = a\n",
            "5:1 setup-cfg-syntax",
        ),
        ("[options]\ninstall_requires = numpy\npython_requires = 3.9\n", "3:19 python-version"),
        ("# nothing\n", "1:1 file-empty"),
        ("[flake8]\nmax-line-length = 100\n", "1:1 file-no-dependencies"),
    ],
)
def test_what_setup_cfg_does_not_write_out_is_a_problem(file, text, found):
    assert codes(file("setup.cfg", text)) == [found]


SETUP_PY = """\
from setuptools import find_packages, setup

TORCH = "torch==2.1"
REQUIRED = [
    'numpy>=1.23',
    TORCH,
]
EXTRAS: dict = {"dev": ["pytest"]}

print(TORCH)
setup(
    name="app",
    packages=find_packages(),
    python_requires=">=3.9",
    install_requires=REQUIRED + ["scipy", *("pandas",)],
    extras_require=EXTRAS,
)
"""


def test_setup_py_is_read_and_never_run(file, declared):
    facts = file("setup.py", SETUP_PY)
    assert facts.problems == ()
    assert declared(facts) == ["5:6 numpy>=1.23", "3:10 torch==2.1", "15:35 scipy", "15:46 pandas"]
    assert {each.origin for each in facts.declarations} == {Origin.SETUP_PY}
    assert (facts.python[0].specifier, str(facts.python[0].location)) == (">=3.9", "setup.py:14:22")
    assert [(note.code, note.location.line) for note in facts.notes] == [("setup-extras", 16)]


@pytest.mark.parametrize(
    "text",
    [
        "setup(install_requires=open('r.txt').readlines())",
        "setup(install_requires=['numpy'] if new else ['torch'])",
        "setup(install_requires=[f'numpy=={version}'])",
        "setup(install_requires=[x for x in y])",
        "setup(**arguments)",
        "setup(install_requires='numpy\\ntorch')",
        "A = []\nA.append('numpy')\nsetup(install_requires=A)",
        "A = []\nA += ['numpy']\nsetup(install_requires=A)",
        "A = []\nfill(A)\nsetup(install_requires=A)",
        "A = []\nB = A\nB.append('numpy')\nsetup(install_requires=A)",
        "A = []\nA[:] = ['numpy']\nsetup(install_requires=A)",
        "A = []\nfor A in x: pass\nsetup(install_requires=A)",
        "A = []\nfrom b import A\nsetup(install_requires=A)",
        "A = []\ndef f():\n    global A\nsetup(install_requires=A)",
        "if new:\n    A = ['numpy']\nsetup(install_requires=A)",
        "A = A + ['numpy']\nsetup(install_requires=A)",
        "A = B + B\nB = A + A\nsetup(install_requires=A)",
        "setup(install_requires=[])\nsetup(install_requires=['numpy'])",
        "V = '>=3.9'\nV = V + ',<4'\nsetup(install_requires=[], python_requires=V)",
    ],
)
def test_what_setup_py_computes_is_not_known(file, text):
    facts = file("setup.py", text)
    assert {problem.code for problem in facts.problems} == {"setup-py-computed"}
    assert all(problem.hint for problem in facts.problems)


def test_requirements_under_a_marker_are_refused(file):
    text = "setup(install_requires=[], extras_require={'dev': ['a'], ':python_version<\"3.8\"': ['b']})"
    assert codes(file("setup.py", text)) == ["1:83 setup-conditional"]


def test_a_setup_py_that_is_no_python_is_a_problem_of_its_own(file):
    assert {each.code for each in file("setup.py", "setup(\n").problems} == {"python-syntax", "setup-py-syntax"}


def test_strings_that_are_not_written_plainly_keep_their_place(file, declared):
    text = 'setup(install_requires=[r"numpy", "tor" "ch", """scipy""", "pan\\x64as", " attrs"])\n'
    assert declared(file("setup.py", text)) == ["1:27 numpy", "1:35 torch", "1:50 scipy", "1:60 pandas", "1:75 attrs"]


PYTHON_ENV = """\
python: 3.10
build_dependencies:
  - pip==23.0
dependencies:
  - numpy==1.26.4
  - "torch>=2"  # the model
"""


def test_python_env_is_read(file, declared):
    facts = file("python_env.yaml", PYTHON_ENV)
    assert facts.problems == ()
    assert declared(facts) == ["5:5 numpy==1.26.4", "6:6 torch>=2"]
    assert {each.origin for each in facts.declarations} == {Origin.PYTHON_ENV}
    assert (facts.python[0].specifier, str(facts.python[0].location)) == ("==3.10.*", "python_env.yaml:1:9")
    assert [note.code for note in facts.notes] == ["python-env-build"]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("python_env.yaml", "python: [3]\ndependencies: [numpy]\n", "1:9 python-env-type"),
        ("python_env.yaml", "python: '>=3.9'\ndependencies: [numpy]\n", "1:10 python-version"),
        ("python_env.yaml", "python: 2.7.18\ndependencies: [numpy]\n", "1:9 python-version"),
        ("python_env.yaml", "dependencies: numpy\n", "1:15 python-env-type"),
        ("python_env.yaml", "dependencies: [1.0, numpy]\n", "1:16 python-env-type"),
        ("python_env.yaml", "- numpy\n", "1:1 python-env-type"),
        ("python_env.yaml", "# nothing\n", "1:1 file-empty"),
        ("python_env.yaml", "python: 3.10\n", "1:1 file-no-dependencies"),
        ("MLproject", "conda_env: [a]\n", "1:12 mlproject-type"),
        ("MLproject", "conda_env: a.yaml\npython_env: b.yaml\n", "2:1 mlproject-environments"),
        ("MLproject", "- conda_env\n", "1:1 mlproject-type"),
        ("MLproject", "conda_env: {{name}}\n", "1:12 mlproject-type"),
        ("MLproject", "", "1:1 file-empty"),
        ("MLproject", "name: x\ndocker_env: {image: y}\n", "1:1 file-no-dependencies"),
    ],
)
def test_what_mlflows_files_cannot_say_is_a_problem(file, name, text, found):
    facts = file(name, text)
    assert codes(facts)[:1] == [found]
