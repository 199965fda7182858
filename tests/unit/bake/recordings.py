"""Progress streams recorded from buildx 0.13.1 and Docker 26.1.5 on a linux/amd64 machine, as buildx wrote them."""

import gzip
from pathlib import Path

from fedbake.bake.event import Event
from fedbake.bake.progress import BuildProgress
from fedbake.bake.rawjson import Decoder, Message

_FOLDER = Path(__file__).parent / "recorded"
NAMES = sorted(path.name.removesuffix(".rawjson.gz") for path in _FOLDER.glob("*.rawjson.gz"))


def lines(name: str) -> list[str]:
    """The lines of a recording."""
    return gzip.decompress((_FOLDER / f"{name}.rawjson.gz").read_bytes()).decode().splitlines()


def messages(name: str) -> list[Message]:
    """Its messages."""
    decoder = Decoder()
    return [*(message for line in lines(name) for message in decoder.feed(line)), *decoder.rest()]


def replayed(name: str) -> tuple[BuildProgress, list[Event]]:
    """The state after the whole recording, and all that was reported on the way."""
    progress = BuildProgress(frozenset({"linux/amd64"}))
    return progress, [event for message in messages(name) for event in progress.apply(message)]
