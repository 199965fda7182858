"""What a conda environment file says, in PEP 440 terms, with the place of each entry."""

import pytest

from fedbake.inspect.facts import Origin

ENVIRONMENT = """\
# the environment of our model
name: digits
channels:
  - conda-forge
dependencies:
  - python=3.10.14
  - scikit-learn=1.5.2   # the classifier
  - NumPy>=1.26,<2
  - "pandas"
  - pip
  - pip:
      - flwr[simulation]>=1.8,<2; python_version < "3.12"
      - 'mlflow==2.14.3'
"""


def test_a_usual_environment_is_read_with_places(conda, declared):
    facts = conda(ENVIRONMENT)
    assert declared(facts) == [
        "7:5 scikit-learn==1.5.2",
        "8:5 numpy<2,>=1.26",
        "9:6 pandas",
        "10:5 pip",
        '12:9 flwr[simulation]<2,>=1.8; python_version < "3.12"',
        "13:10 mlflow==2.14.3",
    ]
    assert [each.origin for each in facts.declarations] == [Origin.CONDA] * 4 + [Origin.CONDA_PIP] * 2
    assert facts.declarations[0].text == "scikit-learn=1.5.2"
    assert facts.problems == facts.notes == ()


def test_python_is_kept_apart_from_the_packages(conda):
    (python,) = conda(ENVIRONMENT).python
    assert (python.specifier, python.text, str(python.location)) == ("==3.10.14", "python=3.10.14", "conda.yaml:6:5")


@pytest.mark.parametrize(
    ("spec", "requirement"),
    [
        ("numpy", "numpy"),
        ("numpy=1", "numpy==1.*"),
        ("numpy=1.26", "numpy==1.26.*"),
        ("numpy=1.26.4", "numpy==1.26.4"),
        ("numpy = 1.26", "numpy==1.26.*"),
        ("numpy==1.26", "numpy==1.26"),
        ("numpy 1.26", "numpy==1.26"),
        ("numpy 1.26.*", "numpy==1.26.*"),
        ("numpy=1.26*", "numpy==1.26.*"),
        ("numpy=*", "numpy"),
        ("numpy *", "numpy"),
        ("numpy=1.26=py310_0", "numpy==1.26"),
        ("numpy 1.26 py310_0", "numpy==1.26"),
        ("numpy=1.26.*=py310*", "numpy==1.26.*"),
        ("faiss-proc=*=cuda", "faiss-proc"),
        ("libarchive>=3.8 lgpl_*", "libarchive>=3.8"),
        ("scipy   >=    1.5.0,  < 2.0.0", "scipy<2.0.0,>=1.5.0"),
        ("PyJWT < 2.0.0", "pyjwt<2.0.0"),
        ("pytorch~=2.0.1", "pytorch~=2.0.1"),
        ("numpy>=1.26.*", "numpy>=1.26"),
        ("numpy!=1.26.*", "numpy!=1.26.*"),
        ("numpy=1.26,!=1.26.3", "numpy!=1.26.3,==1.26.*"),
        ("x264=1!157.20191217", "x264==1!157.20191217.*"),
        ("pytz=2024.1", "pytz==2024.1.*"),
        ("smac=2.0.0a1", "smac==2.0.0a1"),
        ("typing_extensions", "typing_extensions"),
        ("conda-forge::pandas", "pandas"),
        ("defaults/linux-64::mkl==2021.4.0=h06a4308_640", "mkl==2021.4.0"),
        ("https://conda.example/stable::rdkit=2024.3", "rdkit==2024.3.*"),
        ("numpy[version='>=1.26,<2']", "numpy<2,>=1.26"),
        ('pytorch[version="=2.1.1", build=py3.10_cpu_0]', "pytorch==2.1.1"),
        ("numpy=1.26[channel=conda-forge]", "numpy==1.26.*"),
    ],
)
def test_match_specifications_become_pep_440(conda, spec, requirement):
    facts = conda(f"dependencies:\n  - {spec}\n")
    assert facts.problems == ()
    assert [str(each.requirement) for each in facts.declarations] == [requirement]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("scikit-learn=", "conda-syntax"),
        ("numpy=1.26=a=b", "conda-syntax"),
        ("numpy===1.26", "conda-syntax"),
        ("numpy pandas scipy torch", "conda-syntax"),
        ("numpy>=1.26[version='<2']", "conda-syntax"),
        ('"*[build=x]"', "conda-syntax"),
        ("treelite=1.0.0rc1|1.0.0", "conda-alternatives"),
        ("openssl=1.1.1w", "conda-version"),
        ("numpy=1.*.3", "conda-version"),
        ("numpy~=1", "conda-version"),
        ("numpy=latest", "conda-version"),
        ("_libgcc_mutex=0.1=main", "conda-only-package"),
        ("numpy[version='1.0',md5=abc]", "conda-bracket"),
        ("https://example.org/linux-64/a-1.0-0.tar.bz2", "conda-url"),
        ("git+https://example.org/a.git", "conda-url"),
        ("./a-1.0-0.conda", "conda-url"),
        ("-r requirements.txt", "conda-pip-option"),
        ("numpy=${VERSION}", "requirement-variable"),
        ("t\u043erch", "requirement-not-ascii"),
        ('"numpy\\nRUN id"', "requirement-control-character"),
        ("numpy\\", "requirement-continuation"),
        ("a" * 1001, "requirement-too-long"),
    ],
)
def test_what_has_no_meaning_for_the_index_is_a_problem(conda, problems, spec, code):
    facts = conda(f"dependencies:\n  - {spec}\n")
    column = 6 if spec.startswith('"') else 5
    assert problems(facts) == [f"2:{column} {code}"]
    assert facts.declarations == ()
    assert facts.problems[0].hint


