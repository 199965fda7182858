"""MLmodel: how MLflow describes a trained model (MLflow documentation, "MLflow Models", "Storage format")."""

from collections.abc import Iterator
from collections.abc import Mapping as Entries
from dataclasses import dataclass, replace

from fedbake.inspect.dependency_files import read_file
from fedbake.inspect.facts import (
    AcceleratorDeclaration,
    Declaration,
    Dropped,
    Facts,
    Location,
    Note,
    Problem,
    PythonDeclaration,
)
from fedbake.inspect.mlmodel_values import SAVE_AGAIN, Values
from fedbake.inspect.model_dependencies import CONDA, PYTHON_ENV, ModelDependencies, read_model_dependencies
from fedbake.inspect.model_facts import Flavor, InputExample, ModelFacts, Pyfunc, Signature
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text
from fedbake.inspect.yaml_tree import Mapping, Scalar, parse
from fedbake.names import Loader
from fedbake.source.snapshot import Contents, Entry, Snapshot

FILE = "MLmodel"

_PYFUNC = "python_function"


@dataclass(frozen=True, slots=True)
class _Native:
    """A flavour that has a loader of its own: what MLflow calls things in it."""

    loader: Loader
    module: str
    version: str
    data: tuple[str, ...]


# As the save_model functions of MLflow 1 to 3 write them. keras_version in the flavour tensorflow is TensorFlow's.
_NATIVE = {
    "sklearn": _Native(Loader.SKLEARN, "mlflow.sklearn", "sklearn_version", ("pickled_model",)),
    "pytorch": _Native(Loader.PYTORCH, "mlflow.pytorch", "pytorch_version", ("model_data",)),
    "tensorflow": _Native(Loader.TENSORFLOW, "mlflow.tensorflow", "keras_version", ("data", "saved_model_dir")),
    "keras": _Native(Loader.KERAS, "mlflow.keras", "keras_version", ("data",)),
}


def read_model(snapshot: Snapshot) -> ModelFacts:
    """Read what a model says about itself, and what it needs. Nothing of it is loaded or run."""
    entries = {entry.path: entry for entry in snapshot.entries}
    values = Values(entries)
    root, unread = _root(entries, snapshot.contents)
    flavors = values.mapping(root, "flavors") or Mapping((), root.location)
    pyfunc, others = _pyfunc(flavors, values), tuple(_flavors(flavors, values))
    read = ModelFacts(
        loader=_loader(pyfunc, others),
        flavors=others,
        pyfunc=pyfunc,
        signature=_signature(root, values),
        example=_example(root, values),
        mlflow_version=values.version(root, "mlflow_version"),
        created=values.text(root, "utc_time_created"),
        uuid=values.text(root, "model_uuid"),
        run_id=values.text(root, "run_id"),
        facts=Facts(entries, (), (), (), {}, ()),
    )
    needs = read_model_dependencies(entries, snapshot.contents, pyfunc, root.location)
    found: list[Found] = [*unread, *values.problems, *needs.found]
    if read.loader is None and not unread:
        message = "no flavour of the model can be loaded: neither python_function nor one that has a loader here"
        found.append(Problem("mlmodel-no-loader", message, flavors.location, SAVE_AGAIN))
    return replace(read, facts=_facts(entries, needs, found))


def _facts(entries: Entries[str, Entry], needs: ModelDependencies, found: list[Found]) -> Facts:
    problems = dict.fromkeys(each for each in found if isinstance(each, Problem))
    return Facts(
        entries=entries,
        dependency_files=needs.files,
        declarations=tuple(each for each in found if isinstance(each, Declaration)),
        python=tuple(each for each in found if isinstance(each, PythonDeclaration)),
        modules={},
        problems=tuple(sorted(problems, key=lambda problem: problem.location)),
        notes=tuple(each for each in found if isinstance(each, Note)),
        included_files=needs.included,
        constraints=needs.constraints,
        dropped=tuple(each for each in found if isinstance(each, Dropped)),
        accelerators=tuple(each for each in found if isinstance(each, AcceleratorDeclaration)),
    )


