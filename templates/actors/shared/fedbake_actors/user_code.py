"""Running code of the ML repository, and saying what failed in it in terms of the repository.

A failure becomes one sentence, followed by the user's own lines that led to it (never ours, never those of a library)
and, when it was raised elsewhere, by the place in the library.
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedbake_actors.errors import ActorError, UserCodeError

FOLDER = "ml_repo"
"""The folder of the ML repository in an image's working directory."""
_CARRIED = "<dynamic-code>"
"""The file of code that came with a pickle, as cloudpickle 3.1.3 and later name it."""


@contextmanager
def running(step: str, root: Path) -> Iterator[None]:
    """Run a block that enters the user's code.

    Args:
        step: what is done, as the beginning of a sentence ("the import of model_manager").
        root: the folder of the ML repository, absolute.

    Raises:
        UserCodeError: the block raised anything but an interruption; a ``SystemExit`` counts as a failure, since an
            actor that quits in the middle of a step has not done its work.
        ActorError: the block called back into the actor, which failed for a reason of its own.
    """
    try:
        yield
    except ActorError:
        raise
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"{step} failed: {describe(error)}", explain(error, root)) from error


def describe(error: BaseException) -> str:
    """The last line a traceback would have: the exception's type and message."""
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def explain(error: BaseException, root: Path) -> tuple[str, ...]:
    """The lines of the repository that led to an error, outermost first, and what caused it.

    A place in the repository is written ``file:line: source``.
    """
    lines = []
    if isinstance(error, SyntaxError) and error.filename:
        lines.append(_place(error.filename, error.lineno or 1, (error.text or "").strip(), root))
    frames = [_in_its_file(frame, root) for frame in traceback.extract_tb(error.__traceback__)]
    inside = [frame for frame in frames if _is_inside(frame.filename, root)]
    lines = [_place(frame.filename, frame.lineno or 1, frame.line or "", root) for frame in inside] + lines
    if frames and frames[-1] not in inside and not _is_made_up(frames[-1].filename):
        lines.append(f"raised in {frames[-1].filename}:{frames[-1].lineno}")
    if error.__cause__ is not None:
        lines.append(f"caused by {describe(error.__cause__)}")
        lines.extend(explain(error.__cause__, root))
    return tuple(lines)


def _in_its_file(frame: traceback.FrameSummary, root: Path) -> traceback.FrameSummary:
    """The frame with the file its function is written in, where the code came with a pickle.

    Since 3.1.3 cloudpickle leaves the file out of the code it carries; the function's name and its lines remain.
    """
    if frame.filename != _CARRIED or frame.lineno is None:
        return frame
    files = [path for path in root.rglob("*.py") if _has_function(path, frame.name, frame.lineno)]
    return traceback.FrameSummary(str(files[0]), frame.lineno, frame.name) if len(files) == 1 else frame


def _has_function(path: Path, name: str, line: int) -> bool:
    """Whether a function of this name is written around a line of a file."""
    try:
        nodes = ast.walk(ast.parse(path.read_bytes()))
    except (OSError, SyntaxError, ValueError):
        return False
    functions = (node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return any(each.name == name and each.lineno <= line <= (each.end_lineno or line) for each in functions)


def _is_made_up(filename: str) -> bool:
    """Whether a frame has no file, as those of the import system and of ``exec``."""
    return filename.startswith("<")


def _is_inside(filename: str, root: Path) -> bool:
    if _is_made_up(filename):
        return False
    try:
        Path(filename).resolve().relative_to(root.resolve())
    except ValueError:
        return False
    return True


def _place(filename: str, line: int, source: str, root: Path) -> str:
    name = Path(filename).resolve().relative_to(root.resolve()) if _is_inside(filename, root) else Path(filename)
    return f"{name.as_posix()}:{line}: {source}".rstrip(": ")
