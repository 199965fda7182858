"""Which Python files of a repository are read, and the facts of each."""

from collections.abc import Iterable, Iterator

from fedbake.inspect.facts import Location, ModuleFacts, Note, Problem
from fedbake.inspect.python_code import module_facts
from fedbake.inspect.python_source import BYTES_LIMIT, parse_python
from fedbake.source.snapshot import Contents, Entry

FILES_LIMIT = 2000
_TOTAL_BYTES = 8 * 2**20
_TOTAL_WEIGHT = 1_000_000
_FIRST = ("model_manager.py", "data_manager.py")
# Folders of tools that keep copies of code there which nobody imports.
_COPIES = frozenset({"mlruns", "wandb", "node_modules", "site-packages", "__pycache__"})


def read_python_files(entries: Iterable[Entry], contents: Contents) -> Iterator[ModuleFacts | Problem | Note]:
    """The facts of each Python file, or its problem; the two the actors import first, then from the root downwards."""
    weight = total = 0
    left: list[Entry] = []
    for number, entry in enumerate(_in_order(entries)):
        total += entry.size
        if number >= FILES_LIMIT or total > _TOTAL_BYTES or weight > _TOTAL_WEIGHT:
            left.append(entry)
            continue
        parsed = _too_large(entry) or parse_python(entry.path, contents.read(entry.path))
        if isinstance(parsed, Problem):
            yield parsed
        else:
            weight += parsed.weight
            yield module_facts(parsed)
    if left:
        message = f"{len(left)} Python files were not read, there are too many or they are too large together"
        yield Note("python-not-read", message, Location(left[0].path))


def _too_large(entry: Entry) -> Problem | None:
    if entry.size <= BYTES_LIMIT:
        return None
    message = f"{entry.path} has {entry.size} bytes; more than {BYTES_LIMIT} are not inspected"
    return Problem("python-syntax", message, Location(entry.path), "keep data out of Python files")


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    files = [entry for entry in entries if entry.is_regular and entry.path.endswith(".py") and not _is_copy(entry.path)]
    return sorted(files, key=lambda entry: (entry.path not in _FIRST, entry.path.count("/"), entry.path))


def _is_copy(path: str) -> bool:
    """Whether a file lies in a hidden folder or in one of copies."""
    return any(part.startswith(".") or part in _COPIES for part in path.split("/")[:-1])
