"""What a trained model needs: MLflow writes it down two or three times, and one of them decides.

1. ``requirements.txt``, which MLflow itself installs from;
2. ``conda.yaml``, where there is no other.

The Python version is that of ``python_env.yaml``, else of ``conda.yaml``, else the one the MLmodel file says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fedbake.inspect.facts import Declaration, Location, Note, Problem, PythonDeclaration
from fedbake.inspect.includes import Reading, read_with_includes
from fedbake.inspect.model_facts import Pyfunc
from fedbake.inspect.python_version import declare_release
from fedbake.inspect.reading import Found
from fedbake.inspect.text import shown
from fedbake.inspect.yaml_tree import Scalar
from fedbake.source.snapshot import Contents, Entry

REQUIREMENTS, CONDA, PYTHON_ENV = "requirements.txt", "conda.yaml", "python_env.yaml"

_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
_SHOWN_NAMES = 5
# The beginnings of codes for a file that cannot be read, or whose Python version cannot.
_ABOUT_PYTHON = ("python-", "yaml-", "file-")


@dataclass(frozen=True, slots=True)
class ModelDependencies:
    """What the dependency files of a model say.

    Attributes:
        files: the one that decides, if there is one.
        found: what it says, with the files it includes, and the Python versions.
        included: the included files.
        constraints: bounds for packages that are installed for another reason.
    """

    files: tuple[str, ...]
    found: tuple[Found, ...]
    included: tuple[str, ...] = ()
    constraints: tuple[Declaration, ...] = ()


def read_model_dependencies(
    entries: Mapping[str, Entry], contents: Contents, pyfunc: Pyfunc | None, mlmodel: Location
) -> ModelDependencies:
    """Read the file that decides, and compare it with the other one.

    Args:
        entries: the files of the model by path.
        contents: of those files.
        pyfunc: names the Python version where no file does.
        mlmodel: where to say that there is nothing.
    """
    readings = {
        file: read_with_includes(file, entries, contents)
        for file in (REQUIREMENTS, CONDA, PYTHON_ENV)
        if file in entries
    }
    python = tuple(_python(readings, pyfunc.python if pyfunc else None))
    decides = next((file for file in (REQUIREMENTS, CONDA) if file in readings), None)
    if decides is None:
        message = f"the model has neither {REQUIREMENTS} nor {CONDA}, so that nothing says what it needs"
        hint = "save and log the model again with MLflow, or add a requirements.txt"
        return ModelDependencies((), (Problem("model-no-dependencies", message, mlmodel, hint), *python))
    reading = readings[decides]
    own = [each for each in reading.found if not isinstance(each, PythonDeclaration)]
    if reading.nothing is not None:
        hint = "list the packages that were installed when the model was saved"
        own.append(Problem("file-no-dependencies", reading.nothing.because, reading.nothing.location, hint))
    differences = _differences(reading, readings[CONDA]) if decides == REQUIREMENTS and CONDA in readings else ()
    return ModelDependencies((decides,), (*own, *python, *differences), reading.files, reading.constraints)


def _python(readings: Mapping[str, Reading], saved_with: Scalar | None) -> Iterator[Found]:
    for file in (PYTHON_ENV, CONDA):
        found = readings[file].found if file in readings else ()
        wrong = [each for each in found if isinstance(each, Problem) and each.code.startswith(_ABOUT_PYTHON)]
        python = [each for each in found if isinstance(each, PythonDeclaration)]
        yield from wrong
        yield from python
        if wrong or python:
            return
    if saved_with is not None:
        yield declare_release(saved_with.text, saved_with.text, saved_with.location)


def _differences(decides: Reading, other: Reading) -> Iterator[Note]:
    """What conda.yaml asks for in another way: MLflow writes only its pip section to requirements.txt."""
    written, elsewhere = _declared(decides), _declared(other)
    names = sorted(
        name for name in written.keys() | elsewhere.keys() if written.get(name, ()) != elsewhere.get(name, ())
    )
    if not names or not elsewhere:
        return
    first = next((each for name in names for each in _of(other, name)), None)
    more = ", …" if len(names) > _SHOWN_NAMES else ""
    listed = ", ".join(shown(name) for name in names[:_SHOWN_NAMES])
    message = f"{CONDA} does not say the same as {REQUIREMENTS}, which decides: {listed}{more}"
    yield Note("model-files-differ", message, first.location if first else Location(CONDA))


def _declared(reading: Reading) -> dict[str, list[str]]:
    names = dict.fromkeys(each.name for each in reading.found if isinstance(each, Declaration))
    return {
        name: sorted(f"{sorted(each.requirement.extras)}{each.requirement.specifier}{each.requirement.marker}"
                     for each in _of(reading, name))
        for name in names
        if name not in _INSTALLERS
    }  # fmt: skip


def _of(reading: Reading, name: str) -> list[Declaration]:
    return [each for each in reading.found if isinstance(each, Declaration) and each.name == name]
