"""The shapes real conda files come in: what conda and micromamba accept is read, every slip gets its corrected text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedbake.inspect.conda import read_environment
from fedbake.inspect.facts import Declaration, Location, Note, Problem, PythonDeclaration
from fedbake.inspect.reading import Include, Reference
from fedbake.inspect.text import Text

EXPORT = """\
name: vision
channels:
  - https://${CHANNEL_USER}:${CHANNEL_TOKEN}@conda.example/private
  - nodefaults
dependencies:
  - _libgcc_mutex=0.1=main
  - openssl=1.1.1w=h7f8727e_0
  - python=3.10.13=h955ad1f_0
  - pytorch=2.1.1=py3.10_cuda11.8_cudnn8.7.0_0
  - defaults/linux-64::mkl==2021.4.0=h06a4308_640
  - pip=23.3=py310h06a4308_0
  - pip:
    - torchmetrics==1.2.0
variables:
  API_TOKEN: swordfish
prefix: /home/ada/miniconda3/envs/vision
"""


def found_in(text: str) -> list:
    return list(read_environment(Text.of("conda.yaml", text)))


def listed(*entries: str) -> list:
    return found_in("dependencies:\n" + "".join(f"  - {entry}\n" for entry in entries))


def problem_of(text: str) -> Problem:
    (problem,) = [each for each in found_in(text) if isinstance(each, Problem)]
    return problem


def test_a_full_export_is_read_with_what_a_later_stage_needs_of_each_entry():
    found = found_in(EXPORT)
    assert {each.name: each.build for each in found if isinstance(each, Declaration)} == {
        "pytorch": "py3.10_cuda11.8_cudnn8.7.0_0",
        "mkl": "h06a4308_640",
        "pip": "py310h06a4308_0",
        "torchmetrics": None,
    }
    assert [(each.code, each.package, each.text) for each in found if isinstance(each, Problem)] == [
        ("conda-only-package", "_libgcc_mutex", "_libgcc_mutex=0.1=main"),
        ("conda-version", "openssl", "openssl=1.1.1w=h7f8727e_0"),
    ]
    assert [(each.code, each.location.line) for each in found if isinstance(each, Note)] == [
        ("conda-variables", 14),
        ("conda-unused-key", 16),
        ("conda-build-strings", 6),
    ]


def test_secrets_in_channels_and_variables_are_never_told():
    told = repr(found_in(EXPORT))
    assert "swordfish" not in told
    assert "CHANNEL_TOKEN" not in told


@pytest.mark.parametrize(
    ("entry", "requirement", "build"),
    [
        ("pytorch-mutex=1.0=cpu", "pytorch-mutex==1.0", "cpu"),
        ("libblas=*=*mkl", "libblas", "*mkl"),
        ("libblas=[build=*mkl]", "libblas", "*mkl"),
        ("scipy>=1.0=py310_0", "scipy>=1.0", "py310_0"),
        ("scipy >=1.0, <2 =py310_0", "scipy<2,>=1.0", "py310_0"),
        ("patchelf[when=__linux]", "patchelf", None),
        ('patchelf[version=">=0.17", when="__unix"]', "patchelf>=0.17", None),
        ("numpy >=1.22,<2.0a0", "numpy<2.0,>=1.22", None),
        ("libiconv<1.17.dev0", "libiconv<1.17", None),
        ("pycaret[full]", "pycaret", None),
    ],
)
def test_entries_conda_accepts_are_read(entry, requirement, build):
    (declaration,) = [each for each in listed(entry) if not isinstance(each, Note)]
    assert (str(declaration.requirement), declaration.build) == (requirement, build)
    assert (declaration.text, declaration.location) == (entry, Location("conda.yaml", 2, 5))


def test_a_bound_below_the_first_pre_release_is_one_for_python_too():
    assert [each.specifier for each in listed("python >=3.9,<3.13.0a0")] == [">=3.9,<3.13.0"]


def test_brackets_conda_ignores_are_ignored_aloud():
    (note,) = [each for each in listed("pycaret[full]") if isinstance(each, Note)]
    assert note.code == "conda-extras"
    assert "'pycaret[full]'" in note.message


@pytest.mark.parametrize(
    "entry",
    [
        "patchelf   # [linux]",
        "patchelf # [not win]",
        "patchelf # [unix] needs no compiler",
        "patchelf # [linux or osx]",
        "patchelf # [1] see the paper",
        "patchelf # [for users of linux]",
        "patchelf # not for [win]",
        "sel(linux): patchelf",
        "sel(unix): patchelf",
        "{sel(win): winreg, sel(linux): patchelf}",
        "patchelf[when=__linux]",
    ],
)
def test_what_is_for_linux_is_read(entry):
    declared = [each.name for each in listed(entry) if isinstance(each, Declaration)]
    assert declared == ["patchelf"]


@pytest.mark.parametrize(
    "entry",
    [
        "pywin32  # [win]",
        '"pywin32>=300"  # [win]',
        "pywin32 # [win64 and py>=38]",
        "pywin32 # [not linux]",
        "pyobjc # [osx or win]",
        "sel(win): pywin32",
        "sel(osx): [pyobjc, appnope]",
        "pywin32[when=__win]",
    ],
)
def test_what_is_for_another_system_is_left_aside_with_a_note(entry):
    (note,) = listed(entry)
    assert (note.code, note.location.line) == ("conda-platform", 2)


def test_platform_comments_hold_in_the_list_for_pip_and_with_windows_line_endings(conda, declared):
    facts = conda("dependencies:\r\n  - pip:\r\n    - pywin32==306  # [win]\r\n    - uvloop  # [not win]\r\n")
    assert declared(facts) == ["4:7 uvloop"]
    assert [note.code for note in facts.notes] == ["conda-platform"]


@pytest.mark.parametrize(
    "entry",
    [
        "intel-extension # [linux64]",
        "dataclasses # [linux and py<37]",
        "sel(linux64): intel-extension",
        "sel(not win): uvloop",
        "numpy[when='python >=3.9']",
    ],
)
def test_a_condition_that_linux_alone_does_not_decide_is_a_problem(entry):
    (problem,) = listed(entry)
    assert problem.code == "conda-selector"
    assert problem.hint


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("scikit-learn=", "write scikit-learn for any version, or scikit-learn=1.2 for one"),
        ("numpy===1.26.4", "write numpy==1.26.4"),
        ("numpy=>1.26", "write numpy>=1.26"),
        ("numpy =< 2", "write numpy<=2"),
        ("numpy:1.26", "write numpy=1.26"),
        ("numpy (>=1.22, <2)", "write numpy>=1.22,<2"),
        ("numpy>=1.22,", "write numpy>=1.22"),
        ("numpy >=1.22 <2", "put a comma between the two: write numpy>=1.22,<2"),
        ("numpy^1.22", "write the range out, such as numpy>=1.2,<2; ^ is Poetry's"),
        ("numpy; python_version < '3.12'", "conda has no markers; write the line into the list under - pip:"),
        ("torch @ file:///croot/torch", "write torch=1.2 with its version, or torch for any"),
        ("numpy pandas scipy", "write one package per entry"),
        ("treelite=1.0.0rc1|1.0.0", "choose one of them, such as treelite=1.0.0"),
        ("numpy={{ numpy }}", "fill in what stands in braces: this file is a template"),
        ("numpy: 1.26", "write - numpy=1.26"),
        ("name: digits", "begin this line at the left margin, without spaces"),
    ],
)
def test_a_slip_in_an_entry_gets_the_corrected_text(entry, hint):
    (problem,) = listed(entry)
    assert problem.hint == hint
    assert problem.location == Location("conda.yaml", 2, 5)


@pytest.mark.parametrize("entry", ["numpy==1.26.4", "numpy>=1.22,<2", "numpy<=2", "numpy=1.26", "treelite=1.0.0"])
def test_the_corrected_texts_are_read(entry):
    (declaration,) = listed(entry)
    assert declaration.text == entry


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        (
            "conda env export > conda.yaml\nname: a\ndependencies:\n  - numpy\n",
            (1, 1),
            "'conda env export > conda.yaml' is a command for a terminal",
            "delete the line",
        ),
        (
            "dependencies:\n  - numpy\n  -pandas=2.2\n",
            (3, 3),
            "a space is missing after the dash",
            "write - pandas=2.2",
        ),
        (
            "name: a\ndependencies\n  - numpy\n",
            (2, 1),
            "a colon is missing after dependencies",
            "write dependencies:",
        ),
        (
            "dependencies:\n  - numpy\n=======\n  - pandas\n",
            (3, 1),
            "this line was left by a merge conflict",
            "resolve the conflict and commit the result",
        ),
        (
            "dependencies:\n  - pip:\n      - numpy\n      name: a\n",
            (4, 7),
            "'name: a' stands inside of the list above it",
            "begin this line at the left margin, without spaces",
        ),
        (
            "dependencies:\n\t- numpy\n",
            (2, 1),
            "the line is indented with a tab",
            "indent with spaces",
        ),
        (
            "dependencies:\n  - python=3.11\n- pip:\n  - torch==2.1.1\n",
            (3, 1),
            "a list for pip is indented otherwise than its neighbours",
            "write it inside of dependencies, indented like this:\ndependencies:\n  - pip:\n    - torch==2.1.1",
        ),
    ],
)
def test_a_slip_that_breaks_the_file_is_told_in_the_line_where_it_is(text, where, message, hint):
    problem = problem_of(text)
    assert (problem.code, problem.message) == ("yaml-syntax", f"conda.yaml is not valid YAML: {message}")
    assert (problem.location.line, problem.location.column) == where
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("torch>=2.0\nnumpy\n", "dependencies:\n  - pip:\n    - torch>=2.0\n    - numpy"),
        ("-r base.txt\ntorch==2.1.1\n", "dependencies:\n  - pip:\n    - -r base.txt\n    - torch==2.1.1"),
        ("- numpy=1.26\n- pandas\n", "dependencies:\n  - numpy=1.26\n  - pandas"),
        ("-numpy\n-pandas\n", "dependencies:\n  - numpy\n  - pandas"),
        ("# created by conda list\nnumpy=1.26.4=py310_0\n", "dependencies:\n  - numpy=1.26.4=py310_0"),
    ],
)
def test_lines_without_the_keys_around_them_get_the_keys(text, hint):
    problem = problem_of(text)
    assert problem.code == "conda-dependencies"
    assert problem.hint.endswith(hint)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: {{ cookiecutter.name }}\ndependencies: [numpy]\n", 1),
        ("dependencies:\n{% if gpu %}\n  - cudatoolkit\n{% endif %}\n", 2),
    ],
)
def test_a_template_is_told_from_a_file(text, line):
    problem = problem_of(text)
    assert (problem.code, problem.location.line) == ("yaml-template", line)


def test_a_python_tag_is_named():
    problem = problem_of("channels: !!python/tuple\n- defaults\ndependencies: [numpy]\n")
    assert problem.message == "the tag '!!python/tuple' is not read"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "$schema: https://example.org/environment.schema.json\nname: a\nimage: ubuntu\n",
            "an environment of Azure Machine Learning",
        ),
        ("name: test\non: [push]\njobs: {build: {}}\n", "a GitHub workflow"),
        ("files: {all: {}}\nchannels: [rapidsai]\ndependencies: {}\n", "a dependencies.yaml of RAPIDS"),
        ("dependencies: {build: {common: [{packages: [cmake]}]}}\n", "a dependencies.yaml of RAPIDS"),
        ("package: {name: a}\nrequirements: {run: [numpy]}\n", "a conda recipe"),
        ('{% set version = "1.0" %}\npackage:\n  name: a\n', "a conda recipe"),
        (
            "python: 3.11\nbuild_dependencies: [pip]\ndependencies: [-r requirements.txt]\n",
            "a python_env.yaml of MLflow",
        ),
        ("# platform: linux-64\n@EXPLICIT\nhttps://conda.example/a.conda\n", "a list of package files"),
    ],
)
def test_other_things_of_the_same_name_are_called_by_theirs(text, what):
    problem = problem_of(text)
    assert problem.code == "conda-other-thing"
    assert problem.message.startswith(f"conda.yaml is {what}")


def test_an_entry_over_several_lines_is_not_taken_for_one_package():
    (problem,) = listed("numpy\n    pandas")
    assert problem.code == "conda-item"
    assert problem.hint == "write each package on a line of its own, after a dash and a space"


def test_a_list_for_pip_that_is_commented_out_leaves_what_follows_to_conda(conda, declared):
    facts = conda("dependencies:\n  - pip:\n  #  - torch==2.1.1\n  - numpy=1.26.4\n")
    assert declared(facts) == ["4:5 numpy==1.26.4"]
    assert facts.problems == ()
    assert [note.code for note in facts.notes] == ["conda-pip-empty"]


def test_two_lists_for_pip_are_both_read_but_not_silently():
    found = listed("pip: [torch]", "pip: [numpy]")
    assert [each.name for each in found if isinstance(each, Declaration)] == ["torch", "numpy"]
    assert [each.code for each in found if isinstance(each, Problem)] == ["conda-pip-repeated"]


def test_a_list_for_pip_may_refer_to_another_file():
    (found,) = listed("pip:\n    - -r training/requirements.txt")
    assert found == Include(Reference.REQUIREMENTS, "training/requirements.txt", Location("conda.yaml", 3, 7))


_ENTRIES = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40),
    st.from_regex(
        r"[a-z_]{1,5} ?([=<>!~]{1,2} ?[0-9a-z.*]{1,5}){0,2}(=[a-z0-9_*]{1,5})?( # \[[a-z ]{1,9}\])?", fullmatch=True
    ),
)


@given(st.lists(_ENTRIES, min_size=1, max_size=8))
def test_every_entry_is_accounted_for(entries):
    """Whatever stands in quotes in the list gives a declaration, a note or a problem in its own line."""
    quoted = [entry.replace("'", "''") for entry in entries]
    found = found_in("dependencies:\n" + "".join(f"  - '{entry}'\n" for entry in quoted))
    places = {each.location.line for each in found}
    assert places == set(range(2, len(entries) + 2))
    assert all(isinstance(each, Declaration | PythonDeclaration | Problem | Note) for each in found)


@given(st.text(st.sampled_from("abc-:=#[]{}|>&*!%'\"\n\t 1.,@"), max_size=80))
def test_any_text_gives_something_and_raises_nothing(text):
    assert found_in(text)
    assert found_in(f"dependencies:\n  - {text}\n")