def test_a_problem_names_the_package_that_pep_508_cannot_express(conda):
    facts = conda("dependencies:\n  - _libgcc_mutex=0.1=main\n  - openssl=1.1.1w\n")
    assert [problem.package for problem in facts.problems] == ["_libgcc_mutex", "openssl"]


@pytest.mark.parametrize(
    ("spec", "specifier"),
    [
        ("python=3.10", "==3.10.*"),
        ("python==3.10", "==3.10"),
        ("python = 3.10.14", "==3.10.14"),
        ("python 3.10.*", "==3.10.*"),
        ("python>=3.9,<3.12", ">=3.9,<3.12"),
        ("python=3.8.6=h852b56e_0_cpython", "==3.8.6"),
        ("python[version='>=3.9']", ">=3.9"),
        ("conda-forge::python=3.11", "==3.11.*"),
        ("Python=3.11", "==3.11.*"),
    ],
)
def test_the_usual_spellings_of_python_are_understood(conda, spec, specifier):
    facts = conda(f"dependencies:\n  - {spec}\n")
    assert facts.problems == ()
    assert [each.specifier for each in facts.python] == [specifier]


@pytest.mark.parametrize(
    "spec", ["python=8.4.0", "python=2.7", "python==3.13.0rc1", "python==1!3.11", "python=3.11.0.1"]
)
def test_what_is_no_python_3_is_a_problem(conda, problems, spec):
    facts = conda(f"dependencies:\n  - {spec}\n")
    assert problems(facts) == ["2:5 python-version"]
    assert facts.python == ()


def test_ipython_is_not_python(conda):
    facts = conda("dependencies:\n  - ipython=8.12\n")
    assert facts.python == ()
    assert [each.name for each in facts.declarations] == ["ipython"]


def test_python_without_a_version_asks_for_nothing(conda):
    facts = conda("dependencies:\n  - python\n  - numpy\n")
    assert facts.python == ()
    assert [note.code for note in facts.notes] == ["python-any"]


def test_a_version_written_as_a_mapping_is_not_rounded(conda, problems):
    facts = conda("dependencies:\n  - python: 3.10\n")
    assert problems(facts) == ["2:5 conda-item"]
    assert facts.problems[0].hint == "write - python=3.10"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("3.10", "conda-item"),
        ("012", "conda-item"),
        ("true", "conda-item"),
        ("~", "conda-item"),
        ("", "conda-item"),
        ("2024-01-01", "conda-item"),
        ("[numpy]", "conda-item"),
        ("{}", "conda-item"),
        ("sel(freebsd): sysroot", "conda-selector"),
    ],
)
def test_items_that_are_no_text_are_problems(conda, problems, item, code):
    (found,) = problems(conda(f"dependencies:\n  - {item}\n"))
    assert found.endswith(code)


def test_a_quoted_number_is_a_name_again(conda, declared):
    assert declared(conda('dependencies:\n  - "7"\n')) == ["2:6 7"]


def test_a_list_for_pip_at_the_top_gets_the_corrected_text(conda, problems):
    facts = conda("dependencies:\n  - python=3.11\npip:\n  - torch==2.1.1\n  - numpy\n")
    assert problems(facts) == ["3:1 conda-pip-misplaced"]
    assert facts.problems[0].hint == (
        "write it inside of dependencies, indented like this:\ndependencies:\n  - pip:\n    - torch==2.1.1\n    - numpy"
    )


def test_an_indentation_that_breaks_the_file_gets_the_corrected_text(conda, problems):
    facts = conda("dependencies:\n  - python=3.11\n   - pip:\n     - torch==2.1.1\n")
    assert problems(facts) == ["3:9 yaml-syntax"]
    assert facts.problems[0].hint.endswith("  - pip:\n    - torch==2.1.1")


