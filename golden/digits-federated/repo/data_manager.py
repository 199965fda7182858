"""Handwritten digits from the data server of the learner's node."""

from typing import NamedTuple

import numpy as np
from flops_utils.ml_repo_building_blocks import load_dataset
from flops_utils.ml_repo_templates import DataManagerTemplate
from sklearn.model_selection import train_test_split

BRIGHTEST = 16.0
"""The largest value of a pixel."""


class Examples(NamedTuple):
    """Images as rows of 64 values from 0 to 1, and the digit each one shows."""

    images: np.ndarray
    digits: np.ndarray


class DataManager(DataManagerTemplate):
    """What the node has: a table with the columns ``pixels`` (64 numbers from 0 to 16) and ``digit`` (0 to 9)."""

    def __init__(self) -> None:
        self.training, self.testing = self._prepare_data()

    def get_data(self) -> tuple[Examples, Examples]:
        """The examples to train with and those to evaluate with."""
        return self.training, self.testing

    def _prepare_data(self) -> tuple[Examples, Examples]:
        """Fetch the table and hold back a fifth of it."""
        table = load_dataset().with_format("numpy")[:]
        train_images, test_images, train_digits, test_digits = train_test_split(
            table["pixels"] / BRIGHTEST, table["digit"], test_size=0.2, random_state=0
        )
        return Examples(train_images, train_digits), Examples(test_images, test_digits)
