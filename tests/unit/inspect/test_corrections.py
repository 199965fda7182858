"""What to write in place of a line that cannot be read, where it can be written there just like that."""

import pytest

from fedbake.inspect.facts import Problem


def only_problem(facts) -> Problem:
    (problem,) = facts.problems
    return problem


@pytest.mark.parametrize(
    ("file", "content", "place", "written", "meant"),
    [
        ("requirements.txt", "numpy\nscipy=1.14.1  # pinned\n", (2, 1), "scipy=1.14.1", "scipy==1.14.1"),
        ("requirements.txt", "  'scipy==1.14.1',\n", (1, 3), "'scipy==1.14.1',", "scipy==1.14.1"),
        ("requirements.txt", "scipy-1.14.1\n", (1, 1), "scipy-1.14.1", "scipy==1.14.1"),
        ("conda.yaml", "dependencies:\n- pip:\n  - 'scipy=1.14.1'\n", (3, 6), "scipy=1.14.1", "scipy==1.14.1"),
        ("conda.yaml", "dependencies: [numpy, scipy=<1.14]\n", (1, 23), "scipy=<1.14", "scipy<=1.14"),
        ("pyproject.toml", '[project]\ndependencies = ["scipy => 1.14"]\n', (2, 18), "scipy => 1.14", "scipy >= 1.14"),
        ("setup.py", "setup(install_requires=['scipy=1.14.1'])\n", (1, 26), "scipy=1.14.1", "scipy==1.14.1"),
    ],
)
def test_the_corrected_text_takes_the_place_of_the_written_one(facts_of, file, content, place, written, meant):
    problem = only_problem(facts_of({file: content}))
    assert (problem.location.line, problem.location.column) == place
    assert (problem.text, problem.correction) == (written, meant)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("requirements.txt", "scipy =\\\n  1.14.1\n"),
        ("conda.yaml", 'dependencies:\n- pip:\n  - "scipy\\x3d1.14.1"\n'),
        ("conda.yaml", "dependencies:\n- pip: [scipy>=1.14 <2]\n"),
        ("pyproject.toml", "[project]\ndependencies = [\"'scipy==1.14.1; python_version > '3'\"]\n"),
        ("requirements.txt", "scipy==${SCIPY}\n"),
    ],
)
def test_where_it_could_not_be_written_so_there_is_only_a_hint(facts_of, file, content):
    problem = only_problem(facts_of({file: content}))
    assert problem.hint
    assert problem.correction is None


def test_a_list_for_pip_that_is_half_indented_is_shown_as_it_should_be(facts_of):
    half = "dependencies:\n- python=3.11\n- pip:\n- mlflow==2.14.1\n- numpy==1.26.4\n  - scipy==1.14.1\n"
    above, swallowed = facts_of({"conda.yaml": half}).problems
    assert above.hint.endswith("  - pip:\n    - mlflow==2.14.1\n    - numpy==1.26.4\n    - scipy==1.14.1")
    assert (swallowed.location.line, swallowed.hint) == (
        5,
        "begin the dashes of the lines below it where its own dash begins",
    )