def test_entries_that_slipped_out_of_the_list_for_pip_are_not_taken_for_conda_packages(conda, problems):
    facts = conda("dependencies:\n  - python=3.11\n  - pip:\n  - torch==2.1.1\n")
    assert problems(facts) == ["3:5 conda-pip-indentation"]
    assert facts.problems[0].hint.endswith("  - pip:\n    - torch==2.1.1")


def test_a_list_for_pip_whose_entries_are_comments_is_noted(conda):
    facts = conda("dependencies:\n  - numpy\n  - pip:\n    # - torch\n")
    assert facts.problems == ()
    assert [(note.code, note.location.line) for note in facts.notes] == [("conda-pip-empty", 3)]


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ("- pip: torch", "2:10 conda-pip-list"),
        ("- pip: {torch: 2}", "2:10 conda-pip-list"),
        ("- pip: [torch, 3]", "2:18 conda-item"),
        ("- pip: [torch, null]", "2:18 conda-item"),
        ("- pip: [torch]\n  - pip: [numpy]", "3:5 conda-pip-repeated"),
        ("- pip: ['--extra-index-url https://user:secret@example.org']", "2:12 pip-index"),
        ("- pip: ['torch=2.1']", "2:12 requirement-syntax"),
    ],
)
def test_wrong_lists_for_pip_are_problems(conda, problems, section, found):
    facts = conda(f"dependencies:\n  {section}\n")
    assert problems(facts) == [found]
    assert "secret" not in repr(facts.problems)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "1:1 file-empty"),
        ("# nothing yet\n", "1:1 file-empty"),
        ("---\n...\n", "1:1 file-empty"),
        ("name: x\n", "1:1 conda-dependencies"),
        ("dependencies:\n", "1:1 conda-dependencies"),
        ("dependencies: []\n", "1:1 conda-dependencies"),
        ("dependencies: numpy\n", "1:15 conda-dependencies"),
        ("dependencies: 3\n", "1:15 conda-dependencies"),
        ("dependencies:\n  numpy: 1\n", "2:3 conda-dependencies"),
        ("- numpy\n", "1:1 conda-dependencies"),
        ("numpy==1.26 pandas\n", "1:1 conda-dependencies"),
        ("version: 1\n", "1:1 conda-dependencies"),
        ("dependencies: [numpy]\nchannels: [[a]]\n", "2:12 conda-channels"),
    ],
)
def test_files_that_are_no_environment_are_problems(conda, problems, text, found):
    assert problems(conda(text)) == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dependencies: [a]\ndependencies: [b]\n", "2:1 yaml-duplicate-key"),
        ("dependencies: &all [a]\n", "1:15 yaml-anchor"),
        ("a: &x 1\ndependencies: *x\n", "1:4 yaml-anchor"),
        ("dependencies: [a]\n<<: {b: c}\n", "2:1 yaml-anchor"),
        ("dependencies: !!python/tuple [a]\n", "1:15 yaml-tag"),
        ("dependencies: [!!str a]\n", "1:16 yaml-tag"),
        ("dependencies: [! a]\n", "1:16 yaml-tag"),
        ("!!map {dependencies: [a]}\n", "1:1 yaml-tag"),
        ("%TAG ! tag:yaml.org,2002:\n---\ndependencies: [a]\n", "2:1 yaml-tag"),
        ("dependencies: [a]\n---\ndependencies: [b]\n", "2:1 yaml-documents"),
        ("? [a]\n: b\ndependencies: [a]\n", "1:3 yaml-key"),
        ("dependencies: [a\n", "2:1 yaml-syntax"),
        ("dependencies:\n\t- a\n", "2:1 yaml-syntax"),
        ("python3 -m pip install -r requirements.txt\nname: x\n", "1:1 yaml-syntax"),
    ],
)
def test_yaml_beyond_plain_data_is_a_problem(conda, problems, text, found):
    assert problems(conda(text)) == [found]


def test_what_is_left_aside_is_noted(conda):
    facts = conda(
        "dependencies:\n  - a=1.0=py_0\n  - b=2.0=py_1\n"
        "prefix: /home/me/env\nvariables: {A: b}\nplatforms: [linux-64]\n"
    )
    assert facts.problems == ()
    assert sorted((note.code, note.location.line) for note in facts.notes) == [
        ("conda-build-strings", 2),
        ("conda-unused-key", 4),
        ("conda-unused-key", 6),
        ("conda-variables", 5),
    ]


def test_all_problems_are_collected(conda, problems):
    facts = conda("dependencies:\n  - python=8.4\n  - 3.10\n  - numpy=\n  - pandas=2.2\n  - pip:\n    - a=1\n")
    assert problems(facts) == ["2:5 python-version", "3:5 conda-item", "4:5 conda-syntax", "7:7 requirement-syntax"]
    assert [each.name for each in facts.declarations] == ["pandas"]
