"""Tables of names: read strictly, and used to say what conda's packages and imported modules are on the index."""

import csv
from pathlib import Path

import pytest

from fedbake.errors import UsageError
from fedbake.inspect import inspect
from fedbake.inspect.facts import Facts
from fedbake.names import ACTORS, Flavor, Role
from fedbake.resources import shipped
from fedbake.rules.context import RuleContext
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import Constrain, FixLevel
from fedbake.rules.fixes import effective_requirements
from fedbake.rules.load import RuleSet, load_rules
from fedbake.rules.misspelling import is_one_slip
from fedbake.rules.names import CondaKind, Numbering
from fedbake.rules.names_table import load_names
from fedbake.rules.rule import RuleTest
from fedbake.rules.selftest import snapshot_of
from fedbake.rules.soft_pins import soft_pins
from fedbake.rules.translation import translated

SHIPPED = load_rules([shipped("rules")])
OURS = ("dependencies/imports.yaml", "dependencies/names.yaml")
RULES = RuleSet(
    tuple(rule for rule in SHIPPED.rules if SHIPPED.places[rule.id].rpartition(":")[0].endswith(OURS)),
    SHIPPED.places,
    SHIPPED.knowledge,
)
NAMES = RULES.knowledge.names
HEADERS = {
    "conda": "conda,kind,pypi,versions,accelerator,imports,because",
    "modules": "module,distributions",
    "lookalikes": "declared,meant,same_versions,except_versions,because",
    "runtime": "distribution,because",
    "standard-library": "module,added,removed",
    "backports": "distribution,module",
}


def facts_of(files: dict[str, str]) -> Facts:
    """What is known of a repository after translation."""
    return translated(inspect(snapshot_of(RuleTest(name="x", files=files, expect=()))), NAMES)


def conda(*entries: str, pip: tuple[str, ...] = (), code: str = "") -> Facts:
    """The facts of a conda.yaml with these entries."""
    lines = [f"  - {entry}\n" for entry in ("python=3.11", *entries)]
    lines += ["  - pip:\n", *(f"    - {entry}\n" for entry in pip)] if pip else []
    return facts_of({"conda.yaml": "dependencies:\n" + "".join(lines), "model_manager.py": code})


def requirements(facts: Facts) -> list[str]:
    return [str(each.requirement) for each in facts.declarations]


def dropped(facts: Facts) -> dict[str, str]:
    return {each.name: each.code for each in facts.dropped}


def installed(files: dict[str, str], fixes: FixLevel = FixLevel.SAFE) -> list[str]:
    """What the learner gets in the end."""
    facts = facts_of(files)
    found = evaluate(facts, RULES, RuleContext(Flavor.SKLEARN, ACTORS, fixes=fixes))
    return [str(each.requirement) for each in effective_requirements(facts, found).wanted[Role.LEARNER]]


def a_table(folder: Path, name: str, *rows: str, header: str | None = None) -> Path:
    """A rules folder with one table."""
    (folder / "names").mkdir(parents=True, exist_ok=True)
    (folder / "names" / f"{name}.csv").write_text("\n".join([header or HEADERS[name], *rows]) + "\n", encoding="utf-8")
    return folder


# The tables


@pytest.mark.parametrize("name", HEADERS)
def test_shipped_tables_are_sorted_and_have_unix_lines(name):
    text = (shipped("rules") / "names" / f"{name}.csv").read_text(encoding="utf-8")
    keys = [row[0] for row in csv.reader(text.splitlines()[1:])]
    assert keys == sorted(keys)
    assert "\r" not in text


def test_the_shipped_conda_table_covers_what_ml_repositories_use():
    assert len(NAMES.conda) > 1000
    assert NAMES.conda_name("pytorch").pypi == "torch"
    assert NAMES.conda_name("mkl_fft") is NAMES.conda_name("mkl-fft")
    for name in (
        "graphviz",
        "ffmpeg",
        "snappy",
        "yaml",
        "git",
        "tk",
        "brotli",
        "flatbuffers",
        "tzdata",
        "wget",
        "zstd",
    ):
        assert NAMES.conda_name(name).pypi is None, f"{name} is another thing on the index"


