"""pyproject.toml: PEP 621 is read, everything else that would change dependencies is refused."""

import pytest

from fedbake.inspect.facts import Origin


@pytest.fixture
def pyproject(facts_of):
    return lambda text: facts_of({"pyproject.toml": text})


PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "made.up"
backend-path = ["."]

[project] # the app
name = "app"
version = "1.0"
requires-python = ">= 3.10, <3.13"
dependencies = [
    "flwr[simulation]>=1.15.2,<2", # the federation
    'torch==2.5.1', "torchvision==0.20.1",
    \"\"\"numpy\"\"\",
]

[tool.hatch.metadata]
allow-direct-references = true
"""


def test_a_project_is_read_with_places(pyproject, declared):
    facts = pyproject(PROJECT)
    assert facts.problems == facts.notes == ()
    assert declared(facts) == [
        "11:6 flwr[simulation]<2,>=1.15.2",
        "12:6 torch==2.5.1",
        "12:22 torchvision==0.20.1",
        "13:8 numpy",
    ]
    assert {each.origin for each in facts.declarations} == {Origin.PYPROJECT}
    (python,) = facts.python
    assert (python.specifier, str(python.location)) == (">=3.10,<3.13", "pyproject.toml:9:20")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('project.dependencies = ["numpy"]\n', "1:26"),
        ('project = {name = "x", dependencies = ["numpy"]}\n', "1:41"),
        ('["project"]\n"dependencies" = [\n\n# [ "\n"numpy",]\n', "5:2"),
        ('a = """\n[project]\ndependencies = ["x"]\n"""\n[project]\ndependencies = ["numpy"]\n', "6:18"),
        ("a = 'C:\\'\n[project]\ndependencies = ['numpy']\n", "3:18"),
        ('a = [[1, 2.5], {b = ["]"]}]\n[[tool.x]]\n[project]\ndependencies = ["numpy"]\n', "4:18"),
    ],
)
def test_places_are_found_however_the_table_is_written(pyproject, declared, text, place):
    facts = pyproject(text)
    assert facts.problems == ()
    assert declared(facts) == [f"{place} numpy"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[tool.ruff]\n", "1:1 file-no-dependencies"),
        ("", "1:1 file-empty"),
        ("# nothing yet\n", "1:1 file-empty"),
        ('[tool.flit.metadata]\nrequires = ["numpy"]\n', "2:12 pyproject-other-tool"),
        ("project = 3\n", "1:11 pyproject-type"),
        ('[project]\ndependencies = "numpy"\n', "2:17 pyproject-type"),
        ("[project]\ndependencies = [3]\n", "2:16 pyproject-type"),
        ("[project]\nrequires-python = 3.10\n", "2:19 pyproject-type"),
        ('[project]\nrequires-python = "3.10"\n', "2:20 python-version"),
        ('[project]\nrequires-python = ""\n', "2:20 python-version"),
        ('[project]\nrequires-python = ">=3.10+$(id)"\n', "2:20 python-version"),
        ('[project]\ndynamic = ["dependencies"]\n', "2:11 pyproject-dynamic"),
        ('[project]\n[tool.uv.sources]\na = {path = "x"}\n', "2:1 pyproject-sources"),
        ('[project]\n[[tool.uv.index]]\nurl = "https://example.org"\n', "2:1 pyproject-sources"),
        ('[project]\ndependencies = ["a @ file:///x"]\n', "2:18 requirement-path"),
        ('[project]\ndependencies = ["a\\nRUN id"]\n', "2:18 requirement-control-character"),
        ('[project]\ndependencies = ["${A}"]\n', "2:18 requirement-variable"),
        ("[project\n", "1:9 toml-syntax"),
        ('[project]\nname = "x"\nname = "y"\n', "3:11 toml-syntax"),
        ('a = "no end\n', "1:5 toml-syntax"),
        ('a = """no end\n', "1:5 toml-syntax"),
        (f"a = {'9' * 5000}\n", "1:1 toml-syntax"),
    ],
)
def test_everything_else_is_a_problem_at_its_place(pyproject, problems, text, found):
    facts = pyproject(text)
    assert problems(facts) == [found]
    assert facts.problems[0].hint


def test_groups_that_are_not_installed_are_noted(pyproject):
    facts = pyproject(
        '[project]\ndependencies = []\n[project.optional-dependencies]\na = ["b"]\n[dependency-groups]\nc = ["d"]\n'
    )
    assert facts.problems == facts.declarations == ()
    assert [(note.code, note.location.line) for note in facts.notes] == [
        ("pyproject-optional", 3),
        ("pyproject-optional", 5),
    ]
