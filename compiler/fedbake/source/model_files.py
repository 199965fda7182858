"""Which files of a model are taken, whatever it comes from, and when it was saved."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from fedbake.errors import SourceError
from fedbake.source.limits import MODEL
from fedbake.source.snapshot import Snapshot
from fedbake.source.text import has_unsafe

MLMODEL = "MLmodel"

_HIDDEN = re.compile(r"\.[^.\\][^\\]*")
_SHOWN_HIDDEN = 3
_MLMODEL_BYTES = 256 * 2**10
# As MLflow writes it, in UTC: utc_time_created: '2023-05-26 06:36:14.207206'
_CREATED = re.compile(
    rb"^utc_time_created: ['\"]?([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?['\"]?\r?$",
    re.MULTILINE,
)


class HiddenFiles:
    """Leaves out files and folders whose name begins with a dot: tools put them there, and MLflow reads none."""

    def __init__(self) -> None:
        self._left_out: list[str] = []

    def leaves_out(self, path: str) -> bool:
        """Whether a path is passed over. A name that could mislead is none of these, and refused like any other."""
        name = path.rpartition("/")[2]
        hidden = _HIDDEN.fullmatch(name) is not None and not has_unsafe(name)
        if hidden:
            self._left_out.append(path)
        return hidden

    def tell(self, report: Callable[[str], None]) -> None:
        """Say what was left out, if anything was."""
        if self._left_out:
            shown = ", ".join(ascii(path[:80]) for path in self._left_out[:_SHOWN_HIDDEN])
            more = ", …" if len(self._left_out) > _SHOWN_HIDDEN else ""
            report(f"hidden files are left out of the model: {shown}{more}")


def check_distinct(paths: Iterable[str]) -> None:
    """Check that no two paths, or folders they go through, are one and the same on some system.

    Raises:
        SourceError: two are equal, or differ only by case or by how Unicode composes their characters.
    """
    known: dict[str, str] = {}
    for path, number in Counter(paths).items():
        if number > 1:
            raise SourceError(f"{MODEL.name} has the same path twice", where=ascii(path), hint=MODEL.bad_path)
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            part = "/".join(parts[:depth])
            other = known.setdefault(unicodedata.normalize("NFC", part).casefold(), part)
            if other != part:
                message = f"two paths in {MODEL.name} are the same one on some systems"
                raise SourceError(message, where=f"{other!a} and {part!a}", hint=MODEL.bad_path)


def saved_at(snapshot: Snapshot) -> int | None:
    """When MLflow saved the model, in seconds since the epoch, as its MLmodel file says."""
    entry = snapshot.entry(MLMODEL)
    if entry is None or not entry.is_regular or entry.size > _MLMODEL_BYTES:
        return None
    found = _CREATED.search(snapshot.contents.read(MLMODEL))
    if found is None:
        return None
    try:
        return int(datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