def test_what_a_conda_row_points_at_is_one_distribution_with_the_module_people_import():
    for module, expected in {"cv2": "opencv", "torch": "pytorch", "faiss": "faiss", "tables": "pytables"}.items():
        assert NAMES.modules[module][0] == NAMES.conda_name(expected).pypi


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        ("conda", "a,pip,a,same,,,", "kind is 'pip'; expected is one of pypi, part-of"),
        ("conda", "a b,pypi,a,same,,,", "conda is 'a b'"),
        ("conda", "a,pypi,,same,,,", "pypi is ''"),
        ("conda", "a,pypi,Scikit_Learn,same,,,", "normalised distribution name"),
        ("conda", "a,pypi,a,similar,,,", "versions is 'similar'"),
        ("conda", "a,pypi,a,other,,,", "because is ''; expected is the reason"),
        ("conda", "a,not-needed,,,,,", "because is ''"),
        ("conda", "a,accelerator,,,,,it chooses", "accelerator is ''"),
        ("conda", "a,accelerator,,,gpu,,it chooses", "accelerator is 'gpu'"),
        ("conda", "a,only-conda,,,,a-b,it is large", "imports is 'a-b'"),
        ("conda", "a,pypi,a,same,,", "this row has 6 fields; expected are 7"),
        ("modules", "a.b-c,a", "a module such as google.protobuf"),
        ("modules", "a,", "at least one"),
        ("modules", "a,b  c", "with one space in between"),
        ("lookalikes", "a,b,maybe,,reason", "one of yes, no"),
        ("lookalikes", "a,b,yes,1.x,reason", "a version such as 4.2.0.32"),
        ("runtime", "a,", "the reason"),
        ("standard-library", "imp,,3", "a Python release such as 3.12"),
        ("backports", "enum34,3num", "a module"),
        ("modules", 'a,"b', "this is not CSV"),
    ],
)
def test_a_wrong_row_is_refused_at_its_line(tmp_path, name, row, says):
    good = {"conda": "z,pypi,z,same,,,", "modules": "z,z"}.get(name)
    folder = a_table(tmp_path, name, *([good] if good else []), row)
    with pytest.raises(UsageError) as refused:
        load_names([folder])
    assert says in refused.value.message
    assert refused.value.where == f"{tmp_path}/names/{name}.csv:{3 if good else 2}"


def test_two_rows_for_one_name_are_refused_however_it_is_written(tmp_path):
    with pytest.raises(UsageError, match="a second row for 'mkl-fft'") as refused:
        load_names([a_table(tmp_path, "conda", "mkl_fft,pypi,a,same,,,", "mkl-fft,pypi,b,same,,,")])
    assert refused.value.where == f"{tmp_path}/names/conda.csv:3"


def test_other_columns_and_other_files_are_refused(tmp_path):
    with pytest.raises(UsageError, match="names other columns") as refused:
        load_names([a_table(tmp_path / "a", "modules", header="module,distribution")])
    assert "module,distributions" in refused.value.hint
    (tmp_path / "b" / "names").mkdir(parents=True)
    (tmp_path / "b" / "names" / "module.csv").write_text("")
    with pytest.raises(UsageError, match="not a table of names"):
        load_names([tmp_path / "b"])
    (tmp_path / "b" / "names" / "module.csv").rename(tmp_path / "b" / "names" / "modules.csv")
    with pytest.raises(UsageError, match="empty"):
        load_names([tmp_path / "b"])


