"""How the Python release and the ML framework are decided, and that the reason is kept."""

from dataclasses import replace

import pytest

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Facts, ImportFacts, Location, ModuleFacts, PythonDeclaration
from fedbake.names import Flavor, PythonMinor
from fedbake.plan.flavor import choose_flavor
from fedbake.plan.python_version import choose_python

AVAILABLE = [PythonMinor(3, minor) for minor in (9, 10, 11, 12, 13)]


def facts(*, python: tuple[str, ...] = (), imports: tuple[str, ...] = ()) -> Facts:
    declarations = tuple(PythonDeclaration(each, Location("conda.yaml", 4, 5), f"python{each}") for each in python)
    found = tuple(ImportFacts(module, Location("model_manager.py", line)) for line, module in enumerate(imports, 1))
    modules = {"model_manager.py": ModuleFacts("model_manager.py", {}, found)}
    return Facts(
        entries={}, dependency_files=("conda.yaml",), declarations=(), python=declarations, modules=modules, problems=()
    )


@pytest.mark.parametrize(
    ("specifiers", "chosen"),
    [
        (("==3.10.14",), "3.10"),
        (("==3.11.*",), "3.11"),
        ((">=3.9",), "3.13"),
        ((">=3.9,<3.12",), "3.11"),
        ((">=3.10", "<3.11"), "3.10"),
    ],
)
def test_the_newest_release_with_a_base_image_that_fits_every_declaration(
    specifiers: tuple[str, ...], chosen: str
) -> None:
    decision = choose_python(facts(python=specifiers), None, AVAILABLE)
    assert (decision.value, decision.where) == (chosen, "conda.yaml:4:5")


def test_the_request_wins_over_the_repository() -> None:
    assert choose_python(facts(python=("==3.10.*",)), "3.12", AVAILABLE).value == "3.12"


def test_a_release_without_a_base_image_is_refused_with_its_line() -> None:
    with pytest.raises(RejectedError) as caught:
        choose_python(facts(python=("==3.7.*",)), None, AVAILABLE)
    assert caught.value.where == "conda.yaml:4:5"


def test_versions_that_do_not_go_together_are_named_with_their_places() -> None:
    wanted = (
        PythonDeclaration("==3.10.*", Location("conda.yaml", 3, 5), "python=3.10"),
        PythonDeclaration(">=3.11", Location("pyproject.toml", 4, 20), ">=3.11"),
    )
    with pytest.raises(RejectedError, match=r"both >=3\.11 and python=3\.10 \(conda\.yaml:3:5\)") as caught:
        choose_python(replace(facts(), python=wanted), None, AVAILABLE)
    assert caught.value.where == "pyproject.toml:4:20"


@pytest.mark.parametrize(
    ("imports", "flavor"),
    [
        (("sklearn.linear_model",), "sklearn"),
        (("sklearn.metrics", "torch.nn"), "pytorch"),
        (("tensorflow",), "tensorflow"),
        (("tensorflow.keras.layers",), "keras"),
        (("keras", "tensorflow"), "keras"),
    ],
)
def test_imports_show_the_framework(imports: tuple[str, ...], flavor: str) -> None:
    decision = choose_flavor(facts(imports=imports), None)
    assert decision is not None
    assert decision.value == flavor


def test_code_without_a_known_framework_shows_none() -> None:
    assert choose_flavor(facts(imports=("sklearnex", "torchvision2")), None) is None


def test_the_requested_framework_wins() -> None:
    decision = choose_flavor(facts(imports=("torch",)), Flavor.SKLEARN)
    assert decision is not None
    assert decision.value == "sklearn"
