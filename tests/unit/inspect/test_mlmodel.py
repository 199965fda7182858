"""What MLmodel files say: flavours, signature, example, and which of a model's dependency files decides."""

from collections.abc import Mapping

import pytest

from fedbake.inspect.mlmodel import read_model
from fedbake.inspect.model_facts import ModelFacts
from fedbake.names import Loader
from fedbake.source.snapshot import EntryKind, Snapshot
from fedbake.source.spool import Spool, assemble

MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.10.9
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.2.0
mlflow_version: 2.1.1
model_uuid: a7c5b3792ced4ec6a1b77bc810dd30a5
run_id: fa9d8e35-e4ce-4af3-87ac-ca8c8c1b1864
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "fixed acidity", "required": true}, {"type":
    "double", "name": "pH", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
utc_time_created: '2023-05-26 06:36:14.207206'
"""
CONDA = """\
channels:
- conda-forge
dependencies:
- python=3.10.9
- pip<=22.3.1
- pip:
  - mlflow==2.1.1
  - scikit-learn==1.2.0
name: mlflow-env
"""
PYTHON_ENV = """\
python: 3.10.9
build_dependencies:
- pip==22.3.1
dependencies:
- -r requirements.txt
"""
FILES = {
    "MLmodel": MLMODEL,
    "conda.yaml": CONDA,
    "python_env.yaml": PYTHON_ENV,
    "requirements.txt": "mlflow==2.1.1\nscikit-learn==1.2.0\n",
    "model.pkl": b"\x80",
    "input_example.json": "{}",
    "serving_input_example.json": "{}",
}


def read(changed: Mapping[str, str | bytes | None], kinds: Mapping[str, EntryKind] | None = None) -> ModelFacts:
    """A model of which some files are changed, added, or (with ``None``) left out."""
    spool = Spool()
    files = {name: content for name, content in {**FILES, **changed}.items() if content is not None}
    items = [
        (name, EntryKind.FILE, spool.store([content.encode() if isinstance(content, str) else content]))
        for name, content in files.items()
    ]
    others = [(name, kind, spool.store([b"elsewhere"])) for name, kind in (kinds or {}).items()]
    content = assemble(spool, [*items, *others])
    return read_model(Snapshot("model", None, None, 0, content.tree, content.entries, content.contents))


def edited(old: str, new: str) -> ModelFacts:
    assert old in MLMODEL
    return read({"MLmodel": MLMODEL.replace(old, new)})


def problems(model: ModelFacts) -> list[str]:
    return [f"{each.location} {each.code}" for each in model.facts.problems]


def declared(model: ModelFacts) -> list[str]:
    return [f"{each.location} {each.requirement}" for each in model.facts.declarations]


def flavors(text: str, files: Mapping[str, str | bytes | None]) -> ModelFacts:
    """A model with these flavours."""
    return read({"MLmodel": f"flavors:\n{text}", **files})


def test_everything_a_model_says_is_read() -> None:
    model = read({})
    assert problems(model) == []
    assert model.facts.notes == ()
    assert model.loader is Loader.SKLEARN
    sklearn = model.flavor("sklearn")
    assert sklearn is not None
    assert (sklearn.version, sklearn.data) == ("1.2.0", "model.pkl")
    assert sklearn.options["serialization_format"] == "cloudpickle"
    assert "code" not in sklearn.options
    assert model.pyfunc is not None
    assert (model.pyfunc.loader_module, model.pyfunc.data, model.pyfunc.code) == ("mlflow.sklearn", "model.pkl", ())
    assert model.signature is not None
    assert model.signature.inputs == (
        '[{"type": "double", "name": "fixed acidity", "required": true}, '
        '{"type": "double", "name": "pH", "required": true}]'
    )
    assert model.signature.params is None
    assert model.example is not None
    assert (model.example.path, model.example.serving_path, model.example.kind) == (
        "input_example.json",
        "serving_input_example.json",
        "dataframe",
    )
    assert (model.mlflow_version, model.created) == ("2.1.1", "2023-05-26 06:36:14.207206")
    assert model.uuid == "a7c5b3792ced4ec6a1b77bc810dd30a5"
    assert model.run_id == "fa9d8e35-e4ce-4af3-87ac-ca8c8c1b1864"


# --- which loader


@pytest.mark.parametrize(
    ("text", "files", "loader", "version", "data"),
    [
        (
            "  python_function: {loader_module: mlflow.pytorch, data: data, pickle_module_name: mlflow.pytorch}\n"
            "  pytorch: {model_data: data, pytorch_version: 2.1.0+cu118, code: null}\n",
            {"data/model.pth": b""},
            Loader.PYTORCH,
            "2.1.0+cu118",
            "data",
        ),
        (
            "  python_function: {loader_module: mlflow.tensorflow, data: data}\n"
            "  tensorflow: {data: data, keras_version: 2.12.0, model_type: keras, save_format: tf}\n",
            {"data/model/saved_model.pb": b""},
            Loader.TENSORFLOW,
            "2.12.0",
            "data",
        ),
        (
            "  python_function: {loader_module: mlflow.tensorflow}\n"
            "  tensorflow: {saved_model_dir: tf2model, model_type: tf2-module}\n",
            {"tf2model/saved_model.pb": b""},
            Loader.TENSORFLOW,
            None,
            "tf2model",
        ),
        (
            "  python_function: {loader_module: mlflow.keras, data: data}\n"
            "  keras: {data: data, keras_version: 3.3.3, keras_backend: torch, save_exported_model: false}\n",
            {"data/model.keras": b""},
            Loader.KERAS,
            "3.3.3",
            "data",
        ),
        (
            "  sklearn: {pickled_model: model.skops, serialization_format: skops, sklearn_version: 1.1.2}\n",
            {"model.skops": b""},
            Loader.SKLEARN,
            "1.1.2",
            "model.skops",
        ),
    ],
)
def test_frameworks_that_have_a_loader_of_their_own(
    text: str, files: dict[str, str | bytes | None], loader: Loader, version: str | None, data: str
) -> None:
    model = flavors(text, files)
    assert problems(model) == []
    assert model.loader is loader
    assert (model.flavors[0].version, model.flavors[0].data) == (version, data)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("  python_function: {loader_module: mlflow.pyfunc.model, python_model: p.pkl}\n", {"p.pkl": b""}),
        (
            "  python_function: {loader_module: sktime.utils.mlflow_sktime, model_path: model}\n"
            "  mlflow_sktime: {pickled_model: model, sktime_version: 0.31.0}\n",
            {"model": b""},
        ),
        (
            "  python_function: {loader_module: my.own.loader}\n  sklearn: {pickled_model: model.pkl}\n",
            {},
        ),
    ],
)
def test_everything_else_is_loaded_as_python_function(text: str, files: dict[str, str | bytes | None]) -> None:
    model = flavors(text, files)
    assert problems(model) == []
    assert model.loader is Loader.PYFUNC


@pytest.mark.parametrize("text", ["  xgboost: {data: model.xgb, xgb_version: 1.7.6}\n", "  {}\n"])
def test_a_model_that_nothing_loads_is_a_problem(text: str) -> None:
    model = flavors(text, {})
    assert model.loader is None
    assert [each.code for each in model.facts.problems] == ["mlmodel-no-loader"]


def test_code_and_artifacts_of_a_python_model_are_found() -> None:
    text = (
        "  python_function:\n    artifacts:\n      weights: {path: artifacts/w.bin, uri: /home/me/w.bin}\n"
        "    code: [code, more]\n    loader_module: mlflow.pyfunc.model\n    python_model: p.pkl\n"
    )
    there = {"p.pkl": b"", "artifacts/w.bin": b"", "code/a.py": "", "more/b.py": ""}
    model = flavors(text, there)
    assert problems(model) == []
    assert model.pyfunc is not None
    assert model.pyfunc.code == ("code", "more")
    assert problems(flavors(text, {**there, "artifacts/w.bin": None, "more/b.py": None})) == [
        "MLmodel:4:23 mlmodel-missing",
        "MLmodel:5:18 mlmodel-missing",
    ]


# --- paths


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("model2.pkl", "mlmodel-missing"),
        ("../model.pkl", "mlmodel-path"),
        ("a/../model.pkl", "mlmodel-path"),
        ("/etc/passwd", "mlmodel-path"),
        ("~/model.pkl", "mlmodel-path"),
        ("s3://user:password@bucket/model.pkl", "mlmodel-path"),
        ("'C:\\model.pkl'", "mlmodel-path"),
        ("'a\\b'", "mlmodel-path"),
        ('"a\\x07b"', "mlmodel-path"),
        ("''", "mlmodel-path"),
        ("'.'", "mlmodel-path"),
        ("[model.pkl]", "mlmodel-value"),
        ("{a: b}", "mlmodel-value"),
    ],
)
def test_paths_that_are_none_of_the_model_are_problems_with_their_place(named: str, code: str) -> None:
    model = edited("pickled_model: model.pkl", f"pickled_model: {named}")
    assert [each.code for each in model.facts.problems] == [code]
    assert model.facts.problems[0].location.line == 13
    assert "password" not in model.facts.problems[0].message


@pytest.mark.parametrize("file", ["model.pkl", "input_example.json", "serving_input_example.json", "conda.yaml"])
def test_a_file_that_is_named_and_missing_is_a_problem(file: str) -> None:
    found = read({file: None}).facts.problems
    assert {(each.location.file, each.code) for each in found} == {("MLmodel", "mlmodel-missing")}
    assert all(f"'{file}'" in each.message for each in found)


def test_what_is_not_the_file_itself_is_a_problem() -> None:
    model = read({"model.pkl": None}, {"model.pkl": EntryKind.SYMLINK})
    assert {each.message for each in model.facts.problems} == {"'model.pkl' is not the file itself"}


def test_environments_in_files_of_other_names_are_a_problem() -> None:
    model = read({"MLmodel": MLMODEL.replace("conda: conda.yaml", "conda: my.yaml"), "my.yaml": CONDA})
    assert problems(model) == ["MLmodel:5:14 mlmodel-value"]


# --- damaged files


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (None, {"mlmodel-missing"}),
        ("", {"mlmodel-value"}),
        ("[]", {"mlmodel-value"}),
        ("text", {"mlmodel-value"}),
        ("flavors: [a]", {"mlmodel-value", "mlmodel-no-loader"}),
        ("flavors: {sklearn: 7}", {"mlmodel-value", "mlmodel-no-loader"}),
        ("flavors:\n\tx: y", {"yaml-syntax"}),
        ("a: &x [1]\nb: *x", {"yaml-anchor"}),
        ("a: !!python/object/apply:os.system [touch x]", {"yaml-tag"}),
        ("[" * 100_000, {"yaml-too-complex"}),
        ("x: " + "a" * 300_000, {"file-too-large"}),
        ("a\x00b", {"file-binary"}),
    ],
)
def test_a_damaged_mlmodel_is_a_problem_and_never_an_error(text: str | None, codes: set[str]) -> None:
    model = read({"MLmodel": text})
    assert {each.code for each in model.facts.problems} == codes
    assert model.loader is None


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("mlflow_version: 2.1.1", "mlflow_version: latest", "MLmodel:16:17 mlmodel-value"),
        ("sklearn_version: 1.2.0", "sklearn_version: [1, 2]", "MLmodel:15:22 mlmodel-value"),
        ("run_id: fa9d8e35-e4ce-4af3-87ac-ca8c8c1b1864", "run_id: {a: b}", "MLmodel:18:9 mlmodel-value"),
        ("    loader_module: mlflow.sklearn\n", "", "MLmodel:4:5 mlmodel-value"),
        (
            '\'[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]\'',
            "'[{'",
            "MLmodel:27:13 mlmodel-value",
        ),
        (
            '\'[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]\'',
            "'" + "[" * 100_000 + "'",
            "MLmodel:27:13 mlmodel-value",
        ),
    ],
)
def test_values_of_another_kind_are_problems_with_their_place(old: str, new: str, place: str) -> None:
    assert problems(edited(old, new)) == [place]


# --- dependencies


def test_requirements_txt_decides_and_its_lines_have_their_places() -> None:
    model = read({})
    assert model.facts.dependency_files == ("requirements.txt",)
    assert declared(model) == ["requirements.txt:1:1 mlflow==2.1.1", "requirements.txt:2:1 scikit-learn==1.2.0"]


def test_conda_yaml_decides_where_there_is_no_requirements_txt() -> None:
    model = read({"requirements.txt": None})
    assert model.facts.dependency_files == ("conda.yaml",)
    assert "conda.yaml:8:5 scikit-learn==1.2.0" in declared(model)
    assert problems(model) == []


def test_constraints_that_mlflow_writes_beside_it_are_read() -> None:
    model = read({"requirements.txt": "-c constraints.txt\nmlflow==2.1.1\n", "constraints.txt": "numpy<2\n"})
    assert model.facts.included_files == ("constraints.txt",)
    assert [str(each.requirement) for each in model.facts.constraints] == ["numpy<2"]


def test_a_model_that_says_nothing_about_what_it_needs_is_a_problem() -> None:
    model = read({"requirements.txt": None, "conda.yaml": None, "MLmodel": MLMODEL.replace("conda: conda.yaml", "")})
    assert [each.code for each in model.facts.problems] == ["model-no-dependencies"]


@pytest.mark.parametrize(
    ("files", "specifier", "place"),
    [
        ({}, "==3.10.9", "python_env.yaml:1:9"),
        ({"python_env.yaml": "python: 3.11\n"}, "==3.11.*", "python_env.yaml:1:9"),
        (
            {"python_env.yaml": None, "MLmodel": MLMODEL.replace("      virtualenv: python_env.yaml\n", "")},
            "==3.10.9",
            "conda.yaml:4:3",
        ),
        (
            {
                "python_env.yaml": None,
                "conda.yaml": None,
                "MLmodel": MLMODEL.replace(
                    "    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n", ""
                ),
            },
            "==3.10.9",
            "MLmodel:7:21",
        ),
    ],
)
def test_where_the_python_version_comes_from(files: dict[str, str | bytes | None], specifier: str, place: str) -> None:
    model = read(files)
    assert problems(model) == []
    assert [(each.specifier, str(each.location)) for each in model.facts.python] == [(specifier, place)]


def test_a_python_version_that_is_none_is_not_replaced_by_another() -> None:
    model = read({"python_env.yaml": "python: newest\n"})
    assert problems(model) == ["python_env.yaml:1:9 python-version"]
    assert model.facts.python == ()


@pytest.mark.parametrize(
    ("conda", "differ"),
    [
        (CONDA, None),
        (CONDA.replace("pip<=22.3.1", "pip"), None),
        (CONDA.replace("  - scikit-learn==1.2.0\n", "").replace("- pip<=", "- scikit-learn=1.2.0\n- pip<="), None),
        (CONDA.replace("scikit-learn==1.2.0", "scikit-learn==1.2.2"), ("conda.yaml:8:5", "'scikit-learn'")),
        (CONDA.replace("- pip<=", "- xgboost=1.7.6\n- pip<="), ("conda.yaml:5:3", "'xgboost'")),
        (CONDA.replace("  - scikit-learn==1.2.0\n", ""), ("conda.yaml:1:1", "'scikit-learn'")),
    ],
)
def test_a_conda_yaml_that_says_something_else_is_noted(conda: str, differ: tuple[str, str] | None) -> None:
    model = read({"conda.yaml": conda})
    notes = [each for each in model.facts.notes if each.code == "model-files-differ"]
    assert [str(each.location) for each in notes] == ([differ[0]] if differ else [])
    assert all(each.message.endswith(f"which decides: {differ and differ[1]}") for each in notes)
    assert len(model.facts.declarations) == 2