def test_a_users_table_adds_rows_and_replaces_those_of_the_same_name(tmp_path):
    own = a_table(tmp_path, "conda", "pytorch,pypi,our-torch,same,,,", "our-solver,not-needed,,,,,we do without")
    names = load_names([shipped("rules"), own])
    assert names.conda_name("pytorch").pypi == "our-torch"
    assert names.conda_name("our-solver").kind is CondaKind.NOT_NEEDED
    assert names.conda_name("numpy").pypi == "numpy"


def test_the_longest_prefix_counts_and_a_whole_name_before_any(tmp_path):
    rows = ("r-*,only-conda,,,,,R", "r-py*,not-needed,,,,,Python in R", "r-pyx,pypi,pyx,same,,,")
    names = load_names([a_table(tmp_path, "conda", *rows)])
    kinds = [names.conda_name(name).kind for name in ("r-base", "r-pybind", "r-pyx")]
    assert kinds == [CondaKind.ONLY_CONDA, CondaKind.NOT_NEEDED, CondaKind.PYPI]
    assert names.conda_name("rich") is None


# conda's packages


def test_conda_names_become_names_of_the_index_with_their_versions():
    facts = conda("pytorch=2.1.1", "msgpack-python>=1", "jupyter_core", "numpy=1.26")
    assert requirements(facts) == ["torch==2.1.1", "msgpack>=1", "jupyter-core", "numpy==1.26.*"]
    assert [each.conda_name for each in facts.declarations] == ["pytorch", "msgpack-python", None, None]
    assert facts.declarations[0].text == "pytorch=2.1.1"
    assert facts.notes == ()


def test_versions_are_taken_over_only_where_the_index_numbers_alike():
    facts = conda("opencv=4.5.5", "py-opencv>=4", "ninja=1.10.2", "cmake")
    assert requirements(facts) == ["opencv-python-headless==4.5.5.*", "opencv-python-headless>=4", "ninja", "cmake"]
    (note,) = facts.notes
    assert note.message == "the version of 'ninja=1.10.2' is left out: the index numbers its builds on its own"
    assert NAMES.conda_name("opencv").versions is Numbering.EXTENDED


def test_an_export_keeps_its_python_packages_and_tells_the_rest_in_one_note_for_each_reason():
    libraries = (
        "openssl=1.1.1q=h7f8727e_0",
        "jpeg=9e=h5eee18b_1",
        "_libgcc_mutex=0.1=main",
        "libgcc-ng=9.1.0",
        "xz=5.2",
    )
    facts = conda(*libraries, "zlib", "numpy=1.26.4", "ffmpeg=4.3", "graphviz")
    assert facts.problems == ()
    assert requirements(facts) == ["numpy==1.26.4"]
    told = {each.code: each for each in facts.notes}
    assert told["conda-only"].location.line == 10
    assert told["conda-not-needed"].location.line == 3
    assert told["conda-not-needed"].message == (
        "6 conda packages are not needed in an environment from the Python Package Index: "
        "openssl, jpeg, _libgcc_mutex, libgcc-ng, xz and 1 more"
    )
    assert dropped(facts)["graphviz"] == "conda-only"
    assert all(each.because for each in facts.dropped)
    assert [each.text for each in facts.dropped][:2] == ["openssl=1.1.1q=h7f8727e_0", "jpeg=9e=h5eee18b_1"]


def test_a_version_of_a_package_that_is_installed_stays_a_problem():
    (problem,) = conda("numpy=1.26.x_y").problems
    assert problem.code == "conda-version"


def test_what_is_wrong_in_the_list_for_pip_stays_a_problem_whatever_conda_calls_the_package():
    facts = conda("numpy", pip=("graphviz @ git+https://example.org/graphviz.git",))
    assert [each.package for each in facts.problems] == ["graphviz"]
    assert facts.dropped == ()


