"""Files that refer to other files, which file decides, and where the Python version may stand besides."""

import pytest

from fedbake.source.snapshot import EntryKind


def places(declarations):
    return [f"{each.location} {each.requirement}" for each in declarations]


def found(facts):
    return [f"{each.location} {each.code}" for each in facts.problems]


def test_an_included_file_is_read_in_its_place(facts_of):
    facts = facts_of(
        {
            "requirements.txt": "numpy\n-r requirements/model.txt\nscipy\n",
            "requirements/model.txt": "torch==2.1\n-r ./../common.txt\n",
            "common.txt": "pandas\n",
        }
    )
    assert facts.problems == ()
    assert places(facts.declarations) == [
        "requirements.txt:1:1 numpy",
        "requirements/model.txt:1:1 torch==2.1",
        "common.txt:1:1 pandas",
        "requirements.txt:3:1 scipy",
    ]
    assert facts.dependency_files == ("requirements.txt",)
    assert facts.included_files == ("requirements/model.txt", "common.txt")


def test_constraints_are_kept_apart_with_what_they_constrain_by(facts_of):
    facts = facts_of(
        {
            "requirements.txt": "numpy\n-c constraints.txt\n",
            "constraints.txt": "numpy<2\ntorch==2.1\n-c more.txt\n-r extra.txt\n-e .\n",
            "more.txt": "scipy<2\n",
            "extra.txt": "pandas\n",
        }
    )
    assert places(facts.declarations) == ["requirements.txt:1:1 numpy", "extra.txt:1:1 pandas"]
    assert places(facts.constraints) == [
        "constraints.txt:1:1 numpy<2",
        "constraints.txt:2:1 torch==2.1",
        "more.txt:1:1 scipy<2",
    ]
    assert found(facts) == ["constraints.txt:5:1 include-constraint"]


def test_a_file_counts_once_for_each_purpose(facts_of):
    facts = facts_of({"requirements.txt": "-r a.txt\n-r ./a.txt\n-c a.txt\n", "a.txt": "numpy<2\n"})
    assert places(facts.declarations) == places(facts.constraints) == ["a.txt:1:1 numpy<2"]
    assert facts.included_files == ("a.txt",)
    assert facts.problems == ()


@pytest.mark.parametrize(
    "path", ["../other.txt", "a/../../b.txt", "/etc/passwd", "~/r.txt", "C:/r.txt", "a\\b.txt", "file:r.txt"]
)
def test_a_path_never_leaves_the_repository(facts_of, path):
    facts = facts_of({"MLproject": f"conda_env: '{path}'\n", "b.txt": "numpy\n"})
    assert found(facts) == ["MLproject:1:13 include-outside"]
    assert path not in facts.problems[0].message


def test_a_missing_file_is_a_problem_of_the_line_that_names_it(facts_of):
    facts = facts_of({"requirements.txt": "numpy\n-r req/basic.txt\n", "req/base.txt": "", "req/other.md": ""})
    (problem,) = facts.problems
    assert (str(problem.location), problem.code) == ("requirements.txt:2:1", "include-missing")
    assert problem.message == "there is no file 'req/basic.txt'"
    assert problem.hint == "correct its name; there is 'base.txt'"


def test_only_regular_files_are_included(facts_of):
    facts = facts_of({"requirements.txt": "-r a.txt\n-r b\n"}, {"a.txt": EntryKind.SYMLINK, "b": EntryKind.SUBMODULE})
    assert found(facts) == ["a.txt:1:1 file-not-regular", "b:1:1 file-not-regular"]


def test_circles_end(facts_of):
    facts = facts_of({"requirements.txt": "-r a.txt\nnumpy\n", "a.txt": "-r requirements.txt\n-r a.txt\n"})
    assert found(facts) == ["a.txt:1:1 include-cycle", "a.txt:2:1 include-cycle"]
    assert places(facts.declarations) == ["requirements.txt:2:1 numpy"]


def test_files_nest_ten_levels_deep(facts_of):
    files = {f"r{level}.txt": f"-r r{level + 1}.txt\na{level}\n" for level in range(1, 20)}
    facts = facts_of({"requirements.txt": "-r r1.txt\n", **files})
    assert found(facts) == ["r9.txt:1:1 include-too-many"]
    assert len(facts.included_files) == 9


def test_fifty_files_and_one_mebibyte_are_read(facts_of):
    many = {f"r{number:02}.txt": "" for number in range(60)}
    facts = facts_of({"requirements.txt": "".join(f"-r {name}\n" for name in many), **many})
    assert found(facts) == [f"requirements.txt:{line}:1 include-too-many" for line in range(51, 61)]
    large = {f"r{number}.txt": "#" * 250_000 for number in range(6)}
    facts = facts_of({"requirements.txt": "".join(f"-r {name}\n" for name in large), **large})
    assert found(facts) == ["requirements.txt:5:1 include-too-many", "requirements.txt:6:1 include-too-many"]