def _root(entries: Entries[str, Entry], contents: Contents) -> tuple[Mapping, list[Found]]:
    """The whole file, empty when it cannot be read, and why it cannot."""
    roots: list[Mapping] = []

    def read(text: Text) -> Iterator[Found]:
        tree = parse(text)
        yield from tree.problems
        if isinstance(tree.root, Mapping):
            roots.append(tree.root)
        elif not tree.problems:
            kind = tree.root.kind if tree.root is not None else "nothing"
            yield Problem("mlmodel-value", f"{FILE} holds {kind} instead of a mapping", Location(FILE), SAVE_AGAIN)

    if FILE not in entries:
        hint = f"give the folder that holds the {FILE} file"
        unread: list[Found] = [Problem("mlmodel-missing", f"there is no file {FILE}", Location(FILE), hint)]
    else:
        unread = list(read_file(entries[FILE], contents, read))
    return roots[0] if roots else Mapping((), Location(FILE)), unread


def _pyfunc(flavors: Mapping, values: Values) -> Pyfunc | None:
    pyfunc = values.mapping(flavors, _PYFUNC)
    if pyfunc is None:
        return None
    _check_environment(pyfunc, values)
    artifacts = values.mapping(pyfunc, "artifacts") or Mapping((), pyfunc.location)
    for name, _ in artifacts.pairs:
        artifact = values.mapping(artifacts, name.text)
        if artifact is not None:
            values.path(artifact, "path")
    data = [values.path(pyfunc, key) for key in ("data", "model_path", "python_model")]
    module = values.scalar(pyfunc, "loader_module")
    if module is None:
        values.wrong("python_function names no loader_module", pyfunc.location)
    return Pyfunc(
        location=pyfunc.location,
        loader_module=module.text if module is not None else "",
        data=next((path for path in data if path is not None), None),
        code=values.paths(pyfunc, "code"),
        python=values.scalar(pyfunc, "python_version"),
    )


def _check_environment(pyfunc: Mapping, values: Values) -> None:
    """MLflow 1 names conda.yaml alone, later versions both files; no version gives them other names."""
    named = next((value for key, value in pyfunc.pairs if key.text == "env"), None)
    if isinstance(named, Mapping):
        for key, name in (("conda", CONDA), ("virtualenv", PYTHON_ENV)):
            _check_name(values.scalar(named, key), name, values)
            values.path(named, key)
    else:
        _check_name(values.scalar(pyfunc, "env"), CONDA, values)
        values.path(pyfunc, "env")


def _check_name(written: Scalar | None, name: str, values: Values) -> None:
    if written is not None and written.text != name:
        values.wrong(f"the environment is not in {name}, where it is read", written.location)


def _flavors(flavors: Mapping, values: Values) -> Iterator[Flavor]:
    for key, _ in flavors.pairs:
        flavor = values.mapping(flavors, key.text) if key.text != _PYFUNC else None
        if flavor is None:
            continue
        native = _NATIVE.get(key.text)
        data = [values.path(flavor, name) for name in native.data] if native else []
        yield Flavor(
            name=key.text,
            location=key.location,
            version=values.version(flavor, native.version) if native else None,
            data=next((path for path in data if path is not None), None),
            options={
                name.text: value.text
                for name, value in flavor.pairs
                if isinstance(value, Scalar) and value.kind != "nothing"
            },
        )


def _loader(pyfunc: Pyfunc | None, flavors: tuple[Flavor, ...]) -> Loader | None:
    """The framework's own loader where the model is nothing but a model of that framework."""
    for flavor in flavors:
        native = _NATIVE.get(flavor.name)
        if native is None or (pyfunc is not None and pyfunc.loader_module != native.module):
            continue
        if any(key in flavor.options for key in native.data):
            return native.loader
    return Loader.PYFUNC if pyfunc is not None else None


def _signature(root: Mapping, values: Values) -> Signature | None:
    signature = values.mapping(root, "signature")
    return Signature(*(values.schema(signature, key) for key in ("inputs", "outputs", "params"))) if signature else None


def _example(root: Mapping, values: Values) -> InputExample | None:
    info = values.mapping(root, "saved_input_example_info")
    path = values.path(info, "artifact_path") if info is not None else None
    if info is None or path is None:
        return None
    return InputExample(path, values.path(info, "serving_input_path"), values.text(info, "type"))