def test_a_part_stands_for_the_whole_unless_that_is_declared():
    both = conda("numpy=1.26.4", "numpy-base=1.26.4")
    assert (requirements(both), dropped(both)) == (["numpy==1.26.4"], {"numpy-base": "conda-part-of"})
    assert requirements(conda("matplotlib-base=3.8.4")) == ["matplotlib==3.8.4"]
    assert requirements(conda("tensorflow-base=2.12.0", pip=("tensorflow==2.12.1",))) == ["tensorflow==2.12.1"]


def test_what_works_unseen_is_left_out_unless_the_code_imports_it():
    assert dropped(conda("pyqt=5.15.9", "brotlipy")) == {"pyqt": "conda-not-needed", "brotlipy": "conda-not-needed"}
    facts = conda("pyqt=5.15.9", "brotlipy", code="from PyQt5 import QtWidgets\n")
    assert requirements(facts) == ["pyqt5==5.15.9"]


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("cpuonly", "cpu"),
        ("pytorch-cuda=11.8", "cuda11.8"),
        ("cudatoolkit=11.3.1=h2bc3f7f_2", "cuda11.3"),
        ("cuda-version=12", "cuda12"),
        ("cudatoolkit>=10.1,<11", "cuda"),
        ("cudatoolkit", "cuda"),
        ("cuda80", "cuda8.0"),
        ("pytorch-mutex=1.0=cuda", "cuda"),
        ("pytorch-mutex=1.0=cpu", "cpu"),
        ("_tflow_select=2.3.0=mkl", "cpu"),
        ("pytorch=1.12.1=py3.10_cuda11.3_cudnn8.3.2_0", "cuda11.3"),
        ("pytorch=2.0.0=cuda112py39h01234_0", "cuda11.2"),
        ("pytorch=1.10.0=py3.7_cpu_0", "cpu"),
        ("tensorflow=2.4.1=gpu_py38h8a7d6ce_0", "cuda"),
        ("dgl-cuda10.1", "cuda10.1"),
    ],
)
def test_packages_and_builds_that_choose_the_hardware(entry, value):
    (declared,) = conda(entry).accelerators
    assert (declared.value, declared.text, declared.location.line) == (value, entry, 3)


def test_builds_that_say_nothing_choose_no_hardware():
    assert conda("pytorch=2.1.1", "pytorch-mutex=1.0", "numpy=1.26.4=py311h64a7726_0").accelerators == ()


@pytest.mark.parametrize(
    ("in_conda", "for_pip", "kept"),
    [
        ("numpy=1.26.4", "numpy==1.25.0", ["numpy==1.25.0"]),
        ("numpy>=1.20", "numpy<2", ["numpy<2"]),
        # pip leaves what is there alone when its own requirement allows it, so that both hold.
        ("numpy=1.26.4", "numpy<2", ["numpy==1.26.4", "numpy<2"]),
        ("numpy=1.26.4", "numpy", ["numpy==1.26.4", "numpy"]),
        ("pytorch=2.1.1", "torch==2.0.0", ["torch==2.0.0"]),
        ("opencv=4.5.5", "opencv-python==4.5.5.64", ["opencv-python==4.5.5.64"]),
        ("scikit-learn=1.5.0", "sklearn==0.0", ["scikit-learn==1.5.0", "sklearn==0.0"]),
        (
            "numpy=1.26.4",
            "numpy==1.25.0 ; sys_platform == 'win32'",
            ["numpy==1.26.4", 'numpy==1.25.0; sys_platform == "win32"'],
        ),
        ("our-solver=1.0", "our-solver==2.0", ["our-solver==2.0"]),
    ],
)
def test_of_conda_and_pip_the_one_holds_that_installs_last(in_conda, for_pip, kept):
    facts = conda(in_conda, pip=(for_pip,))
    assert requirements(facts) == kept
    assert [each.code for each in facts.dropped] == ["declared-twice"] * (2 - len(kept))


def test_lists_for_pip_are_not_translated():
    files = {"requirements.txt": "graphviz\nffmpeg-python\ntzdata\n"}
    assert requirements(facts_of(files)) == ["graphviz", "ffmpeg-python", "tzdata"]


