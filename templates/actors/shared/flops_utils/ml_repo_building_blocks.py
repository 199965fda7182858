"""What an ML repository builds its data handling from: the same function as in flops-utils 0.6.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset


def load_dataset() -> Dataset:
    """All the data the learner's node has for the project's data tags, in Arrow format.

    Raises:
        fedbake_actors.ml_data.DataError: there is none, or it cannot be fetched.
    """
    from fedbake_actors.ml_data import load

    return load()