def test_too_much_ends_reading_over_all_files_together(facts_of):
    half = "".join(f"a{number}\n" for number in range(3000))
    facts = facts_of({"requirements.txt": "-r a.txt\n-r b.txt\n", "a.txt": half, "b.txt": half})
    assert found(facts) == ["b.txt:2001:1 file-too-many"]
    assert len(facts.declarations) == 5000


PROJECT = '[project]\nname = "app"\ndependencies = ["numpy"]\nrequires-python = ">=3.9"\n'


def test_the_repository_as_a_package_gives_what_it_needs(facts_of):
    extras = '[project.optional-dependencies]\ngpu = ["torch"]\nall = ["app[gpu]", "scipy"]\ndev = ["pytest"]\n'
    facts = facts_of({"requirements.txt": "-e .[all,none]\n", "pyproject.toml": PROJECT + extras})
    assert facts.problems == ()
    assert places(facts.declarations) == [
        "pyproject.toml:3:18 numpy",
        "pyproject.toml:7:21 scipy",
        "pyproject.toml:6:9 torch",
    ]
    assert facts.python[0].specifier == ">=3.9"
    assert [note.code for note in facts.notes] == ["project-not-installed", "project-extra"]


def test_a_package_says_what_it_needs_in_the_first_file_that_does(facts_of):
    facts = facts_of(
        {
            "conda.yaml": "dependencies:\n  - python=3.11\n  - pip:\n    - -e ./lib\n",
            "lib/pyproject.toml": "[build-system]\nrequires = []\n",
            "lib/setup.cfg": "[options]\npython_requires = >=3.8\n",
            "lib/setup.py": "setup(install_requires=['numpy'])\n",
        }
    )
    assert facts.problems == ()
    assert places(facts.declarations) == ["lib/setup.py:1:26 numpy"]
    assert [each.specifier for each in facts.python] == ["==3.11.*", ">=3.8"]
    assert facts.included_files == ("lib/pyproject.toml", "lib/setup.cfg", "lib/setup.py")


def test_projects_are_relative_to_where_pip_runs(facts_of):
    files = {
        "requirements.txt": "-r req/dev.txt\n",
        "req/dev.txt": "-e .\n",
        "setup.py": "setup(install_requires=['a'])",
    }
    assert places(facts_of(files).declarations) == ["setup.py:1:26 a"]
    files = {
        "MLproject": "conda_env: env/conda.yaml\n",
        "env/conda.yaml": "dependencies: [python=3.11, {pip: ['-e .']}]\n",
        "env/setup.py": "setup(install_requires=['b'])",
        "setup.py": "setup(install_requires=['a'])",
    }
    assert places(facts_of(files).declarations) == ["env/setup.py:1:26 b"]


@pytest.mark.parametrize(
    ("line", "code"),
    [("-e ./lib", "include-missing"), ("-e ../other", "include-outside"), ("-e ./a", "requirement-path")],
)
def test_a_folder_that_is_no_package_is_a_problem(facts_of, line, code):
    facts = facts_of({"requirements.txt": f"numpy\n{line}\n", "lib/x.py": "", "a": ""})
    assert found(facts) == [f"requirements.txt:2:1 {code}"]


def test_dynamic_dependencies_of_setuptools_are_read_from_their_files(facts_of):
    dynamic = '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
    facts = facts_of(
        {
            "lib/pyproject.toml": dynamic + 'dependencies = {file = ["r.txt"]}\n',
            "lib/r.txt": "a\n",
            "requirements.txt": "./lib\n",
        }
    )
    assert places(facts.declarations) == ["lib/r.txt:1:1 a"]
    facts = facts_of({"pyproject.toml": dynamic + 'dependencies = {file = "needs.txt"}\n', "needs.txt": "numpy\n"})
    assert facts.problems == ()
    assert places(facts.declarations) == ["needs.txt:1:1 numpy"]
    facts = facts_of({"setup.cfg": "[options]\ninstall_requires = file: needs.txt, more.txt\n", "needs.txt": "numpy\n"})
    assert places(facts.declarations) == ["needs.txt:1:1 numpy"]
    assert found(facts) == ["setup.cfg:2:20 include-missing"]


