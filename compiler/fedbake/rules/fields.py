"""Kinds of text that rule files and tables consist of, each checked when the file is read."""

from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, Field


def _link(text: str) -> str:
    if not text.startswith("https://") or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} is not a https:// link")
    return text


def _distribution(name: str) -> str:
    if not name or not name.isascii() or canonicalize_name(name, validate=False) != name:
        raise ValueError(f"{name!r} can match no declaration: write the normalised name, such as scikit-learn")
    return name


def _specifier(text: str) -> str:
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f"{text!r} is not a version specifier such as >=1.6,<2") from None
    if specifier.is_unsatisfiable():
        raise ValueError(f"no version is {text!r}")
    return text


def _version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion:
        raise ValueError(f"{text!r} is not a version such as 82.0.0") from None
    return text


Sentence = Annotated[str, Field(min_length=1, max_length=1000)]
Link = Annotated[str, AfterValidator(_link)]
Distribution = Annotated[str, AfterValidator(_distribution)]
Specifier = Annotated[str, AfterValidator(_specifier)]
ReleaseNumber = Annotated[str, AfterValidator(_version)]
