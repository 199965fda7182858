"""Repositories to plan, of any size: the scikit-learn example's code with more files, dependencies or findings."""

from collections.abc import Iterable
from pathlib import Path

from bench.measure import ROOT

EXAMPLE = ROOT / "golden/sklearn-digits/repo"
_CONDA = "dependencies:\n- python=3.11\n- pip\n- pip:\n"
_REQUIREMENTS = ("numpy==1.26.4", "scikit-learn==1.5.2")


def with_files(folder: Path, count: int) -> Path:
    """The example with so many files."""
    files = [(path.name, path.read_text()) for path in sorted(EXAMPLE.iterdir())]
    more = count - len(files)
    files += [(f"part{n // 100}/module{n}.py", f"import numpy\n\nVALUE = {n}\n") for n in range(more)]
    return _written(folder / f"{count}-files", files)


def with_dependencies(folder: Path, count: int) -> Path:
    """The example's code in need of so many packages (`bench.index.offer`), all of them pinned and imported."""
    names = [package(number) for number in range(count - len(_REQUIREMENTS))]
    lines = (*_REQUIREMENTS, *(f"{name}==1.0" for name in names))
    return _with_imports(folder / f"{count}-dependencies", [name.replace("-", "_") for name in names], lines)


def with_findings(folder: Path, count: int) -> Path:
    """The example's code with so many files beside it that are not Python, each of them a warning."""
    repository = _with_imports(folder / f"{count}-findings", (), _REQUIREMENTS)
    return _written(repository, ((f"part{number // 100}/broken{number}.py", "import\n") for number in range(count)))


def package(number: int) -> str:
    """The name of one of the packages dependencies are made of."""
    return f"bench-package-{number}"


def _with_imports(folder: Path, modules: Iterable[str], requirements: Iterable[str]) -> Path:
    code = {name: (EXAMPLE / name).read_text() for name in ("data_manager.py", "model_manager.py")}
    code["data_manager.py"] += "\nimport used\n"
    files = {
        **code,
        "used.py": "".join(f"import {module}\n" for module in modules),
        "conda.yaml": _CONDA + "".join(f"  - {line}\n" for line in requirements),
    }
    return _written(folder, files.items())


def _written(folder: Path, files: Iterable[tuple[str, str]]) -> Path:
    for path, text in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder
