"""Moving tags: every requested reference to its new image, or all of them back to where they were."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from fedbake.errors import FedbakeError
from fedbake.names import ImageReference
from fedbake.registry.client import Manifest, Registries

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Move:
    """A tag and the index it is to stand for, whose content the same repository already holds."""

    reference: ImageReference
    index: Manifest


def move_tags(moves: Sequence[Move], registries: Registries) -> None:
    """Put all tags in place. One request for each moves all platforms of an image at once.

    Raises:
        PushError: the registry refuses one; those moved before it are put back.
        TransientError: the registry failed at one; those moved before it are put back.
        KeyboardInterrupt: the user interrupted; those moved before it are put back.
    """
    before = [registries.of(move.reference).manifest(move.reference) for move in moves]
    begun: list[tuple[Move, Manifest | None]] = []
    # Requests run one after the other on a thread of their own: an interruption leaves none of them half-way, where it
    # could still take effect after its tag was put back.
    with ThreadPoolExecutor(1) as pool:
        # Its thread runs before anything moves: one that is interrupted while it starts is waited for by nobody.
        pool.submit(int).result()
        try:
            for move, old in zip(moves, before, strict=True):
                if old is None or old.digest != move.index.digest:
                    begun.append((move, old))
                    pool.submit(registries.of(move.reference).put_tag, move.reference, move.index).result()
        except BaseException as error:
            stuck = _finished(pool.submit(_put_all_back, registries, begun))
            if isinstance(error, FedbakeError):
                error.details += tuple(stuck) or ("every tag is where it was before",)
            raise


def _finished(work: Future[T]) -> T:
    """The result of what must come to its end, however often the user interrupts; requests have limits of their own."""
    while True:
        with suppress(KeyboardInterrupt):
            return work.result()


def _put_all_back(registries: Registries, begun: Sequence[tuple[Move, Manifest | None]]) -> list[str]:
    return [line for move, old in reversed(begun) for line in _put_back(registries, move, old)]


def _put_back(registries: Registries, move: Move, old: Manifest | None) -> list[str]:
    """Undo one move; the lines say what could not be undone."""
    registry = registries.of(move.reference)
    try:
        now = registry.manifest(move.reference)
        if now is None or (old is not None and now.digest == old.digest):
            return []
        if old is not None:
            registry.put_tag(move.reference, old)
        elif not registry.delete_tag(move.reference):
            return [f"{move.reference} is new, and the registry does not remove tags"]
    except FedbakeError as error:
        place = f"back to {old.digest}" if old is not None else "away"
        return [f"{move.reference} could not be put {place}: {error.message}"]
    return []