def test_an_mlproject_names_the_file_that_decides(facts_of):
    facts = facts_of(
        {
            "MLproject": "name: x\npython_env: python_env.yaml\n",
            "python_env.yaml": "python: 3.10.4\ndependencies:\n  - -r requirements.txt\n",
            "requirements.txt": "numpy\n",
            "environment.yml": "dependencies: [scipy]\n",
        }
    )
    assert facts.dependency_files == ("MLproject", "environment.yml", "python_env.yaml", "requirements.txt")
    assert facts.included_files == ("python_env.yaml", "requirements.txt")
    assert facts.ignored_files == ("environment.yml",)
    assert places(facts.declarations) == ["requirements.txt:1:1 numpy"]
    assert facts.python[0].specifier == "==3.10.4"


def test_files_that_are_not_about_dependencies_are_passed_over(facts_of):
    facts = facts_of(
        {
            "MLproject": "name: x\nentry_points: {}\n",
            "pyproject.toml": "[tool.ruff]\nline-length = 100\n",
            "setup.cfg": "[options]\npython_requires = >=3.9\n",
            "setup.py": "from setuptools import setup\nsetup(install_requires=['numpy'])\n",
        }
    )
    assert facts.problems == ()
    assert facts.dependency_files == ("setup.py",)
    assert places(facts.declarations) == ["setup.py:2:26 numpy"]
    assert facts.python[0].specifier == ">=3.9"
    assert [(note.code, note.message) for note in facts.notes] == [
        ("file-passed-over", "MLproject names no environment file; setup.py decides"),
        ("file-passed-over", "pyproject.toml holds settings of tools only; setup.py decides"),
        ("file-passed-over", "setup.cfg has no install_requires; setup.py decides"),
        ("python-from-other-file", "setup.py names no Python version; setup.cfg does"),
    ]


@pytest.mark.parametrize("wrong", ["", "[tool.ruff\n", "[project]\ndependencies = 3\n"])
def test_a_file_that_is_empty_or_wrong_decides_nevertheless(facts_of, wrong):
    facts = facts_of({"pyproject.toml": wrong, "setup.py": "setup(install_requires=['numpy'])"})
    assert facts.dependency_files == ("pyproject.toml", "setup.py")
    assert len(facts.problems) == 1
    assert facts.declarations == ()


def test_when_no_file_is_about_dependencies_each_says_so(facts_of):
    facts = facts_of({"pyproject.toml": "[tool.ruff]\n", "setup.py": "from setuptools import setup\nsetup()\n"})
    assert facts.dependency_files == ("pyproject.toml", "setup.py")
    assert found(facts) == ["pyproject.toml:1:1 file-no-dependencies", "setup.py:2:1 file-no-dependencies"]


@pytest.mark.parametrize(
    ("name", "text", "specifier"),
    [
        (".python-version", "# ours\n3.11.4\n", "==3.11.4"),
        (".python-version", "3.11 3.10\n", None),
        (".python-version", "3.12\n3.11\n", "==3.12.*"),
        (".python-version", "my-environment\n", None),
        (".python-version", "2.7.18\n", None),
        ("runtime.txt", "python-3.10.2\n", "==3.10.2"),
        ("runtime.txt", "r-4.1-2022-01-01\n", None),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9"\n', ">=3.9"),
        ("setup.cfg", "[options]\npython_requires = ~=3.9\n", "~=3.9"),
        ("Pipfile", "[requires]\npython_full_version = '3.11.2'\n", "==3.11.2"),
        ("setup.py", "setup(python_requires='>=3.9,<3.12')\n", ">=3.9,<3.12"),
    ],
)
def test_the_python_version_may_stand_in_another_file(facts_of, name, text, specifier):
    facts = facts_of({"requirements.txt": "numpy\n", name: text})
    assert [each.specifier for each in facts.python] == ([specifier] if specifier else [])
    if specifier:
        assert facts.python[0].location.file == name
        assert "python-from-other-file" in {note.code for note in facts.notes}
        assert facts.problems == ()
    else:
        assert [problem.code for problem in facts.problems] == ["python-version"]


def test_other_files_are_asked_in_order_and_only_when_needed(facts_of):
    others = {".python-version": "3.12\n", "runtime.txt": "python-3.11\n", "setup.cfg": "broken"}
    assert facts_of({"requirements.txt": "numpy\n", **others}).python[0].specifier == "==3.12.*"
    own = facts_of({"conda.yaml": "dependencies: [python=3.10]\n", **others})
    assert [each.specifier for each in own.python] == ["==3.10.*"]
    assert own.notes == own.problems == ()


def test_a_file_that_cannot_be_read_ends_the_search(facts_of):
    facts = facts_of(
        {"requirements.txt": "numpy\n", "pyproject.toml": "[", "setup.cfg": "[options]\npython_requires = 3\n"}
    )
    assert facts.python == facts.problems == ()
    assert [(note.code, str(note.location)) for note in facts.notes] == [("python-not-found", "pyproject.toml:1:1")]
