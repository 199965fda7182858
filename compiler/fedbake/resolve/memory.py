"""Answers to resolution problems, remembered on disk: a lock, or the explanation of why there is none."""

import hashlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fedbake.resolve.lock import Lock, LockedFile, LockedPackage

# Without a date, what an index offers may change at any time; uv itself trusts an answer for ten minutes.
_UNDATED_SECONDS = 600


def place(folder: Path, question: str) -> Path:
    """Where the answer to a question is kept."""
    return folder / "locks" / f"{hashlib.sha256(question.encode()).hexdigest()}.json"


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
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(answer if isinstance(answer, str) else asdict(answer)), encoding="ascii")
    temporary.replace(path)


def _package(table: dict[str, Any]) -> LockedPackage:
    wheels, sdist = table.pop("wheels"), table.pop("sdist")
    return LockedPackage(
        **table,
        wheels=tuple(LockedFile(**wheel) for wheel in wheels),
        sdist=LockedFile(**sdist) if sdist else None,
    )