# What is installed in the end


def test_mistaken_names_are_corrected_and_missing_ones_added():
    files = {
        "requirements.txt": "sklearn==0.0\nopencv-python==4.9.0.80\ntyping\npyyaml==6.0.1\n",
        "model_manager.py": "import sklearn\nimport cv2\nimport yaml\nimport pandas\n",
    }
    assert installed(files) == ["opencv-python-headless==4.9.0.80", "pyyaml==6.0.1", "scikit-learn", "pandas"]
    assert installed(files, FixLevel.NONE) == ["sklearn==0.0", "opencv-python==4.9.0.80", "typing", "pyyaml==6.0.1"]


def test_a_release_only_the_mistaken_name_has_is_not_given_up():
    assert installed({"requirements.txt": "opencv-python==4.8.0.74\n"}) == ["opencv-python==4.8.0.74"]


def test_a_mistaken_name_beside_the_right_one_is_left_out():
    files = {"requirements.txt": "opencv-python==4.9.0.80\nopencv-python-headless==4.8.1.78\n"}
    assert installed(files) == ["opencv-python-headless==4.8.1.78"]


def test_distutils_is_added_where_python_has_it_no_more():
    for python, expected in (("3.11", ["numpy==1.26.4"]), ("3.12", ["numpy==1.26.4", "setuptools"])):
        text = f"dependencies:\n  - python={python}\n  - numpy=1.26.4\n"
        files = {"conda.yaml": text, "model_manager.py": "import distutils.version\nimport numpy\n"}
        assert installed(files) == expected


def test_soft_pins_are_what_mlflow_logged_and_nothing_imports():
    logged = {"requirements.txt": "mlflow==2.14.3\npsutil==5.9.8\nopencv-python==4.9.0.80\nscipy==1.13.1\n"}
    facts = facts_of({**logged, "model_manager.py": "import cv2\n", "plots/draw.py": "from scipy import stats\n"})
    assert [each.name for each in soft_pins(facts, NAMES)] == ["psutil"]
    assert soft_pins(facts_of(logged), NAMES) == (), "without code nobody knows what it imports"
    by_hand = facts_of({"requirements.txt": "psutil==5.9.8\nmlflow==2.14.3\n", "model_manager.py": ""})
    assert soft_pins(by_hand, NAMES) == ()


@pytest.mark.parametrize(
    ("written", "known", "slip"),
    [
        ("panda", "pandas", True),
        ("pandass", "pandas", True),
        ("pamdas", "pandas", True),
        ("padnas", "pandas", True),
        ("pan-das", "pandas", True),
        ("scikitlearn", "scikit-learn", True),
        ("pandas", "pandas", False),
        ("mlf1ow", "mlflow", True),
        ("t0rch", "torch", True),
        ("cupy-cuda113", "cupy-cuda11x", False),
        ("pymc3", "pymc", False),
        ("markdown2", "markdown", False),
        ("cattrs", "attrs", False),
        ("pdnaas", "pandas", False),
        ("pandas-stubs", "pandas", False),
    ],
)
def test_one_slip_of_the_keyboard(written, known, slip):
    assert is_one_slip(written, known) is slip


def test_a_user_is_told_what_is_missing_and_where():
    files = {"requirements.txt": "torchvisiom==0.16.1\n", "model_manager.py": "import yaml\nimport our_layers\n"}
    found = {each.rule: each for each in evaluate(facts_of(files), RULES, RuleContext(None, ACTORS))}
    assert found["dependencies/undeclared-import"].fix == Constrain(requirement="pyyaml")
    assert found["dependencies/unknown-import"].where == "model_manager.py:2:1"
    assert found["dependencies/unknown-import"].fix is None
    assert "did you mean torchvision?" in found["dependencies/misspelt-name"].message
