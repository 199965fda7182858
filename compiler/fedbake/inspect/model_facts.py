"""What inspection found in a trained model of MLflow: how it is loaded, what goes into it, what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedbake.inspect.facts import Facts, Location
from fedbake.inspect.yaml_tree import Scalar
from fedbake.names import Loader


@dataclass(frozen=True, slots=True)
class Flavor:
    """A framework that can load the model, with what it is told (MLflow documentation, "Storage format").

    Attributes:
        name: as in ``flavors`` of the MLmodel file.
        version: of the framework the model was saved with, where the flavour is one with a loader and names it.
        data: the file or folder the framework loads, where the flavour is one with a loader.
        options: its plain values as written, such as ``serialization_format``.
    """

    name: str
    location: Location
    version: str | None
    data: str | None
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pyfunc:
    """The flavour ``python_function``, by which MLflow loads a model of any kind.

    Attributes:
        loader_module: what MLflow imports to load it.
        data: the file or folder that module gets; ``None`` for the whole model.
        code: folders that are put on the import path first.
        python: the version of the interpreter the model was saved with, as written.
    """

    location: Location
    loader_module: str
    data: str | None
    code: tuple[str, ...]
    python: Scalar | None


@dataclass(frozen=True, slots=True)
class Signature:
    """The schemas of a model, each a list in JSON as MLflow writes it; ``None`` where it has none."""

    inputs: str | None
    outputs: str | None
    params: str | None


@dataclass(frozen=True, slots=True)
class InputExample:
    """An input the model was saved with.

    Attributes:
        path: the example in JSON.
        serving_path: the same as a request to a scoring server (MLflow 2.16 and later).
        kind: ``dataframe``, ``ndarray`` or another word of MLflow's.
    """

    path: str
    serving_path: str | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Everything that is known of a model without loading it.

    Attributes:
        loader: which loader fits; ``None`` when none does, which is then among the problems.
        flavors: all but ``python_function``, in the order of the file.
        created: when it was saved, in UTC, as written.
        uuid, run_id: as written.
        facts: what the rules may ask about: its files, its dependencies, the problems of all of them.
    """

    loader: Loader | None
    flavors: tuple[Flavor, ...]
    pyfunc: Pyfunc | None
    signature: Signature | None
    example: InputExample | None
    mlflow_version: str | None
    created: str | None
    uuid: str | None
    run_id: str | None
    facts: Facts

    @property
    def takes_frames(self) -> bool:
        """Whether it may be given data frames: always, unless it is loaded natively and its inputs are tensors."""
        inputs = self.signature.inputs if self.signature else None
        return self.loader is Loader.PYFUNC or inputs is None or '"tensor"' not in inputs

    def flavor(self, name: str) -> Flavor | None:
        """The flavour of this name."""
        return next((each for each in self.flavors if each.name == name), None)
