"""Files of a rules folder to typed values: whatever is not understood is an error with its file and line."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fedbake.errors import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from fedbake.rules.document import Document

_Model = TypeVar("_Model", bound="BaseModel")


def text_of(path: Path) -> str:
    """The content of a file of a rules folder.

    Raises:
        UsageError: it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError("this rule file is not UTF-8 text", where=str(path), hint="save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"this rule file cannot be read: {error.strerror}", where=str(path)) from None


def validated(document: "Document", model: type[_Model]) -> _Model:
    """What a file says, as a value of ``model``.

    Raises:
        UsageError: it says something else; with file, line and what was expected.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        raise _first_error(document, error.errors(include_url=False)) from None


def _first_error(document: "Document", errors: Sequence["ErrorDetails"]) -> UsageError:
    """The error that stands first on the page; a missing key comes last, as it is often a misspelt one."""
    causes = [error for error in errors if not _follows(error, errors)]
    first = min(causes, key=lambda error: (error["type"] == "missing", _line(document, error)))
    more = f"{len(causes) - 1} more after this one" if len(causes) > 1 else None
    return UsageError(_explain(first), where=document.place(first["loc"]), hint=more)


def _follows(error: "ErrorDetails", errors: Sequence["ErrorDetails"]) -> bool:
    """Whether a list is only too short because items of it were not understood."""
    inside = error["loc"]
    return error["type"] == "too_short" and any(
        other["loc"][: len(inside)] == inside and len(other["loc"]) > len(inside) for other in errors
    )


def _line(document: "Document", error: "ErrorDetails") -> int:
    return int(document.place(error["loc"]).rpartition(":")[2])


def _explain(error: "ErrorDetails") -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the file"
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {str(error['loc'][-1])!r} ({key})"
        case "missing":
            return f"the key {str(error['loc'][-1])!r} is missing ({key})"
        case "union_tag_invalid":
            return f"unknown kind {context['tag']!r} ({key}); there are: {context['expected_tags']}"
        case "value_error":
            return f"{error['msg'].removeprefix('Value error, ')} ({key})"
        case _:
            return f"{key}: {error['msg'][:1].lower()}{error['msg'][1:]}"
