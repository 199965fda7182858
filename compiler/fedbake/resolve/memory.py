"""What is remembered on disk: answers to resolution problems, pages of the index, what was read out of its files."""

import hashlib
import json
import os
import threading
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from fedbake.resolve.lock import Lock, LockedFile, LockedPackage

# Without a date, what an index offers may change at any time; uv itself trusts an answer for ten minutes.
_UNDATED_SECONDS = 600


def place(folder: Path, question: str) -> Path:
    """Where the answer to a question is kept."""
    return folder / "locks" / f"{_key(question)}.json"


def recall(path: Path, *, dated: bool) -> Lock | str | None:
    """The answer, if there is one that can still be trusted; a text explains why there is no lock.

    Args:
        dated: whether the problem names a date; its answer then holds for good.
    """
    try:
        if not dated and time.time() - path.stat().st_mtime > _UNDATED_SECONDS:
            return None
        answer = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return answer if isinstance(answer, str) else Lock(tuple(map(_package, answer["packages"])))


def remember(path: Path, answer: Lock | str) -> None:
    """Keep an answer; readers see the whole of it or nothing."""
    _write(path, answer if isinstance(answer, str) else asdict(answer))


def read_page(folder: Path, url: str, as_of: str | None) -> dict[str, Any] | None:
    """A page of the index, if it is recent or was read after the moment that is asked about."""
    path = _page(folder, url)
    try:
        read_at = path.stat().st_mtime
        settled = as_of is not None and datetime.fromisoformat(as_of).timestamp() <= read_at
        if not settled and time.time() - read_at > _UNDATED_SECONDS:
            return None
        page: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return page


def write_page(folder: Path, url: str, page: dict[str, Any]) -> None:
    """Keep a page of the index."""
    _write(_page(folder, url), page)


def recall_reading(folder: Path, kind: str, sha256: str) -> Any:
    """What was once read out of a file, which its digest names; ``None`` when it was not."""
    try:
        return json.loads((folder / kind / f"{sha256}.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def remember_reading(folder: Path, kind: str, sha256: str, value: Any) -> None:
    """Keep what was read out of a file: it holds for good."""
    _write(folder / kind / f"{sha256}.json", value)


def _page(folder: Path, url: str) -> Path:
    return folder / "pages" / f"{_key(url)}.json"


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    temporary.write_text(json.dumps(value), encoding="ascii")
    temporary.replace(path)


def _package(table: dict[str, Any]) -> LockedPackage:
    wheels, sdist = table.pop("wheels"), table.pop("sdist")
    return LockedPackage(
        **table,
        wheels=tuple(LockedFile(**wheel) for wheel in wheels),
        sdist=LockedFile(**sdist) if sdist else None,
    )
