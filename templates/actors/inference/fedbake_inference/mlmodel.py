"""An MLflow model directory: what its ``MLmodel`` says, and the only way to a path named in there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from fedbake_inference.errors import StartError
from fedbake_inference.signature import Signature

FILE = "MLmodel"
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ModelDirectory:
    """A saved model.

    Attributes:
        root: the directory, resolved.
        function: the block of the ``python_function`` flavour, through which MLflow itself serves.
        flavors: all flavours' blocks.
        signature: what the model takes, where it was saved with that.
        mlflow_version: the release of MLflow that saved it.
        example: the block about the saved input example; empty when there is none.
    """

    root: Path
    function: Mapping[str, Any]
    flavors: Mapping[str, Mapping[str, Any]]
    signature: Signature | None
    mlflow_version: str
    example: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> ModelDirectory:
        """Read a model directory.

        Raises:
            StartError: there is no ``MLmodel``, it is not one, or the directory has a link that leads out of it.
        """
        root = folder.resolve()
        document = _document(root / FILE)
        _check_links(root)
        flavors = {
            str(name): block for name, block in _mapping(document, "flavors").items() if isinstance(block, Mapping)
        }
        function = flavors.get("python_function")
        if function is None or not isinstance(function.get("loader_module"), str):
            raise StartError(f"{FILE} has no python_function flavour with a loader_module, so MLflow cannot serve it")
        return cls(
            root=root,
            function=function,
            flavors=flavors,
            signature=Signature.read(_mapping(document, "signature")),
            mlflow_version=str(document.get("mlflow_version") or "unknown"),
            example=_mapping(document, "saved_input_example_info"),
        )

    def path(self, *names: object) -> Path:
        """The file or folder of a relative path ``MLmodel`` names.

        Raises:
            StartError: it is absolute, leads out of the directory, or is not there.
        """
        if not all(isinstance(name, str) and name for name in names):
            raise StartError(f"{FILE} names no path where one is needed")
        relative = PurePosixPath(*(str(name) for name in names))
        if relative.is_absolute() or ".." in relative.parts or "\\" in str(relative):
            raise StartError(f"{FILE} names {str(relative)!r}, which is not inside the model directory")
        found = (self.root / relative).resolve()
        if not _is_inside(found, self.root):
            raise StartError(f"{FILE} names {str(relative)!r}, which is not inside the model directory")
        if not found.exists():
            raise StartError(f"{FILE} names {str(relative)!r}, which is not in the model directory")
        return found

    def add_code(self, block: Mapping[str, Any]) -> None:
        """Let the code a model was saved with (``code_paths``) be imported.

        Raises:
            StartError: its folder is not inside the model directory.
        """
        if block.get("code"):
            sys.path.insert(0, str(self.path(block["code"])))


def _document(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise StartError(f"there is no model: {file} cannot be read", [str(error)]) from error
    if len(content) > _MOST_BYTES:
        raise StartError(f"{FILE} is larger than {_MOST_BYTES} bytes")
    try:
        document = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise StartError(f"{FILE} is not YAML", str(error).splitlines()) from error
    if not isinstance(document, Mapping):
        raise StartError(f"{FILE} is not a mapping of names to values")
    return document


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name) or {}
    if not isinstance(value, Mapping):
        raise StartError(f"{name} of {FILE} is not a mapping of names to values")
    return value


def _check_links(root: Path) -> None:
    """Loaders open files beside the ones ``MLmodel`` names, so no link of the whole directory may lead out of it."""
    for each in root.rglob("*"):
        if each.is_symlink() and not _is_inside(each.resolve(), root):
            raise StartError(f"{each.relative_to(root).as_posix()!r} is a link that leads out of the model directory")


def _is_inside(path: Path, root: Path) -> bool:
    return path == root or root in path.parents
